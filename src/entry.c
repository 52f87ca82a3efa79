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

static void add_name(struct entry *entry, const struct san *name)
{
	struct san *copy;

	copy = memory_append(&entry->names, &entry->n_names, sizeof(*copy));
	*copy = *name;
	copy->text = memory_copy(name->text);
}

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

static bool has_name(const struct entry *entry, const struct san *name)
{
	size_t i;

	for (i = 0; i < entry->n_names; i++)
		if (san_equal(&entry->names[i], name))
			return true;
	return false;
}

/* The name of a host, that in its domain, then what the topology lists. */
static void collect_names(const struct building *build, struct entry *entry,
			  const struct owner *owner)
{
	struct san implied[2] = { { .type = SAN_DNS }, { .type = SAN_DNS } };
	char *fqdn = NULL;
	size_t i, first = entry->n_names, n = 0;

	if (owner->kind == OWNER_HOST) {
		implied[n++].text = owner->name;
		fqdn = topology_fqdn(build->inventory->topology, owner->name);
		if (fqdn && check_fqdn(build, owner, fqdn))
			implied[n++].text = fqdn;
	}
	for (i = 0; i < n; i++)
		if (!first || !has_name(entry, &implied[i]))
			add_name(entry, &implied[i]);
	/* within one section no name is there twice */
	n = entry->n_names;
	for (i = 0; i < owner->n_names; i++) {
		size_t all = entry->n_names;

		entry->n_names = first ? all : n;
		if (has_name(entry, &owner->names[i])) {
			entry->n_names = all;
			continue;
		}
		entry->n_names = all;
		add_name(entry, &owner->names[i]);
	}
	free(fqdn);
}

/* The names that the profile adds, as that of the loopback address. */
static void add_profile_names(struct entry *entry)
{
	size_t i;

	for (i = 0; i < entry->type->n_added; i++) {
		struct san name = entry->type->added[i];

		name.line = SAN_LINE_PROFILE;
		if (!has_name(entry, &name))
			add_name(entry, &name);
	}
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
		entry->common_name =
			inventory_expand(inventory, member, &type->common_name,
					 entry->organization, build->diag);
	if (!type->organizational_unit.text)
		return;
	entry->organizational_unit =
		inventory_expand(inventory, member, &type->organizational_unit,
				 entry->organization, build->diag);
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
	const struct inventory *inventory = build->inventory;
	const struct profile *profile = entry->member->profile;

	entry->file = inventory_expand(inventory, entry->member,
				       &entry->type->file, entry->organization,
				       build->diag);
	entry->key_file = inventory_expand(inventory, entry->member,
					   &entry->type->key_file,
					   entry->organization, build->diag);
	entry->folder = entry->service ?
				memory_format("services/%s", entry->service) :
				inventory_folder(entry->owner);
	entry->path = memory_format("%s/%s/%s", entry->folder,
				    profile->folder.text, entry->file);
	entry->label = entry->member->primary ?
			       memory_copy(entry->type->name) :
			       memory_format("%s-%s", profile->label,
					     entry->type->name);
}

/* The names of all hosts that share it. */
static void collect_shared(const struct building *build, struct entry *entry)
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
				collect_names(build, entry, holder->owner);
	}
}

void entry_add(struct inventory *inventory, const struct member *member,
	       const struct profile_certificate *type, bool shared,
	       struct diag *diag)
{
	const struct building in = { inventory, diag }, *build = &in;
	struct entry *entry;

	entry = memory_append(&inventory->entries, &inventory->n_entries,
			      sizeof(*entry));
	entry->owner = member->owner;
	entry->member = member;
	entry->type = type;
	entry->service = shared ? type->scope.service.text : NULL;
	fill_subject(build, entry);
	fill_files(build, entry);
	if (type->has_names && shared)
		collect_shared(build, entry);
	else if (type->has_names)
		collect_names(build, entry, member->owner);
	if (type->has_names)
		add_profile_names(entry);
	if (type->has_names && !entry->n_names)
		diag_error(build->diag, member->profile->path, type->line,
			   "[certificate %s]: names = yes, but %s %s has none",
			   type->name, owner_kind_name(member->owner->kind),
			   member->owner->name);
	if (type->import_option >= 0)
		fill_imported(build, entry);
	else
		fill_issued(build, entry);
}

void entry_clear(struct entry *entry)
{
	size_t i;

	for (i = 0; i < entry->n_names; i++)
		san_clear(&entry->names[i]);
	free(entry->names);
	free(entry->common_name);
	free(entry->organizational_unit);
	free(entry->label);
	free(entry->folder);
	free(entry->file);
	free(entry->key_file);
	free(entry->path);
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
