/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "guide.h"
#include "memory.h"
#include "portrait.h"

/* Hosts that are named where not all of a large cluster need to be. */
#define SOME_HOSTS 5

/* The members of one profile. */
struct roster {
	const struct profile *profile;
	json_t *lists; /* arrays: "hosts", "users", "hosts.SERVICE" and
			* "some_hosts.CERTIFICATE"; and "first_host" */
	size_t most_hosts; /* in the first of them */
	bool has_subjects; /* templates name them */
};

struct guides {
	const struct inventory *inventory;
	struct roster *rosters; /* in the order of the catalog */
	struct diag *diag;
};

/* Some template of PROFILE names it: see snippet_names(). */
static bool is_named(const struct profile *profile, const char *name)
{
	size_t i;

	for (i = 0; i < profile->n_configs; i++)
		if (snippet_names(profile->configs[i]->snippet, name))
			return true;
	return false;
}

/* Put OBJECT at the end of LIST, and say of all where they stand in it. */
static void append(json_t *list, json_t *object)
{
	size_t n = json_array_size(list);
	json_t *item = json_copy(object);

	if (n)
		json_object_set_new(json_array_get(list, n - 1), "last",
				    json_false());
	json_object_set_new(item, "first", json_boolean(n == 0));
	json_object_set_new(item, "last", json_true());
	json_object_set_new(item, "number", json_integer((json_int_t)n + 1));
	json_array_append_new(list, item);
}

/* MEMBER while it is put into lists. */
struct enlisting {
	struct roster *roster;
	const struct guides *guides;
	const struct holder *holder;
	const struct member *member;
	json_t *object; /* NULL: not needed so far */
};

/* The list PREFIX with NAME behind it, unless it is full or nobody reads it. */
static json_t *open_list(const struct roster *roster, const char *prefix,
			 const char *name, size_t most)
{
	char *key = memory_format("%s%s", prefix, name);
	json_t *list = json_object_get(roster->lists, key);

	free(key);
	return json_is_array(list) && json_array_size(list) < most ? list :
								     NULL;
}

static void enlist_in(struct enlisting *in, json_t *list)
{
	const struct inventory *inventory = in->guides->inventory;

	if (!list)
		return;
	if (!in->object)
		in->object = portrait_new(inventory, in->holder, in->member,
					  in->roster->has_subjects,
					  in->guides->diag);
	append(list, in->object);
}

/* Among the first hosts of each certificate that MEMBER has. */
static void enlist_some(struct enlisting *in)
{
	const struct profile *profile = in->member->profile;
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const char *name = profile->certificates[i]->name;
		json_t *list =
			open_list(in->roster, "some_hosts.", name, SOME_HOSTS);

		if (list && inventory_entry(in->guides->inventory, in->holder,
					    in->member, name))
			enlist_in(in, list);
	}
}

static void enlist(struct roster *roster, const struct guides *guides,
		   const struct holder *holder, const struct member *member)
{
	const struct setting_list *services = &member->profile->services;
	const bool is_host = holder->owner->kind == OWNER_HOST;
	struct enlisting in = { roster, guides, holder, member, NULL };
	size_t i;

	enlist_in(&in, open_list(roster, is_host ? "hosts" : "users", "",
				 is_host ? roster->most_hosts : SIZE_MAX));
	if (is_host)
		enlist_some(&in);
	for (i = 0; i < services->n; i++)
		if (owner_has_service(holder->owner, services->items[i].text))
			enlist_in(&in,
				  open_list(roster, "hosts.",
					    services->items[i].text, SIZE_MAX));
	json_decref(in.object);
}

/* All that are called PREFIX with NAME behind it, where some template reads
 * that; otherwise it is only known. */
static void start_list(struct roster *roster, const char *prefix,
		       const char *name)
{
	char *key = memory_format("%s%s", prefix, name);

	json_object_set_new(roster->lists, key,
			    is_named(roster->profile, key) ? json_array() :
							     json_null());
	free(key);
}

static void start_roster(struct roster *roster, const struct profile *profile)
{
	size_t i;

	roster->profile = profile;
	roster->has_subjects = is_named(profile, "subject.") ||
			       is_named(profile, "subject_slash.");
	roster->lists = json_object();
	for (i = 0; i < profile->services.n; i++)
		start_list(roster, "hosts.", profile->services.items[i].text);
	for (i = 0; i < profile->n_certificates; i++)
		start_list(roster, "some_hosts.",
			   profile->certificates[i]->name);
	start_list(roster, "users", "");
	/* of those that are only asked for the first, there are more or not */
	json_object_set_new(roster->lists, "hosts", json_array());
	roster->most_hosts = is_named(profile, "hosts") ? SIZE_MAX : 2;
}

static void finish_roster(struct roster *roster)
{
	json_t *first =
		json_array_get(json_object_get(roster->lists, "hosts"), 0);

	json_object_set(roster->lists, "first_host",
			first ? first : json_null());
}

static struct roster *roster_of(const struct guides *guides,
				const struct profile *profile)
{
	struct roster *roster = guides->rosters;

	while (roster->profile != profile)
		roster++;
	return roster;
}

static const struct holder *holder_of(const struct inventory *inventory,
				      const struct owner *owner)
{
	size_t i = 0;

	while (inventory->holders[i].owner != owner)
		i++;
	return &inventory->holders[i];
}

struct guides *guides_new(const struct inventory *inventory, struct diag *diag)
{
	const struct catalog *catalog = inventory->catalog;
	const struct owners *owners = &inventory->topology->owners;
	struct guides *guides = memory_zeroed(1, sizeof(*guides));
	const struct holder *holder = NULL;
	size_t i, k;

	guides->inventory = inventory;
	guides->diag = diag;
	guides->rosters = memory_zeroed(catalog->n, sizeof(*guides->rosters));
	for (i = 0; i < catalog->n; i++)
		start_roster(&guides->rosters[i], catalog->profiles[i]);
	/* in the order of the topology, which groups may have changed */
	for (i = 0; i < owners->n; i++) {
		if (inventory->n_groups == inventory->n_holders)
			holder = &inventory->holders[i];
		else
			holder = holder_of(inventory, &owners->items[i]);
		for (k = 0; k < holder->n_members; k++) {
			const struct member *member = &holder->members[k];

			if (member->profile->n_configs ||
			    member->profile->n_uris)
				enlist(roster_of(guides, member->profile),
				       guides, holder, member);
		}
	}
	for (i = 0; i < catalog->n; i++)
		finish_roster(&guides->rosters[i]);
	return guides;
}

const struct inventory *guides_inventory(const struct guides *guides)
{
	return guides->inventory;
}

void guides_free(struct guides *guides)
{
	size_t i;

	if (!guides)
		return;
	for (i = 0; i < guides->inventory->catalog->n; i++)
		json_decref(guides->rosters[i].lists);
	free(guides->rosters);
	free(guides);
}

/* OWNER is the first of the hosts. */
static bool is_first(const struct roster *roster, const struct owner *owner)
{
	const json_t *first = json_object_get(roster->lists, "first_host");

	return owner->kind == OWNER_HOST && json_is_object(first) &&
	       strcmp(json_string_value(json_object_get(first, "name")),
		      owner->name) == 0;
}

static size_t count_names(const struct owner *owner, enum san_type type)
{
	size_t i, n = 0;

	for (i = 0; i < owner->n_names; i++)
		n += owner->names[i].type == type;
	return n;
}

static bool leads(const struct guides *guides, const struct holder *holder)
{
	size_t i;

	for (i = 0; i < holder->n_members; i++)
		if (is_first(roster_of(guides, holder->members[i].profile),
			     holder->owner))
			return true;
	return false;
}

bool guides_alike(const struct guides *guides, const struct holder *a,
		  const struct holder *b)
{
	/* services and options are those of the section */
	return a->owner->section == b->owner->section &&
	       a->n_contents == b->n_contents &&
	       count_names(a->owner, SAN_IP) == count_names(b->owner, SAN_IP) &&
	       count_names(a->owner, SAN_DNS) ==
		       count_names(b->owner, SAN_DNS) &&
	       !leads(guides, a) && !leads(guides, b);
}

json_t *guides_values(const struct guides *guides, const struct holder *holder,
		      const struct member *member, struct diag *diag)
{
	const struct roster *roster = roster_of(guides, member->profile);
	json_t *object = portrait_full(guides->inventory, holder, member,
				       roster->has_subjects, diag);

	json_object_set_new(object, "is_first",
			    json_boolean(is_first(roster, holder->owner)));
	return object;
}

/* What the bundle holds for MEMBER, and where it goes. */
static void write_head(FILE *out, const struct holder *holder,
		       const struct member *member,
		       const struct topology *topology)
{
	size_t i;

	fprintf(out, "# %s: %s %s of %s\n#\n# Files, for %s:\n",
		member->profile->description.text,
		owner_kind_name(holder->owner->kind), holder->owner->name,
		topology->cluster.name.text, portrait_directory(member));
	for (i = 0; i < holder->n_contents; i++)
		if (holder->contents[i].member == member)
			fprintf(out, "#   %s/%s %04o\n",
				content_folder(&holder->contents[i]),
				holder->contents[i].name,
				(unsigned int)holder->contents[i].mode);
}

static int write_member(const struct guides *guides, FILE *out,
			const struct holder *holder,
			const struct member *member, struct diag *diag)
{
	const struct profile *profile = member->profile;
	const json_t *lists = roster_of(guides, profile)->lists;
	json_t *values = NULL;
	char *text = NULL;
	int ret = 0;
	size_t i;

	write_head(out, holder, member, guides->inventory->topology);
	for (i = 0; i < profile->n_configs && ret == 0; i++) {
		const struct profile_config *config = profile->configs[i];

		if (!member_in_scope(member, &config->scope))
			continue;
		if (!values)
			values = guides_values(guides, holder, member, diag);
		text = snippet_render(config->snippet, values, lists, diag);
		if (text)
			fprintf(out, "\n%s", text);
		else
			ret = -1;
		free(text);
	}
	json_decref(values);
	return ret;
}

char *guides_text(const struct guides *guides, const struct holder *holder,
		  struct diag *diag)
{
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);
	int ret = 0;

	if (!out)
		abort();
	for (i = 0; i < holder->n_members && ret == 0; i++) {
		if (i > 0)
			fputs("\n", out);
		ret = write_member(guides, out, holder, &holder->members[i],
				   diag);
	}
	fclose(out);
	if (ret == 0)
		return text;
	free(text);
	return NULL;
}
