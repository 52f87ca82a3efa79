/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "contents.h"
#include "dates.h"
#include "delivery.h"
#include "key.h"
#include "lineage.h"
#include "memory.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct authority *authority_of(const struct delivery *delivery,
					    const struct ca_entry *ca)
{
	const struct job *job = delivery->in->job;

	return job->authorities[ca - job->inventory->cas];
}

static const struct entry *entry_of(const struct delivery *delivery,
				    const struct content *content)
{
	return content_entry(delivery->in->job->inventory, delivery->group,
			     content);
}

/* It will be issued again: what is wrong with it as such is told already. */
static bool is_planned(const struct delivery *delivery,
		       const struct content *content)
{
	const struct plan_item *items =
		&delivery->in->job->plan->items[delivery->group->first_entry];

	return content->entry != SIZE_MAX &&
	       items[content->entry].action != PLAN_KEEP;
}

static void inspect_ca(struct delivery *delivery, const struct content *content,
		       const struct parcel_file *file)
{
	const struct authority *authority = authority_of(delivery, content->ca);
	const char *trust;

	if (delivery->planned)
		return;
	trust = lineage_trust(authority);
	if (strlen(trust) != file->length ||
	    memcmp(trust, file->data, file->length) != 0)
		delivery_fault(delivery, file->name,
			       authority->stage == LINEAGE_SETTLED ?
				       "not the certificate of the CA in %s/" :
				       "not both certificates of the CA in "
				       "%s/, which is being rotated",
			       authority->folder);
}

/* Of extended key usages, those that a purpose of OpenSSL stands for. */
static const struct {
	int usage, purpose;
} purposes[] = {
	{ NID_server_auth, X509_PURPOSE_SSL_SERVER },
	{ NID_client_auth, X509_PURPOSE_SSL_CLIENT },
	{ NID_OCSP_sign, X509_PURPOSE_OCSP_HELPER },
	{ NID_time_stamp, X509_PURPOSE_TIMESTAMP_SIGN },
};

/* The end of the CA's lifetime is told of the CA. */
static bool is_told(int error, int depth)
{
	return depth > 0 && (error == X509_V_ERR_CERT_HAS_EXPIRED ||
			     error == X509_V_ERR_CERT_NOT_YET_VALID);
}

static bool verify_purpose(struct delivery *delivery, struct chain_terms *terms,
			   const char *name)
{
	int depth, strict, error;

	terms->strict = true;
	strict = chain_verify(terms, &depth);
	if (strict == X509_V_OK)
		return true;
	terms->strict = false;
	error = chain_verify(terms, &depth);
	if (error == X509_V_OK)
		/* a template of one's own may well ask for that */
		faults_note(delivery->in->faults,
			    delivery->in->job->topology->path,
			    "certificates that strict clients refuse, by their "
			    "template: %s",
			    X509_verify_cert_error_string(strict));
	else if (!is_told(error, depth))
		delivery_fault(delivery, name,
			       "does not verify against the CA%s: %s",
			       terms->purpose ? " for its purpose" : "",
			       X509_verify_cert_error_string(error));
	return false;
}

/* OTHERS stand above LEAF in the file. */
static void verify(struct delivery *delivery, const struct content *content,
		   const struct parcel_file *file, X509 *leaf,
		   STACK_OF(X509) * others)
{
	const struct entry *entry = entry_of(delivery, content);
	const struct profile_certificate *type = entry->type;
	const char *pem = lineage_trust(authority_of(delivery, entry->ca));
	struct chain_terms terms = {
		.leaf = leaf,
		.others = others,
		.trusted = chain_read(pem, strlen(pem)),
		.now = delivery->in->job->now,
	};
	bool good = true, any = false;
	size_t i, k;

	for (i = 0; i < type->n_extended && good; i++)
		for (k = 0; k < COUNT(purposes) && good; k++) {
			if (type->extended[i] != purposes[k].usage)
				continue;
			any = true;
			terms.purpose = purposes[k].purpose;
			good = verify_purpose(delivery, &terms, file->name);
		}
	if (!any)
		verify_purpose(delivery, &terms, file->name);
	chain_free(terms.trusted);
}

/* Which of its own certificates LEAF is; NULL: none. Free it. */
static char *find_path(const struct authority *authority, X509 *leaf)
{
	char *hex = index_serial(X509_get0_serialNumber(leaf)), *path = NULL;
	const struct authority *generation;
	size_t i, k;

	for (i = 0; (generation = lineage_get(authority, i)); i++)
		for (k = 0; !path && k < index_count(generation->index); k++) {
			struct index_row row = index_get(generation->index, k);

			if (strcmp(row.serial, hex) == 0)
				path = memory_copy(row.file);
		}
	free(hex);
	return path;
}

/* What another certificate than the one on record is. */
static void tell_other(struct delivery *delivery, const struct entry *entry,
		       const struct parcel_file *file, X509 *leaf,
		       const struct reference *reference)
{
	char *path = find_path(authority_of(delivery, entry->ca), leaf);

	if (!path)
		delivery_fault(delivery, file->name,
			       "not the one on record, serial number %s",
			       reference->row.serial);
	else if (strcmp(path, entry->path) == 0)
		delivery_fault(delivery, file->name,
			       "an earlier one; issued last was the serial "
			       "number %s",
			       reference->row.serial);
	else
		delivery_fault(delivery, file->name,
			       "the one of %s; its own has the serial number "
			       "%s",
			       path, reference->row.serial);
	free(path);
}

static void inspect_imported(struct delivery *delivery,
			     const struct content *content,
			     const struct parcel_file *file)
{
	const struct import *import = entry_of(delivery, content)->import;
	time_t now = delivery->in->job->now;
	char day[DATES_DAY];
	const char *chain;
	size_t length;

	length = (size_t)BIO_get_mem_data(import->chain, (void *)&chain);
	if (length != file->length ||
	    memcmp(chain, file->data, file->length) != 0)
		delivery_fault(delivery, file->name, "not the one of %s",
			       import->path);
	else if (import->record->not_after <= now)
		delivery_fault(delivery, file->name, "expired on %s, imported",
			       dates_day(import->record->not_after, day));
}

/* Those between the leaf, the first of FILE, and the root. */
static void inspect_chain(struct delivery *delivery,
			  const struct content *content,
			  const struct parcel_file *file,
			  const struct reference *reference)
{
	STACK_OF(X509) *is = chain_read(file->data, file->length);
	STACK_OF(X509) *wanted = lineage_intermediates(reference->signer);
	STACK_OF(X509) *above = lineage_intermediates(reference->signer);
	X509 *leaf = sk_X509_shift(is);

	if (!entry_of(delivery, content)->type->is_chained)
		while (sk_X509_num(wanted))
			X509_free(sk_X509_pop(wanted));
	if (chain_equal(wanted, is) || delivery->planned)
		verify(delivery, content, file, leaf, above);
	else
		delivery_fault(delivery, file->name,
			       "not followed by the CAs below the root, as in "
			       "%s/" AUTHORITY_CERTIFICATE,
			       reference->signer->folder);
	X509_free(leaf);
	chain_free(above);
	chain_free(wanted);
	chain_free(is);
}

static void inspect_certificate(struct delivery *delivery,
				const struct content *content,
				const struct parcel_file *file)
{
	const struct entry *entry = entry_of(delivery, content);
	const struct reference *reference =
		delivery_reference(delivery, content);
	X509 *leaf;

	if (entry->import) {
		if (!is_planned(delivery, content))
			inspect_imported(delivery, content, file);
		return;
	}
	leaf = chain_read_first(file->data, file->length);
	if (!leaf)
		delivery_fault(delivery, file->name, "no certificate in PEM");
	else if (reference && X509_cmp(leaf, reference->certificate) != 0)
		tell_other(delivery, entry, file, leaf, reference);
	else if (reference && !is_planned(delivery, content))
		inspect_chain(delivery, content, file, reference);
	X509_free(leaf);
}

static void inspect_key(struct delivery *delivery,
			const struct content *content,
			const struct parcel_file *file)
{
	const struct reference *reference =
		delivery_reference(delivery, content);
	EVP_PKEY *key = key_from_pem(file->data, file->length);

	ERR_set_mark();
	if (!key)
		delivery_fault(delivery, file->name,
			       "no private key in PEM without passphrase");
	else if (reference &&
		 X509_check_private_key(reference->certificate, key) != 1)
		delivery_fault(delivery, file->name,
			       "not the key of the certificate %s",
			       entry_of(delivery, content)->file);
	else if (!key_is_sound(key))
		delivery_fault(delivery, file->name,
			       "damaged: its secret part does not belong to "
			       "the public one");
	ERR_pop_to_mark();
	EVP_PKEY_free(key);
}

static void inspect_file(struct delivery *delivery,
			 const struct content *content,
			 const struct parcel_file *file)
{
	char *wrong;

	/* made of another certificate, or of another CA, soon */
	if (is_planned(delivery, content) ||
	    (delivery->planned && content->ca) ||
	    (content->entry != SIZE_MAX &&
	     !delivery_reference(delivery, content)))
		return;
	wrong = content->file->format < FORMAT_PKCS12 ?
			inspect_parts(delivery, content, file) :
			inspect_store(delivery, content, file);
	if (wrong)
		delivery_fault(delivery, file->name, "%s", wrong);
	free(wrong);
}

void inspect_content(struct delivery *delivery, const struct content *content,
		     const struct parcel_file *file)
{
	static void (*const inspectors[])(struct delivery *,
					  const struct content *,
					  const struct parcel_file *) = {
		[CONTENT_CA] = inspect_ca,
		[CONTENT_CERTIFICATE] = inspect_certificate,
		[CONTENT_KEY] = inspect_key,
		[CONTENT_FILE] = inspect_file,
		/* passwords open stores, or do not */
	};

	if ((size_t)content->kind < COUNT(inspectors) &&
	    inspectors[content->kind])
		inspectors[content->kind](delivery, content, file);
}
