/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REFERENCE_H
#define TOPOCERT_REFERENCE_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "job.h"

/* What is on record of a certificate: what was issued last, or what is
 * imported. */
struct reference {
	const struct authority *signer; /* NULL: imported */
	struct index_row row; /* of the signer's index */
	X509 *certificate;
};

/* Find that of ENTRY. False: there is none, or it cannot be read; clear it in
 * any case. */
bool reference_find(struct reference *reference, const struct job *job,
		    const struct entry *entry);
void reference_clear(struct reference *reference);

/*
 * The last certificate of PATH that AUTHORITY, or a generation before it,
 * signed. False: none.
 */
bool reference_last(const struct authority *authority, const char *path,
		    const struct authority **signer, struct index_row *row);

#endif
