/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SEED_H
#define TOPOCERT_SEED_H

#include <stddef.h>

#include <openssl/types.h>

/*
 * 32 random octets from which all that is random can be derived: see
 * derivation.h. Its file has them as 64 hexadecimal digits in one line, and is
 * nobody else's to read.
 */
struct seed;

#define SEED_OCTETS 32

/* Read the file PATH. NULL: *WHY, a text that has nothing of the file in it;
 * free it. Free with seed_free(), which wipes it. */
struct seed *seed_read(const char *path, char **why);
void seed_free(struct seed *seed);

/* Make the file PATH, which must not be there, of mode 0400, with octets of
 * OpenSSL's private generator. -1: reported, and nothing is left of it. */
int seed_create(const char *path);

/*
 * The N octets, 8160 at the most, that HKDF with SHA-256 makes of the seed for
 * INFO (RFC 5869, without salt). -1: OpenSSL's error queue says why.
 */
int seed_derive(const struct seed *seed, const void *info, size_t length,
		unsigned char *octets, size_t n);

/* The library context whose random numbers are those of stream.h. */
OSSL_LIB_CTX *seed_context(const struct seed *seed);

#endif
