/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEYSTORE_H
#define TOPOCERT_KEYSTORE_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "passphrase.h"

/*
 * Where the private key of a CA is: a file, in PEM, DER or PKCS#12, or what a
 * URI names that OSSL_STORE of OpenSSL opens, as ossl_store(7) has it. Nothing
 * of it is ever copied.
 */

/* PLACE is a URI, and not that of a file. */
bool keystore_is_uri(const char *place);

/* PLACE as the file FROM has it: a URI as it stands, or the absolute path of
 * the file, which is relative to the folder of FROM. Free it. */
char *keystore_locate(const char *place, const char *from);

/* A key that is looked for. */
struct keystore_search {
	int folder; /* an open directory, or AT_FDCWD */
	const char *place; /* a path there, or a URI */
	const char *label; /* names it in messages */
	X509 *certificate; /* that it belongs to */
	const char *owner; /* names that in messages */
	struct passphrase *passphrase; /* NULL: nobody is asked for one */
	bool plain; /* set: no passphrase was asked for */
};

/*
 * All certificates of the file that BIO reads, which is no PEM: PKCS#12, or
 * DER. The first is the one whose key is in it, if there is any, then comes who
 * signed that, and so on. PASSPHRASE may be NULL. NULL: *WHY, a constant text.
 * Free with chain_free().
 */
STACK_OF(X509) * keystore_certificates(BIO *bio, struct passphrase *passphrase,
				       const char **why);

/* The key of the certificate. NULL: reported. Free with EVP_PKEY_free(). */
EVP_PKEY *keystore_find(struct keystore_search *search);

#endif
