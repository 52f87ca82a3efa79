/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CA_SECTION_H
#define TOPOCERT_CA_SECTION_H

#include "defaults.h"
#include "diag.h"
#include "inifile.h"

/* For how many days a revocation list is good, at most and where nothing is
 * said. */
#define CRL_DAYS_MAX 3650
#define CRL_DAYS 30

/* The same for a CA that only signs CAs, whose key is seldom at hand. */
#define CRL_DAYS_ABOVE 365

/* A [ca] or [ca NAME] section. */
struct ca_section {
	char *name; /* "" */
	int line;
	struct setting common_name;
	struct setting_list ocsp, crl, ca_issuers; /* URIs */
	struct setting next_update; /* of its revocation list, in days */
	struct setting cert_file, key_file; /* of a CA that is there already */
	struct setting passphrase; /* of its key: where it comes from */
	struct setting issuer; /* NAME of the CA that signs it */
	struct setting_list name_constraints;
	struct setting external; /* others sign the requests */
	struct defaults own;
};

/* Read SECTION of FILE, and say to DIAG what is wrong with it by itself. Free
 * with ca_section_free(). */
struct ca_section *ca_section_read(const struct inifile *file,
				   const struct inifile_section *section,
				   struct diag *diag);
void ca_section_free(struct ca_section *ca);

/* Others sign what it should sign: external = yes. */
bool ca_section_is_external(const struct ca_section *ca);

#endif
