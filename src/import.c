/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "coverage.h"
#include "dates.h"
#include "diag.h"
#include "import.h"
#include "key.h"
#include "memory.h"
#include "pemfile.h"
#include "record.h"

#define BLOCKS_MAX 16
#define BROWSER_DAYS 825

struct reading {
	struct import *import;
	struct record **records; /* of the leaf, then of the others */
	size_t n_records;
	const char *topology;
	int line, key_line;
	time_t now;
	struct diag *diag;
};

/* WANTED is what PATH should have been. */
static int open_file(const struct reading *in, const char *path, int line,
		     const char *wanted, struct pemfile *file)
{
	const char *why = pemfile_open(file, path);

	if (!why)
		return 0;
	diag_error(in->diag, in->topology, line, "%s: %s: wanted %s", path, why,
		   wanted);
	return -1;
}

/* Returns -1 where what comes after cannot be judged either (reported). */
static int add_certificate(struct reading *in, const struct pem_block *block)
{
	struct import *import = in->import;
	const unsigned char *p = block->data;
	X509 *certificate = d2i_X509(NULL, &p, block->length);
	struct record *record = NULL;

	if (certificate && p == block->data + block->length)
		record = record_parse(block->data, (size_t)block->length);
	if (!record) {
		X509_free(certificate);
		diag_error(in->diag, in->topology, in->line,
			   "%s: certificate %zu cannot be decoded: wanted "
			   "X.509 certificates in PEM",
			   import->path, in->n_records + 1);
		return -1;
	}
	if (!import->certificate)
		import->certificate = certificate;
	else if (!sk_X509_push(import->others, certificate))
		abort();
	*(struct record **)memory_append(&in->records, &in->n_records,
					 sizeof(*in->records)) = record;
	return 0;
}

static int add_block(struct reading *in, const struct pem_block *block)
{
	if (strcmp(block->name, PEM_STRING_X509) == 0 ||
	    strcmp(block->name, PEM_STRING_X509_OLD) == 0)
		return add_certificate(in, block);
	if (pem_name_is_key(block->name))
		diag_error(in->diag, in->topology, in->line,
			   "%s: holds a private key ('%s'), and others may "
			   "read certificates: wanted certificates alone, the "
			   "key in a file of its own",
			   in->import->path, block->name);
	else
		diag_error(in->diag, in->topology, in->line,
			   "%s: PEM block '%s': wanted certificates alone "
			   "('" PEM_STRING_X509 "')",
			   in->import->path, block->name);
	return 0;
}

static void read_blocks(struct reading *in, struct pemfile *file)
{
	struct pem_block block;
	size_t n = 0;
	int ret = 0;

	while (ret == 0 && n <= BLOCKS_MAX && pemfile_next(file, &block)) {
		if (++n <= BLOCKS_MAX)
			ret = add_block(in, &block);
		pem_block_clear(&block);
	}
	if (n > BLOCKS_MAX)
		diag_error(in->diag, in->topology, in->line,
			   "%s: more than %d PEM blocks: wanted the "
			   "certificate and its chain",
			   in->import->path, BLOCKS_MAX);
	else if (file->damaged)
		diag_error(in->diag, in->topology, in->line,
			   "%s: PEM block %zu is damaged: wanted base64 "
			   "between its BEGIN and END lines",
			   in->import->path, n + 1);
	else if (ret == 0 && !in->import->certificate)
		diag_error(in->diag, in->topology, in->line,
			   "%s: no certificate in it: wanted PEM, the leaf "
			   "first, then its chain",
			   in->import->path);
}

static void read_certificates(struct reading *in)
{
	struct pemfile file;

	if (open_file(in, in->import->path, in->line,
		      "a PEM file of the certificate and its chain", &file))
		return;
	read_blocks(in, &file);
	pemfile_close(&file);
	if (in->n_records)
		in->import->record = in->records[0];
}

static X509 *certificate_at(const struct import *import, size_t i)
{
	return i ? sk_X509_value(import->others, (int)i - 1) :
		   import->certificate;
}

static void check_dates(const struct reading *in, size_t i)
{
	const struct record *record = in->records[i];
	char first[DATES_FULL], last[DATES_FULL], is[DATES_FULL];

	if (record->not_after < in->now)
		diag_error(in->diag, in->topology, in->line,
			   "%s: certificate %zu (%s) expired at %s, and now it "
			   "is %s: wanted a renewed one",
			   in->import->path, i + 1, record->subject,
			   dates_full(record->not_after, last),
			   dates_full(in->now, is));
	if (record->not_before > in->now)
		diag_error(
			in->diag, in->topology, in->line,
			"%s: certificate %zu (%s) is not valid before %s, "
			"and now it is %s: wait, or set this machine's clock",
			in->import->path, i + 1, record->subject,
			dates_full(record->not_before, first),
			dates_full(in->now, is));
}

/* What follows the first gap is seldom news. */
static void check_order(const struct reading *in)
{
	const char *why = NULL;
	size_t i;

	for (i = 1; i < in->n_records; i++) {
		why = chain_link(certificate_at(in->import, i - 1),
				 certificate_at(in->import, i));
		if (why)
			break;
	}
	if (why)
		diag_error(in->diag, in->topology, in->line,
			   "%s: chain not in order: certificate %zu (%s) was "
			   "issued by %s; certificate %zu (%s) %s: wanted the "
			   "leaf first, then each followed by the one that "
			   "signed it",
			   in->import->path, i, in->records[i - 1]->subject,
			   in->records[i - 1]->issuer, i + 1,
			   in->records[i]->subject, why);
}

static void check_leaf(const struct reading *in)
{
	const struct import *import = in->import;
	const struct record *leaf = import->record;
	const EVP_PKEY *key = X509_get0_pubkey(import->certificate);

	if (leaf->is_ca)
		diag_error(in->diag, in->topology, in->line,
			   "%s: certificate 1 (%s) is that of a CA: wanted the "
			   "leaf first, then its chain",
			   import->path, leaf->subject);
	if (leaf->version != 3)
		diag_error(in->diag, in->topology, in->line,
			   "%s: certificate 1 (%s) is X.509 version %d: wanted "
			   "version 3, as names and usages need it",
			   import->path, leaf->subject, leaf->version);
	if (!key || EVP_PKEY_get_security_bits(key) < KEY_SECURITY_BITS_MIN)
		diag_error(
			in->diag, in->topology, in->line,
			"%s: certificate 1 (%s) has a key %s: wanted %d bits "
			"of security or more, as rsa:2048 or ec:P-256",
			import->path, leaf->subject, leaf->key,
			KEY_SECURITY_BITS_MIN);
}

static void check_chain(const struct reading *in)
{
	size_t i;

	check_leaf(in);
	for (i = 0; i < in->n_records; i++)
		check_dates(in, i);
	check_order(in);
}

/* NULL, or why FILE does not hold one private key to be read as it is. */
static const char *look_for_key(struct pemfile *file)
{
	struct pem_block block;
	bool encrypted = false;
	size_t n = 0;

	while (pemfile_next(file, &block)) {
		n += pem_name_is_key(block.name);
		encrypted = encrypted ||
			    strcmp(block.name, PEM_STRING_PKCS8) == 0 ||
			    strstr(block.header, "ENCRYPTED");
		pem_block_clear(&block);
	}
	if (file->damaged)
		return "damaged PEM: wanted base64 between BEGIN and END lines";
	if (n == 0)
		return "no private key in it: wanted one in PEM";
	if (n > 1)
		return "several private keys: wanted the certificate's alone";
	if (encrypted)
		return "encrypted, and nobody is asked for a passphrase: "
		       "wanted the plain key, as 'openssl pkey -in OLD -out "
		       "NEW' writes it";
	return NULL;
}

static void parse_key(const struct reading *in, struct pemfile *file)
{
	struct import *import = in->import;
	const char *why = look_for_key(file);
	char none[] = "";

	if (!why) {
		(void)BIO_reset(file->bio);
		/* an empty passphrase keeps OpenSSL from asking for one */
		import->pkey =
			PEM_read_bio_PrivateKey(file->bio, NULL, NULL, none);
		if (!import->pkey)
			why = "a private key that OpenSSL cannot read: wanted "
			      "PKCS#8 or the traditional form, in PEM";
	}
	if (why)
		diag_error(in->diag, in->topology, in->key_line, "%s: %s",
			   import->key_path, why);
}

static void read_key(const struct reading *in)
{
	struct pemfile file;

	if (open_file(in, in->import->key_path, in->key_line,
		      "a PEM file of the certificate's private key", &file))
		return;
	if (file.mode & 077)
		diag_error(in->diag, in->topology, in->key_line,
			   "%s: mode %04o lets others at the private key: "
			   "chmod 0600 it, and think of who may have read it",
			   in->import->key_path, (unsigned int)file.mode);
	parse_key(in, &file);
	pemfile_close(&file);
}

/* Decoding does not find out whether the two halves of a key are a pair. */
static bool is_pair(EVP_PKEY *private, EVP_PKEY *public)
{
	static const unsigned char text[] = "signed on trial";
	EVP_MD_CTX *signing = EVP_MD_CTX_new(), *verifying = EVP_MD_CTX_new();
	unsigned char *signature = NULL;
	size_t length = 0;
	bool pair = false;

	if (!signing || !verifying ||
	    EVP_DigestSignInit(signing, NULL, NULL, NULL, private) != 1 ||
	    EVP_DigestSign(signing, NULL, &length, text, sizeof(text)) != 1)
		goto out;
	signature = memory_zeroed(1, length);
	pair = EVP_DigestSign(signing, signature, &length, text,
			      sizeof(text)) == 1 &&
	       EVP_DigestVerifyInit(verifying, NULL, NULL, NULL, public) == 1 &&
	       EVP_DigestVerify(verifying, signature, length, text,
				sizeof(text)) == 1;
out:
	free(signature);
	EVP_MD_CTX_free(signing);
	EVP_MD_CTX_free(verifying);
	return pair;
}

static void check_match(const struct reading *in)
{
	const struct import *import = in->import;
	X509 *leaf = import->certificate;
	size_t i;

	for (i = 0; i < in->n_records; i++)
		if (X509_check_private_key(certificate_at(import, i),
					   import->pkey) == 1)
			break;
	if (i > 0 && i < in->n_records)
		diag_error(in->diag, in->topology, in->key_line,
			   "%s: not the key of certificate 1 (%s) of %s but of "
			   "certificate %zu (%s): wanted the leaf first",
			   import->key_path, import->record->subject,
			   import->path, i + 1, in->records[i]->subject);
	else if (i > 0 || !is_pair(import->pkey, X509_get0_pubkey(leaf)))
		diag_error(in->diag, in->topology, in->key_line,
			   "%s: not the key of certificate 1 (%s) of %s%s: "
			   "wanted the key that was made for it",
			   import->key_path, import->record->subject,
			   import->path, i ? "" : ", or damaged");
}

static void encode_chain(const struct reading *in)
{
	struct import *import = in->import;
	size_t i;

	import->chain = BIO_new(BIO_s_mem());
	if (!import->chain)
		abort();
	for (i = 0; i < in->n_records; i++)
		if (!PEM_write_bio_X509(import->chain,
					certificate_at(import, i)))
			abort();
}

static void encode_key(const struct reading *in)
{
	in->import->key = key_to_pem(in->import->pkey);
	if (!in->import->key)
		diag_error(in->diag, in->topology, in->key_line,
			   "%s: cannot be written as PKCS#8: wanted a sound "
			   "private key",
			   in->import->key_path);
}

static void read_all(struct reading *in)
{
	struct import *import = in->import;

	read_certificates(in);
	read_key(in);
	if (import->record)
		check_chain(in);
	if (import->record && import->pkey)
		check_match(in);
	if (diag_failed(in->diag))
		return;
	encode_chain(in);
	encode_key(in);
}

struct import *import_load(const char *path, const char *key_path,
			   const char *topology, int line, int key_line,
			   time_t now, struct diag *diag)
{
	struct import *import = memory_zeroed(1, sizeof(*import));
	struct reading in = { .import = import,
			      .topology = topology,
			      .line = line,
			      .key_line = key_line,
			      .now = now,
			      .diag = diag };
	size_t i;

	import->path = memory_copy(path);
	import->key_path = memory_copy(key_path);
	import->others = sk_X509_new_null();
	if (!import->others)
		abort();
	ERR_set_mark();
	read_all(&in);
	ERR_pop_to_mark();
	for (i = 1; i < in.n_records; i++)
		record_free(in.records[i]);
	free(in.records);
	if (import->record && !import->record->is_ca)
		return import;
	import_free(import);
	return NULL;
}

static bool has_usage(const struct record *record, int nid)
{
	size_t i;

	for (i = 0; i < record->n_extended; i++)
		if (record->extended[i] == nid ||
		    record->extended[i] == NID_anyExtendedKeyUsage)
			return true;
	return false;
}

static void check_usage(const struct import *import, int nid,
			const char *topology, int line, struct diag *diag)
{
	if (has_usage(import->record, nid))
		return;
	if (nid == NID_client_auth)
		diag_warning(diag, topology, line,
			     "%s: extendedKeyUsage without clientAuth (public "
			     "CAs are dropping it): connections that this host "
			     "itself opens with it will be refused",
			     import->path);
	else
		diag_error(diag, topology, line,
			   "%s: extendedKeyUsage without %s: wanted a "
			   "certificate that has it",
			   import->path, OBJ_nid2sn(nid));
}

void import_check(const struct import *import, const struct san *names,
		  size_t n_names, const int *extended, size_t n_extended,
		  bool browsers, const char *topology, int line,
		  const char *who, struct diag *diag)
{
	const struct record *leaf = import->record;
	size_t i;

	coverage_check(import, names, n_names, topology, line, who, diag);
	for (i = 0; leaf->n_extended && i < n_extended; i++)
		check_usage(import, extended[i], topology, line, diag);
	if (browsers && leaf->not_after - leaf->not_before > BROWSER_DAYS * DAY)
		diag_warning(diag, topology, line,
			     "%s: valid for %ld days: some browsers refuse a "
			     "certificate of more than %d",
			     import->path,
			     (long)(leaf->not_after - leaf->not_before) / DAY,
			     BROWSER_DAYS);
}

void import_free(struct import *import)
{
	if (!import)
		return;
	free(import->path);
	free(import->key_path);
	BIO_free(import->chain);
	BIO_free(import->key);
	X509_free(import->certificate);
	sk_X509_pop_free(import->others, X509_free);
	EVP_PKEY_free(import->pkey);
	record_free(import->record);
	free(import);
}
