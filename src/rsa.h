/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_RSA_H
#define TOPOCERT_RSA_H

#include <stdbool.h>

#include <openssl/evp.h>

/*
 * RSA keys in bulk: two primes of prime.h, and what follows from them (FIPS
 * 186-5, A.1.3; RFC 8017, section 3.2), handed over to OpenSSL.
 */

/* A key of BITS bits can be made so here. Not where a FIPS provider is in
 * force: then OpenSSL's own generator has to make it. */
bool rsa_is_made_here(unsigned int bits);

/* Make a key of BITS bits with the public exponent 65537, in LIBCTX and from
 * its private generator (NULL: OpenSSL's own). NULL: OpenSSL's error queue says
 * why, or a signal came. Free with EVP_PKEY_free(). */
EVP_PKEY *rsa_generate(OSSL_LIB_CTX *libctx, unsigned int bits);

#endif
