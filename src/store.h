/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_STORE_H
#define TOPOCERT_STORE_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "derivation.h"

/*
 * PKCS#12 files (RFC 7292) that OpenSSL and Java read. The legacy form is
 * for Java 8 before 8u301 and others that know neither PBES2 nor a MAC with
 * SHA-256; it takes nothing from OpenSSL's legacy provider.
 */
enum store_format { STORE_PKCS12, STORE_PKCS12_LEGACY };

/* How a store is made. */
struct store {
	enum store_format format;
	const char *alias;
	const char *password;
	const struct derivation *from; /* whence comes what is random in it;
					* NULL: from OpenSSL */
	const char *name; /* of its file; with FROM only */
};

/*
 * A key store with one entry: KEY, its CERTIFICATE and the CHAIN above it
 * (NULL: none). DER in memory that is wiped when freed. NULL: reported.
 */
BIO *store_keys(const struct store *store, EVP_PKEY *key, X509 *certificate,
		const STACK_OF(X509) * chain);

/*
 * A trust store with the AUTHORITIES, one at least, as ALIAS, ALIAS-2, and so
 * on, marked so that Java trusts them. DER in memory. NULL: reported.
 */
BIO *store_trust(const struct store *store, const STACK_OF(X509) * authorities);

/*
 * A new password of 32 letters and digits (190 bits), or what FROM has for the
 * file NAME. The caller wipes it with OPENSSL_cleanse() and frees it with
 * free(). NULL: reported.
 */
char *store_password(const struct derivation *from, const char *name);

#endif
