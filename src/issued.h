/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ISSUED_H
#define TOPOCERT_ISSUED_H

#include <stdbool.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "authority.h"

/* What came out for one entry, or for the CA itself. */
struct issued {
	struct rendered *conf; /* of the request; NULL: none was made */
	BIO *request; /* PEM; the same */
	bool asked; /* that one was handed in, to be kept */
	BIO *key; /* PKCS#8 PEM, wiped when freed; NULL: it is not here */
	BIO *certificate; /* PEM, of what is imported with its chain */
	time_t not_before;
	struct record *record; /* what the certificate says; NULL: not of this
				* run */
	const struct authority *signer; /* NULL: it is imported */
	char *serial; /* hexadecimal, as in index.txt; the same */
	char *expires; /* notAfter, as in index.txt */
};

/* Put CERTIFICATE into ISSUED: encoded, and read back as others will. -1:
 * reported. */
int issued_keep(struct issued *issued, X509 *certificate);

/* Verify LEAF by AUTHORITY, which signed it, at the time NOW, as a strict
 * relying party would (RFC 5280). WHO is named in errors. -1: reported. */
int issued_verify(X509 *leaf, const struct authority *authority, time_t now,
		  const char *who);

void issued_clear(struct issued *issued);

#endif
