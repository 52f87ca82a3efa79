/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority.h"
#include "contents.h"
#include "distinguished.h"
#include "entry.h"
#include "identity.h"
#include "inventory.h"
#include "memory.h"
#include "usage.h"
#include "values.h"

struct building {
	struct inventory *inventory;
	struct diag *diag;
};

const struct key_spec *inventory_key(struct inventory *inventory,
				     const char *text)
{
	struct known_key *known;
	struct key_spec spec;
	size_t i;

	for (i = 0; i < inventory->n_keys; i++)
		if (strcmp(inventory->keys[i]->text, text) == 0)
			return &inventory->keys[i]->spec;
	if (key_parse(text, &spec))
		return NULL;
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
		       const struct member *member, const struct setting *text,
		       const char *organization, struct diag *diag)
{
	struct values *values = values_new();
	size_t errors = diag_errors(diag);
	char *result;

	values_add_cluster(values, inventory->topology, organization);
	values_add_owner(values, inventory->topology, member->owner);
	values_add_options(values, &member->profile->options, &member->options);
	result = template_expand(text->text, member->profile->path, text->line,
				 values_placeholders(values), diag);
	values_free(values);
	if (diag_errors(diag) > errors)
		*result = '\0';
	return result;
}

/* What a CA's name is made of is known without any owner. */
static char *expand_for_ca(const struct building *build,
			   const struct ca_entry *ca,
			   const struct setting *text)
{
	struct values *values = values_new();
	size_t errors = diag_errors(build->diag);
	char *result;

	values_add_cluster(values, build->inventory->topology,
			   ca->organization);
	result = template_expand(text->text, ca->profile->path, text->line,
				 values_placeholders(values), build->diag);
	values_free(values);
	if (diag_errors(build->diag) > errors)
		*result = '\0';
	return result;
}

const struct ca_entry *inventory_ca(const struct inventory *inventory,
				    const char *name)
{
	size_t i;

	for (i = 0; i < inventory->n_cas; i++)
		if (strcmp(inventory->cas[i].name, name) == 0)
			return &inventory->cas[i];
	return NULL;
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
			    content->ca == ca &&
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
			entry_add(inventory, member, type, shared, build->diag);
			group->n_entries++;
		}
	}
	if (!any && !lacks_services(holder))
		diag_error(build->diag, inventory->topology->path, owner->line,
			   "%s %s: the profile has no certificate for %ss",
			   owner_kind_name(owner->kind), owner->name,
			   owner_kind_name(owner->kind));
}

const struct ca_entry *inventory_signer(const struct inventory *inventory,
					const struct profile_certificate *type)
{
	const struct ca_entry *ca = NULL;
	size_t i;

	for (i = 0; i < type->n_cas && !ca; i++)
		ca = inventory_ca(inventory, type->cas[i]->name);
	return ca;
}

static void name_ca(const struct building *build, struct ca_entry *ca)
{
	const struct topology *topology = build->inventory->topology;
	const struct setting *name = &ca->type->common_name;
	const char *why;

	if (ca->section && ca->section->common_name.text) {
		ca->common_name = memory_copy(ca->section->common_name.text);
		return;
	}
	ca->common_name = expand_for_ca(build, ca, name);
	why = distinguished_check(ca->common_name);
	if (why && *ca->common_name && !distinguished_check(ca->organization))
		diag_error(build->diag, topology->path, topology->cluster.line,
			   "the CA's common name '%s': %s: wanted [ca%s%s] "
			   "common_name",
			   ca->common_name, why, *ca->name ? " " : "",
			   ca->name);
}

static void add_ca(const struct building *build, const struct profile *profile,
		   const struct profile_ca *type)
{
	static const struct defaults none;
	struct inventory *inventory = build->inventory;
	const struct topology *topology = inventory->topology;
	struct ca_entry *ca;
	const struct defaults *own;

	ca = memory_append(&inventory->cas, &inventory->n_cas, sizeof(*ca));
	ca->name = type->name;
	ca->folder = *type->name ?
			     memory_format(AUTHORITY_FOLDER "-%s", type->name) :
			     memory_copy(AUTHORITY_FOLDER);
	ca->profile = profile;
	ca->type = type;
	ca->section = topology_ca(topology, type->name);
	own = ca->section ? &ca->section->own : &none;
	ca->organization =
		setting_first(&own->organization,
			      &topology->cluster.defaults.organization,
			      &profile->organization)
			->text;
	ca->key = inventory_key(inventory,
				own->key.text ? own->key.text : type->key.text);
	ca->days = setting_number_or(&own->days, atol(type->days.text));
	ca->backdate = setting_number_or(
		&own->backdate,
		setting_number_or(&topology->cluster.defaults.backdate,
				  BACKDATE_HOURS));
	ca->crl_days = CRL_DAYS;
	if (ca->section)
		ca->crl_days =
			setting_number_or(&ca->section->next_update, CRL_DAYS);
	name_ca(build, ca);
}

/* The CAs of all profiles; one that several have is that of the first. */
static void fill_cas(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	const struct catalog *catalog = inventory->catalog;
	const struct setting_others *keys =
		&inventory->topology->cluster.membership.options;
	size_t i, k;

	for (i = 0; i < catalog->n; i++) {
		const struct profile *profile = catalog->profiles[i];
		struct option_values values;

		option_values_fill(&values, &profile->options, keys, NULL);
		for (k = 0; k < profile->n_cas; k++)
			if (condition_holds(&profile->cas[k]->condition,
					    &values) &&
			    !inventory_ca(inventory, profile->cas[k]->name))
				add_ca(build, profile, profile->cas[k]);
		option_values_clear(&values);
	}
}

/* A section for a CA that is not there, or one name for two of them. */
static void check_cas(const struct building *build)
{
	const struct inventory *inventory = build->inventory;
	const struct topology *topology = inventory->topology;
	size_t i, k;

	for (i = 0; i < topology->n_cas; i++) {
		const struct ca_section *section = topology->cas[i];
		const struct profile *profile = inventory->profile;

		if (inventory_ca(inventory, section->name))
			continue;
		diag_error(build->diag, topology->path, section->line,
			   "[ca%s%s]: there is no such CA%s%s%s%s%s",
			   *section->name ? " " : "", section->name,
			   profile_ca(profile, section->name) ?
				   " with these options" :
				   " in the profile",
			   inventory->n_cas ? "; wanted [ca" : "",
			   inventory->n_cas && *inventory->cas->name ? " " : "",
			   inventory->n_cas ? inventory->cas->name : "",
			   inventory->n_cas ? "]" : "");
	}
	for (i = 0; i < inventory->n_cas; i++)
		for (k = 0; k < i; k++)
			if (*inventory->cas[i].common_name &&
			    strcmp(inventory->cas[i].common_name,
				   inventory->cas[k].common_name) == 0)
				diag_error(
					build->diag, topology->path,
					inventory->cas[i].section ?
						inventory->cas[i].section->line :
						topology->cluster.line,
					"[ca%s%s] and [ca%s%s] would both "
					"be '%s': wanted another "
					"common_name",
					*inventory->cas[k].name ? " " : "",
					inventory->cas[k].name,
					*inventory->cas[i].name ? " " : "",
					inventory->cas[i].name,
					inventory->cas[i].common_name);
}

static void fill_holders(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	const struct owners *owners = &inventory->topology->owners;
	size_t i;

	inventory->n_holders = owners->n;
	inventory->holders =
		memory_zeroed(owners->n, sizeof(*inventory->holders));
	for (i = 0; i < owners->n; i++) {
		struct holder *holder = &inventory->holders[i];

		holder->owner = &owners->items[i];
		holder->members = members_of(holder->owner, inventory->topology,
					     inventory->catalog,
					     &holder->n_members, build->diag);
		holder->group = i;
	}
}

/* Put all holders into the group of FIRST that share TYPE with it. */
static void join(struct inventory *inventory, size_t first,
		 const struct member *member,
		 const struct profile_certificate *type)
{
	size_t i, j, k;

	for (i = first + 1; i < inventory->n_holders; i++) {
		struct holder *holder = &inventory->holders[i];
		size_t from = holder->group;
		size_t to = inventory->holders[first].group;

		for (k = 0; k < holder->n_members; k++)
			if (holder->members[k].profile == member->profile &&
			    is_shared(&holder->members[k], type))
				break;
		if (k == holder->n_members || from == to)
			continue;
		for (j = 0; j < inventory->n_holders; j++)
			if (inventory->holders[j].group == from)
				inventory->holders[j].group = to;
	}
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
	size_t i, k, t;

	for (i = 0; i < inventory->n_holders; i++)
		for (k = 0; k < inventory->holders[i].n_members; k++) {
			const struct member *member =
				&inventory->holders[i].members[k];
			const struct profile *profile = member->profile;

			for (t = 0; t < profile->n_certificates; t++)
				if (is_shared(member, profile->certificates[t]))
					join(inventory, i, member,
					     profile->certificates[t]);
		}
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
			group->first_holder = i;
		}
		inventory->groups[inventory->n_groups - 1].n_holders++;
	}
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

		group->first_entry = inventory->n_entries;
		for (k = 0; k < group->n_holders; k++)
			add_entries(
				build,
				&inventory->holders[group->first_holder + k]);
	}
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
	fill_cas(&build);
	check_cas(&build);
	fill_holders(&build);
	fill_groups(inventory);
	fill_entries(&build);
	identity_check(inventory, diag);
	return inventory;
}

static void clear_holder(struct holder *holder)
{
	size_t i;

	contents_clear(holder);
	for (i = 0; i < holder->n_members; i++)
		member_clear(&holder->members[i]);
	free(holder->members);
}

void inventory_free(struct inventory *inventory)
{
	size_t i;

	if (!inventory)
		return;
	for (i = 0; i < inventory->n_entries; i++)
		entry_clear(&inventory->entries[i]);
	for (i = 0; i < inventory->n_holders; i++)
		clear_holder(&inventory->holders[i]);
	for (i = 0; i < inventory->n_cas; i++) {
		free(inventory->cas[i].folder);
		free(inventory->cas[i].common_name);
		free(inventory->cas[i].trusted);
		free(inventory->cas[i].listed);
	}
	for (i = 0; i < inventory->n_imports; i++)
		import_free(inventory->imports[i]);
	free(inventory->imports);
	for (i = 0; i < inventory->n_keys; i++) {
		free(inventory->keys[i]->text);
		free(inventory->keys[i]);
	}
	free(inventory->keys);
	free(inventory->cas);
	free(inventory->holders);
	free(inventory->groups);
	free(inventory->entries);
	free(inventory);
}
