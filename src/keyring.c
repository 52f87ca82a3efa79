/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "chain.h"
#include "keyring.h"
#include "lineage.h"
#include "memory.h"
#include "tree.h"

/* A certificate's key. */
struct use {
	unsigned char digest[32]; /* of the key, as struct record has it */
	char *path;
	const char *serial; /* NULL: it was imported */
	bool revoked;
};

/* A CA, with all certificates that are in its file. */
struct signer {
	const struct authority *authority;
	STACK_OF(X509) * certificates;
};

struct keyring {
	struct use *uses; /* sorted by digest */
	size_t n_uses;
	struct signer *signers;
	size_t n_signers;
};

static void add_use(struct keyring *keyring, const struct record *record,
		    const char *path, const char *serial, bool revoked)
{
	struct use *use =
		memory_append(&keyring->uses, &keyring->n_uses, sizeof(*use));

	memcpy(use->digest, record->key_digest, sizeof(use->digest));
	use->path = memory_copy(path);
	use->serial = serial;
	use->revoked = revoked;
}

static void add_generation(struct keyring *keyring,
			   const struct authority *authority, time_t now)
{
	const struct index *index = authority->index;
	struct signer *signer;
	size_t length, i;
	char *pem;

	pem = tree_read(authority->fd, AUTHORITY_CERTIFICATE, &length);
	signer = memory_append(&keyring->signers, &keyring->n_signers,
			       sizeof(*signer));
	signer->authority = authority;
	signer->certificates = chain_read(pem ? pem : "", pem ? length : 0);
	free(pem);
	for (i = 0; i < index_count(index); i++) {
		struct index_row row = index_get(index, i);
		struct record *record;

		if (row.type != 'R' && index_has_expired(&row, now))
			continue;
		record = authority_record(authority, row.serial);
		if (record)
			add_use(keyring, record, row.file, row.serial,
				row.type == 'R');
		record_free(record);
	}
}

static void add_lineage(struct keyring *keyring, const struct authority *ca,
			time_t now)
{
	const struct authority *generation;
	size_t i;

	for (i = 0; ca->exists && (generation = lineage_get(ca, i)); i++)
		add_generation(keyring, generation, now);
}

static int use_order(const void *left, const void *right)
{
	const struct use *a = left, *b = right;

	return memcmp(a->digest, b->digest, sizeof(a->digest));
}

struct keyring *keyring_new(const struct job *job)
{
	struct keyring *keyring = memory_zeroed(1, sizeof(*keyring));
	const struct inventory *inventory = job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_cas; i++)
		add_lineage(keyring, job->authorities[i], job->now);
	for (i = 0; i < job->n_strays; i++)
		add_lineage(keyring, job->strays[i], job->now);
	for (i = 0; i < inventory->n_imports; i++)
		add_use(keyring, inventory->imports[i]->record,
			inventory->imports[i]->path, NULL, false);
	if (keyring->n_uses)
		qsort(keyring->uses, keyring->n_uses, sizeof(*keyring->uses),
		      use_order);
	return keyring;
}

void keyring_free(struct keyring *keyring)
{
	size_t i;

	if (!keyring)
		return;
	for (i = 0; i < keyring->n_uses; i++)
		free(keyring->uses[i].path);
	for (i = 0; i < keyring->n_signers; i++)
		chain_free(keyring->signers[i].certificates);
	free(keyring->uses);
	free(keyring->signers);
	free(keyring);
}

static void check_signers(const struct keyring *keyring,
			  struct petition *petition)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(petition->request);
	size_t i;
	int k;

	for (i = 0; i < keyring->n_signers; i++) {
		const struct signer *signer = &keyring->signers[i];

		for (k = 0; k < sk_X509_num(signer->certificates); k++)
			if (EVP_PKEY_eq(X509_get0_pubkey(sk_X509_value(
						signer->certificates, k)),
					key) == 1)
				petition_refuse(petition,
						"its key is that of the CA in "
						"%s/: who has it?",
						signer->authority->folder);
	}
	ERR_clear_error();
}

/* PATH is one of the owner whose folder is FOLDER. */
static bool is_own(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && path[length] == '/';
}

static void check_use(struct petition *petition, const struct use *use)
{
	if (use->revoked)
		petition_refuse(petition,
				"its key is that of a certificate that was "
				"revoked, serial number %s: wanted a new key",
				use->serial);
	else if (!use->serial || !is_own(use->path, petition->entry->folder))
		petition_refuse(petition,
				"its key is that of %s%s%s: wanted a key of "
				"its own",
				use->path,
				use->serial ? ", serial number " : "",
				use->serial ? use->serial : "");
}

void keyring_check(const struct keyring *keyring, struct petition *petition)
{
	struct use wanted;
	size_t low = 0, high = keyring->n_uses;

	if (petition->refusal)
		return;
	check_signers(keyring, petition);
	memcpy(wanted.digest, petition->asked->key_digest,
	       sizeof(wanted.digest));
	/* the first of those that have it */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (use_order(&keyring->uses[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < keyring->n_uses &&
	       use_order(&keyring->uses[low], &wanted) == 0;
	     low++)
		check_use(petition, &keyring->uses[low]);
}
