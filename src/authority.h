/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_AUTHORITY_H
#define TOPOCERT_AUTHORITY_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "index.h"
#include "output.h"
#include "record.h"

/* The CA's directory in the output folder, and the files in it. */
#define AUTHORITY_FOLDER "ca"
#define AUTHORITY_KEY "ca.key"
#define AUTHORITY_CONF "ca.conf"
#define AUTHORITY_INDEX "index.txt"
#define AUTHORITY_INDEX_ATTR "index.txt.attr"
#define AUTHORITY_SERIAL "serial.txt"
#define AUTHORITY_CRL_NUMBER "crlnumber"
#define AUTHORITY_NEW_CERTS "newcerts"

/* A CA and its directory, as openssl-ca(1) has it. */
struct authority {
	char *folder; /* relative to the output folder: "ca" */
	char *path; /* for messages */
	int fd; /* the directory; -1: there is none */
	bool exists; /* there is a CA, not only a folder */
	char *certificate_file; /* "ca.crt" */
	struct record *record; /* of the CA's certificate */
	struct index *index;
	X509 *certificate; /* loaded for signing, or made by this run */
	char *pem; /* the same with all that is in its file */
	EVP_PKEY *key; /* only when something is signed */
};

/*
 * Open the CA directory FOLDER of OUTPUT, whose certificate lies in
 * CERTIFICATE_FILE. A missing one is an empty authority; a damaged one, or
 * bundles without the CA that signed them, are errors. NULL: reported.
 */
struct authority *authority_open(const struct output *output,
				 const char *folder,
				 const char *certificate_file);
void authority_free(struct authority *authority);

/*
 * Load what signing at the time NOW needs: certificate and key, which have to
 * match, the key nobody else's to read. -1: reported.
 */
int authority_load_signer(struct authority *authority, time_t now);

/* Draw a serial number that was never used here: 127 random bits and so 16
 * octets (RFC 5280, 4.1.2.2). NULL: reported. Free with BN_free(). */
BIGNUM *authority_serial(const struct authority *authority);

/* What the CA's database says of the certificate with SERIAL; NULL: its file
 * in newcerts/ is missing or damaged. */
struct record *authority_record(const struct authority *authority,
				const char *serial);

#endif
