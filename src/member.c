/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "memory.h"

/* The section's own place, that of the whole cluster where it has the same
 * profile, or the usual one. */
static const char *directory_of(const struct member *member,
				const struct topology *topology)
{
	const struct owner *owner = member->owner;
	const struct setting *own = &owner->section->membership.directory;
	const struct setting *all = &topology->cluster.membership.directory;

	if (own->text)
		return own->text;
	if (all->text && member->primary && owner->kind == OWNER_HOST)
		return all->text;
	return owner->kind == OWNER_HOST ? member->profile->directory.text :
					   member->profile->user_directory.text;
}

struct member *members_of(const struct owner *owner,
			  const struct topology *topology,
			  const struct catalog *catalog, size_t *n,
			  struct diag *diag)
{
	const struct setting_list *names = &owner->section->membership.profiles;
	struct member *members;
	size_t i;

	if (!names->n)
		names = &topology->cluster.membership.profiles;
	*n = names->n;
	members = memory_zeroed(*n, sizeof(*members));
	for (i = 0; i < *n; i++) {
		struct member *member = &members[i];

		member->owner = owner;
		member->profile =
			catalog_profile(catalog, names->items[i].text);
		member->primary = member->profile == catalog->profiles[0];
		member->directory = directory_of(member, topology);
		option_values_fill(&member->options, &member->profile->options,
				   &topology->cluster.membership.options,
				   &owner->section->membership.options);
		option_check_values(&member->options, &member->profile->options,
				    true, topology->path, diag);
	}
	return members;
}

void member_clear(struct member *member)
{
	option_values_clear(&member->options);
}

bool owner_has_service(const struct owner *owner, const char *name)
{
	const struct setting_list *services = &owner->section->services;
	size_t i;

	for (i = 0; i < services->n; i++)
		if (strcmp(services->items[i].text, name) == 0)
			return true;
	return false;
}

bool member_in_scope(const struct member *member,
		     const struct profile_scope *scope)
{
	return scope->kind == member->owner->kind &&
	       (!scope->service.text ||
		owner_has_service(member->owner, scope->service.text)) &&
	       condition_holds(&scope->condition, &member->options);
}
