/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ORIGIN_H
#define TOPOCERT_ORIGIN_H

#include <stdbool.h>
#include <time.h>

#include <openssl/x509.h>

#include "ca-section.h"
#include "passphrase.h"
#include "record.h"

/*
 * A CA that was there before us: cert_file of the topology, with its
 * certificate and mostly those above it, and where its key is.
 */
struct origin {
	const struct ca_section *section;
	const char *topology; /* path */
	char *path; /* of cert_file */
	bool missing; /* there is no such file */
	X509 *certificate; /* the CA's; NULL: there are faults */
	struct record *record; /* of that; the same */
	char *pem; /* all of its chain encoded anew; the same */
	char *key_place; /* see keystore.h; NULL: others sign */
	char *key_label; /* "c.ini:9: key_file = ca.key", for messages */
	char **faults; /* what is wrong with it */
	size_t n_faults;
};

/*
 * Read cert_file of SECTION, in the file TOPOLOGY; both have to outlive it. It
 * has to be a CA at the time NOW that can have PATH_LENGTH CAs below it, and
 * its chain in order. PASSPHRASE, which may be NULL, opens it if it is PKCS#12.
 * Never NULL; free with origin_free().
 */
struct origin *origin_read(const struct ca_section *section,
			   const char *topology, long path_length,
			   struct passphrase *passphrase, time_t now);
void origin_free(struct origin *origin);

/* It is the CA that has CERTIFICATE, maybe renewed: the same
 * subject and the same key. */
bool origin_is(const struct origin *origin, X509 *certificate);

/* Report all faults to DIAG. */
void origin_report(const struct origin *origin, struct diag *diag);

#endif
