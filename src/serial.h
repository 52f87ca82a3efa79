/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SERIAL_H
#define TOPOCERT_SERIAL_H

#include <stdbool.h>

#include <openssl/bn.h>

#include "derivation.h"

struct index;

/* Serial numbers, of 16 octets (RFC 5280, section 4.1.2.2). */

/* One that INDEX has not: 127 random bits. NULL: reported. Free with
 * BN_free(). */
BIGNUM *serial_random(const struct index *index);

/*
 * That of a certificate of FROM: half of it says just that, and half is of the
 * DETAIL, so that one that says something else has another number. NULL:
 * OpenSSL's error queue says why. Free with BN_free().
 */
BIGNUM *serial_derived(const struct derivation *from, const void *detail,
		       size_t length);

/* One that INDEX has not, for openssl-ca(1) to take next: the first of those
 * that FROM gives. NULL: reported. Free with BN_free(). */
BIGNUM *serial_next(const struct derivation *from, const struct index *index);

/* The number SERIAL, hexadecimal, is one of a certificate of FROM. */
bool serial_is_of(const struct derivation *from, const char *serial);

#endif
