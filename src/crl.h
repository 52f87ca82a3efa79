/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CRL_H
#define TOPOCERT_CRL_H

#include <time.h>

#include <openssl/bio.h>
#include <openssl/conf.h>

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
 * database of AUTHORITY, which has to be loaded for signing, and by CONF, or,
 * where that is NULL, its configuration file; good for DAYS, or, where that is
 * 0, for what the configuration says. It always has a number and the CA's key
 * identifier, as RFC 5280, 5.2 asks for. -1: reported. CRL is to be cleared in
 * any case.
 */
int crl_make(struct crl *crl, const struct authority *authority, CONF *conf,
	     time_t now, long days);

/* CRL is the list of AUTHORITY from now on. */
void crl_take(struct authority *authority, const struct crl *crl);

/* The same from the list that is in the CA's directory, if there is any. */
void crl_load(struct authority *authority);

/* The same from the directory of another one. */
void crl_load_from(struct authority *authority, int folder);
void crl_clear(struct crl *crl);

#endif
