/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MEMBER_H
#define TOPOCERT_MEMBER_H

#include "catalog.h"

/* What the hosts or users of one section are as parts of one system. */
struct member {
	const struct owner_section *section;
	const struct profile *profile;
	bool primary; /* the first profile of [cluster] */
	struct option_values options;
	const char *directory; /* where its files lie in the end; may be NULL */
};

/* All that the owners of one section are members of. */
struct members {
	struct member *items;
	size_t n;
};

/*
 * What SECTION makes its owners, in the order in which the topology names the
 * profiles; the catalog has to be complete. What does not go together goes to
 * DIAG. Free it with members_clear().
 */
struct members members_of(const struct owner_section *section,
			  const struct topology *topology,
			  const struct catalog *catalog, struct diag *diag);
void members_clear(struct members *members);

/* SCOPE is meant for MEMBER. */
bool member_in_scope(const struct member *member,
		     const struct profile_scope *scope);

/* The host has the service NAME. */
bool owner_has_service(const struct owner *owner, const char *name);

#endif
