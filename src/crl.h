/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CRL_H
#define TOPOCERT_CRL_H

#include <time.h>

#include <openssl/bio.h>

#include "authority.h"

/* The revocation list of one generation of a CA. */
struct crl {
	BIO *pem, *der;
	char *number; /* hexadecimal */
	char *next_number; /* that of the list after this one */
	size_t n_revoked;
	time_t next_update;
};

/*
 * Make the list that "openssl ca -gencrl" makes at the time NOW, from the
 * database and by the configuration file of AUTHORITY, which has to be loaded
 * for signing; good for DAYS, or, where that is 0, for what the configuration
 * says. It always has a number and the CA's key identifier, as RFC 5280, 5.2
 * asks for. -1: reported. CRL is to be cleared in any case.
 */
int crl_make(struct crl *crl, const struct authority *authority, time_t now,
	     long days);
void crl_clear(struct crl *crl);

#endif
