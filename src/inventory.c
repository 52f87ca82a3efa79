/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ca-entry.h"
#include "contents.h"
#include "entry.h"
#include "identity.h"
#include "inventory.h"
#include "memory.h"
#include "usage.h"
#include "values.h"

/* How many kinds of hosts are told apart that say the same of themselves. */
#define MEMBERS_TRIED 16

struct building {
	struct inventory *inventory;
	struct diag *diag;
};

const struct key_spec *inventory_key(struct inventory *inventory,
				     const char *text)
{
	const char *keygen = inventory->topology->cluster.keygen.text;
	struct known_key *known;
	struct key_spec spec;
	size_t i;

	for (i = 0; i < inventory->n_keys; i++)
		if (strcmp(inventory->keys[i]->text, text) == 0)
			return &inventory->keys[i]->spec;
	if (key_parse(text, &spec))
		return NULL;
	spec.stock = keygen && strcmp(keygen, "openssl") == 0;
	known = memory_zeroed(1, sizeof(*known));
	known->text = memory_copy(text);
	known->spec = spec;
	*(struct known_key **)memory_append(
		&inventory->keys, &inventory->n_keys, sizeof(known)) = known;
	return &known->spec;
}

char *inventory_folder(const struct owner *owner)
{
	return memory_format("%ss/%s", owner_kind_name(owner->kind),
			     owner->name);
}

unsigned int inventory_usage(const struct profile_certificate *type,
			     const struct key_spec *key)
{
	unsigned int usage = type->usage;

	if (!key_enciphers(key))
		usage &= ~(usage_bit("keyEncipherment") |
			   usage_bit("dataEncipherment"));
	return usage;
}

const struct key_spec *
inventory_usual_key(const struct inventory *inventory,
		    const struct profile_certificate *type)
{
	const struct setting *own = &inventory->topology->cluster.defaults.key;

	/* inventory_key() only adds; what it adds is wanted in any case */
	return inventory_key((struct inventory *)inventory,
			     own->text ? own->text : type->key.text);
}

char *inventory_expand(const struct inventory *inventory,
		       const struct member *member, const struct owner *owner,
		       const struct setting *text, const char *organization,
		       struct diag *diag)
{
	size_t errors = diag_errors(diag);
	struct values *values;
	char *result;

	if (!strstr(text->text, "{{"))
		return memory_copy(text->text);
	values = values_new();
	values_add_cluster(values, inventory->topology, organization);
	values_add_owner(values, inventory->topology, owner);
	values_add_options(values, &member->profile->options, &member->options);
	result = template_expand(text->text, member->profile->path, text->line,
				 values_placeholders(values), diag);
	values_free(values);
	if (diag_errors(diag) > errors)
		*result = '\0';
	return result;
}

const char *inventory_share(struct inventory *inventory, char *text)
{
	const char *shared = arena_share(inventory->texts, text);

	free(text);
	return shared;
}

/* It is the CA BELOW, or above that. */
static bool is_or_signs(const struct ca_entry *ca, const struct ca_entry *below)
{
	for (; below && below != ca; below = below->issuer)
		;
	return below;
}

bool inventory_lists(const struct inventory *inventory,
		     const struct ca_entry *ca)
{
	size_t i, k;

	for (i = 0; i < inventory->n_holders; i++)
		for (k = 0; k < inventory->holders[i].n_contents; k++) {
			const struct content *content =
				&inventory->holders[i].contents[k];

			if (content->kind == CONTENT_FILE &&
			    is_or_signs(ca, content->ca) &&
			    profile_file_has(content->file, PART_CRL))
				return true;
		}
	return false;
}

const struct entry *inventory_entry(const struct inventory *inventory,
				    const struct holder *holder,
				    const struct member *member,
				    const char *name)
{
	const struct group *group = &inventory->groups[holder->group];
	size_t i;

	for (i = 0; i < group->n_entries; i++) {
		const struct entry *entry =
			&inventory->entries[group->first_entry + i];

		if (entry->member->profile != member->profile ||
		    strcmp(entry->type->name, name) != 0)
			continue;
		if (entry->service ?
			    member_in_scope(member, &entry->type->scope) :
			    entry->owner == holder->owner)
			return entry;
	}
	return NULL;
}

static bool is_shared(const struct member *member,
		      const struct profile_certificate *type)
{
	return type->shared.n && member_in_scope(member, &type->scope) &&
	       condition_holds(&type->is_shared, &member->options);
}

/* As reported by catalog_check(). */
static bool lacks_services(const struct holder *holder)
{
	size_t i;

	for (i = 0; i < holder->n_members; i++)
		if (holder->members[i].profile->services.n &&
		    holder->owner->kind == OWNER_HOST &&
		    !holder->owner->section->services.n)
			return true;
	return false;
}

static void add_entries(const struct building *build,
			const struct holder *holder)
{
	struct inventory *inventory = build->inventory;
	struct group *group = &inventory->groups[holder->group];
	const struct owner *owner = holder->owner;
	bool any = false;
	size_t i, k;

	for (i = 0; i < holder->n_members; i++) {
		const struct member *member = &holder->members[i];
		const struct profile *profile = member->profile;

		for (k = 0; k < profile->n_certificates; k++) {
			const struct profile_certificate *type =
				profile->certificates[k];
			bool shared = is_shared(member, type);

			if (!member_in_scope(member, &type->scope))
				continue;
			any = true;
			if (shared && inventory_entry(inventory, holder, member,
						      type->name))
				continue;
			entry_add(inventory, member, owner, type, shared,
				  build->diag);
			group->n_entries++;
		}
	}
	if (!any && !lacks_services(holder))
		diag_error(build->diag, inventory->topology->path, owner->line,
			   "%s %s: the profile has no certificate for %ss",
			   owner_kind_name(owner->kind), owner->name,
			   owner_kind_name(owner->kind));
}

/* The place of members that SECTION's owners are as well; SIZE_MAX: none. The
 * last ones are looked at, of which each will be of another kind of host. */
static size_t find_members(const struct inventory *inventory,
			   const struct owner_section *section)
{
	size_t i, n = inventory->n_members;

	for (i = n; i-- > 0 && n - i <= MEMBERS_TRIED;)
		if (members_serve(&inventory->members[i], section))
			return i;
	return SIZE_MAX;
}

/* What the owners of each section are; returns its place for each. */
static size_t *fill_members(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	const struct owners *owners = &inventory->topology->owners;
	size_t *places = memory_zeroed(owners->n_sections, sizeof(*places));
	struct members *members;
	size_t i;

	for (i = 0; i < owners->n_sections; i++) {
		places[i] = find_members(inventory, owners->sections[i]);
		if (places[i] != SIZE_MAX)
			continue;
		places[i] = inventory->n_members;
		members = memory_append(&inventory->members,
					&inventory->n_members,
					sizeof(*members));
		*members = members_of(owners->sections[i], inventory->topology,
				      inventory->catalog, build->diag);
	}
	return places;
}

static void fill_holders(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	const struct owners *owners = &inventory->topology->owners;
	size_t i, *places = fill_members(build);

	inventory->n_holders = owners->n;
	inventory->holders =
		memory_zeroed(owners->n, sizeof(*inventory->holders));
	for (i = 0; i < owners->n; i++) {
		struct holder *holder = &inventory->holders[i];
		const struct members *members;

		holder->owner = &owners->items[i];
		members =
			&inventory
				 ->members[places[holder->owner->section->place]];
		holder->members = members->items;
		holder->n_members = (unsigned int)members->n;
	}
	free(places);
}

struct known_types {
	const struct profile_certificate **items;
	size_t n;
};

static bool is_known(const struct known_types *types,
		     const struct profile_certificate *type)
{
	size_t i;

	for (i = 0; i < types->n && types->items[i] != type;)
		i++;
	return i < types->n;
}

/* The group that the one NUMBER was put into, or itself; while holders are
 * joined, a group that was put into another is not gone through. */
static size_t joined(size_t *groups, size_t number)
{
	while (groups[number] != number) {
		groups[number] = groups[groups[number]];
		number = groups[number];
	}
	return number;
}

/* Put all holders into the group of FIRST that share TYPE with it. */
static void join(const struct inventory *inventory, size_t *groups,
		 size_t first, const struct member *member,
		 const struct profile_certificate *type)
{
	const size_t to = joined(groups, first);
	size_t i, k;

	for (i = first + 1; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		for (k = 0; k < holder->n_members; k++)
			if (holder->members[k].profile == member->profile &&
			    is_shared(&holder->members[k], type))
				break;
		if (k < holder->n_members)
			groups[joined(groups, i)] = to;
	}
}

/* All that the owner of the holder at PLACE shares; TYPES are done already:
 * who is the first to share one is joined by all others. */
static void join_holder(const struct inventory *inventory, size_t *groups,
			size_t place, struct known_types *types)
{
	const struct holder *holder = &inventory->holders[place];
	size_t k, t;

	for (k = 0; k < holder->n_members; k++) {
		const struct member *member = &holder->members[k];
		const struct profile *profile = member->profile;

		for (t = 0; t < profile->n_certificates; t++) {
			const struct profile_certificate *type =
				profile->certificates[t];

			if (!is_shared(member, type) || is_known(types, type))
				continue;
			join(inventory, groups, place, member, type);
			*(const struct profile_certificate **)memory_append(
				&types->items, &types->n, sizeof(type)) = type;
		}
	}
}

/* Find who shares with whom. */
static void join_holders(struct inventory *inventory)
{
	const size_t n = inventory->n_holders;
	size_t i, *groups = memory_zeroed(n, sizeof(*groups));
	struct known_types types = { 0 };

	for (i = 0; i < n; i++)
		groups[i] = i;
	for (i = 0; i < n; i++)
		join_holder(inventory, groups, i, &types);
	for (i = 0; i < n; i++)
		inventory->holders[i].group = joined(groups, i);
	free(types.items);
	free(groups);
}

static int holders_order(const void *left, const void *right)
{
	const struct holder *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return a->owner < b->owner ? -1 : a->owner > b->owner;
}

/* Find who shares with whom, and put those side by side. */
static void fill_groups(struct inventory *inventory)
{
	size_t i, k;

	join_holders(inventory);
	if (inventory->n_holders)
		qsort(inventory->holders, inventory->n_holders,
		      sizeof(*inventory->holders), holders_order);
	for (i = 0; i < inventory->n_holders; i++) {
		struct holder *holder = &inventory->holders[i];
		struct group *group;

		if (i == 0 || holder->group != holder[-1].group) {
			group = memory_append(&inventory->groups,
					      &inventory->n_groups,
					      sizeof(*group));
			group->first_holder = (unsigned int)i;
		}
		inventory->groups[inventory->n_groups - 1].n_holders++;
	}
	memory_resize(&inventory->groups, inventory->n_groups,
		      sizeof(*inventory->groups));
	for (i = 0; i < inventory->n_groups; i++) {
		struct group *group = &inventory->groups[i];

		for (k = 0; k < group->n_holders; k++)
			inventory->holders[group->first_holder + k].group = i;
	}
}

static void fill_entries(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	size_t i, k;

	for (i = 0; i < inventory->n_groups; i++) {
		struct group *group = &inventory->groups[i];

		group->first_entry = (unsigned int)inventory->n_entries;
		for (k = 0; k < group->n_holders; k++)
			add_entries(
				build,
				&inventory->holders[group->first_holder + k]);
	}
	memory_resize(&inventory->entries, inventory->n_entries,
		      sizeof(*inventory->entries));
	for (i = 0; i < inventory->n_holders; i++)
		contents_fill(&inventory->holders[i], inventory, build->diag);
}

struct inventory *inventory_new(const struct topology *topology,
				const struct catalog *catalog, time_t now,
				struct diag *diag)
{
	struct inventory *inventory = memory_zeroed(1, sizeof(*inventory));
	struct building build = { .inventory = inventory, .diag = diag };

	inventory->topology = topology;
	inventory->catalog = catalog;
	inventory->profile = catalog->profiles[0];
	inventory->now = now;
	inventory->texts = arena_new();
	ca_entries_fill(inventory, diag);
	fill_holders(&build);
	fill_groups(inventory);
	fill_entries(&build);
	identity_check(inventory, diag);
	return inventory;
}

void inventory_free(struct inventory *inventory)
{
	size_t i;

	if (!inventory)
		return;
	for (i = 0; i < inventory->n_members; i++)
		members_clear(&inventory->members[i]);
	for (i = 0; i < inventory->n_cas; i++)
		ca_entry_clear(&inventory->cas[i]);
	for (i = 0; i < inventory->n_imports; i++)
		import_free(inventory->imports[i]);
	free(inventory->imports);
	for (i = 0; i < inventory->n_keys; i++) {
		free(inventory->keys[i]->text);
		free(inventory->keys[i]);
	}
	free(inventory->keys);
	free(inventory->members);
	arena_free(inventory->texts);
	free(inventory->cas);
	free(inventory->holders);
	free(inventory->groups);
	free(inventory->entries);
	free(inventory);
}
