/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SIGNATURE_H
#define TOPOCERT_SIGNATURE_H

#include <openssl/evp.h>

/*
 * What X509_sign_ctx(3) and its like sign with: KEY and the digest NAME, the
 * key's own choice where NAME is NULL, none where the algorithm takes none.
 * NULL: OpenSSL's error queue says why. Free with EVP_MD_CTX_free().
 */
EVP_MD_CTX *signature_new(EVP_PKEY *key, const char *digest);

#endif
