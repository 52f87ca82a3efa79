/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PROOF_H
#define TOPOCERT_PROOF_H

#include <openssl/x509.h>

#include "record.h"

/*
 * REQUEST, which ASKED was read from, proves by a good signature that whoever
 * made it has its key, and that key is sound, of 112 bits of security at least
 * and encoded as everybody does. Returns NULL, or what is wrong and what was
 * wanted, to be freed.
 */
char *proof_check(X509_REQ *request, const struct record *asked);

#endif
