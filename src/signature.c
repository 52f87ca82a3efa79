/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include "signature.h"

static const char *digest_for(EVP_PKEY *key, const char *name)
{
	char usual[80];
	int rc = EVP_PKEY_get_default_digest_name(key, usual, sizeof(usual));

	if (rc == 2 && strcmp(usual, "UNDEF") == 0)
		return NULL;
	return name;
}

EVP_MD_CTX *signature_new(EVP_PKEY *key, const char *digest)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestSignInit_ex(ctx, NULL, digest_for(key, digest),
					 NULL, NULL, key, NULL) > 0)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}
