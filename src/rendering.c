/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority.h"
#include "memory.h"
#include "rendering.h"
#include "requested.h"
#include "usage.h"
#include "values.h"

/* The sections of a CA's configuration while they are written. */
struct sections {
	const struct inventory *inventory;
	const struct ca_entry *ca;
	FILE *out;
	char **names; /* that are written */
	const struct profile_certificate **types; /* for whom */
	size_t n;
	struct diag *diag;
};

/* Without a suffix for the kind of key. */
static char *base_section(const struct inventory *inventory,
			  const struct profile *profile,
			  const struct profile_certificate *type)
{
	return profile == inventory->profile ?
		       memory_copy(type->extensions.text) :
		       memory_format("%s_%s", profile->label,
				     type->extensions.text);
}

char *rendering_section(const struct inventory *inventory,
			const struct entry *entry)
{
	const struct key_spec *usual =
		inventory_usual_key(inventory, entry->type);
	char *base =
		base_section(inventory, entry->member->profile, entry->type);
	const char *suffix = "";
	char *section;

	if (key_enciphers(usual) != key_enciphers(entry->key))
		suffix = key_enciphers(entry->key) ? "_rsa" : "_sign";
	section = memory_format("%s%s", base, suffix);
	free(base);
	return section;
}

/* "OCSP;URI:http://...,caIssuers;URI:http://..."; empty: none. Free it. */
static char *authority_information(const struct ca_entry *ca)
{
	char *ocsp, *issuers, *text;

	if (!ca->section)
		return memory_copy("");
	ocsp = setting_join(&ca->section->ocsp, ",OCSP;URI:");
	issuers = setting_join(&ca->section->ca_issuers, ",caIssuers;URI:");
	text = memory_format("%s%s%s%s%s", *ocsp ? "OCSP;URI:" : "", ocsp,
			     *ocsp && *issuers ? "," : "",
			     *issuers ? "caIssuers;URI:" : "", issuers);
	free(ocsp);
	free(issuers);
	return text;
}

/* "URI:http://..."; empty: none. Free it. */
static char *crl_distribution_points(const struct ca_entry *ca)
{
	char *points, *text;

	if (!ca->section || !ca->section->crl.n)
		return memory_copy("");
	points = setting_join(&ca->section->crl, ",URI:");
	text = memory_format("URI:%s", points);
	free(points);
	return text;
}

static void write_section(struct sections *in, const char *name,
			  const char *suffix,
			  const struct profile_certificate *type,
			  unsigned int usage)
{
	char *extended = setting_join(&type->extended_key_usage, ",");
	char *information = authority_information(in->ca);
	char *points = crl_distribution_points(in->ca);
	char *usages = usage_text(usage);

	fprintf(in->out, "%s[ %s%s ]\n", ftell(in->out) > 0 ? "\n" : "", name,
		suffix);
	fputs("basicConstraints = critical,CA:FALSE\n", in->out);
	fprintf(in->out, "keyUsage = critical,%s\n", usages);
	fprintf(in->out, "extendedKeyUsage = %s\n", extended);
	fputs("subjectKeyIdentifier = hash\n"
	      "authorityKeyIdentifier = keyid:always\n",
	      in->out);
	if (*information)
		fprintf(in->out, "authorityInfoAccess = %s\n", information);
	if (*points)
		fprintf(in->out, "crlDistributionPoints = %s\n", points);
	free(extended);
	free(information);
	free(points);
	free(usages);
}

static bool same_usages(const struct profile_certificate *a,
			const struct profile_certificate *b)
{
	return a->usage == b->usage && a->n_extended == b->n_extended &&
	       memcmp(a->extended, b->extended,
		      a->n_extended * sizeof(*a->extended)) == 0;
}

/* For the usual kind of key, for RSA, which enciphers, and for those that
 * only sign (RFC 5480, RFC 8410). */
static void write_sections(struct sections *in, const struct profile *profile,
			   const struct profile_certificate *type)
{
	char *name = base_section(in->inventory, profile, type);
	static const struct key_spec rsa = { .bits = 2048 }, other = { 0 };
	const struct key_spec *usual = inventory_usual_key(in->inventory, type);
	size_t i, n = in->n;

	for (i = 0; i < in->n; i++)
		if (strcmp(in->names[i], name) == 0)
			break;
	if (i < in->n) {
		if (!same_usages(in->types[i], type))
			diag_error(in->diag, profile->path, type->line,
				   "[certificate %s]: extensions = %s is "
				   "[certificate %s]'s, with other usages: "
				   "wanted another name",
				   type->name, type->extensions.text,
				   in->types[i]->name);
		free(name);
		return;
	}
	write_section(in, name, "", type, inventory_usage(type, usual));
	write_section(in, name, "_rsa", type, inventory_usage(type, &rsa));
	write_section(in, name, "_sign", type, inventory_usage(type, &other));
	*(char **)memory_append(&in->names, &in->n, sizeof(name)) = name;
	*(const struct profile_certificate **)memory_append(
		&in->types, &n, sizeof(type)) = type;
}

/* TYPE is issued under the options of [cluster], or to somebody. */
static bool is_used(const struct inventory *inventory,
		    const struct profile *profile,
		    const struct profile_certificate *type)
{
	struct option_values values;
	bool used;
	size_t i;

	option_values_fill(&values, &profile->options,
			   &inventory->topology->cluster.membership.options,
			   NULL);
	used = condition_holds(&type->scope.condition, &values);
	option_values_clear(&values);
	for (i = 0; i < inventory->n_entries && !used; i++)
		used = inventory->entries[i].type == type;
	return used;
}

static void write_all(struct sections *in, char **name, bool unused)
{
	const struct catalog *catalog = in->inventory->catalog;
	size_t i, k;

	for (i = 0; i < catalog->n; i++) {
		const struct profile *profile = catalog->profiles[i];

		for (k = 0; k < profile->n_certificates; k++) {
			const struct profile_certificate *type =
				profile->certificates[k];

			if (inventory_signer(in->inventory, type) != in->ca ||
			    (!unused && !is_used(in->inventory, profile, type)))
				continue;
			write_sections(in, profile, type);
			/* what users get can do the least */
			if (*name && type->scope.kind != OWNER_USER)
				continue;
			free(*name);
			*name = base_section(in->inventory, profile, type);
		}
	}
}

/* All that CA signs; NAME is set to the section that counts when nothing else
 * is asked for. Free both. */
static char *signing_sections(const struct inventory *inventory,
			      const struct ca_entry *ca, char **name,
			      struct diag *diag)
{
	struct sections in = { .inventory = inventory, .ca = ca, .diag = diag };
	char *text = NULL;
	size_t length, i;

	in.out = open_memstream(&text, &length);
	if (!in.out)
		abort();
	*name = NULL;
	write_all(&in, name, false);
	/* it may be there before anybody has a certificate of it */
	if (!in.n)
		write_all(&in, name, true);
	fclose(in.out);
	for (i = 0; i < in.n; i++)
		free(in.names[i]);
	free(in.names);
	free(in.types);
	return text;
}

static void add_usages(struct values *values, const struct inventory *inventory,
		       const struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const struct profile_certificate *type =
			profile->certificates[i];

		if (type->key.text)
			values_add_usages(
				values, type,
				inventory_usage(type,
						inventory_usual_key(inventory,
								    type)));
	}
}

/* The lifetime that openssl ca gives when it is not told. */
static const char *leaf_days(const struct inventory *inventory,
			     const struct ca_entry *ca)
{
	const struct setting *days =
		&inventory->topology->cluster.defaults.days;
	size_t i;

	for (i = 0; i < ca->profile->n_certificates && !days->text; i++)
		if (inventory_signer(inventory, ca->profile->certificates[i]) ==
		    ca)
			days = &ca->profile->certificates[i]->days;
	return days->text ? days->text : ca->type->days.text;
}

struct rendered *rendering_of_ca(const struct inventory *inventory,
				 const struct ca_entry *ca, struct diag *diag)
{
	struct values *values = values_new();
	char *section, *sections, *information, *points;
	struct rendered *rendered;

	sections = signing_sections(inventory, ca, &section, diag);
	information = authority_information(ca);
	points = crl_distribution_points(ca);
	values_add_cluster(values, inventory->topology, ca->organization);
	values_add(values, "common_name", ca->common_name);
	values_add_number(values, "days", ca->days);
	values_add(values, "ca_file", AUTHORITY_CERTIFICATE);
	values_add(values, "leaf_days", leaf_days(inventory, ca));
	values_add_number(values, "crl_days", ca->crl_days);
	values_add_block(values, "signing_sections", sections);
	values_add_or(values, "default_section", section,
		      "the profile has no certificate that this CA signs");
	values_add_or(values, "authority_information",
		      *information ? information : NULL,
		      "the topology gives neither ocsp nor ca_issuers");
	values_add_or(values, "crl_distribution_points",
		      *points ? points : NULL, "the topology gives no crl");
	add_usages(values, inventory, ca->profile);
	rendered = template_render(ca->type->template,
				   values_placeholders(values), diag);
	values_free(values);
	free(sections);
	free(section);
	free(information);
	free(points);
	return rendered;
}

struct rendered *rendering_of_entry(const struct inventory *inventory,
				    const struct entry *entry,
				    struct diag *diag)
{
	struct values *values = values_new();
	struct rendered *rendered;

	values_add_cluster(values, inventory->topology, entry->organization);
	values_add_owner(values, inventory->topology, entry->owner);
	values_add_options(values, &entry->member->profile->options,
			   &entry->member->options);
	values_add(values, "common_name", entry->common_name);
	values_add_or(values, "organizational_unit", entry->organizational_unit,
		      "the profile gives this certificate none");
	values_add_subject(values, entry->organization,
			   entry->organizational_unit, entry->common_name);
	values_add_number(values, "days", entry->days);
	values_add_names(values, entry->owner, entry->names, entry->n_names);
	rendered = template_render(entry->type->template,
				   values_placeholders(values), diag);
	values_free(values);
	if (rendered && entry->ca && entry->ca->is_external)
		requested_add(rendered, entry);
	return rendered;
}
