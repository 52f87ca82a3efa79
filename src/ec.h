/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_EC_H
#define TOPOCERT_EC_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

/* An uncompressed point of the largest curve there is, of 571 bits, fits. */
#define EC_OCTETS_MAX 160

/* What an encoded EC key is made of (RFC 5480, RFC 5915). */
struct ec_parts {
	int curve; /* numeric identifier */
	unsigned char point[EC_OCTETS_MAX]; /* the public key */
	size_t length; /* of that */
	bool has_point; /* an encoded private key has the public one, too */
};

/*
 * Take KEY apart: one on a named curve, whose point is written uncompressed,
 * as nearly all are. False: it is another one, and OpenSSL knows how to encode
 * it.
 */
bool ec_read(EVP_PKEY *key, struct ec_parts *parts);

#endif
