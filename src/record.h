/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_RECORD_H
#define TOPOCERT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "extension.h"
#include "san.h"

/*
 * What a certificate says, read without decoding its public key into an
 * EVP_PKEY: that costs ten times the rest, and comparing needs none.
 */
struct record {
	unsigned char fingerprint[32]; /* SHA-256 of the certificate */
	char *serial; /* hexadecimal, as in index.txt */
	int version; /* 3 for X.509 v3 */
	char *subject; /* as X509_NAME_oneline(3) */
	char *other_subject; /* all but the next three, the same way */
	char *issuer;
	char *common_name; /* NULL unless there is exactly one */
	char *organization; /* the same */
	char *organizational_unit; /* NULL unless there is exactly one */
	bool several_units; /* more than one, or one that is no text */
	time_t not_before, not_after;
	char key[48]; /* as struct key_spec's text */
	unsigned char key_digest[32]; /* SHA-256 of the SubjectPublicKeyInfo */
	int digest; /* NID of what was signed; 0: the key's own */
	struct extension_list extensions;
	bool is_ca;
	unsigned int usage; /* KU_* bits */
	int *extended; /* numeric identifiers, sorted */
	size_t n_extended;
	struct san *names; /* sorted */
	size_t n_names;
	bool other_names; /* a name of a type that no topology gives */
	unsigned char *subject_id; /* subjectKeyIdentifier */
	size_t subject_id_length;
	unsigned char *issuer_id; /* authorityKeyIdentifier, keyIdentifier */
	size_t issuer_id_length;
	/* URIs in the certificate's order, addresses of other kinds left out */
	char **ocsp; /* authorityInfoAccess: id-ad-ocsp */
	size_t n_ocsp;
	char **ca_issuers; /* authorityInfoAccess: id-ad-caIssuers */
	size_t n_ca_issuers;
	char **crl; /* cRLDistributionPoints: fullName */
	size_t n_crl;
};

/* From DER; NULL: not a certificate. Free with record_free(). */
struct record *record_parse(const unsigned char *der, size_t length);

/*
 * What REQUEST asks for, as a certificate would say it; dates, serial number
 * and issuer are left out. NULL: its extensions cannot be decoded, or one is
 * there twice.
 */
struct record *record_of_request(X509_REQ *request);

/* From one that is decoded; NULL: it says what cannot be read. */
struct record *record_of_certificate(X509 *certificate);

/* From the first certificate of the PEM file NAME in FOLDER, which is an open
 * directory; NULL: errno says why, EINVAL for no certificate. */
struct record *record_load(int folder, const char *name);
void record_free(struct record *record);

/* LEAF names ISSUER's subject and, where both have one, key identifier. */
bool record_issued_by(const struct record *leaf, const struct record *issuer);

#endif
