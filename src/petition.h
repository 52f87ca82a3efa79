/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PETITION_H
#define TOPOCERT_PETITION_H

#include <openssl/x509.h>

#include "inventory.h"
#include "record.h"

/* A file with a request that somebody hands in to have it signed. */
struct petition {
	const char *path; /* as given; "-": standard input */
	X509_REQ *request; /* its signature holds; NULL: refused */
	struct record *asked; /* what it asks for; the same */
	const struct entry *entry; /* the certificate it is for; NULL: none */
	char *refusal; /* why it is not signed; NULL: it is, or was */
	bool done; /* its certificate is there, and good */
};

/* Read the file PATH, in PEM or DER. What is wrong with it is the petition's
 * refusal. Clear it with petition_clear(). */
void petition_read(struct petition *petition, const char *path);
void petition_clear(struct petition *petition);

/* Refuse it, if it is not refused already; the text is made as by printf(3). */
void petition_refuse(struct petition *petition, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
