/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REVOCATION_H
#define TOPOCERT_REVOCATION_H

#include <openssl/x509.h>

/*
 * Why and when a certificate was revoked, as index.txt says it: a date,
 * perhaps with ",REASON", and with ",VALUE" behind some that openssl-ca(1)
 * alone gives.
 */

/* The reason that is meant where none is given (RFC 5280, 5.3.1). */
#define REVOCATION_UNSPECIFIED "unspecified"

/* The reason TEXT of the command line, whatever its case, as it is written
 * into index.txt. NULL: reported, it is none or not one for there. */
const char *revocation_reason(const char *text);

/* Put what TEXT of index.txt says into ENTRY of a list: date, reason code and
 * further extensions, as "openssl ca -gencrl" does. -1: it cannot be read. */
int revocation_fill(X509_REVOKED *entry, const char *text);

#endif
