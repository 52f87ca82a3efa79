/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ISSUE_H
#define TOPOCERT_ISSUE_H

#include <stdbool.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "authority.h"
#include "inventory.h"
#include "issued.h"

/* A CA that signs, with what, and when: the same for all entries of it. */
struct issuer {
	const struct inventory *inventory;
	const struct ca_entry *ca;
	struct authority *authority; /* with certificate and key */
	struct rendered *rendered; /* ca.conf */
	CONF *conf; /* the same, loaded */
	const struct issuer *above; /* signs this CA; NULL: it does itself, or
				     * has its certificate already */
	time_t now;
};

/* Render and load the CA's configuration. -1: reported. */
int issuer_prepare(struct issuer *issuer, struct diag *diag);
void issuer_clear(struct issuer *issuer);

/*
 * Make key (unless the authority has one) and certificate of the CA, signed by
 * itself or by the one above, and put them into the issuer's authority. -1:
 * reported; ISSUED is to be cleared in any case.
 */
int issue_authority(struct issuer *issuer, struct issued *issued);

/*
 * Make key (unless there is KEY), request and certificate of ENTRY, and refuse
 * what is not exactly what the topology asks for. Touches no files, and may be
 * done by several threads. -1: reported; ISSUED is to be cleared in any case.
 */
int issue_entry(const struct issuer *issuer, const struct entry *entry,
		EVP_PKEY *key, struct issued *issued);

/* The same for a REQUEST that somebody has handed in, and that was checked (see
 * asked.h): the certificate has its key, and nothing else of it. */
int issue_request(const struct issuer *issuer, const struct entry *entry,
		  X509_REQ *request, struct issued *issued);

/* What a certificate of ENTRY would say, without one being issued: its key is
 * thrown away, and so is that which signs it. NULL: reported, or to DIAG. */
struct record *issue_sample(const struct issuer *issuer,
			    const struct entry *entry, struct diag *diag);

/* Take over what ENTRY imports. -1: reported. */
int issue_import(const struct entry *entry, struct issued *issued);

/* CERTIFICATE, which others signed, as if it were issued. -1: reported. */
int issue_foreign(X509 *certificate, struct issued *issued);

#endif
