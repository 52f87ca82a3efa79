/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ARRIVAL_H
#define TOPOCERT_ARRIVAL_H

#include <stddef.h>

#include <openssl/x509.h>

#include "arguments.h"
#include "record.h"

/* A certificate that somebody sent; nothing is known of it yet. */
struct arrival {
	X509 *certificate;
	struct record *record;
	char *source; /* the file */
	size_t number; /* its place in that, from 1; 0: alone in it */
};

/* A file that cannot be taken, or not as a whole. */
struct arrival_fault {
	char *source;
	char *reason;
};

struct arrivals {
	struct arrival *items;
	size_t n;
	struct arrival_fault *faults;
	size_t n_faults;
	char **ignored; /* files of folders without any certificate */
	size_t n_ignored;
};

/*
 * Read certificates from the files and folders that WORDS name: PEM, DER or
 * PKCS#7, many or one. A file that brings a private key is left alone as a
 * whole. Symbolic links in folders are not followed. Clear with
 * arrivals_clear().
 */
void arrivals_read(struct arrivals *arrivals, const struct words *words);
void arrivals_clear(struct arrivals *arrivals);

#endif
