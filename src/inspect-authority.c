/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "chain.h"
#include "dates.h"
#include "inspect.h"
#include "key.h"
#include "keystore.h"
#include "lineage.h"
#include "memory.h"
#include "pemfile.h"
#include "tree.h"

#define FROM_BACKUP "restore it from a backup"

/* One generation. */
struct subject {
	struct inspection *in;
	const struct authority *authority;
	bool external; /* others have its key */
	bool in_use; /* it signs, or will: not one of the old, nor of a CA that
		      * the topology has no more */
	X509 *certificate;
	EVP_PKEY *public_key; /* the certificate's */
};

/* The path of NAME in its folder; free it. */
static char *path_of(const struct subject *subject, const char *name)
{
	return memory_format("%s/%s", subject->authority->folder, name);
}

static void inspect_folder(const struct subject *subject)
{
	struct stat st;

	if (fstat(subject->authority->fd, &st) == 0 &&
	    (st.st_mode & 07777) != 0700)
		faults_add(subject->in->faults, subject->authority->folder,
			   "chmod 0700 it", "mode %04o, wanted 0700",
			   (unsigned int)st.st_mode & 07777);
}

static void compare_key(const struct subject *subject, const char *path,
			EVP_PKEY *key)
{
	struct faults *faults = subject->in->faults;

	if (!key)
		faults_add(faults, path, FROM_BACKUP,
			   "no private key in PEM without passphrase");
	else if (X509_check_private_key(subject->certificate, key) != 1)
		faults_add(faults, path, "put the right one back",
			   "not the key of " AUTHORITY_CERTIFICATE);
	else if (!key_is_sound(key))
		faults_add(faults, path, FROM_BACKUP,
			   "damaged: its secret part does not belong to the "
			   "public one");
	ERR_clear_error();
}

/* A passphrase is nothing to ask for here. */
static void inspect_text(const struct subject *subject, const char *path,
			 const char *text, size_t length)
{
	const bool wanted = subject->authority->passphrase;
	struct faults *faults = subject->in->faults;
	EVP_PKEY *key;

	if (key_is_protected(text, length)) {
		if (!wanted)
			faults_add(faults, path, "passphrase in the topology",
				   "protected by a passphrase, and the "
				   "topology does not say whence it comes");
		return;
	}
	key = key_from_pem(text, length);
	if (key && wanted)
		faults_add(faults, path,
			   "openssl pkcs8 -topk8 -v2 aes-256-cbc makes one of "
			   "it that is, to put in its place",
			   "the topology has a passphrase, but this key is not "
			   "protected by one");
	if (!subject->authority->key_place)
		compare_key(subject, path, key);
	EVP_PKEY_free(key);
}

static void inspect_mode(const struct subject *subject, const char *path,
			 mode_t mode)
{
	if (mode & 077)
		faults_add(subject->in->faults, path,
			   "chmod 0400 it, and think of who may have read it",
			   "mode %04o lets others at the CA's key",
			   (unsigned int)mode);
}

static void note_missing(const struct subject *subject, const char *path)
{
	faults_note(subject->in->faults, path,
		    "not here: nothing can be signed before it is back");
}

/* A key that is kept elsewhere is none of ours, but may lie open. */
static void inspect_place(const struct subject *subject)
{
	const char *path = subject->authority->key_place;
	struct pemfile file;

	if (keystore_is_uri(path))
		return;
	if (!authority_has_key(subject->authority)) {
		note_missing(subject, path);
		return;
	}
	if (pemfile_open(&file, path))
		return;
	inspect_mode(subject, path, file.mode);
	inspect_text(subject, path, file.text, file.length);
	pemfile_close(&file);
}

static void inspect_key(const struct subject *subject)
{
	struct faults *faults = subject->in->faults;
	char *path, *text;
	struct stat st;
	size_t length;

	if (subject->authority->key_place) {
		inspect_place(subject);
		return;
	}
	path = path_of(subject, AUTHORITY_KEY);
	text = tree_read(subject->authority->fd, AUTHORITY_KEY, &length);
	if (!text && errno == ENOENT) {
		if (!subject->external)
			note_missing(subject, path);
	} else if (!text) {
		faults_add(faults, path, "make it readable to its owner", "%s",
			   strerror(errno));
	} else {
		if (fstatat(subject->authority->fd, AUTHORITY_KEY, &st, 0) == 0)
			inspect_mode(subject, path, st.st_mode & 07777);
		inspect_text(subject, path, text, length);
		OPENSSL_cleanse(text, length);
	}
	free(text);
	free(path);
}

static void inspect_certificate(const struct subject *subject)
{
	const struct record *record = subject->authority->record;
	struct faults *faults = subject->in->faults;
	char *path = path_of(subject, AUTHORITY_CERTIFICATE);
	char date[DATES_FULL];

	if (!record->is_ca)
		faults_add(faults, path, FROM_BACKUP,
			   "not the certificate of a CA");
	else if (chain_is_root(subject->certificate) &&
		 X509_verify(subject->certificate, subject->public_key) != 1)
		faults_add(faults, path, FROM_BACKUP,
			   "damaged: its signature is wrong");
	ERR_clear_error();
	if (subject->in_use && record->not_after <= subject->in->job->now)
		faults_add(faults, path, "topocert rotate ca",
			   "the CA expired at %s",
			   dates_full(record->not_after, date));
	if (subject->in_use && record->not_before > subject->in->job->now)
		faults_add(faults, path, "set this machine's clock",
			   "the CA is valid only from %s",
			   dates_full(record->not_before, date));
	free(path);
}

/* One line of hexadecimal, an even number of digits. */
static bool is_hex_line(const char *text)
{
	size_t n = strspn(text, "0123456789ABCDEFabcdef");

	return n >= 2 && n % 2 == 0 && text[n] == '\n' && !text[n + 1];
}

/* What openssl-ca(1) counts with; *TEXT is to be freed. False: reported. */
static bool read_number(const struct subject *subject, const char *name,
			char **text)
{
	char *path = path_of(subject, name);
	size_t length = 0;
	bool good;

	*text = tree_read(subject->authority->fd, name, &length);
	good = *text && strlen(*text) == length && is_hex_line(*text);
	if (!*text)
		faults_add(subject->in->faults, path, FROM_BACKUP, "%s",
			   errno == ENOENT ? "missing" : strerror(errno));
	else if (!good)
		faults_add(subject->in->faults, path, FROM_BACKUP,
			   "damaged: wanted a line of hexadecimal digits, an "
			   "even number of them");
	free(path);
	return good;
}

static void inspect_numbers(const struct subject *subject)
{
	char *path = path_of(subject, AUTHORITY_SERIAL), *text, *p;

	if (read_number(subject, AUTHORITY_SERIAL, &text)) {
		text[strcspn(text, "\n")] = '\0';
		for (p = text; *p; p++)
			if (*p >= 'a' && *p <= 'f')
				*p = (char)(*p - 'a' + 'A');
		if (index_has_serial(subject->authority->index, text))
			faults_add(subject->in->faults, path,
				   "openssl rand -hex 16 >serial.txt",
				   "the next serial number was issued already");
	}
	free(text);
	read_number(subject, AUTHORITY_CRL_NUMBER, &text);
	free(text);
	free(path);
}

/* "unique_subject = no": else openssl ca issues nothing twice. */
static void inspect_attributes(const struct subject *subject)
{
	char *path = path_of(subject, AUTHORITY_INDEX_ATTR), value[8];
	size_t length;
	char *text = tree_read(subject->authority->fd, AUTHORITY_INDEX_ATTR,
			       &length);

	if (!text || sscanf(text, " unique_subject = %7s", value) != 1 ||
	    strcmp(value, "no") != 0)
		faults_add(subject->in->faults, path, "write that line into it",
			   "%s, wanted the line 'unique_subject = no'",
			   text ? "something else is in it" : "missing");
	free(text);
	free(path);
}

static time_t time_of(const char *text)
{
	ASN1_TIME *time = ASN1_TIME_new();
	struct tm tm = { 0 };
	time_t seconds = 0;

	if (time && ASN1_TIME_set_string_X509(time, text) &&
	    ASN1_TIME_to_tm(time, &tm))
		seconds = timegm(&tm);
	ASN1_TIME_free(time);
	return seconds;
}

/* How the row differs from its certificate; NULL: not at all. */
static const char *compare_row(const struct index_row *row,
			       const struct record *record)
{
	if (strcmp(row->serial, record->serial) != 0)
		return "serial number";
	if (strcmp(row->subject, record->subject) != 0)
		return "subject";
	return time_of(row->expires) == record->not_after ? NULL : "expiry";
}

static void inspect_row(const struct subject *subject,
			const struct index_row *row)
{
	const struct authority *authority = subject->authority;
	struct faults *faults = subject->in->faults;
	char *name = memory_format(AUTHORITY_NEW_CERTS "/%s.pem", row->serial);
	char *path = path_of(subject, name);
	struct record *record = record_load(authority->fd, name);
	bool missing = !record && errno == ENOENT;
	X509 *certificate = record ? chain_load_first(authority->fd, name) :
				     NULL;
	const char *differs = record ? compare_row(row, record) : NULL;

	if (!certificate)
		faults_add(faults, path,
			   FROM_BACKUP ", or topocert generate makes another",
			   "%s, but " AUTHORITY_INDEX " has it for %s",
			   missing ? "missing" : "damaged", row->file);
	else if (differs)
		faults_add(faults, path, FROM_BACKUP " with " AUTHORITY_INDEX,
			   "its %s is not the one in " AUTHORITY_INDEX,
			   differs);
	else if (X509_verify(certificate, subject->public_key) != 1)
		faults_add(faults, path, FROM_BACKUP,
			   "not signed by the CA in %s/", authority->folder);
	ERR_clear_error();
	X509_free(certificate);
	record_free(record);
	free(path);
	free(name);
}

/* NAME is "SERIAL.pem" of a row. */
static bool is_in_index(const struct authority *authority, const char *name)
{
	size_t length = strlen(name);
	char *serial;
	bool found;

	if (length < 4 || strcmp(name + length - 4, ".pem") != 0)
		return false;
	serial = memory_copy_part(name, length - 4);
	found = index_has_serial(authority->index, serial);
	free(serial);
	return found;
}

static void inspect_database(const struct subject *subject)
{
	const struct authority *authority = subject->authority;
	size_t i, n = index_count(authority->index);
	struct tree_entry *list;

	for (i = 0; i < n; i++) {
		struct index_row row = index_get(authority->index, i);

		inspect_row(subject, &row);
	}
	list = tree_list(authority->fd, AUTHORITY_NEW_CERTS, &n);
	for (i = 0; list && i < n; i++) {
		char *path;

		if (is_in_index(authority, list[i].name))
			continue;
		path = memory_format("%s/" AUTHORITY_NEW_CERTS "/%s",
				     authority->folder, list[i].name);
		faults_add(
			subject->in->faults, path,
			"find out who signed it; then restore " AUTHORITY_INDEX
			" from a backup, or delete it",
			AUTHORITY_INDEX " does not have it");
		free(path);
	}
	tree_list_free(list, n);
}

static void inspect_generation(struct inspection *in,
			       const struct authority *authority, bool in_use,
			       bool external)
{
	struct subject subject = {
		.in = in,
		.authority = authority,
		.in_use = in_use,
		.external = external,
		.certificate =
			chain_load_first(authority->fd, AUTHORITY_CERTIFICATE),
	};
	char *path = path_of(&subject, AUTHORITY_CERTIFICATE);

	if (subject.certificate)
		subject.public_key = X509_get0_pubkey(subject.certificate);
	inspect_folder(&subject);
	if (subject.public_key) {
		inspect_certificate(&subject);
		inspect_key(&subject);
		inspect_numbers(&subject);
		inspect_attributes(&subject);
		inspect_database(&subject);
		inspect_requests(in, authority);
		inspect_crl(in, authority);
	} else {
		faults_add(in->faults, path, FROM_BACKUP,
			   "damaged: no certificate with a public key");
	}
	ERR_clear_error();
	X509_free(subject.certificate);
	free(path);
}

static void inspect_lineage(struct inspection *in, struct authority *authority,
			    bool wanted, bool external)
{
	const struct authority *generation;
	size_t i;

	for (i = 0;
	     authority->exists && (generation = lineage_get(authority, i)); i++)
		inspect_generation(in, generation,
				   wanted && (generation == authority ||
					      generation == authority->next),
				   external);
}

void inspect_authorities(struct inspection *in)
{
	const struct job *job = in->job;
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++)
		inspect_lineage(in, job->authorities[i], true,
				job->inventory->cas[i].is_external);
	for (i = 0; i < job->n_strays; i++)
		inspect_lineage(in, job->strays[i], false, false);
}
