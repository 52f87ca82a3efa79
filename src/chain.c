/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "tree.h"

STACK_OF(X509) * chain_read(const char *pem, size_t length)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	BIO *bio = BIO_new_mem_buf(pem, (int)length);
	X509 *certificate;

	if (!list || !bio)
		abort();
	ERR_set_mark();
	while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		sk_X509_push(list, certificate);
	ERR_pop_to_mark();
	BIO_free(bio);
	return list;
}

void chain_free(STACK_OF(X509) * chain)
{
	sk_X509_pop_free(chain, X509_free);
}

X509 *chain_read_first(const char *pem, size_t length)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)length);
	X509 *certificate;

	if (!bio)
		abort();
	ERR_set_mark();
	certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ERR_pop_to_mark();
	BIO_free(bio);
	return certificate;
}

X509 *chain_load_first(int folder, const char *name)
{
	size_t length;
	char *text = tree_read(folder, name, &length);
	X509 *certificate = text ? chain_read_first(text, length) : NULL;

	free(text);
	return certificate;
}

static bool contains(const STACK_OF(X509) * list, X509 *certificate)
{
	int i;

	for (i = 0; i < sk_X509_num(list); i++)
		if (X509_cmp(sk_X509_value(list, i), certificate) == 0)
			return true;
	return false;
}

bool chain_equal(const STACK_OF(X509) * a, const STACK_OF(X509) * b)
{
	/* of an empty list, NULL, there are -1 */
	int i, n = a ? sk_X509_num(a) : 0;

	if (n != (b ? sk_X509_num(b) : 0))
		return false;
	for (i = 0; i < n; i++)
		if (!contains(b, sk_X509_value(a, i)))
			return false;
	return true;
}

bool chain_is_root(X509 *certificate)
{
	return X509_NAME_cmp(X509_get_subject_name(certificate),
			     X509_get_issuer_name(certificate)) == 0;
}

const char *chain_link(X509 *below, X509 *above)
{
	if (X509_NAME_cmp(X509_get_issuer_name(below),
			  X509_get_subject_name(above)) != 0)
		return "is not its issuer";
	if (X509_verify(below, X509_get0_pubkey(above)) != 1)
		return "has its issuer's name, but did not sign it";
	if (X509_check_ca(above) == 0)
		return "signed it, but is not the certificate of a CA";
	return NULL;
}

static X509_STORE *store_of(const STACK_OF(X509) * trusted)
{
	X509_STORE *store = X509_STORE_new();
	int i;

	if (!store)
		abort();
	for (i = 0; i < sk_X509_num(trusted); i++)
		X509_STORE_add_cert(store, sk_X509_value(trusted, i));
	return store;
}

int chain_verify(const struct chain_terms *terms, int *depth)
{
	X509_STORE *store = store_of(terms->trusted);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error = X509_V_ERR_UNSPECIFIED;

	*depth = 0;
	ERR_set_mark();
	if (ctx &&
	    X509_STORE_CTX_init(ctx, store, terms->leaf, terms->others)) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_time(param, terms->now);
		X509_VERIFY_PARAM_set_flags(
			param,
			X509_V_FLAG_PARTIAL_CHAIN |
				(terms->strict ? X509_V_FLAG_X509_STRICT : 0));
		if (terms->purpose)
			X509_VERIFY_PARAM_set_purpose(param, terms->purpose);
		X509_verify_cert(ctx);
		error = X509_STORE_CTX_get_error(ctx);
		*depth = X509_STORE_CTX_get_error_depth(ctx);
	}
	ERR_pop_to_mark();
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return error;
}
