/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_AUTHORITY_H
#define TOPOCERT_AUTHORITY_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "index.h"
#include "output.h"
#include "passphrase.h"
#include "record.h"

/* The CA's directory in the output folder, and the files in it. */
#define AUTHORITY_FOLDER "ca"
#define AUTHORITY_KEY "ca.key"
#define AUTHORITY_CERTIFICATE "ca.crt"
#define AUTHORITY_IMPORTED "imported"
#define AUTHORITY_CONF "ca.conf"
#define AUTHORITY_INDEX "index.txt"
#define AUTHORITY_INDEX_ATTR "index.txt.attr"
#define AUTHORITY_SERIAL "serial.txt"
#define AUTHORITY_CRL_NUMBER "crlnumber"
#define AUTHORITY_CRL_PEM "crl.pem"
#define AUTHORITY_CRL_DER "crl.der"
#define AUTHORITY_NEW_CERTS "newcerts"

/* How far the replacement of a CA by its next generation has come. */
enum lineage_stage {
	LINEAGE_SETTLED, /* there is none under way */
	LINEAGE_BEGUN, /* the next one is known to all, the old one signs */
	LINEAGE_SWITCHED, /* the new one signs, the old one is known to all */
};

/* A generation of a CA and its directory, as openssl-ca(1) has it. */
struct authority {
	char *folder; /* relative to the output folder: "ca" */
	char *path; /* for messages */
	int fd; /* the directory; -1: there is none */
	bool exists; /* there is a CA, not only a folder */
	struct record *record; /* of the CA's certificate */
	struct index *index;
	X509 *certificate; /* loaded for signing, or made by this run */
	char *pem; /* the same with all that is in its file */
	char *trust; /* see lineage_trust(); NULL: not known yet */
	char *crl; /* its revocation list in PEM; NULL: there is none */
	char *crl_number; /* of that, hexadecimal */
	EVP_PKEY *key; /* only when something is signed */
	char *key_place; /* where that is (see keystore.h); NULL: in the
			  * folder */
	char *key_label; /* names it in messages; the same */
	struct passphrase *passphrase; /* of the key; NULL: none; not ours */
	const struct derivation *from; /* whence comes what is random in what it
					* signs; NULL: there is no seed */
	bool replaced; /* by a renewed certificate, in this run */
	bool moves_in; /* by this run, into a folder that another one had */
	bool adopted; /* by this run: its certificates come from cert_file */
	/* of the generation that signs: the CA that signed it, where that is
	 * here, too; and the others, see lineage.h */
	const struct authority *issuer; /* NULL: a root, or from elsewhere */
	enum lineage_stage stage;
	struct authority *next; /* NULL: there is none */
	struct authority **old; /* the latest first */
	size_t n_old;
};

/*
 * Open the CA directory FOLDER of OUTPUT. A missing one is an empty authority;
 * a damaged one, or bundles without the CA that signed them, are errors: some
 * bundle has BUNDLED, or any is there where that is NULL. NULL: reported.
 */
struct authority *authority_open(const struct output *output,
				 const char *folder, const char *bundled);
void authority_free(struct authority *authority);

/* FIRST signed what has serial A after SECOND signed B, by the dates in them
 * and, where these are the same, by those of their records. */
bool authority_is_later(const struct authority *first, const char *a,
			const struct authority *second, const char *b);

/* The key is where it should be, as far as that can be seen without opening
 * it. */
bool authority_has_key(const struct authority *authority);

/* Load the certificate, with all that is in its file. -1: reported. */
int authority_load_certificate(struct authority *authority);

/* It has CERTIFICATE, which is kept, too, and PEM, all of its file, which is
 * taken over. */
void authority_take(struct authority *authority, X509 *certificate, char *pem);

/* NOW is not before the CA itself. -1: reported. */
int authority_check_clock(const struct authority *authority, time_t now);

/*
 * Load what signing at the time NOW needs: certificate and key, which have to
 * match, the key nobody else's to read. -1: reported.
 */
int authority_load_signer(struct authority *authority, time_t now);

/* Revoke all valid certificates of the path FILE in the CA's database, at the
 * time NOW for REASON (see index_revoke()). Returns how many. */
size_t authority_revoke_path(struct authority *authority, const char *file,
			     time_t now, const char *reason);

/* What the CA's database says of the certificate with SERIAL; NULL: its file
 * in newcerts/ is missing or damaged. */
struct record *authority_record(const struct authority *authority,
				const char *serial);

#endif
