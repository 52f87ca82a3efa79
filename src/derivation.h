/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DERIVATION_H
#define TOPOCERT_DERIVATION_H

#include <stddef.h>

#include <openssl/types.h>

#include "seed.h"

/*
 * Whose random numbers are derived from a seed: a certificate of somebody, or
 * a CA. What is derived depends on these and on nothing else: not on what else
 * there is, and not on any order.
 */
struct derivation {
	const struct seed *seed;
	const char *cluster;
	const char *owner; /* "hosts/node1", or "ca" */
	const char *name; /* of the certificate, or of the CA */
	const char *key; /* what kind: struct key_spec's text */
	long generation;
};

/* What it is for, and, for what is signed or encrypted, of which there may be
 * several, a digest or name that tells them apart. */
struct purpose {
	const char *name; /* "key", "serial", ... */
	const void *detail; /* NULL: there is one only */
	size_t length;
};

/* N octets for PURPOSE. -1: OpenSSL's error queue says why. */
int derivation_octets(const struct derivation *from,
		      const struct purpose *purpose, unsigned char *octets,
		      size_t n);

/*
 * From here to derivation_end() the random numbers of this thread in the
 * library context *CONTEXT are those for PURPOSE. Where FROM is NULL, it is the
 * default one, NULL, with OpenSSL's own. -1: OpenSSL's error queue says why,
 * and there is nothing to end.
 */
int derivation_begin(const struct derivation *from,
		     const struct purpose *purpose, OSSL_LIB_CTX **context);
void derivation_end(const struct derivation *from);

#endif
