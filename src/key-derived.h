/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEY_DERIVED_H
#define TOPOCERT_KEY_DERIVED_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

struct key_spec;

/*
 * Keys that octets determine without a search: Ed25519 and Ed448 keys, which
 * are just that (RFC 8032, sections 5.1.5 and 5.2.5), and those of P-256,
 * P-384 and P-521, by DeriveKeyPair of RFC 9180, section 7.1.3.
 */

/* Octets that any of them takes at the most. */
#define KEY_DERIVED_MAX 66

/* How many octets a key of SPEC takes; 0: it is none of these. */
size_t key_derived_octets(const struct key_spec *spec);

/* The key of SPEC that is made of so many OCTETS. NULL: OpenSSL's error queue
 * says why. Free with EVP_PKEY_free(). */
EVP_PKEY *key_derived(const struct key_spec *spec, const unsigned char *octets);

#endif
