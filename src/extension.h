/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_EXTENSION_H
#define TOPOCERT_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "digest.h"

/* An extension of a certificate, so far as it takes to see that another is the
 * same. */
struct extension {
	int nid;
	char *name; /* "keyUsage", or an object identifier */
	bool critical;
	unsigned char digest[DIGEST_OCTETS]; /* SHA-256 of its value */
};

struct extension_list {
	struct extension *items; /* in the order of the certificate */
	size_t n;
};

void extension_read(struct extension_list *list,
		    const STACK_OF(X509_EXTENSION) * extensions);
void extension_clear(struct extension_list *list);

/*
 * The name of the first extension in which two certificates differ that should
 * come from the same template; NULL: there is none. Of names and identifiers
 * of keys, which are each certificate's own, only their presence counts.
 */
const char *extension_compare(const struct extension_list *is,
			      const struct extension_list *wanted);

#endif
