/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CHAIN_H
#define TOPOCERT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

/* All certificates of a PEM text, in its order; what else is in it is passed
 * over. Never NULL; free with chain_free(). */
STACK_OF(X509) * chain_read(const char *pem, size_t length);
void chain_free(STACK_OF(X509) * chain);

/* The first one of it; NULL: there is none. Free with X509_free(). */
X509 *chain_read_first(const char *pem, size_t length);

/* The certificate that the PEM file NAME of the open directory FOLDER begins
 * with; NULL: it is not there, or none. */
X509 *chain_load_first(int folder, const char *name);

/* All of them in PEM; free it. */
char *chain_write(const STACK_OF(X509) * chain);

bool chain_has(const STACK_OF(X509) * chain, X509 *certificate);

/* The same certificates, in whatever order. */
bool chain_equal(const STACK_OF(X509) * a, const STACK_OF(X509) * b);

/* It names itself as its issuer. */
bool chain_is_root(X509 *certificate);

/* Take roots out: those who verify have them. */
void chain_drop_roots(STACK_OF(X509) * chain);

/* NULL, or what ABOVE is to BELOW, which it must have signed as a CA. */
const char *chain_link(X509 *below, X509 *above);

/* How a leaf is verified. */
struct chain_terms {
	X509 *leaf;
	STACK_OF(X509) * others; /* above it; NULL: none */
	STACK_OF(X509) * trusted;
	time_t now;
	int purpose; /* X509_PURPOSE_*; 0: any */
	bool strict; /* X509_V_FLAG_X509_STRICT */
};

/* X509_V_OK, or the X509_V_ERR_* that keeps the leaf from being good; *DEPTH
 * says of which certificate, 0 being the leaf. */
int chain_verify(const struct chain_terms *terms, int *depth);

/*
 * LEAF is good at the time NOW as chain_verify() says with nothing but ROOT
 * trusted, which signed it. The leaf's key need not be decoded. False: it is
 * not, or there is something in one of them that is not looked at here, and
 * chain_verify() knows.
 */
bool chain_holds(X509 *leaf, X509 *root, time_t now);

#endif
