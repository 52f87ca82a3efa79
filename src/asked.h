/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ASKED_H
#define TOPOCERT_ASKED_H

#include <openssl/x509.h>

#include "inventory.h"
#include "record.h"

/*
 * What a request asks for, against what the topology grants. Nothing of it
 * gets into a certificate but its key; still, whoever asks for more than he
 * may have has made a mistake, or is somebody else.
 */

/*
 * What REQUEST asks for, after all that can be checked without a topology: it
 * is complete, its key is sound and not weak, and its signature proves that
 * whoever asks has the key. NULL: *WHY says what is wrong, to be freed.
 */
struct record *asked_read(X509_REQ *request, char **why);

/* How well a request suits a certificate. */
enum asked_fit {
	ASKED_NOTHING,
	ASKED_SUBJECT, /* its subject is that of the certificate */
	ASKED_NAMES, /* and it asks for no other names */
	ASKED_ALL, /* and for no other usages */
};

enum asked_fit asked_fits(const struct record *asked,
			  const struct entry *entry);

/* How many names of ENTRY it asks for. */
size_t asked_common(const struct record *asked, const struct entry *entry);

/*
 * ASKED, read from REQUEST, asks for nothing that ENTRY is not granted, by a
 * key of the right kind. Returns NULL, or what is too much and what was
 * wanted, to be freed.
 */
char *asked_check(const struct record *asked, X509_REQ *request,
		  const struct inventory *inventory, const struct entry *entry);

#endif
