/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEYDATA_H
#define TOPOCERT_KEYDATA_H

#include <openssl/evp.h>
#include <openssl/params.h>

/*
 * The key pair of ALGORITHM that PARAMS describe, as EVP_PKEY_fromdata(3) has
 * it, in CONTEXT. PARAMS, which may be NULL after a failure, are freed. NULL:
 * OpenSSL's error queue says why. Free with EVP_PKEY_free().
 */
EVP_PKEY *keydata_take(OSSL_LIB_CTX *context, const char *algorithm,
		       OSSL_PARAM *params);

#endif
