/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LIST_GROUP_H
#define TOPOCERT_LIST_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger.h"

/* Certificates that a picture shows as one thing, for there may be many. */
struct list_group {
	const struct ledger_row **rows; /* by owner and file */
	size_t n;
	size_t n_owners;
};

struct list_groups {
	const struct ledger_row **rows;
	struct list_group *items;
	size_t n;
};

/* Those of LEDGER that PART takes, in the order of ORDER: what that calls
 * equal is one group. Never NULL; free with list_groups_free(). */
struct list_groups *list_groups_new(const struct ledger *ledger,
				    bool (*part)(const struct ledger_row *row),
				    int (*order)(const struct ledger_row *a,
						 const struct ledger_row *b));
void list_groups_free(struct list_groups *groups);

/* "host node1", "200 hosts, 400 certificates"; free it. */
char *list_group_title(const struct list_group *group);

/* "node1, node2, and 198 more", within about so many characters; free it. */
char *list_group_names(const struct list_group *group, size_t room);

#endif
