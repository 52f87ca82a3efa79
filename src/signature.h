/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SIGNATURE_H
#define TOPOCERT_SIGNATURE_H

#include <openssl/evp.h>

#include "derivation.h"

/* Octets that tell one thing that is signed from another. */
#define SIGNATURE_DETAIL 32

/* A signature that is to be made. */
struct signature {
	EVP_PKEY *key;
	const char *digest; /* name; NULL: the key's own choice */
	const struct derivation *from; /* whence comes what is random in it;
					* NULL: from OpenSSL */
	const char *purpose; /* "request", ...; with FROM only */
	unsigned char detail[SIGNATURE_DETAIL]; /* of what is signed; the same */
};

/*
 * What X509_sign_ctx(3) and its like sign with; where an algorithm takes no
 * digest, with none. NULL: OpenSSL's error queue says why. It is to be ended in
 * any case.
 */
EVP_MD_CTX *signature_begin(const struct signature *signature);
void signature_end(const struct signature *signature, EVP_MD_CTX *ctx);

/* The digest of what is to be signed, of which each part is added as one of
 * OpenSSL's i2d functions returned it: ENCODED, which is freed, of LENGTH
 * octets. */
struct parts;

struct parts *parts_new(void);
void parts_add(struct parts *parts, unsigned char *encoded, int length);

/* Frees PARTS. -1: one could not be encoded, as OpenSSL's error queue says. */
int parts_digest(struct parts *parts, unsigned char detail[SIGNATURE_DETAIL]);

#endif
