/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "memory.h"
#include "text.h"
#include "values.h"

struct values {
	struct placeholders list;
	char **texts; /* owned */
	size_t n_texts;
};

struct values *values_new(void)
{
	return memory_zeroed(1, sizeof(struct values));
}

void values_free(struct values *values)
{
	size_t i;

	if (!values)
		return;
	for (i = 0; i < values->n_texts; i++)
		free(values->texts[i]);
	free(values->texts);
	placeholders_clear(&values->list);
	free(values);
}

const struct placeholders *values_placeholders(const struct values *values)
{
	return &values->list;
}

/* Keep TEXT, to be freed with VALUES. */
static char *keep(struct values *values, char *text)
{
	if (text)
		*(char **)memory_append(&values->texts, &values->n_texts,
					sizeof(text)) = text;
	return text;
}

void values_add(struct values *values, const char *name, const char *value)
{
	placeholders_add(&values->list, name, keep(values, memory_copy(value)),
			 NULL);
}

void values_add_number(struct values *values, const char *name, long value)
{
	placeholders_add(&values->list, name,
			 keep(values, memory_format("%ld", value)), NULL);
}

void values_add_or(struct values *values, const char *name, const char *value,
		   const char *missing)
{
	placeholders_add(&values->list, name,
			 value ? keep(values, memory_copy(value)) : NULL,
			 missing);
}

void values_add_block(struct values *values, const char *name,
		      const char *lines)
{
	placeholders_add_block(&values->list, name,
			       keep(values, memory_copy(lines)), NULL);
}

void values_add_subject(struct values *values, const char *organization,
			const char *unit, const char *common_name)
{
	char *lines = memory_format(
		"organizationName = %s\n%s%s%scommonName = %s\n", organization,
		unit ? "organizationalUnitName = " : "", unit ? unit : "",
		unit ? "\n" : "", common_name);

	placeholders_add_block(&values->list, "subject", keep(values, lines),
			       NULL);
}

void values_add_cluster(struct values *values, const struct topology *topology,
			const char *organization)
{
	const struct cluster *cluster = &topology->cluster;

	placeholders_add(&values->list, "cluster", cluster->name.text,
			 "the topology gives the cluster no name");
	placeholders_add(&values->list, "domain", cluster->domain.text,
			 "the topology gives no domain");
	placeholders_add(&values->list, "organization", organization,
			 "the topology gives no organization");
}

void values_add_owner(struct values *values, const struct topology *topology,
		      const struct owner *owner)
{
	char *fqdn = topology_fqdn(topology, owner->name);

	if (!fqdn && topology->cluster.domain.text)
		fqdn = memory_copy(owner->name);
	values_add(values, "name", owner->name);
	placeholders_add(&values->list, "fqdn", keep(values, fqdn),
			 "the topology gives no domain");
}

void values_add_options(struct values *values, const struct option_list *list,
			const struct option_values *options)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		placeholders_add(
			&values->list,
			keep(values,
			     memory_format("option.%s", list->items[i]->name)),
			options->items[i].text,
			"the topology does not set this option");
}

/* A placeholder for the one name of TYPE that OWNER has. */
static void add_single(struct values *values, const struct owner *owner,
		       enum san_type type, const char *name)
{
	const char *value = NULL;
	char *missing;
	size_t i, n = 0;

	for (i = 0; i < owner->n_names; i++)
		if (owner->names[i].type == type) {
			value = owner->names[i].text;
			n++;
		}
	missing = memory_format("%s %s has %zu in %s: {{alt_names}} or "
				"{{subject_alt_name}} takes any number",
				owner_kind_name(owner->kind), owner->name, n,
				name);
	placeholders_add(&values->list, name, n == 1 ? value : NULL,
			 keep(values, missing));
}

/* "DNS.1 = node1\nIP.1 = 10.0.0.11\n", or "DNS:node1,IP:10.0.0.11". */
static char *join_names(const struct san *names, size_t n, bool block)
{
	size_t count[4] = { 0 }, i;
	struct text text = { 0 };
	char number[24];

	for (i = 0; i < n; i++) {
		const char *type = san_type_name(names[i].type);

		snprintf(number, sizeof(number),
			 ".%zu = ", ++count[names[i].type]);
		text_add(&text, i && !block ? "," : "");
		text_add(&text, type);
		text_add(&text, block ? number : ":");
		text_add(&text, names[i].text);
		text_add(&text, block ? "\n" : "");
	}
	return text_take(&text);
}

void values_add_names(struct values *values, const struct owner *owner,
		      const struct san *names, size_t n)
{
	static const char none[] = "this certificate carries no names";

	add_single(values, owner, SAN_IP, "ip");
	add_single(values, owner, SAN_DNS, "dns");
	placeholders_add_block(
		&values->list, "alt_names",
		n ? keep(values, join_names(names, n, true)) : NULL, none);
	placeholders_add(&values->list, "subject_alt_name",
			 n ? keep(values, join_names(names, n, false)) : NULL,
			 none);
}

void values_add_usages(struct values *values,
		       const struct profile_certificate *type,
		       unsigned int usage)
{
	struct setting_list const *extended = &type->extended_key_usage;
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	for (i = 0; i < extended->n; i++)
		fprintf(out, "%s%s", i ? "," : "", extended->items[i].text);
	fclose(out);
	placeholders_add(&values->list,
			 keep(values,
			      memory_format("%s.key_usage", type->name)),
			 keep(values, usage_text(usage)), NULL);
	placeholders_add(&values->list,
			 keep(values, memory_format("%s.extended_key_usage",
						    type->name)),
			 keep(values, text), NULL);
}
