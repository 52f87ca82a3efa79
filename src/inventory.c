/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "distinguished.h"
#include "identity.h"
#include "inventory.h"
#include "memory.h"
#include "values.h"

/* Hours that notBefore lies before now, against clocks that are behind. */
#define BACKDATE_HOURS 24

struct building {
	struct inventory *inventory;
	struct diag *diag;
};

static const struct setting *first_given(const struct setting *a,
					 const struct setting *b,
					 const struct setting *c)
{
	if (a->text)
		return a;
	return b->text ? b : c;
}

/* The key for TEXT, parsed once; NULL where it is wrong, as reported. */
static const struct key_spec *find_key(struct inventory *inventory,
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

/* -1 for what is no number, as reported. */
static long number_or(const struct setting *setting, long fallback)
{
	if (!setting->text)
		return fallback;
	if (strspn(setting->text, "0123456789") != strlen(setting->text))
		return -1;
	return atol(setting->text);
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

/* The kind of key that owners have who ask for nothing else. */
static const struct key_spec *usual_key(const struct inventory *inventory,
					const struct profile_certificate *type)
{
	const struct setting *own = &inventory->topology->cluster.defaults.key;

	/* find_key() only adds; what it adds is wanted in any case */
	return find_key((struct inventory *)inventory,
			own->text ? own->text : type->key.text);
}

char *inventory_section(const struct inventory *inventory,
			const struct entry *entry)
{
	const struct key_spec *usual = usual_key(inventory, entry->type);
	const char *suffix = "";

	if (key_enciphers(usual) != key_enciphers(entry->key))
		suffix = key_enciphers(entry->key) ? "_rsa" : "_sign";
	return memory_format("%s%s", entry->type->extensions.text, suffix);
}

/* TEXT of the profile with its placeholders replaced; free it. Empty: reported.
 */
static char *expand(const struct building *build, const struct setting *text,
		    const struct owner *owner, const char *organization)
{
	const struct inventory *inventory = build->inventory;
	struct values *values = values_new();
	size_t errors = diag_errors(build->diag);
	char *result;

	values_add_cluster(values, inventory->topology, organization);
	if (owner)
		values_add_owner(values, inventory->topology, owner);
	result = template_expand(text->text, inventory->profile->path,
				 text->line, values_placeholders(values),
				 build->diag);
	values_free(values);
	if (diag_errors(build->diag) > errors)
		*result = '\0';
	return result;
}

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

/* The name of a host, that in its domain, then what the topology lists. */
static void collect_names(const struct building *build, struct entry *entry)
{
	const struct owner *owner = entry->owner;
	struct san implied[2] = { { .type = SAN_DNS }, { .type = SAN_DNS } };
	char *fqdn = NULL;
	size_t i, j, n = 0;

	if (owner->kind == OWNER_HOST) {
		implied[n++].text = owner->name;
		fqdn = topology_fqdn(build->inventory->topology, owner->name);
		if (fqdn && check_fqdn(build, owner, fqdn))
			implied[n++].text = fqdn;
	}
	for (i = 0; i < n; i++)
		add_name(entry, &implied[i]);
	for (i = 0; i < owner->n_names; i++) {
		for (j = 0; j < n; j++)
			if (san_equal(&implied[j], &owner->names[i]))
				break;
		if (j == n)
			add_name(entry, &owner->names[i]);
	}
	free(fqdn);
}

static void check_lifetime(const struct building *build,
			   const struct entry *entry)
{
	const struct inventory *inventory = build->inventory;
	const struct ca_entry *ca = &inventory->ca;

	if (entry->days <= ca->days || entry->days > SETTING_DAYS_MAX ||
	    ca->days < 1)
		return; /* what is no lifetime at all is reported already */
	if (entry->days_line)
		diag_error(build->diag, inventory->topology->path,
			   entry->days_line,
			   "days = %ld: outlives the CA, which is made for %ld "
			   "days: wanted at most that",
			   entry->days, ca->days);
	else
		diag_error(build->diag, inventory->topology->path,
			   inventory->topology->ca.own.days.text ?
				   inventory->topology->ca.own.days.line :
				   inventory->topology->cluster.line,
			   "the CA is made for %ld days, but certificate %s "
			   "of the profile for %ld: wanted days = %ld or less "
			   "in [cluster], or a longer CA",
			   ca->days, entry->type->name, entry->days, ca->days);
}

static void check_file_name(const struct building *build,
			    const struct entry *entry, const char *name,
			    const struct setting *setting)
{
	if (!*name)
		return; /* as reported by expand() */
	if (!profile_plain_name(name))
		diag_error(build->diag, build->inventory->profile->path,
			   setting->line,
			   "%s = %s: wanted a plain name of letters, digits, "
			   "'_', '-' and '.'",
			   setting == &entry->type->file ? "file" : "key_file",
			   name);
}

static bool same_file(const char *a, const char *b)
{
	return a && b && strcasecmp(a, b) == 0;
}

static void check_files(const struct building *build, const struct entry *entry,
			size_t first)
{
	const struct inventory *inventory = build->inventory;
	const char *path = inventory->profile->path;
	size_t i;

	check_file_name(build, entry, entry->file, &entry->type->file);
	check_file_name(build, entry, entry->key_file, &entry->type->key_file);
	if (same_file(entry->file, entry->key_file) ||
	    same_file(entry->file, inventory->ca.type->file.text) ||
	    same_file(entry->key_file, inventory->ca.type->file.text))
		diag_error(build->diag, path, entry->type->line,
			   "[certificate %s]: two files of %s %s would have "
			   "the same name",
			   entry->type->name,
			   owner_kind_name(entry->owner->kind),
			   entry->owner->name);
	for (i = first; &inventory->entries[i] < entry; i++) {
		const struct entry *other = &inventory->entries[i];

		if (same_file(entry->file, other->file) ||
		    same_file(entry->file, other->key_file) ||
		    same_file(entry->key_file, other->file) ||
		    same_file(entry->key_file, other->key_file))
			diag_error(build->diag, path, entry->type->line,
				   "[certificate %s]: a file of %s %s has "
				   "the name of one of [certificate %s]",
				   entry->type->name,
				   owner_kind_name(entry->owner->kind),
				   entry->owner->name, other->type->name);
	}
}

static void add_entry(const struct building *build, const struct owner *owner,
		      const struct profile_certificate *type, size_t first)
{
	struct inventory *inventory = build->inventory;
	const struct defaults *own = &owner->section->own;
	const struct defaults *all = &inventory->topology->cluster.defaults;
	const struct setting *days =
		first_given(&own->days, &all->days, &type->days);
	struct entry *entry;
	char *folder;

	entry = memory_append(&inventory->entries, &inventory->n_entries,
			      sizeof(*entry));
	entry->owner = owner;
	entry->type = type;
	entry->organization = first_given(&own->organization,
					  &all->organization,
					  &inventory->profile->organization)
				      ->text;
	entry->key = find_key(
		inventory, first_given(&own->key, &all->key, &type->key)->text);
	entry->days = number_or(days, -1);
	entry->days_line = days == &type->days ? 0 : days->line;
	entry->backdate = number_or(&own->backdate,
				    number_or(&all->backdate, BACKDATE_HOURS));
	entry->common_name =
		expand(build, &type->common_name, owner, entry->organization);
	entry->file = expand(build, &type->file, owner, entry->organization);
	entry->key_file =
		expand(build, &type->key_file, owner, entry->organization);
	folder = inventory_folder(owner);
	entry->path = memory_format("%s/%s/%s", folder,
				    inventory->profile->folder.text,
				    entry->file);
	free(folder);
	if (type->has_names)
		collect_names(build, entry);
	if (type->has_names && !entry->n_names)
		diag_error(build->diag, inventory->profile->path, type->line,
			   "[certificate %s]: names = yes, but %s %s has none",
			   type->name, owner_kind_name(owner->kind),
			   owner->name);
	check_lifetime(build, entry);
	check_files(build, entry, first);
}

static void fill_ca(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	const struct topology *topology = inventory->topology;
	const struct profile *profile = inventory->profile;
	const struct defaults *own = &topology->ca.own;
	struct ca_entry *ca = &inventory->ca;
	const struct setting *name;
	const char *why;

	ca->type = &profile->ca;
	ca->organization = first_given(&own->organization,
				       &topology->cluster.defaults.organization,
				       &profile->organization)
				   ->text;
	ca->key = find_key(inventory, own->key.text ? own->key.text :
						      profile->ca.key.text);
	ca->days = number_or(&own->days, atol(profile->ca.days.text));
	ca->backdate = number_or(&own->backdate,
				 number_or(&topology->cluster.defaults.backdate,
					   BACKDATE_HOURS));
	name = &topology->ca.common_name;
	if (name->text) {
		ca->common_name = memory_copy(name->text);
		return;
	}
	name = &profile->ca.common_name;
	ca->common_name = expand(build, name, NULL, ca->organization);
	why = distinguished_check(ca->common_name);
	if (why && *ca->common_name && !distinguished_check(ca->organization))
		diag_error(build->diag, topology->path, topology->cluster.line,
			   "the CA's common name '%s': %s: wanted [ca] "
			   "common_name",
			   ca->common_name, why);
}

struct inventory *inventory_new(const struct topology *topology,
				const struct profile *profile,
				struct diag *diag)
{
	struct inventory *inventory = memory_zeroed(1, sizeof(*inventory));
	struct building build = { .inventory = inventory, .diag = diag };
	size_t i, j, first;

	inventory->topology = topology;
	inventory->profile = profile;
	fill_ca(&build);
	for (i = 0; i < topology->n_owners; i++) {
		const struct owner *owner = &topology->owners[i];

		first = inventory->n_entries;
		for (j = 0; j < profile->n_certificates; j++)
			if (profile->certificates[j]->owner_kind == owner->kind)
				add_entry(&build, owner,
					  profile->certificates[j], first);
		if (first == inventory->n_entries)
			diag_error(diag, topology->path, owner->line,
				   "%s %s: the profile has no certificate for "
				   "%ss",
				   owner_kind_name(owner->kind), owner->name,
				   owner_kind_name(owner->kind));
	}
	identity_check(inventory, diag);
	return inventory;
}

void inventory_free(struct inventory *inventory)
{
	size_t i, j;

	if (!inventory)
		return;
	for (i = 0; i < inventory->n_entries; i++) {
		struct entry *entry = &inventory->entries[i];

		for (j = 0; j < entry->n_names; j++)
			san_clear(&entry->names[j]);
		free(entry->names);
		free(entry->common_name);
		free(entry->file);
		free(entry->key_file);
		free(entry->path);
	}
	for (i = 0; i < inventory->n_keys; i++) {
		free(inventory->keys[i]->text);
		free(inventory->keys[i]);
	}
	free(inventory->keys);
	free(inventory->entries);
	free(inventory->ca.common_name);
	free(inventory);
}

static void add_ca_values(struct values *values,
			  const struct inventory *inventory)
{
	const struct profile *profile = inventory->profile;
	const struct setting *days =
		&inventory->topology->cluster.defaults.days;
	size_t i;

	values_add_cluster(values, inventory->topology,
			   inventory->ca.organization);
	values_add(values, "common_name", inventory->ca.common_name);
	values_add_number(values, "days", inventory->ca.days);
	values_add(values, "ca_file", profile->ca.file.text);
	values_add(values, "leaf_days",
		   days->text ? days->text :
				profile->certificates[0]->days.text);
	for (i = 0; i < profile->n_certificates; i++) {
		const struct profile_certificate *type =
			profile->certificates[i];

		values_add_usages(values, type,
				  inventory_usage(type,
						  usual_key(inventory, type)));
	}
}

struct rendered *inventory_render(const struct inventory *inventory,
				  const struct entry *entry, struct diag *diag)
{
	struct values *values = values_new();
	const struct template *template;
	struct rendered *rendered;

	if (entry) {
		template = entry->type->template;
		values_add_cluster(values, inventory->topology,
				   entry->organization);
		values_add_owner(values, inventory->topology, entry->owner);
		values_add(values, "common_name", entry->common_name);
		values_add_number(values, "days", entry->days);
		values_add_names(values, entry->owner, entry->names,
				 entry->n_names);
	} else {
		template = inventory->ca.type->template;
		add_ca_values(values, inventory);
	}
	rendered = template_render(template, values_placeholders(values), diag);
	values_free(values);
	return rendered;
}
