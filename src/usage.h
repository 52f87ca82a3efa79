/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_USAGE_H
#define TOPOCERT_USAGE_H

#include <stdbool.h>

/*
 * keyUsage as the bits that X509_get_key_usage(3) has for it (RFC 5280,
 * section 4.2.1.3), by the names of x509v3_config(5).
 * Returns 0 for a name that does not exist.
 */
unsigned int usage_bit(const char *name);

/* "digitalSignature,keyEncipherment"; free it. */
char *usage_text(unsigned int bits);

/*
 * The numeric identifier of an extendedKeyUsage by its short name or dotted
 * OID; NID_undef where OpenSSL knows none, or something else by that name.
 */
int usage_extended(const char *name);

#endif
