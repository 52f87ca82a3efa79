/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SPKI_H
#define TOPOCERT_SPKI_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/*
 * The public key as requests and certificates hold it, the
 * SubjectPublicKeyInfo of RFC 5280, section 4.1.2.7. X509_set_pubkey(3) and
 * X509_REQ_set_pubkey(3) make the same, but decode again what they have
 * encoded: that takes five times as long as all the arithmetic of a P-256
 * key. What is made here is not decoded, so X509_get0_pubkey(3) finds no key
 * in it; whoever makes it has one.
 */

/* Put KEY into INFO. False: not this kind of key, to be put in the other
 * way. */
bool spki_set(X509_PUBKEY *info, EVP_PKEY *key);

/* Put the key of FROM into INFO. False: the same. */
bool spki_copy(X509_PUBKEY *info, const X509_PUBKEY *from);

/* Both hold the same key, written the same way. */
bool spki_equal(const X509_PUBKEY *a, const X509_PUBKEY *b);

#endif
