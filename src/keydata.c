/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keydata.h"

EVP_PKEY *keydata_take(OSSL_LIB_CTX *context, const char *algorithm,
		       OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(context, algorithm, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}
