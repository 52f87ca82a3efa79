/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "memory.h"
#include "signature.h"

static const char *digest_for(EVP_PKEY *key, const char *name)
{
	char usual[80];
	int rc = EVP_PKEY_get_default_digest_name(key, usual, sizeof(usual));

	if (rc == 2 && strcmp(usual, "UNDEF") == 0)
		return NULL;
	return name;
}

/* By RFC 6979, where the library knows that for the algorithm; 3.2 and later
 * do (EVP_SIGNATURE-ECDSA(7)). */
static int make_deterministic(EVP_PKEY_CTX *ctx)
{
	unsigned int on = 1;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_uint("nonce-type", &on),
				OSSL_PARAM_construct_end() };
	const OSSL_PARAM *known = EVP_PKEY_CTX_settable_params(ctx);

	if (!known || !OSSL_PARAM_locate_const(known, params[0].key))
		return 1;
	return EVP_PKEY_CTX_set_params(ctx, params);
}

static int begin_derived(const struct signature *signature,
			 OSSL_LIB_CTX **context)
{
	const struct purpose purpose = { .name = signature->purpose,
					 .detail = signature->detail,
					 .length = sizeof(signature->detail) };

	return derivation_begin(signature->from, &purpose, context);
}

EVP_MD_CTX *signature_begin(const struct signature *signature)
{
	const char *digest = digest_for(signature->key, signature->digest);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;
	OSSL_LIB_CTX *context = NULL;

	if (ctx && begin_derived(signature, &context) == 0 &&
	    EVP_DigestSignInit_ex(ctx, &key_ctx, digest, context, NULL,
				  signature->key, NULL) > 0 &&
	    (!signature->from || make_deterministic(key_ctx) > 0))
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

void signature_end(const struct signature *signature, EVP_MD_CTX *ctx)
{
	EVP_MD_CTX_free(ctx);
	derivation_end(signature->from);
}

struct parts {
	EVP_MD_CTX *digest;
	bool good;
};

struct parts *parts_new(void)
{
	struct parts *parts = memory_zeroed(1, sizeof(*parts));

	parts->digest = EVP_MD_CTX_new();
	parts->good = parts->digest &&
		      EVP_DigestInit_ex(parts->digest, EVP_sha256(), NULL);
	return parts;
}

void parts_add(struct parts *parts, unsigned char *encoded, int length)
{
	parts->good = parts->good && length >= 0 &&
		      EVP_DigestUpdate(parts->digest, encoded, (size_t)length);
	OPENSSL_free(encoded);
}

int parts_digest(struct parts *parts, unsigned char detail[SIGNATURE_DETAIL])
{
	bool good = parts->good &&
		    EVP_DigestFinal_ex(parts->digest, detail, NULL);

	EVP_MD_CTX_free(parts->digest);
	free(parts);
	return good ? 0 : -1;
}
