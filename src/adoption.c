/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>

#include <openssl/conf.h>
#include <openssl/err.h>

#include "adoption.h"
#include "certificate.h"
#include "chain.h"
#include "conf.h"
#include "keystore.h"
#include "lineage.h"
#include "memory.h"
#include "tree.h"

/* private_key in the ca.conf of FOLDER, where that is elsewhere. Free it. */
static char *recorded_place(int folder)
{
	size_t length;
	char *text = tree_read(folder, AUTHORITY_CONF, &length);
	BIO *bio = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	CONF *conf = NCONF_new(NULL);
	const char *place = NULL, *section;
	char *copy = NULL;

	ERR_set_mark();
	if (bio && conf && NCONF_load_bio(conf, bio, NULL) > 0) {
		section = certificate_ca_section(conf);
		place = section ? conf_get(conf, section, "private_key") : NULL;
	}
	ERR_pop_to_mark();
	/* our own key is beside it */
	if (place && (*place == '/' || keystore_is_uri(place)))
		copy = memory_copy(place);
	NCONF_free(conf);
	BIO_free(bio);
	free(text);
	return copy;
}

char *adoption_key_place(const struct origin *origin, int folder, bool newest)
{
	X509 *certificate;
	bool same;

	if (folder >= 0 &&
	    faccessat(folder, AUTHORITY_KEY, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return NULL;
	certificate = folder < 0 ?
			      NULL :
			      chain_load_first(folder, AUTHORITY_CERTIFICATE);
	same = origin && origin->key_place &&
	       (!certificate || origin_is(origin, certificate) ||
		(newest && origin->missing));
	X509_free(certificate);
	if (same)
		return memory_copy(origin->key_place);
	return folder < 0 ? NULL : recorded_place(folder);
}

static void set_key(struct authority *authority, const struct ca_entry *ca,
		    bool newest)
{
	const struct origin *origin = ca->origin;

	authority->passphrase = ca->passphrase;
	free(authority->key_place);
	free(authority->key_label);
	authority->key_label = NULL;
	authority->key_place =
		adoption_key_place(origin, authority->fd, newest);
	if (!authority->key_place)
		return;
	if (origin && origin->key_place &&
	    strcmp(origin->key_place, authority->key_place) == 0)
		authority->key_label = memory_copy(origin->key_label);
	else
		authority->key_label = memory_copy(authority->key_place);
}

void adoption_find_keys(struct job *job)
{
	size_t i, k;

	for (i = 0; i < job->inventory->n_cas; i++) {
		struct ca_entry *ca = &job->inventory->cas[i];
		struct authority *own = job->authorities[i], *generation;
		const struct authority *newest = own->next ? own->next : own;

		for (k = 0; (generation = lineage_writable(own, k)); k++)
			set_key(generation, ca, generation == newest);
	}
}

void adoption_fill(struct authority *authority, const struct origin *origin)
{
	authority_take(authority, origin->certificate,
		       memory_copy(origin->pem));
	if (authority->key_place || !origin->key_place)
		return;
	authority->key_place = memory_copy(origin->key_place);
	authority->key_label = memory_copy(origin->key_label);
}

int adoption_open(struct authority *authority, const struct origin *origin,
		  time_t now)
{
	return origin->key_place ? authority_load_signer(authority, now) : 0;
}

/* What its folder has of a certificate; NULL: nothing. */
static X509 *certificate_of(const struct authority *authority)
{
	return authority && authority->fd >= 0 ?
		       chain_load_first(authority->fd, AUTHORITY_CERTIFICATE) :
		       NULL;
}

/* The generation that ORIGIN is of; NULL: none that signs or will. */
static struct authority *find_generation(const struct origin *origin,
					 struct authority *own)
{
	X509 *certificate = certificate_of(own);
	X509 *next = certificate_of(own->next);
	struct authority *found = NULL;

	if (origin_is(origin, next))
		found = own->next;
	else if (origin_is(origin, certificate))
		found = own;
	X509_free(certificate);
	X509_free(next);
	return found;
}

/* Its file ca.crt is another than the topology's would be. */
static bool differs(const struct origin *origin,
		    const struct authority *authority)
{
	size_t length;
	char *pem = tree_read(authority->fd, AUTHORITY_CERTIFICATE, &length);
	bool other = !pem || strcmp(pem, origin->pem) != 0;

	free(pem);
	return other;
}

static const char *name_of(const struct record *record)
{
	return record->common_name ? record->common_name : record->subject;
}

static void refuse_other(struct job *job, const struct ca_entry *ca,
			 const struct authority *own)
{
	const struct setting *file = &ca->section->cert_file;

	diag_error(
		job->diag, job->topology->path, file->line,
		"cert_file = %s: it holds another CA ('%s') than %s/ ('%s'), "
		"not a renewed certificate of the same name and key: "
		"topocert rotate ca begin%s%s takes it as the next one",
		file->text, name_of(ca->origin->record), ca->folder,
		name_of(own->record), *ca->name ? " --ca " : "", ca->name);
}

/* The CA is there; what the topology says of it may be new. */
static void take_renewed(struct job *job, const struct ca_entry *ca,
			 struct authority *own)
{
	struct authority *generation = find_generation(ca->origin, own);

	if (generation && !differs(ca->origin, generation))
		return;
	if (job->looks) {
		if (generation && !ca->origin->n_faults)
			generation->replaced = true;
	} else if (ca->origin->n_faults) {
		origin_report(ca->origin, job->diag);
	} else if (generation) {
		adoption_fill(generation, ca->origin);
		generation->replaced = true;
	} else {
		refuse_other(job, ca, own);
	}
}

/* Who verifies by OpenSSL accepts nothing that does not lead to a root. */
static void take_new(struct job *job, const struct ca_entry *ca,
		     struct authority *own)
{
	const struct setting *file = &ca->section->cert_file;
	X509 *anchor;

	adoption_fill(own, ca->origin);
	anchor = lineage_anchor(own);
	if (anchor && !chain_is_root(anchor))
		diag_warning(job->diag, job->topology->path, file->line,
			     "cert_file = %s: no root at its end: hosts and "
			     "users would trust the last CA in it, which "
			     "OpenSSL does only if told to: wanted the "
			     "certificates up to the root",
			     file->text);
	X509_free(anchor);
}

void adoption_take(struct job *job)
{
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++) {
		struct ca_entry *ca = &job->inventory->cas[i];
		struct authority *own = job->authorities[i];

		if (!ca->origin)
			continue;
		if (!own->exists && ca->origin->n_faults)
			origin_report(ca->origin, job->diag);
		else if (!own->exists)
			take_new(job, ca, own);
		else if (!ca->origin->missing && !job->rotates)
			take_renewed(job, ca, own);
	}
	job_take_authorities(job);
}
