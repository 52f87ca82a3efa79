/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dates.h"
#include "filename.h"
#include "memory.h"
#include "suggest.h"
#include "topology.h"

static const struct setting_key cluster_keys[] = {
	{ "name", offsetof(struct cluster, name), 0 },
	{ "domain", offsetof(struct cluster, domain), 0 },
	{ "keygen", offsetof(struct cluster, keygen), 0 },
	{ "seed_file", offsetof(struct cluster, seed_file), 0 },
	RENEWAL_KEYS(struct cluster, defaults),
	MEMBERSHIP_KEYS(struct cluster, membership),
	DEFAULTS_KEYS(struct cluster, defaults),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct setting_key *topology_cluster_keys(size_t *n)
{
	*n = COUNT(cluster_keys);
	return cluster_keys;
}

struct reading {
	struct topology *topology;
	const struct inifile *file;
	struct diag *diag;
};

static void read_cluster(const struct reading *in,
			 const struct inifile_section *section)
{
	struct cluster *cluster = &in->topology->cluster;
	const char *path = in->file->path, *why;
	char *domain;

	cluster->line = section->line;
	setting_fill(in->file, section, cluster_keys, COUNT(cluster_keys),
		     cluster, &cluster->membership.options, in->diag);
	if (!cluster->name.text)
		diag_error(in->diag, path, section->line,
			   "[cluster] without name: wanted name = CLUSTER");
	else if ((why = filename_check(cluster->name.text)))
		diag_error(in->diag, path, cluster->name.line, "name = %s: %s",
			   cluster->name.text, why);
	membership_check(&cluster->membership, path, in->diag);
	if (!cluster->membership.profiles.n)
		diag_error(in->diag, path, section->line,
			   "[cluster] without profile: wanted profile = "
			   "NAME of a kind of system");
	if (cluster->domain.text) {
		why = san_parse_hostname(cluster->domain.text, &domain);
		if (why) {
			diag_error(in->diag, path, cluster->domain.line,
				   "domain = %s: %s", cluster->domain.text,
				   why);
			domain = NULL;
		}
		free(cluster->domain.text);
		cluster->domain.text = domain;
	}
	if (cluster->keygen.text &&
	    strcmp(cluster->keygen.text, "openssl") != 0 &&
	    strcmp(cluster->keygen.text, "topocert") != 0)
		diag_error(in->diag, path, cluster->keygen.line,
			   "keygen = %s: wanted topocert or openssl",
			   cluster->keygen.text);
	defaults_check(&cluster->defaults, path, in->diag);
}

static void read_section(const struct reading *in,
			 const struct inifile_section *section)
{
	static const struct kind {
		const char *name;
		enum { UNNAMED, MAY_BE_NAMED, NAMED } named;
	} kinds[] = {
		{ "cluster", UNNAMED },
		{ "ca", MAY_BE_NAMED },
		{ "host", NAMED },
		{ "user", NAMED },
	};
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, section->kind) == 0)
			break;
	if (i == COUNT(kinds))
		diag_error(in->diag, in->file->path, section->line,
			   "unknown section [%s]: nearest is [%s]",
			   section->kind,
			   suggest_nearest(section->kind, kinds, COUNT(kinds),
					   sizeof(kinds[0])));
	else if (kinds[i].named == NAMED && !*section->name)
		diag_error(in->diag, in->file->path, section->line,
			   "[%s] without a name: wanted [%s NAME]",
			   section->kind, section->kind);
	else if (kinds[i].named == UNNAMED && *section->name)
		diag_error(in->diag, in->file->path, section->line,
			   "[%s %s]: wanted [%s]", section->kind, section->name,
			   section->kind);
	else if (i == 0)
		read_cluster(in, section);
	else if (i == 1)
		*(struct ca_section **)memory_append(
			&in->topology->cas, &in->topology->n_cas,
			sizeof(struct ca_section *)) =
			ca_section_read(in->file, section, in->diag);
	else
		owners_read(&in->topology->owners,
			    i == 2 ? OWNER_HOST : OWNER_USER, in->file, section,
			    in->diag);
}

/* What only a seed gives a meaning to, and what it gives none. */
static void check_seeded(const struct reading *in, const struct defaults *own)
{
	const struct setting *seed = &in->topology->cluster.seed_file;
	const struct {
		const char *name;
		const struct setting *value;
		bool seeded; /* it goes only with a seed, or only without */
	} keys[] = {
		{ "generation", &own->generation, true },
		{ "not_before", &own->not_before, true },
		{ "reuse_key", &own->reuse_key, false },
	};
	size_t i;

	for (i = 0; i < COUNT(keys); i++) {
		const struct setting *value = keys[i].value;

		if (!value->text || keys[i].seeded == (seed->text != NULL))
			continue;
		diag_error(in->diag, in->file->path, value->line, "%s = %s: %s",
			   keys[i].name, value->text,
			   seed->text ?
				   "not together with seed_file: a key "
				   "is the same until generation is raised" :
				   "wanted seed_file in [cluster], too");
	}
}

/* What is made from a seed must not depend on when. */
static void check_seed(const struct reading *in)
{
	const struct topology *topology = in->topology;
	const struct cluster *cluster = &topology->cluster;
	size_t i;

	if (cluster->seed_file.text && !cluster->defaults.not_before.text &&
	    dates_source_epoch(-1) < 0)
		diag_error(in->diag, in->file->path, cluster->seed_file.line,
			   "seed_file = %s: what comes from a seed must not "
			   "depend on when it is made: wanted not_before = "
			   "DATE in [cluster], or SOURCE_DATE_EPOCH in the "
			   "environment",
			   cluster->seed_file.text);
	check_seeded(in, &cluster->defaults);
	for (i = 0; i < topology->n_cas; i++)
		check_seeded(in, &topology->cas[i]->own);
	for (i = 0; i < topology->owners.n_sections; i++)
		check_seeded(in, &topology->owners.sections[i]->own);
}

struct topology *topology_read(const char *path, struct diag *diag)
{
	struct topology *topology = memory_zeroed(1, sizeof(*topology));
	struct inifile *file = inifile_read(path, diag);
	struct reading in = { topology, file, diag };
	size_t i;

	topology->path = memory_copy(path);
	for (i = 0; i < file->n_sections; i++)
		read_section(&in, &file->sections[i]);
	check_seed(&in);
	owners_complete(&topology->owners);
	owners_refuse_repeated(&topology->owners, path, diag);
	if (!topology->cluster.line && (file->n_sections || !diag_failed(diag)))
		diag_error(diag, path, 0,
			   "no [cluster] section: wanted one with name and "
			   "profile");
	else if (!topology->owners.n && !diag_failed(diag))
		diag_error(diag, path, 0,
			   "no host and no user: wanted [host NAME] or "
			   "[user NAME]");
	inifile_free(file);
	return topology;
}

void topology_free(struct topology *topology)
{
	size_t i;

	if (!topology)
		return;
	owners_clear(&topology->owners);
	for (i = 0; i < topology->n_cas; i++)
		ca_section_free(topology->cas[i]);
	setting_clear(cluster_keys, COUNT(cluster_keys), &topology->cluster);
	setting_others_clear(&topology->cluster.membership.options);
	free(topology->cas);
	free(topology->path);
	free(topology);
}

const struct ca_section *topology_ca(const struct topology *topology,
				     const char *name)
{
	size_t i;

	for (i = 0; i < topology->n_cas; i++)
		if (strcmp(topology->cas[i]->name, name) == 0)
			return topology->cas[i];
	return NULL;
}

char *topology_fqdn(const struct topology *topology, const char *name)
{
	const char *domain = topology->cluster.domain.text;
	size_t n, d;

	if (!domain)
		return NULL;
	n = strlen(name);
	d = strlen(domain);
	if (n > d && name[n - d - 1] == '.' &&
	    strcasecmp(name + n - d, domain) == 0)
		return NULL;
	return memory_format("%s.%s", name, domain);
}

char *topology_reach(const struct topology *topology, const struct owner *owner)
{
	char *fqdn = topology_fqdn(topology, owner->name);
	size_t i;

	if (fqdn || strchr(owner->name, '.'))
		return fqdn ? fqdn : memory_copy(owner->name);
	for (i = 0; i < owner->n_names; i++)
		if (owner->names[i].type == SAN_IP &&
		    strncmp(owner->names[i].text, "127.", 4) != 0 &&
		    strcmp(owner->names[i].text, "::1") != 0)
			return memory_copy(owner->names[i].text);
	return memory_copy(owner->name);
}
