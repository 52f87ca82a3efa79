/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "datafile.h"
#include "dates.h"
#include "key.h"
#include "keystore.h"
#include "memory.h"
#include "origin.h"
#include "pemfile.h"

#define BLOCKS_MAX 16

/* cert_file while it is read. */
struct reading {
	struct origin *origin;
	STACK_OF(X509) * chain; /* the CA first */
	struct record **records; /* one for each */
	size_t n;
	long path_length;
	struct passphrase *passphrase; /* NULL: none */
	time_t now;
};

__attribute__((format(printf, 2, 3))) static void
add_fault(struct origin *origin, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	*(char **)memory_append(&origin->faults, &origin->n_faults,
				sizeof(text)) = text;
}

static bool is_certificate(const struct pem_block *block)
{
	return strcmp(block->name, PEM_STRING_X509) == 0 ||
	       strcmp(block->name, PEM_STRING_X509_OLD) == 0;
}

/* Takes CERTIFICATE, NULL for none, over. */
static void add_certificate(struct reading *in, X509 *certificate)
{
	struct record *record =
		certificate ? record_of_certificate(certificate) : NULL;

	if (!record) {
		X509_free(certificate);
		add_fault(in->origin,
			  "certificate %zu cannot be decoded: wanted X.509 "
			  "certificates in PEM",
			  in->n + 1);
		return;
	}
	if (!sk_X509_push(in->chain, certificate))
		abort();
	*(struct record **)memory_append(&in->records, &in->n, sizeof(record)) =
		record;
}

static X509 *decode(const struct pem_block *block)
{
	const unsigned char *p = block->data;
	X509 *certificate = d2i_X509(NULL, &p, block->length);

	if (!certificate || p == block->data + block->length)
		return certificate;
	X509_free(certificate);
	return NULL;
}

static void add_block(struct reading *in, const struct pem_block *block)
{
	if (is_certificate(block))
		add_certificate(in, decode(block));
	else if (pem_name_is_key(block->name))
		add_fault(in->origin,
			  "holds a private key ('%s'), and others may read "
			  "certificates: wanted certificates alone, the key in "
			  "a file of its own",
			  block->name);
	else
		add_fault(in->origin,
			  "PEM block '%s': wanted certificates alone "
			  "('" PEM_STRING_X509 "')",
			  block->name);
}

/* FILE, in which there is no PEM. */
static void read_store(struct reading *in, struct pemfile *file)
{
	STACK_OF(X509) * list;
	const char *why;

	(void)BIO_reset(file->bio);
	list = keystore_certificates(file->bio, in->passphrase, &why);
	if (!list)
		add_fault(in->origin, "%s", why);
	while (list && sk_X509_num(list))
		add_certificate(in, sk_X509_shift(list));
	sk_X509_free(list);
}

static void read_blocks(struct reading *in)
{
	struct origin *origin = in->origin;
	struct pem_block block;
	struct pemfile file;
	const char *why;
	size_t n = 0;

	errno = 0;
	why = pemfile_open(&file, origin->path);
	if (why) {
		origin->missing = errno == ENOENT || errno == ENOTDIR;
		add_fault(origin,
			  "%s: wanted a PEM file of the CA's "
			  "certificate and those above it",
			  why);
		return;
	}
	while (n < BLOCKS_MAX && origin->n_faults == 0 &&
	       pemfile_next(&file, &block)) {
		n++;
		add_block(in, &block);
		pem_block_clear(&block);
	}
	if (n == BLOCKS_MAX)
		add_fault(origin,
			  "%d PEM blocks or more: wanted the CA's "
			  "certificate and those above it",
			  BLOCKS_MAX);
	else if (file.damaged && origin->n_faults == 0)
		add_fault(origin,
			  "PEM block %zu is damaged: wanted base64 "
			  "between its BEGIN and END lines",
			  n + 1);
	else if (!in->n && origin->n_faults == 0)
		read_store(in, &file);
	pemfile_close(&file);
}

static void check_dates(struct reading *in, size_t i)
{
	const struct record *record = in->records[i];
	char date[DATES_FULL], is[DATES_FULL];

	if (record->not_after < in->now)
		add_fault(in->origin,
			  "certificate %zu (%s) expired at %s, and "
			  "now it is %s: wanted a renewed one",
			  i + 1, record->subject,
			  dates_full(record->not_after, date),
			  dates_full(in->now, is));
	if (record->not_before > in->now)
		add_fault(in->origin,
			  "certificate %zu (%s) is not valid before "
			  "%s, and now it is %s: wait, or set this machine's "
			  "clock",
			  i + 1, record->subject,
			  dates_full(record->not_before, date),
			  dates_full(in->now, is));
}

/* Why this certificate must not sign others; NULL: it may. */
static const char *check_right(X509 *certificate)
{
	uint32_t flags = X509_get_extension_flags(certificate);

	if (flags & EXFLAG_INVALID)
		return "an extension of it cannot be decoded";
	if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
		return "its basicConstraints are not CA:TRUE";
	if (!(X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN))
		return "its keyUsage is without keyCertSign";
	return NULL;
}

/* How strong key and, of what is no root, signature are. */
static const char *check_strength(X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int bits = 0;

	if (!key)
		return "its public key cannot be decoded";
	if (EVP_PKEY_get_security_bits(key) < KEY_SECURITY_BITS_MIN)
		return "its key is too weak: wanted 112 bits of security, as "
		       "rsa:2048 or ec:P-256";
	if (X509_get_extension_flags(certificate) & EXFLAG_SS)
		return X509_verify(certificate, key) == 1 ?
			       NULL :
			       "its signature is wrong";
	if (!X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) ||
	    bits < KEY_SECURITY_BITS_MIN)
		return "its signature is too weak: wanted 112 bits of "
		       "security, as with SHA-256";
	return NULL;
}

/* What stands N-th in the chain has N CAs between it and those that the first
 * one signs. */
static void check_path_length(struct reading *in, size_t n)
{
	long length = X509_get_pathlen(sk_X509_value(in->chain, (int)n));
	long needed = in->path_length + (long)n;

	if (length >= 0 && length < needed)
		add_fault(in->origin,
			  "certificate %zu (%s) has path length %ld, "
			  "and needs %ld: it cannot have so many CAs below it",
			  n + 1, in->records[n]->subject, length, needed);
}

/* NULL, or what certificate I is to the one before. */
static const char *check_link(const struct reading *in, size_t i)
{
	X509 *above = sk_X509_value(in->chain, (int)i);
	X509 *below = sk_X509_value(in->chain, (int)i - 1);

	if (X509_cmp(above, below) == 0)
		return "is the same once more";
	if (X509_NAME_cmp(X509_get_issuer_name(below),
			  X509_get_subject_name(above)) != 0)
		return "is not its issuer";
	if (X509_verify(below, X509_get0_pubkey(above)) != 1)
		return "has its issuer's name, but did not sign it";
	return NULL;
}

/* What follows the first gap is seldom news. */
static void check_order(struct reading *in)
{
	const char *why = NULL;
	size_t i;

	for (i = 1; i < in->n; i++) {
		why = check_link(in, i);
		if (why)
			break;
	}
	if (why)
		add_fault(in->origin,
			  "chain not in order: certificate %zu (%s) "
			  "was issued by %s; certificate %zu (%s) %s: wanted "
			  "the CA's own first, then each followed by the one "
			  "that signed it",
			  i, in->records[i - 1]->subject,
			  in->records[i - 1]->issuer, i + 1,
			  in->records[i]->subject, why);
}

static void check(struct reading *in)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		X509 *certificate = sk_X509_value(in->chain, (int)i);
		const char *why = check_right(certificate);

		if (!why)
			why = check_strength(certificate);
		if (why)
			add_fault(in->origin,
				  "certificate %zu (%s) cannot be "
				  "a CA's: %s",
				  i + 1, in->records[i]->subject, why);
		else
			check_path_length(in, i);
		check_dates(in, i);
	}
	check_order(in);
	ERR_clear_error();
}

struct origin *origin_read(const struct ca_section *section,
			   const char *topology, long path_length,
			   struct passphrase *passphrase, time_t now)
{
	struct origin *origin = memory_zeroed(1, sizeof(*origin));
	struct reading in = { .origin = origin,
			      .chain = sk_X509_new_null(),
			      .path_length = path_length,
			      .passphrase = passphrase,
			      .now = now };
	size_t i;

	if (!in.chain)
		abort();
	origin->section = section;
	origin->topology = topology;
	origin->path = datafile_beside(section->cert_file.text, topology);
	if (section->key_file.text) {
		origin->key_place =
			keystore_locate(section->key_file.text, topology);
		origin->key_label = memory_format("%s:%d: key_file = %s",
						  topology,
						  section->key_file.line,
						  section->key_file.text);
	}
	read_blocks(&in);
	if (in.n) {
		check(&in);
		origin->pem = chain_write(in.chain);
		origin->certificate = sk_X509_shift(in.chain);
		origin->record = in.records[0];
	}
	for (i = 1; i < in.n; i++)
		record_free(in.records[i]);
	free(in.records);
	sk_X509_pop_free(in.chain, X509_free);
	return origin;
}

void origin_free(struct origin *origin)
{
	size_t i;

	if (!origin)
		return;
	for (i = 0; i < origin->n_faults; i++)
		free(origin->faults[i]);
	free(origin->faults);
	X509_free(origin->certificate);
	record_free(origin->record);
	free(origin->pem);
	free(origin->path);
	free(origin->key_place);
	free(origin->key_label);
	free(origin);
}

bool origin_is(const struct origin *origin, X509 *certificate)
{
	EVP_PKEY *a, *b;

	if (!origin->certificate || !certificate ||
	    X509_NAME_cmp(X509_get_subject_name(origin->certificate),
			  X509_get_subject_name(certificate)) != 0)
		return false;
	a = X509_get0_pubkey(origin->certificate);
	b = X509_get0_pubkey(certificate);
	return a && b && EVP_PKEY_eq(a, b) == 1;
}

void origin_report(const struct origin *origin, struct diag *diag)
{
	const struct setting *file = &origin->section->cert_file;
	size_t i;

	for (i = 0; i < origin->n_faults; i++)
		diag_error(diag, origin->topology, file->line,
			   "cert_file = %s: %s", file->text, origin->faults[i]);
}
