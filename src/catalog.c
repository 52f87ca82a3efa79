/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "memory.h"
#include "suggest.h"

/* A section of the topology as its profiles see it. */
struct view {
	const struct catalog *catalog;
	const struct topology *topology;
	const char *kind; /* "cluster", "host", "user" */
	char *title;
	const struct membership *membership;
	struct diag *diag;
};

static void add(struct catalog *catalog, const struct topology *topology,
		const struct setting_list *names, const char *templates,
		struct diag *diag)
{
	size_t i, k;

	for (i = 0; i < names->n; i++) {
		const struct setting *name = &names->items[i];
		struct profile *profile;
		size_t n = catalog->n;

		for (k = 0; k < n; k++)
			if (strcmp(catalog->names[k], name->text) == 0)
				break;
		if (k < n)
			continue;
		profile = profile_read(name->text, topology->path, name->line,
				       templates, diag);
		*(struct profile **)memory_append(&catalog->profiles,
						  &catalog->n,
						  sizeof(profile)) = profile;
		*(char **)memory_append(&catalog->names, &n, sizeof(char *)) =
			memory_copy(name->text);
		if (!profile)
			catalog->complete = false;
	}
}

/* --templates DIR that holds nothing we look for is a mistake. */
static void check_templates(const struct catalog *catalog,
			    const char *templates, struct diag *diag)
{
	const struct profile *profile = catalog->profiles[0];
	size_t i, taken = 0;

	for (i = 0; i < catalog->n; i++)
		taken += catalog->profiles[i]->templates_taken;
	if (!taken)
		diag_error(diag, templates, 0,
			   "--templates: none of the profile's templates is "
			   "here: wanted %s or another that it names",
			   profile->cas[0]->template_name.text);
}

struct catalog *catalog_read(const struct topology *topology,
			     const char *templates, struct diag *diag)
{
	const struct membership *cluster = &topology->cluster.membership;
	struct catalog *catalog = memory_zeroed(1, sizeof(*catalog));
	size_t i;

	catalog->complete = cluster->profiles.n > 0;
	add(catalog, topology, &cluster->profiles, templates, diag);
	for (i = 0; i < topology->owners.n_sections; i++)
		add(catalog, topology,
		    &topology->owners.sections[i]->membership.profiles,
		    templates, diag);
	if (templates && catalog->complete)
		check_templates(catalog, templates, diag);
	return catalog;
}

void catalog_free(struct catalog *catalog)
{
	size_t i;

	if (!catalog)
		return;
	for (i = 0; i < catalog->n; i++) {
		profile_free(catalog->profiles[i]);
		free(catalog->names[i]);
	}
	free(catalog->profiles);
	free(catalog->names);
	free(catalog);
}

const struct profile *catalog_profile(const struct catalog *catalog,
				      const char *name)
{
	size_t i = 0;

	while (strcmp(catalog->names[i], name) != 0)
		i++;
	return catalog->profiles[i];
}

/* The profile PLACE counts for the section. [cluster] speaks to all. */
static bool concerns(const struct view *view, size_t place)
{
	const struct setting_list *names = &view->membership->profiles;
	size_t i;

	if (strcmp(view->kind, "cluster") == 0)
		return true;
	if (!names->n)
		names = &view->topology->cluster.membership.profiles;
	for (i = 0; i < names->n; i++)
		if (strcmp(names->items[i].text, view->catalog->names[place]) ==
		    0)
			return true;
	return false;
}

static bool allowed(const struct profile_option *option, const char *kind)
{
	return strcmp(kind, "cluster") == 0 ? option->in_cluster :
	       strcmp(kind, "host") == 0    ? option->in_host :
					      option->in_user;
}

static void report_unknown(const struct view *view,
			   const struct setting_other *other)
{
	const char **known = NULL;
	size_t n = 0, n_keys, i, k;
	const struct setting_key *keys =
		strcmp(view->kind, "cluster") == 0 ?
			topology_cluster_keys(&n_keys) :
			owner_keys(strcmp(view->kind, "host") == 0 ?
					   OWNER_HOST :
					   OWNER_USER,
				   &n_keys);

	for (i = 0; i < n_keys; i++)
		*(const char **)memory_append(&known, &n, sizeof(*known)) =
			keys[i].name;
	for (i = 0; i < view->catalog->n && view->catalog->complete; i++) {
		const struct option_list *list =
			&view->catalog->profiles[i]->options;

		for (k = 0; concerns(view, i) && k < list->n; k++)
			if (allowed(list->items[k], view->kind))
				*(const char **)memory_append(&known, &n,
							      sizeof(*known)) =
					list->items[k]->name;
	}
	setting_unknown(view->topology->path, other->value.line, other->key,
			view->title, known, n, sizeof(*known), view->diag);
	free(known);
}

/* Where else an option may stand. */
static void report_elsewhere(const struct view *view,
			     const struct setting_other *other,
			     const struct profile_option *option)
{
	diag_error(view->diag, view->topology->path, other->value.line,
		   "%s in [%s]: wanted it in [%s]", other->key, view->title,
		   option->in_cluster ? "cluster" :
		   option->in_host    ? "host NAME" :
					"user NAME");
}

static void check_key(const struct view *view,
		      const struct setting_other *other)
{
	const char *path = view->topology->path;
	const struct profile_option *elsewhere = NULL;
	bool known = false;
	size_t i;

	for (i = 0; i < view->catalog->n && view->catalog->complete; i++) {
		const struct option_list *list =
			&view->catalog->profiles[i]->options;
		long place = concerns(view, i) ? option_find(list, other->key) :
						 -1;
		char *why;

		if (place < 0)
			continue;
		if (!allowed(list->items[place], view->kind)) {
			elsewhere = list->items[place];
			continue;
		}
		known = true;
		why = option_refuse(list->items[place], other->value.text);
		if (why)
			diag_error(view->diag, path, other->value.line,
				   "%s = %s: %s", other->key, other->value.text,
				   why);
		free(why);
	}
	if (!known && elsewhere)
		report_elsewhere(view, other, elsewhere);
	else if (!known)
		report_unknown(view, other);
}

static bool is_option(const struct view *view, const char *key)
{
	size_t i;

	for (i = 0; i < view->catalog->n && view->catalog->complete; i++)
		if (concerns(view, i) &&
		    option_find(&view->catalog->profiles[i]->options, key) >= 0)
			return true;
	return false;
}

static void check_keys(const struct view *view)
{
	const struct setting_others *others = &view->membership->options;
	size_t i, j;

	for (i = 0; i < others->n; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(others->items[j].key,
				   others->items[i].key) == 0)
				break;
		if (j == i)
			check_key(view, &others->items[i]);
		else if (is_option(view, others->items[i].key))
			diag_error(view->diag, view->topology->path,
				   others->items[i].value.line,
				   "%s has a value already (line %d): it takes "
				   "one",
				   others->items[i].key,
				   others->items[j].value.line);
	}
}

static void check_services(const struct view *view,
			   const struct setting_list *services)
{
	size_t i, k;

	for (i = 0; i < services->n; i++) {
		const struct setting *item = &services->items[i];
		const char *nearest = NULL;
		bool known = false;

		for (k = 0; k < view->catalog->n; k++) {
			const struct profile *profile =
				view->catalog->profiles[k];

			if (!concerns(view, k) || !profile->services.n)
				continue;
			known = known ||
				profile_has_service(profile, item->text);
			nearest = suggest_nearest(
				item->text, profile->services.items,
				profile->services.n,
				sizeof(*profile->services.items));
		}
		if (!known && nearest)
			diag_error(view->diag, view->topology->path, item->line,
				   "services = %s: no such service: nearest "
				   "is %s",
				   item->text, nearest);
		else if (!known)
			diag_error(view->diag, view->topology->path, item->line,
				   "services = %s: the profile has no services",
				   item->text);
	}
}

/* A host of a system with services has to say which it runs. */
static void require_services(const struct view *view,
			     const struct owner_section *section)
{
	size_t i, k;

	for (i = 0; i < view->catalog->n; i++) {
		const struct profile *profile = view->catalog->profiles[i];

		if (!concerns(view, i) || !profile->services.n)
			continue;
		for (k = 0; k < section->services.n; k++)
			if (profile_has_service(
				    profile, section->services.items[k].text))
				break;
		if (k == section->services.n)
			diag_error(view->diag, view->topology->path,
				   section->line,
				   "[%s] without services of %s: wanted "
				   "services = %s%s",
				   view->title, profile->label,
				   profile->services.items[0].text,
				   profile->services.n > 1 ? ", ..." : "");
	}
}

/* [cluster] by itself: what it says may be of use for some sections only. */
static void check_values(const struct view *view)
{
	size_t i;

	for (i = 0; i < view->catalog->n && view->catalog->complete; i++) {
		const struct option_list *list =
			&view->catalog->profiles[i]->options;
		struct option_values values;

		option_values_fill(&values, list, &view->membership->options,
				   NULL);
		option_check_values(&values, list, false, view->topology->path,
				    view->diag);
		option_values_clear(&values);
	}
}

void catalog_check(const struct catalog *catalog,
		   const struct topology *topology, struct diag *diag)
{
	const struct owners *owners = &topology->owners;
	struct view view = { catalog,
			     topology,
			     "cluster",
			     (char *)"cluster",
			     &topology->cluster.membership,
			     diag };
	size_t i;

	/* without the profile that it names, nobody knows its options */
	if (!catalog->complete && topology->cluster.membership.profiles.n)
		return;
	check_keys(&view);
	check_values(&view);
	for (i = 0; i < owners->n_sections; i++) {
		const struct owner_section *section = owners->sections[i];

		view.kind = owner_kind_name(section->kind);
		view.title = memory_format("%s %s", view.kind, section->title);
		view.membership = &section->membership;
		check_keys(&view);
		if (catalog->complete && section->kind == OWNER_HOST) {
			check_services(&view, &section->services);
			require_services(&view, section);
		}
		free(view.title);
	}
}
