/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CA_ENTRY_H
#define TOPOCERT_CA_ENTRY_H

#include "inventory.h"

/*
 * The CAs of INVENTORY: those of its profiles in their order, then those of
 * the topology that only sign CAs. What does not fit together goes to DIAG.
 */
void ca_entries_fill(struct inventory *inventory, struct diag *diag);
void ca_entry_clear(struct ca_entry *ca);

/* "ca-issuing/ca.crt": what the record of the CA above calls it; free it. */
char *ca_entry_path(const struct ca_entry *ca);

#endif
