/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_UNWANTED_H
#define TOPOCERT_UNWANTED_H

#include "plan.h"

/*
 * Find what was made for hosts and users that the topology does not have any
 * more, or for purposes that they do not have any more: certificates that are
 * still valid, by all generations of all CAs, and bundles.
 */
void unwanted_find(struct plan *plan, const struct inventory *inventory,
		   const struct plan_basis *basis);

/* The folder "hosts/node1" of PATH; free it. */
char *unwanted_folder(const char *path);

/* FOLDER is of a holder or of a service of the inventory. */
bool unwanted_is_used(const struct inventory *inventory, const char *folder);

#endif
