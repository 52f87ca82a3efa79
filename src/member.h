/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MEMBER_H
#define TOPOCERT_MEMBER_H

#include "catalog.h"

/* What the hosts or users of one section, or of several that are alike, are as
 * parts of one system. */
struct member {
	const struct owner_section *section; /* the first of them */
	const struct profile *profile;
	bool primary; /* the first profile of [cluster] */
	struct option_values options;
	const char *directory; /* where its files lie in the end; may be NULL */
};

/* All that such owners are members of. */
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

/* They are what SECTION makes its owners, too: neither it nor theirs says
 * anything of it but services, and those are the same. */
bool members_serve(const struct members *members,
		   const struct owner_section *section);

/* SCOPE is meant for MEMBER. */
bool member_in_scope(const struct member *member,
		     const struct profile_scope *scope);

/* The host has the service NAME. */
bool owner_has_service(const struct owner *owner, const char *name);

#endif
