/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "datafile.h"
#include "distinguished.h"
#include "entry.h"
#include "memory.h"

/* What some browsers take at most, in days. */
#define BROWSERS_DAYS_MAX 825

struct building {
	struct inventory *inventory;
	struct diag *diag;
};

static bool check_fqdn(const struct building *build, const struct owner *owner,
		       const char *fqdn)
{
	struct san san;
	const char *why = san_parse(SAN_DNS, fqdn, &san);

	if (!why) {
		san_clear(&san);
		return true;
	}
	diag_error(build->diag, build->inventory->topology->path, owner->line,
		   "host %s: in the domain it is %s: %s", owner->name, fqdn,
		   why);
	return false;
}

/* The names of a certificate while they are collected; their texts are the
 * topology's, the profile's, or the inventory's. */
struct names {
	struct san *items;
	size_t n;
};

static void add_name(struct names *names, const struct san *name)
{
	*(struct san *)memory_append(&names->items, &names->n, sizeof(*name)) =
		*name;
}

/* The name of a host, that in its domain, then what the topology lists. */
static void collect_names(const struct building *build, struct names *names,
			  const struct owner *owner)
{
	struct san implied = { .type = SAN_DNS, .text = owner->name };
	char *fqdn = NULL;
	size_t i;

	if (owner->kind == OWNER_HOST) {
		add_name(names, &implied);
		fqdn = topology_fqdn(build->inventory->topology, owner->name);
	}
	if (fqdn && check_fqdn(build, owner, fqdn)) {
		implied.text = arena_copy(build->inventory->texts, fqdn);
		add_name(names, &implied);
	}
	for (i = 0; i < owner->n_names; i++)
		add_name(names, &owner->names[i]);
	free(fqdn);
}

/* The names that the profile adds, as that of the loopback address. */
static void add_profile_names(struct names *names,
			      const struct profile_certificate *type)
{
	size_t i;

	for (i = 0; i < type->n_added; i++) {
		struct san name = type->added[i];

		name.line = SAN_LINE_PROFILE;
		add_name(names, &name);
	}
}

/* Take out what is there twice, but for the first; the order stays. */
static void drop_repeated(struct names *names)
{
	struct san **sorted = memory_zeroed(names->n, sizeof(*sorted));
	size_t i, n = 0;

	for (i = 0; i < names->n; i++)
		sorted[i] = &names->items[i];
	qsort(sorted, names->n, sizeof(*sorted), san_place_order);
	for (i = names->n; i-- > 1;)
		if (san_equal(sorted[i - 1], sorted[i]))
			sorted[i]->text = NULL;
	for (i = 0; i < names->n; i++)
		if (names->items[i].text)
			names->items[n++] = names->items[i];
	names->n = n;
	free(sorted);
}

static void check_lifetime(const struct building *build,
			   const struct entry *entry)
{
	const struct inventory *inventory = build->inventory;
	const struct topology *topology = inventory->topology;
	const struct ca_entry *ca = entry->ca;

	if (entry->type->for_browsers && entry->days > BROWSERS_DAYS_MAX)
		diag_warning(build->diag, topology->path,
			     entry->days_line ? entry->days_line :
						topology->cluster.line,
			     "certificate %s is opened by browsers, of which "
			     "some refuse more than %d days: wanted that or "
			     "less",
			     entry->type->name, BROWSERS_DAYS_MAX);
	/* how long another CA lives is known only where it is taken over */
	if (ca->origin || entry->days <= ca->days ||
	    entry->days > SETTING_DAYS_MAX || ca->days < 1)
		return; /* what is no lifetime at all is reported already */
	if (entry->days_line)
		diag_error(build->diag, topology->path, entry->days_line,
			   "days = %ld: outlives the CA, which is made for %ld "
			   "days: wanted at most that",
			   entry->days, ca->days);
	else
		diag_error(build->diag, topology->path,
			   ca->section && ca->section->own.days.text ?
				   ca->section->own.days.line :
				   topology->cluster.line,
			   "the CA is made for %ld days, but certificate %s "
			   "of the profile for %ld: wanted days = %ld or less "
			   "in [cluster], or a longer CA",
			   ca->days, entry->type->name, entry->days, ca->days);
}

/* When it is renewed, and whether with the key that it has. */
static void fill_renewal(const struct building *build, struct entry *entry)
{
	const struct topology *topology = build->inventory->topology;
	const struct defaults *own = &entry->owner->section->own;
	const struct defaults *all = &topology->cluster.defaults;
	const struct setting *before = setting_first(
		&own->renew_before, &all->renew_before, &all->renew_before);
	const struct setting *reuse = setting_first(
		&own->reuse_key, &all->reuse_key, &all->reuse_key);
	char *line;

	entry->renew_before =
		setting_number_or(before, defaults_renew_before(entry->days));
	entry->reuse_key = reuse->text && strcmp(reuse->text, "yes") == 0;
	if (!before->text || entry->days < 1 ||
	    entry->renew_before < entry->days ||
	    entry->renew_before > SETTING_DAYS_MAX)
		return; /* or reported already */
	/* the same for all hosts of a range, to be said once */
	line = entry->days_line ?
		       memory_format(" (line %d)", entry->days_line) :
		       memory_copy("");
	diag_error(build->diag, topology->path, before->line,
		   "renew_before = %s: certificate %s has days = %ld%s: "
		   "wanted less than that",
		   before->text, entry->type->name, entry->days, line);
	free(line);
}

/* What holds for all that is issued. */
static void fill_issued(const struct building *build, struct entry *entry)
{
	struct inventory *inventory = build->inventory;
	const struct profile_certificate *type = entry->type;
	const struct defaults *own = &entry->owner->section->own;
	const struct defaults *all = &inventory->topology->cluster.defaults;
	const struct setting *days =
		setting_first(&own->days, &all->days, &type->days);

	entry->ca = inventory_signer(inventory, type);
	entry->key = inventory_key(
		inventory,
		setting_first(&own->key, &all->key, &type->key)->text);
	entry->days = setting_number_or(days, -1);
	entry->days_line = days == &type->days ? 0 : days->line;
	entry->backdate = setting_number_or(&own->backdate,
					    setting_number_or(&all->backdate,
							      BACKDATE_HOURS));
	fill_renewal(build, entry);
	if (entry->ca)
		check_lifetime(build, entry);
	else
		diag_error(build->diag, inventory->topology->path,
			   entry->owner->line,
			   "%s %s: %s is signed by a CA that is there only "
			   "with %s in [cluster]",
			   owner_kind_name(entry->owner->kind),
			   entry->owner->name, entry->file,
			   type->cas[0]->when.n ?
				   type->cas[0]->when.items[0].text :
				   "another profile");
}

/* The files of FILE and KEY, read once for all hosts of a section. */
static const struct import *load_import(const struct building *build,
					const struct option_value *file,
					const struct option_value *key)
{
	struct inventory *inventory = build->inventory;
	const char *topology = inventory->topology->path;
	char *path = datafile_beside(file->text, topology);
	char *key_path = datafile_beside(key->text, topology);
	struct import *import = NULL;
	size_t i;

	for (i = 0; i < inventory->n_imports && !import; i++)
		if (strcmp(inventory->imports[i]->path, path) == 0 &&
		    strcmp(inventory->imports[i]->key_path, key_path) == 0)
			import = inventory->imports[i];
	if (!import) {
		import = import_load(path, key_path, topology, file->line,
				     key->line, inventory->now, build->diag);
		if (import)
			*(struct import **)memory_append(
				&inventory->imports, &inventory->n_imports,
				sizeof(import)) = import;
	}
	free(path);
	free(key_path);
	return import;
}

/* Read what comes from elsewhere, and whether it will do. */
static void fill_imported(const struct building *build, struct entry *entry)
{
	const struct inventory *inventory = build->inventory;
	const struct profile_certificate *type = entry->type;
	const struct option_value *values = entry->member->options.items;
	const struct option_value *file = &values[type->import_option];
	const struct option_value *key = &values[type->import_key_option];
	const char *topology = inventory->topology->path;
	char *who = memory_format("%s %s", owner_kind_name(entry->owner->kind),
				  entry->owner->name);

	if (!file->text || !key->text) {
		diag_error(build->diag, topology, entry->owner->line,
			   "%s: %s is imported: wanted %s = FILE and %s = FILE",
			   who, entry->file, type->import.text,
			   type->import_key.text);
		free(who);
		return;
	}
	entry->import = load_import(build, file, key);
	if (entry->import)
		import_check(entry->import, entry->names, entry->n_names,
			     type->extended, type->n_extended,
			     type->for_browsers, topology, file->line, who,
			     build->diag);
	free(who);
}

/* Most names of owners are in the topology already. */
static const char *expand(const struct building *build,
			  const struct entry *entry, const struct setting *text)
{
	char *result = inventory_expand(build->inventory, entry->member,
					entry->owner, text, entry->organization,
					build->diag);

	if (strcmp(result, entry->owner->name) != 0)
		return inventory_share(build->inventory, result);
	free(result);
	return entry->owner->name;
}

/* The parts of the subject, which say who somebody is. */
static void fill_subject(const struct building *build, struct entry *entry)
{
	const struct inventory *inventory = build->inventory;
	const struct profile_certificate *type = entry->type;
	const struct member *member = entry->member;
	const char *why = NULL;

	entry->organization =
		setting_first(
			&entry->owner->section->own.organization,
			&inventory->topology->cluster.defaults.organization,
			&member->profile->organization)
			->text;
	if (type->common_name.text)
		entry->common_name = expand(build, entry, &type->common_name);
	if (!type->organizational_unit.text)
		return;
	entry->organizational_unit =
		expand(build, entry, &type->organizational_unit);
	if (*entry->organizational_unit)
		why = distinguished_check(entry->organizational_unit);
	if (why)
		diag_error(build->diag, member->profile->path,
			   type->organizational_unit.line,
			   "organizational_unit = %s: %s",
			   entry->organizational_unit, why);
}

static void fill_files(const struct building *build, struct entry *entry)
{
	struct inventory *inventory = build->inventory;
	const struct profile *profile = entry->member->profile;
	char *folder = entry->service ?
			       memory_format("services/%s", entry->service) :
			       inventory_folder(entry->owner);

	entry->file = expand(build, entry, &entry->type->file);
	entry->key_file = expand(build, entry, &entry->type->key_file);
	entry->folder = arena_take(inventory->texts, folder);
	entry->path =
		arena_take(inventory->texts,
			   memory_format("%s/%s/%s", entry->folder,
					 profile->folder.text, entry->file));
	entry->label = inventory_share(
		inventory, entry->member->primary ?
				   memory_copy(entry->type->name) :
				   memory_format("%s-%s", profile->label,
						 entry->type->name));
}

/* The names of all hosts that share it. */
static void collect_shared(const struct building *build, struct names *names,
			   const struct entry *entry)
{
	const struct inventory *inventory = build->inventory;
	size_t i, k;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		for (k = 0; k < holder->n_members; k++)
			if (holder->members[k].profile ==
				    entry->member->profile &&
			    member_in_scope(&holder->members[k],
					    &entry->type->scope))
				collect_names(build, names, holder->owner);
	}
}

static void fill_names(const struct building *build, struct entry *entry)
{
	const struct profile_certificate *type = entry->type;
	struct names names = { 0 };
	struct san *copy;

	if (entry->service)
		collect_shared(build, &names, entry);
	else
		collect_names(build, &names, entry->owner);
	add_profile_names(&names, type);
	if (names.n) {
		drop_repeated(&names);
		copy = arena_zeroed(build->inventory->texts, names.n,
				    sizeof(*copy));
		memcpy(copy, names.items, names.n * sizeof(*copy));
		entry->names = copy;
		entry->n_names = names.n;
	} else {
		diag_error(build->diag, entry->member->profile->path,
			   type->line,
			   "[certificate %s]: names = yes, but %s %s has none",
			   type->name, owner_kind_name(entry->owner->kind),
			   entry->owner->name);
	}
	free(names.items);
}

void entry_add(struct inventory *inventory, const struct member *member,
	       const struct owner *owner,
	       const struct profile_certificate *type, bool shared,
	       struct diag *diag)
{
	const struct building in = { inventory, diag }, *build = &in;
	struct entry *entry;

	entry = memory_append(&inventory->entries, &inventory->n_entries,
			      sizeof(*entry));
	entry->owner = owner;
	entry->member = member;
	entry->type = type;
	entry->service = shared ? type->scope.service.text : NULL;
	fill_subject(build, entry);
	fill_files(build, entry);
	if (type->has_names)
		fill_names(build, entry);
	if (type->import_option >= 0)
		fill_imported(build, entry);
	else
		fill_issued(build, entry);
}

int entry_stem_length(const char *file)
{
	size_t length = strlen(file);

	return (int)(length > 4 && strcmp(file + length - 4, ".crt") == 0 ?
			     length - 4 :
			     length);
}

char *entry_request_name(const struct entry *entry)
{
	return memory_format("%s.%.*s.csr",
			     entry->service ? entry->service :
					      entry->owner->name,
			     entry_stem_length(entry->file), entry->file);
}
