/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ENTRY_H
#define TOPOCERT_ENTRY_H

#include "inventory.h"

/*
 * Add the certificate TYPE that OWNER has as MEMBER to the inventory, whose CAs
 * and holders are known already; where it is SHARED, for all hosts of its
 * service. What does not fit goes to DIAG.
 */
void entry_add(struct inventory *inventory, const struct member *member,
	       const struct owner *owner,
	       const struct profile_certificate *type, bool shared,
	       struct diag *diag);

/* How much of FILE, the name or path of a certificate, is left without ".crt". */
int entry_stem_length(const char *file);

/* "node1.node.csr": the name of a request for ENTRY among those of all; free
 * it. */
char *entry_request_name(const struct entry *entry);

#endif
