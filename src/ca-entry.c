/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "authority.h"
#include "ca-entry.h"
#include "distinguished.h"
#include "memory.h"
#include "values.h"

struct building {
	struct inventory *inventory;
	struct diag *diag;
};

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
				    const char *role)
{
	size_t i;

	for (i = 0; i < inventory->n_cas; i++)
		if (inventory->cas[i].role &&
		    strcmp(inventory->cas[i].role, role) == 0)
			return &inventory->cas[i];
	return NULL;
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

/* What the CA is called where nobody says: as the profile has it, or after its
 * section. Free it. */
static char *default_name(const struct building *build,
			  const struct ca_entry *ca)
{
	if (ca->role && strcmp(ca->role, ca->name) == 0)
		return expand_for_ca(build, ca, &ca->type->common_name);
	return memory_format("%s %c%s CA", ca->organization,
			     toupper((unsigned char)*ca->name), ca->name + 1);
}

/* Each generation has a name of its own. */
static void number_name(struct ca_entry *ca)
{
	char *name = ca->common_name;

	if (ca->generation < 2 || !*name)
		return;
	ca->common_name = memory_format("%s G%ld", name, ca->generation);
	free(name);
}

static void name_ca(const struct building *build, struct ca_entry *ca)
{
	const struct topology *topology = build->inventory->topology;
	const char *why;

	if (ca->section && ca->section->common_name.text) {
		ca->common_name = memory_copy(ca->section->common_name.text);
		number_name(ca);
		return;
	}
	ca->common_name = default_name(build, ca);
	number_name(ca);
	why = distinguished_check(ca->common_name);
	if (why && *ca->common_name && !distinguished_check(ca->organization))
		diag_error(build->diag, topology->path, topology->cluster.line,
			   "the CA's common name '%s': %s: wanted [ca%s%s] "
			   "common_name",
			   ca->common_name, why, *ca->name ? " " : "",
			   ca->name);
}

/* TYPE gives what SECTION, which may be NULL, does not say. */
static void add_ca(const struct building *build, const struct profile *profile,
		   const struct profile_ca *type,
		   const struct ca_section *section, const char *role)
{
	static const struct defaults none;
	struct inventory *inventory = build->inventory;
	const struct topology *topology = inventory->topology;
	struct ca_entry *ca;
	const struct defaults *own;

	ca = memory_append(&inventory->cas, &inventory->n_cas, sizeof(*ca));
	ca->name = section ? section->name : type->name;
	ca->role = role;
	ca->folder = *ca->name ?
			     memory_format(AUTHORITY_FOLDER "-%s", ca->name) :
			     memory_copy(AUTHORITY_FOLDER);
	ca->profile = profile;
	ca->type = type;
	ca->section = section;
	ca->is_external = section && ca_section_is_external(section);
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
	ca->start = defaults_start(own);
	if (!ca->start)
		ca->start = defaults_start(&topology->cluster.defaults);
	ca->generation = setting_number_or(&own->generation, 1);
	ca->crl_days = role ? CRL_DAYS : CRL_DAYS_ABOVE;
	if (section)
		ca->crl_days =
			setting_number_or(&section->next_update, ca->crl_days);
	name_ca(build, ca);
}

/* Some section names it as the one that signs. */
static bool signs_a_ca(const struct topology *topology,
		       const struct ca_section *section)
{
	size_t i;

	for (i = 0; i < topology->n_cas; i++)
		if (topology->cas[i]->issuer.text &&
		    strcmp(topology->cas[i]->issuer.text, section->name) == 0)
			return true;
	return false;
}

/* Some profile has a CA of that name. */
static bool is_role(const struct inventory *inventory, const char *name)
{
	size_t i;

	for (i = 0; i < inventory->catalog->n; i++)
		if (profile_ca(inventory->catalog->profiles[i], name))
			return true;
	return false;
}

/* [ca issuing], which [ca root] signs and no profile knows, is the profile's
 * own CA, where that has no section. NULL: there is none such. */
static const struct ca_section *stand_in(const struct inventory *inventory)
{
	const struct topology *topology = inventory->topology;
	const struct ca_section *found = NULL;
	size_t i;

	for (i = 0; i < topology->n_cas && !found; i++) {
		const struct ca_section *section = topology->cas[i];

		if (section->issuer.text && !signs_a_ca(topology, section) &&
		    !is_role(inventory, section->name))
			found = section;
	}
	return found;
}

static void add_role(const struct building *build,
		     const struct profile *profile,
		     const struct profile_ca *type)
{
	const struct inventory *inventory = build->inventory;
	const struct ca_section *section =
		topology_ca(inventory->topology, type->name);

	if (!section && !inventory->n_cas)
		section = stand_in(inventory);
	add_ca(build, profile, type, section, type->name);
}

/* The CAs of all profiles; one that several have is that of the first. */
static void fill_roles(const struct building *build)
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
				add_role(build, profile, profile->cas[k]);
		option_values_clear(&values);
	}
}

/* Those that the topology has besides, to sign the others. */
static void fill_issuers(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	const struct topology *topology = inventory->topology;
	size_t i, k;

	for (i = 0; i < topology->n_cas && inventory->n_cas; i++) {
		const struct ca_section *section = topology->cas[i];

		for (k = 0; k < inventory->n_cas; k++)
			if (inventory->cas[k].section == section)
				break;
		if (k == inventory->n_cas && signs_a_ca(topology, section))
			add_ca(build, inventory->cas[0].profile,
			       inventory->cas[0].type, section, NULL);
	}
}

static const struct ca_entry *find_named(const struct inventory *inventory,
					 const char *name)
{
	size_t i;

	for (i = 0; i < inventory->n_cas; i++)
		if (strcmp(inventory->cas[i].name, name) == 0)
			return &inventory->cas[i];
	return NULL;
}

static void refuse_issuer(const struct building *build, struct ca_entry *ca,
			  const char *why)
{
	const struct setting *issuer = &ca->section->issuer;

	diag_error(build->diag, build->inventory->topology->path, issuer->line,
		   "issuer = %s: %s", issuer->text, why);
	ca->issuer = NULL;
}

static void join_issuer(const struct building *build, struct ca_entry *ca)
{
	const struct setting *issuer = &ca->section->issuer;
	const char *path = build->inventory->topology->path;
	const struct ca_entry *above;
	size_t steps = 0;

	ca->issuer = find_named(build->inventory, issuer->text);
	if (!ca->issuer) {
		diag_error(build->diag, path, issuer->line,
			   "issuer = %s: there is no [ca %s]", issuer->text,
			   issuer->text);
		return;
	}
	if (ca->issuer->is_external) {
		refuse_issuer(build, ca,
			      "that CA is external, and so does not sign here");
		return;
	}
	for (above = ca->issuer; above; above = above->issuer)
		if (above == ca || ++steps > build->inventory->n_cas) {
			refuse_issuer(build, ca,
				      "this CA would be above itself");
			return;
		}
}

/* Who signs whom, and how deep that goes (RFC 5280, section 4.2.1.9). */
static void join_issuers(const struct building *build)
{
	struct inventory *inventory = build->inventory;
	size_t i;

	for (i = 0; i < inventory->n_cas; i++)
		if (inventory->cas[i].section &&
		    inventory->cas[i].section->issuer.text)
			join_issuer(build, &inventory->cas[i]);
	for (i = 0; i < inventory->n_cas; i++) {
		const struct ca_entry *ca = &inventory->cas[i];
		long length = 0;

		for (; ca->issuer; ca = ca->issuer) {
			/* it is one of the inventory's own */
			struct ca_entry *above =
				&inventory->cas[ca->issuer - inventory->cas];

			if (++length > above->path_length)
				above->path_length = length;
		}
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

		if (find_named(inventory, section->name))
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

static void fill_origin(const struct building *build, struct ca_entry *ca)
{
	const struct inventory *inventory = build->inventory;
	const char *path = inventory->topology->path;

	ca->origin = origin_read(ca->section, path, ca->path_length,
				 ca->passphrase, inventory->now);
	if (ca->origin->key_place)
		ca->key_place = memory_copy(ca->origin->key_place);
	if (!ca->origin->record || !ca->origin->record->common_name)
		return;
	free(ca->common_name);
	ca->common_name = memory_copy(ca->origin->record->common_name);
}

/* Those that were there before us, and how all are protected. */
static void fill_origins(const struct building *build)
{
	const char *path = build->inventory->topology->path;
	size_t i;

	for (i = 0; i < build->inventory->n_cas; i++) {
		struct ca_entry *ca = &build->inventory->cas[i];
		const struct ca_section *section = ca->section;

		if (section && section->passphrase.text)
			ca->passphrase = passphrase_new(
				section->passphrase.text, path,
				section->passphrase.line, ca->folder);
		if (section && section->cert_file.text && !ca->is_external)
			fill_origin(build, ca);
	}
}

void ca_entries_fill(struct inventory *inventory, struct diag *diag)
{
	const struct building build = { inventory, diag };

	fill_roles(&build);
	fill_issuers(&build);
	join_issuers(&build);
	fill_origins(&build);
	check_cas(&build);
}

char *ca_entry_path(const struct ca_entry *ca)
{
	return memory_format("%s/" AUTHORITY_CERTIFICATE, ca->folder);
}

void ca_entry_clear(struct ca_entry *ca)
{
	free(ca->folder);
	free(ca->common_name);
	free(ca->chain);
	free(ca->trusted);
	free(ca->listed);
	free(ca->key_place);
	free(ca->derivation);
	origin_free(ca->origin);
	passphrase_free(ca->passphrase);
}
