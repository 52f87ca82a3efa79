/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PRIME_H
#define TOPOCERT_PRIME_H

#include <stdbool.h>

#include <openssl/bn.h>

/*
 * Random primes for RSA, as FIPS 186-5, appendix A.1.3, has them found: numbers
 * drawn afresh until one is probably prime. OpenSSL's own generator (FIPS
 * 186-4, B.3.6) makes primes as good in ten times the time, which counts where
 * keys are made in bulk.
 */

/* The public exponent of all keys, a prime. */
#define PRIME_EXPONENT 65537

/* How many bits a prime may have: these at least, and a multiple of that. */
#define PRIME_BITS_MIN 1024
#define PRIME_BITS_STEP 32

/*
 * Find a prime of BITS bits (half of the modulus) and put it into PRIME: odd,
 * at least sqrt(2) * 2^(BITS - 1), without a divisor of PRIME_EXPONENT in
 * PRIME - 1, and, unless OTHER is NULL, more than 2^(BITS - 100) away from
 * that. All randomness is of the private generator of LIBCTX, of which CTX has
 * to be, too (RAND_priv_bytes_ex(3); NULL is OpenSSL's own), and nothing else
 * decides which prime it is; what was used of it is wiped. False: OpenSSL's
 * error queue says why, or a signal came.
 */
bool prime_find(BIGNUM *prime, int bits, const BIGNUM *other, BN_CTX *ctx,
		OSSL_LIB_CTX *libctx);

#endif
