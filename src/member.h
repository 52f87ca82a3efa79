/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MEMBER_H
#define TOPOCERT_MEMBER_H

#include "catalog.h"

/* A host or user as a part of one system. */
struct member {
	const struct owner *owner;
	const struct profile *profile;
	bool primary; /* the first profile of [cluster] */
	struct option_values options;
	const char *directory; /* where its files lie in the end; may be NULL */
};

/*
 * What OWNER is a member of, in the order in which the topology names the
 * profiles; the catalog has to be complete. What does not go together goes to
 * DIAG. Returns N members; clear each and free the array.
 */
struct member *members_of(const struct owner *owner,
			  const struct topology *topology,
			  const struct catalog *catalog, size_t *n,
			  struct diag *diag);
void member_clear(struct member *member);

/* SCOPE is meant for MEMBER. */
bool member_in_scope(const struct member *member,
		     const struct profile_scope *scope);

/* The host has the service NAME. */
bool owner_has_service(const struct owner *owner, const char *name);

#endif
