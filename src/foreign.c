/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "datafile.h"
#include "foreign.h"
#include "key.h"
#include "memory.h"
#include "pemfile.h"
#include "record.h"

/* Certificates of one chain. */
#define CHAIN_MAX 16

struct reading {
	const char *path;
	const struct setting *setting;
	const char *topology;
	struct diag *diag;
};

static void wrong(const struct reading *in, const char *why)
{
	diag_error(in->diag, in->topology, in->setting->line,
		   "cert_file = %s: %s", in->setting->text, why);
}

/* NULL, or what is wrong with the block; free it. */
static char *add_block(STACK_OF(X509) * chain, const struct pem_block *block)
{
	const unsigned char *p = block->data;
	int n = sk_X509_num(chain) + 1;
	X509 *certificate;

	if (strcmp(block->name, PEM_STRING_X509) != 0 &&
	    strcmp(block->name, PEM_STRING_X509_OLD) != 0)
		return memory_format("PEM block '%s': wanted certificates "
				     "alone, that of the CA first",
				     block->name);
	if (n > CHAIN_MAX)
		return memory_format("more than %d certificates: wanted those "
				     "of the CA and above it",
				     CHAIN_MAX);
	certificate = d2i_X509(NULL, &p, block->length);
	if (!certificate || p != block->data + block->length) {
		X509_free(certificate);
		return memory_format("certificate %d cannot be decoded: wanted "
				     "X.509 certificates in PEM",
				     n);
	}
	sk_X509_push(chain, certificate);
	return NULL;
}

/* NULL, or what is wrong with the file; free it. */
static char *read_blocks(STACK_OF(X509) * chain, struct pemfile *file)
{
	struct pem_block block;
	char *why = NULL;

	while (!why && pemfile_next(file, &block)) {
		why = add_block(chain, &block);
		pem_block_clear(&block);
	}
	if (!why && file->damaged)
		why = memory_copy("damaged: wanted base64 between BEGIN and "
				  "END lines");
	if (!why && !sk_X509_num(chain))
		why = memory_copy("no certificate in it: wanted PEM, that of "
				  "the CA first");
	return why;
}

static bool is_readable(X509 *certificate)
{
	struct record *record = record_of_certificate(certificate);

	record_free(record);
	return record;
}

/* NULL, or what is wrong with the chain; free it. */
static char *check(const STACK_OF(X509) * chain)
{
	const char *why;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		X509 *certificate = sk_X509_value(chain, i);
		const EVP_PKEY *key = X509_get0_pubkey(certificate);

		if (!is_readable(certificate))
			return memory_format("certificate %d has extensions "
					     "that cannot be decoded",
					     i + 1);
		if (X509_check_ca(certificate) == 0)
			return memory_format("certificate %d is not that of a "
					     "CA: wanted the CA that signs, "
					     "then those above it",
					     i + 1);
		if (!key ||
		    EVP_PKEY_get_security_bits(key) < KEY_SECURITY_BITS_MIN)
			return memory_format("certificate %d has a key of less "
					     "than %d bits of security",
					     i + 1, KEY_SECURITY_BITS_MIN);
		why = i ? chain_link(sk_X509_value(chain, i - 1), certificate) :
			  NULL;
		if (why)
			return memory_format("not in order: certificate %d %s "
					     "(certificate %d)",
					     i + 1, why, i);
	}
	return NULL;
}

static STACK_OF(X509) * read_file(const struct reading *in)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct pemfile file;
	const char *missing = pemfile_open(&file, in->path);
	char *why = missing ? memory_copy(missing) : NULL;

	if (!chain)
		abort();
	ERR_set_mark();
	if (!missing) {
		why = read_blocks(chain, &file);
		pemfile_close(&file);
	}
	if (!why)
		why = check(chain);
	ERR_pop_to_mark();
	if (!why)
		return chain;
	wrong(in, why);
	free(why);
	chain_free(chain);
	return NULL;
}

STACK_OF(X509) * foreign_read(const struct ca_entry *ca,
			      const struct topology *topology,
			      struct diag *diag)
{
	struct reading in = { .topology = topology->path, .diag = diag };
	STACK_OF(X509) *chain = NULL;
	char *path;

	if (!ca->is_external || !ca->section->cert_file.text)
		return NULL;
	in.setting = &ca->section->cert_file;
	path = datafile_beside(in.setting->text, topology->path);
	in.path = path;
	/* it may come together with what it signed */
	if (access(path, F_OK) == 0 || errno != ENOENT)
		chain = read_file(&in);
	free(path);
	return chain;
}
