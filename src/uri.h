/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_URI_H
#define TOPOCERT_URI_H

#include "guide.h"
#include "inventory.h"

/* What is asked for on the command line; NULL: not given. */
struct uri_terms {
	const struct profile_uri *type;
	const char *host, *port, *database;
	const char *broker; /* "HOST:PORT", of a [uri] that speaks of one */
	int folder; /* the output folder, for files whose content is put in */
};

/*
 * The URI by which the user who is MEMBER of HOLDER reaches a host, each value
 * percent-encoded (RFC 3986, section 2.1). NULL: reported to DIAG. Wipe it
 * with OPENSSL_cleanse() where it is secret, and free it.
 */
char *uri_make(struct guides *guides, const struct holder *holder,
	       const struct member *member, const struct uri_terms *terms,
	       struct diag *diag);

/* A host name or address as it may stand in a URI; IPv6 in brackets or not. */
bool uri_is_host(const char *text);

/* HOST:PORT, perhaps several with commas. */
bool uri_is_broker(const char *text);

#endif
