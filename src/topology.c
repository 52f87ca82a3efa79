/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "distinguished.h"
#include "key.h"
#include "memory.h"
#include "range.h"
#include "suggest.h"
#include "topology.h"

#define BACKDATE_MAX 8760

#define DEFAULT_KEYS(type, member)                                  \
	{ "organization", offsetof(type, member.organization), 0 }, \
		{ "key", offsetof(type, member.key), 0 },           \
		{ "days", offsetof(type, member.days), 0 },         \
	{                                                           \
		"backdate", offsetof(type, member.backdate), 0      \
	}

static const struct setting_key cluster_keys[] = {
	{ "name", offsetof(struct cluster, name), 0 },
	{ "profile", offsetof(struct cluster, profile), 0 },
	{ "domain", offsetof(struct cluster, domain), 0 },
	DEFAULT_KEYS(struct cluster, defaults),
};

static const struct setting_key ca_keys[] = {
	{ "common_name", offsetof(struct ca_section, common_name), 0 },
	DEFAULT_KEYS(struct ca_section, own),
};

static const struct setting_key host_keys[] = {
	{ "ip", offsetof(struct owner_section, ip), 1 },
	{ "dns", offsetof(struct owner_section, dns), 1 },
	{ "uri", offsetof(struct owner_section, uri), 1 },
	{ "email", offsetof(struct owner_section, email), 1 },
	{ "services", offsetof(struct owner_section, services), 1 },
	DEFAULT_KEYS(struct owner_section, own),
};

static const struct setting_key user_keys[] = {
	DEFAULT_KEYS(struct owner_section, own),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
	struct topology *topology;
	const struct inifile *file;
	struct diag *diag;
};

const char *owner_kind_name(enum owner_kind kind)
{
	return kind == OWNER_HOST ? "host" : "user";
}

static void check_defaults(const struct reading *in, const struct defaults *own)
{
	const char *path = in->file->path, *why;
	struct key_spec spec;

	if (own->organization.text) {
		why = distinguished_check(own->organization.text);
		if (why)
			diag_error(in->diag, path, own->organization.line,
				   "organization = %s: %s",
				   own->organization.text, why);
	}
	if (own->key.text) {
		why = key_parse(own->key.text, &spec);
		if (why)
			diag_error(in->diag, path, own->key.line,
				   "key = %s: %s", own->key.text, why);
	}
	if (own->days.text)
		setting_number(&own->days, path, "days", 1, SETTING_DAYS_MAX,
			       in->diag);
	if (own->backdate.text)
		setting_number(&own->backdate, path, "backdate", 0,
			       BACKDATE_MAX, in->diag);
}

/* What a name must be to name a folder and a bundle. */
static const char *check_file_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t length = strlen(name);

	if (strspn(name, allowed) != length)
		return "character not allowed: wanted letters, digits, '_', "
		       "'-' and '.'";
	if (*name == '.' || *name == '-')
		return "begins with '.' or '-': wanted a letter, digit or '_'";
	if (name[length - 1] == '.')
		return "ends in '.': wanted a letter, digit, '_' or '-'";
	if (length >= 7 && strcasecmp(name + length - 7, ".tar.gz") == 0)
		return "ends in .tar.gz, as only bundles may";
	if (length > 200)
		return "name of more than 200 characters";
	return NULL;
}

static void read_cluster(const struct reading *in,
			 const struct inifile_section *section)
{
	struct cluster *cluster = &in->topology->cluster;
	const char *path = in->file->path, *why;
	char *domain;

	cluster->line = section->line;
	setting_fill(in->file, section, cluster_keys, COUNT(cluster_keys),
		     cluster, in->diag);
	if (!cluster->name.text)
		diag_error(in->diag, path, section->line,
			   "[cluster] without name: wanted name = CLUSTER");
	else if ((why = check_file_name(cluster->name.text)))
		diag_error(in->diag, path, cluster->name.line, "name = %s: %s",
			   cluster->name.text, why);
	if (!cluster->profile.text)
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
	check_defaults(in, &cluster->defaults);
}

static void read_ca(const struct reading *in,
		    const struct inifile_section *section)
{
	struct ca_section *ca = &in->topology->ca;
	const char *why;

	ca->line = section->line;
	setting_fill(in->file, section, ca_keys, COUNT(ca_keys), ca, in->diag);
	if (ca->common_name.text &&
	    (why = distinguished_check(ca->common_name.text)))
		diag_error(in->diag, in->file->path, ca->common_name.line,
			   "common_name = %s: %s", ca->common_name.text, why);
	check_defaults(in, &ca->own);
}

/* Add one name to each of the owners that the section's range makes. */
static void add_names(const struct reading *in, struct owner *owners,
		      const struct range *of_section, enum san_type type,
		      const char *key, const struct setting *item)
{
	struct range range;
	const char *why = range_parse(item->text, &range);
	size_t i;

	if (!why && range_found(&range) && !range_found(of_section))
		why = "range, but the section's name has none to run in step "
		      "with";
	if (why) {
		diag_error(in->diag, in->file->path, item->line, "%s = %s: %s",
			   key, item->text, why);
		return;
	}
	if (range_found(&range) && range.count != of_section->count) {
		diag_error(in->diag, in->file->path, item->line,
			   "%s = %s: range of %zu, but the section's name has "
			   "one of %zu: wanted the same length",
			   key, item->text, range.count, of_section->count);
		return;
	}
	for (i = 0; i < of_section->count; i++) {
		char *text = range_expand(item->text, &range,
					  range_found(&range) ? i : 0);
		struct san san = { .line = item->line };

		why = san_parse(type, text, &san);
		if (why)
			diag_error(in->diag, in->file->path, item->line,
				   "%s = %s: %s", key, text, why);
		else
			*(struct san *)memory_append(&owners[i].names,
						     &owners[i].n_names,
						     sizeof(san)) = san;
		free(text);
		if (why)
			break;
	}
}

static int names_order(const void *left, const void *right)
{
	const struct san *a = *(const struct san *const *)left;
	const struct san *b = *(const struct san *const *)right;
	int order = san_order(a, b);

	if (order == 0)
		order = a < b ? -1 : a > b;
	return order;
}

static void refuse_repeated_names(const struct reading *in,
				  const struct owner *owner)
{
	const struct san **sorted;
	size_t i;

	sorted = memory_zeroed(owner->n_names, sizeof(*sorted));
	for (i = 0; i < owner->n_names; i++)
		sorted[i] = &owner->names[i];
	qsort(sorted, owner->n_names, sizeof(*sorted), names_order);
	for (i = 1; i < owner->n_names; i++)
		if (san_equal(sorted[i - 1], sorted[i]))
			diag_error(in->diag, in->file->path, sorted[i]->line,
				   "%s:%s twice for one host (line %d): wanted "
				   "each name once",
				   san_type_name(sorted[i]->type),
				   sorted[i]->text, sorted[i - 1]->line);
	free(sorted);
}

/* The name of an owner as folders and certificates take it; NULL: reported. */
static char *owner_name(const struct reading *in, enum owner_kind kind,
			const char *text, int line)
{
	const char *why;
	char *name = NULL;

	if (kind == OWNER_HOST)
		why = san_parse_hostname(text, &name);
	else
		name = memory_copy(text), why = NULL;
	if (!why)
		why = check_file_name(name);
	if (!why)
		return name;
	diag_error(in->diag, in->file->path, line, "[%s %s]: %s",
		   owner_kind_name(kind), text, why);
	free(name);
	return NULL;
}

static void read_owner_names(const struct reading *in,
			     const struct owner_section *section,
			     struct owner *owners, const struct range *range)
{
	const struct {
		const char *key;
		const struct setting_list *list;
		enum san_type type;
	} lists[] = {
		{ "dns", &section->dns, SAN_DNS },
		{ "ip", &section->ip, SAN_IP },
		{ "uri", &section->uri, SAN_URI },
		{ "email", &section->email, SAN_EMAIL },
	};
	size_t i, j;

	for (i = 0; i < COUNT(lists); i++)
		for (j = 0; j < lists[i].list->n; j++)
			add_names(in, owners, range, lists[i].type,
				  lists[i].key, &lists[i].list->items[j]);
	for (i = 0; i < range->count; i++)
		refuse_repeated_names(in, &owners[i]);
}

static void clear_owner(struct owner *owner)
{
	size_t i;

	for (i = 0; i < owner->n_names; i++)
		san_clear(&owner->names[i]);
	free(owner->names);
	free(owner->name);
}

/*
 * Make the owners of a section and check them to the end; they count only
 * where all their names are good.
 */
static void add_owners(const struct reading *in, enum owner_kind kind,
		       const struct inifile_section *section,
		       const struct owner_section *read,
		       const struct range *range)
{
	struct topology *topology = in->topology;
	struct owner *owners = memory_zeroed(range->count, sizeof(*owners));
	bool good = true;
	size_t i;

	for (i = 0; i < range->count && good; i++) {
		char *text = range_expand(section->name, range, i);

		owners[i].kind = kind;
		owners[i].line = section->line;
		owners[i].section = read;
		owners[i].name = owner_name(in, kind, text, section->line);
		good = owners[i].name != NULL;
		free(text);
	}
	read_owner_names(in, read, owners, range);
	for (i = 0; i < range->count; i++) {
		if (good)
			*(struct owner *)memory_append(
				&topology->owners, &topology->n_owners,
				sizeof(*owners)) = owners[i];
		else
			clear_owner(&owners[i]);
	}
	free(owners);
}

static void check_services(const struct reading *in,
			   const struct owner_section *section)
{
	size_t i;

	for (i = 0; i < section->services.n; i++)
		diag_error(in->diag, in->file->path,
			   section->services.items[i].line,
			   "services = %s: the profile has no services",
			   section->services.items[i].text);
}

static void read_owner(const struct reading *in, enum owner_kind kind,
		       const struct inifile_section *section)
{
	struct topology *topology = in->topology;
	struct owner_section *read = memory_zeroed(1, sizeof(*read));
	struct range range;
	const char *why;

	*(struct owner_section **)memory_append(&topology->sections,
						&topology->n_sections,
						sizeof(read)) = read;
	read->title = memory_copy(section->name);
	setting_fill(in->file, section,
		     kind == OWNER_HOST ? host_keys : user_keys,
		     kind == OWNER_HOST ? COUNT(host_keys) : COUNT(user_keys),
		     read, in->diag);
	check_defaults(in, &read->own);
	check_services(in, read);
	why = range_parse(section->name, &range);
	if (why)
		diag_error(in->diag, in->file->path, section->line,
			   "[%s %s]: %s", section->kind, section->name, why);
	else
		add_owners(in, kind, section, read, &range);
}

static int owners_order(const void *left, const void *right)
{
	const struct owner *a = *(const struct owner *const *)left;
	const struct owner *b = *(const struct owner *const *)right;
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = strcasecmp(a->name, b->name);
	if (order == 0)
		order = a < b ? -1 : a > b;
	return order;
}

/* Folders are named after owners, and not every disk tells A from a. */
static void refuse_repeated_owners(const struct reading *in)
{
	const struct topology *topology = in->topology;
	const struct owner **sorted;
	size_t i;

	sorted = memory_zeroed(topology->n_owners, sizeof(*sorted));
	for (i = 0; i < topology->n_owners; i++)
		sorted[i] = &topology->owners[i];
	qsort(sorted, topology->n_owners, sizeof(*sorted), owners_order);
	for (i = 1; i < topology->n_owners; i++) {
		const struct owner *a = sorted[i - 1], *b = sorted[i];

		if (a->kind != b->kind || strcasecmp(a->name, b->name) != 0)
			continue;
		/* a header repeated to the letter is reported by inifile */
		if (strcmp(a->section->title, b->section->title) == 0 &&
		    a->section != b->section)
			continue;
		if (strcmp(a->name, b->name) == 0)
			diag_error(in->diag, in->file->path, b->line,
				   "%s %s again: it is in line %d already",
				   owner_kind_name(b->kind), b->name, a->line);
		else
			diag_error(in->diag, in->file->path, b->line,
				   "%s %s differs from %s of line %d only in "
				   "case: wanted another name",
				   owner_kind_name(b->kind), b->name, a->name,
				   a->line);
	}
	free(sorted);
}

static void read_section(const struct reading *in,
			 const struct inifile_section *section)
{
	static const struct kind {
		const char *name;
		bool named;
	} kinds[] = {
		{ "cluster", false },
		{ "ca", false },
		{ "host", true },
		{ "user", true },
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
	else if (kinds[i].named && !*section->name)
		diag_error(in->diag, in->file->path, section->line,
			   "[%s] without a name: wanted [%s NAME]",
			   section->kind, section->kind);
	else if (i == 1 && *section->name)
		diag_error(in->diag, in->file->path, section->line,
			   "[ca %s]: the profile has one CA; wanted [ca]",
			   section->name);
	else if (!kinds[i].named && *section->name)
		diag_error(in->diag, in->file->path, section->line,
			   "[%s %s]: wanted [%s]", section->kind, section->name,
			   section->kind);
	else if (i == 0)
		read_cluster(in, section);
	else if (i == 1)
		read_ca(in, section);
	else
		read_owner(in, i == 2 ? OWNER_HOST : OWNER_USER, section);
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
	refuse_repeated_owners(&in);
	if (!topology->cluster.line && (file->n_sections || !diag_failed(diag)))
		diag_error(diag, path, 0,
			   "no [cluster] section: wanted one with name and "
			   "profile");
	else if (!topology->n_owners && !diag_failed(diag))
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
	for (i = 0; i < topology->n_owners; i++)
		clear_owner(&topology->owners[i]);
	for (i = 0; i < topology->n_sections; i++) {
		setting_clear(host_keys, COUNT(host_keys),
			      topology->sections[i]);
		free(topology->sections[i]->title);
		free(topology->sections[i]);
	}
	setting_clear(cluster_keys, COUNT(cluster_keys), &topology->cluster);
	setting_clear(ca_keys, COUNT(ca_keys), &topology->ca);
	free(topology->sections);
	free(topology->owners);
	free(topology->path);
	free(topology);
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
