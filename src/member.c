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
	const struct owner_section *section = member->section;
	const struct setting *own = &section->membership.directory;
	const struct setting *all = &topology->cluster.membership.directory;

	if (own->text)
		return own->text;
	if (all->text && member->primary && section->kind == OWNER_HOST)
		return all->text;
	return section->kind == OWNER_HOST ?
		       member->profile->directory.text :
		       member->profile->user_directory.text;
}

struct members members_of(const struct owner_section *section,
			  const struct topology *topology,
			  const struct catalog *catalog, struct diag *diag)
{
	const struct setting_list *names = &section->membership.profiles;
	struct members members;
	size_t i;

	if (!names->n)
		names = &topology->cluster.membership.profiles;
	members.n = names->n;
	members.items = memory_zeroed(members.n, sizeof(*members.items));
	for (i = 0; i < members.n; i++) {
		struct member *member = &members.items[i];

		member->section = section;
		member->profile =
			catalog_profile(catalog, names->items[i].text);
		member->primary = member->profile == catalog->profiles[0];
		member->directory = directory_of(member, topology);
		option_values_fill(&member->options, &member->profile->options,
				   &topology->cluster.membership.options,
				   &section->membership.options);
		option_check_values(&member->options, &member->profile->options,
				    true, topology->path, diag);
	}
	return members;
}

void members_clear(struct members *members)
{
	size_t i;

	for (i = 0; i < members->n; i++)
		option_values_clear(&members->items[i].options);
	free(members->items);
}

static bool says_nothing(const struct membership *membership)
{
	return !membership->profiles.n && !membership->directory.text &&
	       !membership->options.n;
}

bool members_serve(const struct members *members,
		   const struct owner_section *section)
{
	const struct owner_section *own =
		members->n ? members->items[0].section : NULL;
	size_t i;

	if (!own || own->kind != section->kind ||
	    !says_nothing(&own->membership) ||
	    !says_nothing(&section->membership) ||
	    own->services.n != section->services.n)
		return false;
	for (i = 0; i < own->services.n; i++)
		if (strcmp(own->services.items[i].text,
			   section->services.items[i].text) != 0)
			return false;
	return true;
}

static bool has_service(const struct owner_section *section, const char *name)
{
	const struct setting_list *services = &section->services;
	size_t i;

	for (i = 0; i < services->n; i++)
		if (strcmp(services->items[i].text, name) == 0)
			return true;
	return false;
}

bool owner_has_service(const struct owner *owner, const char *name)
{
	return has_service(owner->section, name);
}

bool member_in_scope(const struct member *member,
		     const struct profile_scope *scope)
{
	return scope->kind == member->section->kind &&
	       (!scope->service.text ||
		has_service(member->section, scope->service.text)) &&
	       condition_holds(&scope->condition, &member->options);
}
