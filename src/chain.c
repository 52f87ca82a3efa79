/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "memory.h"
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

char *chain_write(const STACK_OF(X509) * chain)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *data;
	long length;
	int i;

	for (i = 0; bio && i < sk_X509_num(chain); i++)
		if (!PEM_write_bio_X509(bio, sk_X509_value(chain, i)))
			abort();
	if (!bio)
		abort();
	length = BIO_get_mem_data(bio, &data);
	text = memory_copy_part(length ? data : "", (size_t)length);
	BIO_free(bio);
	return text;
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

bool chain_has(const STACK_OF(X509) * list, X509 *certificate)
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
		if (!chain_has(b, sk_X509_value(a, i)))
			return false;
	return true;
}

bool chain_is_root(X509 *certificate)
{
	return X509_NAME_cmp(X509_get_subject_name(certificate),
			     X509_get_issuer_name(certificate)) == 0;
}

void chain_drop_roots(STACK_OF(X509) * chain)
{
	int i;

	for (i = sk_X509_num(chain) - 1; i >= 0; i--)
		if (chain_is_root(sk_X509_value(chain, i)))
			X509_free(sk_X509_delete(chain, i));
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

/* Has nothing that is to be checked against what is above or below but what
 * X509_check_issued(3) looks at. */
static bool is_plain(X509 *certificate)
{
	static const int known[] = {
		NID_basic_constraints,
		NID_key_usage,
		NID_ext_key_usage,
		NID_subject_alt_name,
		NID_subject_key_identifier,
		NID_authority_key_identifier,
		NID_info_access,
		NID_crl_distribution_points,
	};
	const size_t n = sizeof(known) / sizeof(known[0]);
	size_t k = 0;
	int i;

	for (i = 0; i < X509_get_ext_count(certificate) && k < n; i++) {
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(
			X509_get_ext(certificate, i)));

		for (k = 0; k < n && known[k] != nid; k++)
			;
	}
	return k < n && !(X509_get_extension_flags(certificate) &
			  (EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY));
}

static bool is_current(const X509 *certificate, time_t now)
{
	return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

bool chain_holds(X509 *leaf, X509 *root, time_t now)
{
	bool holds;

	ERR_set_mark();
	holds = is_plain(leaf) && is_plain(root) && chain_is_root(root) &&
		X509_check_ca(root) == 1 && is_current(leaf, now) &&
		is_current(root, now) &&
		X509_check_issued(root, leaf) == X509_V_OK &&
		X509_verify(leaf, X509_get0_pubkey(root)) == 1;
	ERR_pop_to_mark();
	return holds;
}
