/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "held.h"
#include "key.h"
#include "memory.h"
#include "report.h"
#include "tree.h"

/* The certificate as the CA's newcerts/ has it; NULL: it has not. */
static X509 *load_certificate(const struct entry *entry,
			      const struct authority *authority)
{
	struct index_row row;
	X509 *certificate = NULL;
	char *name, *text = NULL;
	size_t length;
	BIO *bio;

	if (!authority || authority->fd < 0 ||
	    !index_find(authority->index, entry->path, &row))
		return NULL;
	name = memory_format(AUTHORITY_NEW_CERTS "/%s.pem", row.serial);
	text = tree_read(authority->fd, name, &length);
	bio = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	if (bio)
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	free(text);
	free(name);
	return certificate;
}

static EVP_PKEY *load_key(int folder, const struct entry *entry)
{
	char *owner = inventory_folder(entry->owner);
	char *path = memory_format("%s/%s/%s", owner,
				   entry->member->profile->folder.text,
				   entry->key_file);
	size_t length = 0;
	char *text = folder < 0 ? NULL : tree_read(folder, path, &length);
	EVP_PKEY *key = text ? key_from_pem(text, length) : NULL;

	if (text)
		OPENSSL_cleanse(text, length);
	free(text);
	free(owner);
	free(path);
	return key;
}

/* Both, where they belong together. */
static bool load(int folder, const struct entry *entry,
		 const struct authority *authority, X509 **certificate,
		 EVP_PKEY **key)
{
	bool good;

	ERR_set_mark();
	*certificate = load_certificate(entry, authority);
	*key = *certificate ? load_key(folder, entry) : NULL;
	good = *key && X509_check_private_key(*certificate, *key) == 1 &&
	       key_is_sound(*key);
	ERR_pop_to_mark();
	return good;
}

bool held_check(int folder, const struct entry *entry,
		const struct authority *authority)
{
	X509 *certificate;
	EVP_PKEY *key;
	bool good = load(folder, entry, authority, &certificate, &key);

	X509_free(certificate);
	EVP_PKEY_free(key);
	return good;
}

EVP_PKEY *held_key(int folder, const struct entry *entry,
		   const struct authority *authority)
{
	struct record *record = NULL;
	X509 *certificate;
	EVP_PKEY *key;
	struct index_row row;

	if (!load(folder, entry, authority, &certificate, &key)) {
		EVP_PKEY_free(key);
		key = NULL;
	} else if (index_find(authority->index, entry->path, &row)) {
		record = authority_record(authority, row.serial);
	}
	if (key && (!record || strcmp(record->key, entry->key->text) != 0)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	record_free(record);
	X509_free(certificate);
	return key;
}

static time_t start_of(const X509 *certificate)
{
	struct tm tm;

	return ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &tm) ?
		       timegm(&tm) :
		       0;
}

static int take_certificate(struct issued *issued, X509 *certificate)
{
	issued->certificate = BIO_new(BIO_s_mem());
	issued->not_before = start_of(certificate);
	if (issued->certificate &&
	    PEM_write_bio_X509(issued->certificate, certificate))
		return 0;
	return -1;
}

int held_load(int folder, const struct entry *entry,
	      const struct authority *authority, struct issued *issued)
{
	X509 *certificate;
	EVP_PKEY *key;
	int ret = -1;

	if (load(folder, entry, authority, &certificate, &key)) {
		issued->key = key_to_pem(key);
		if (issued->key)
			ret = take_certificate(issued, certificate);
	}
	if (ret)
		report_error("%s: its key was there, and is not any more",
			     entry->path);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ret;
}

int held_load_certificate(const struct entry *entry,
			  const struct authority *authority,
			  struct issued *issued)
{
	X509 *certificate = load_certificate(entry, authority);
	int ret = certificate ? take_certificate(issued, certificate) : -1;

	if (ret)
		report_error("%s: its record was there, and is not any more",
			     entry->path);
	X509_free(certificate);
	return ret;
}
