/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_HELD_H
#define TOPOCERT_HELD_H

#include <stdbool.h>

#include "authority.h"
#include "inventory.h"
#include "issue.h"

/*
 * Certificates of an earlier run whose keys still lie in the output folder,
 * which is the open directory FOLDER.
 */

/* The key of ENTRY's certificate, which AUTHORITY recorded (NULL: none did), is
 * there. */
bool held_check(int folder, const struct entry *entry,
		const struct authority *authority);

/* That key, to be used again; NULL: it is not there, or of another kind than
 * is asked for. Free with EVP_PKEY_free(). */
EVP_PKEY *held_key(int folder, const struct entry *entry,
		   const struct authority *authority);

/* The certificate alone: its key may be elsewhere. -1: reported; ISSUED is to
 * be cleared in any case. */
int held_load_certificate(const struct entry *entry,
			  const struct authority *authority,
			  struct issued *issued);

/* Load both: the certificate as AUTHORITY recorded it. -1: reported; ISSUED is
 * to be cleared in any case. */
int held_load(int folder, const struct entry *entry,
	      const struct authority *authority, struct issued *issued);

#endif
