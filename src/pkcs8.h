/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PKCS8_H
#define TOPOCERT_PKCS8_H

#include <openssl/evp.h>
#include <openssl/x509.h>

/*
 * KEY as a PrivateKeyInfo (RFC 5208, RFC 5958), as EVP_PKEY2PKCS8(3) makes it,
 * but without OpenSSL's general encoders where the kind of key is known: they
 * take longer than making a P-256 key does. NULL: it is of another kind, for
 * them to encode. Free with PKCS8_PRIV_KEY_INFO_free(), which wipes it.
 */
PKCS8_PRIV_KEY_INFO *pkcs8_of(EVP_PKEY *key);

#endif
