/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_IMPORT_H
#define TOPOCERT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct diag;
struct record;
struct san;

/*
 * A certificate with its chain and key that come from elsewhere, as from a
 * public CA. CHAIN and KEY are encoded anew, so that nothing else of the files
 * gets into a bundle. BIO_get_mem_data(3) reads them without emptying them.
 */
struct import {
	char *path, *key_path;
	BIO *chain; /* PEM: the leaf, then OTHERS */
	BIO *key; /* PKCS#8 PEM, in memory that is wiped when freed */
	X509 *certificate; /* the leaf */
	STACK_OF(X509) * others; /* each signed the one before; may be empty */
	EVP_PKEY *pkey;
	struct record *record; /* of the leaf */
};

/*
 * Read the certificates in the PEM file PATH and the key in KEY_PATH, and
 * check them: the leaf first, each followed by the one that signed it, all
 * valid at NOW, the leaf an X.509 v3 certificate that is no CA's, and the key
 * its key, which is not encrypted and which only its owner may read.
 *
 * All that is wrong goes to DIAG, as errors of the file TOPOLOGY: of LINE for
 * the certificates and of KEY_LINE for the key.
 *
 * NULL: there is no leaf (reported). Otherwise import_check() can look at it
 * even after errors; but KEY, PKEY and CHAIN may be NULL until diag_failed()
 * says that there were none. Free with import_free().
 */
struct import *import_load(const char *path, const char *key_path,
			   const char *topology, int line, int key_line,
			   time_t now, struct diag *diag);

/*
 * Check that the leaf suits WHO ("host node1") who has these NAMES. Speaks to
 * DIAG, as import_load() does.
 *
 * Names are compared as X509_check_host(3) does, the common name left aside: a
 * wildcard stands for one label. A missing name is an error, with these
 * exceptions:
 * - localhost and loopback addresses are never asked for;
 * - names that no public CA certifies (CA/Browser Forum Baseline Requirements,
 *   sections 4.2.2 and 7.1.2.7.12) are asked for only where the leaf has some
 *   name of the same sort, for then its CA does. The sorts: names of a single
 *   label, names under a reserved domain as .internal, private addresses,
 *   URIs, email addresses. Else a missing private address is a warning, and
 *   nothing is said of the rest.
 * A leaf that has none of the names is an error in any case.
 *
 * Extended key usages: where the leaf has the extension, each of EXTENDED
 * (numeric identifiers) must be in it; only a missing clientAuth is a warning.
 *
 * BROWSERS: a lifetime of more than 825 days is a warning.
 */
void import_check(const struct import *import, const struct san *names,
		  size_t n_names, const int *extended, size_t n_extended,
		  bool browsers, const char *topology, int line,
		  const char *who, struct diag *diag);

void import_free(struct import *import);

#endif
