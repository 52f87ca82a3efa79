/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "ca-entry.h"
#include "lineage.h"
#include "memory.h"
#include "unwanted.h"

/* What is looked through. */
struct search {
	struct plan *plan;
	const struct plan_basis *basis;
	time_t now;
	const struct ca_entry *cas;
	char **ca_paths; /* of their certificates */
	const char **wanted; /* paths of one CA, sorted */
	size_t n_wanted;
};

static int path_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void add(const struct search *in, char *path, struct authority *signer)
{
	const struct plan_basis *basis = in->basis;
	struct plan *plan = in->plan;
	struct plan_unwanted *unwanted = memory_append(
		&plan->unwanted, &plan->n_unwanted, sizeof(*unwanted));

	unwanted->path = path;
	unwanted->signer = signer;
	unwanted->pruned = basis->prune && (selection_is_empty(basis->only) ||
					    selection_has(basis->only, path));
	plan->n_pruned += unwanted->pruned;
}

static void search_index(const struct search *in, struct authority *authority)
{
	const struct index *index = authority->index;
	size_t n = index_count(index), i;

	for (i = 0; i < n; i++) {
		struct index_row row = index_get(index, i), last;

		if (row.type != 'V' || !strchr(row.file, '/') ||
		    (in->n_wanted &&
		     bsearch(&row.file, in->wanted, in->n_wanted,
			     sizeof(*in->wanted), path_order)) ||
		    index_has_expired(&row, in->now))
			continue;
		/* one report a path, at its latest certificate */
		if (index_find(index, row.file, &last) &&
		    strcmp(last.serial, row.serial) == 0)
			add(in, memory_copy(row.file), authority);
	}
}

/* CA is NULL where the topology does not have the CA itself. */
static void search_ca(struct search *in, const struct ca_entry *ca,
		      struct authority *authority)
{
	const struct plan *plan = in->plan;
	struct authority *generation;
	size_t i;

	in->wanted =
		memory_zeroed(plan->n_items + plan->n_cas, sizeof(*in->wanted));
	in->n_wanted = 0;
	for (i = 0; ca && i < plan->n_cas; i++)
		if (in->cas[i].issuer == ca)
			in->wanted[in->n_wanted++] = in->ca_paths[i];
	for (i = 0; ca && i < plan->n_items; i++)
		if (plan->items[i].entry->ca == ca)
			in->wanted[in->n_wanted++] = plan->items[i].entry->path;
	if (in->n_wanted)
		qsort(in->wanted, in->n_wanted, sizeof(*in->wanted),
		      path_order);
	for (i = 0; (generation = lineage_writable(authority, i)); i++)
		search_index(in, generation);
	free(in->wanted);
}

/* Those that are found so far, sorted; free it. */
static const char **list_paths(const struct plan *plan)
{
	const char **list = memory_zeroed(plan->n_unwanted + 1, sizeof(*list));
	size_t i;

	for (i = 0; i < plan->n_unwanted; i++)
		list[i] = plan->unwanted[i].path;
	if (plan->n_unwanted)
		qsort(list, plan->n_unwanted, sizeof(*list), path_order);
	return list;
}

/* One of the N paths in LIST is in FOLDER. */
static bool is_reported(const char **list, size_t n, const char *folder)
{
	size_t low = 0, length = strlen(folder);
	char *within = memory_format("%s/", folder);
	bool found;

	while (n > low) {
		size_t middle = low + (n - low) / 2;

		if (strcmp(list[middle], within) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	/* the first one that is not before it */
	found = list[low] && strncmp(list[low], within, length + 1) == 0;
	free(within);
	return found;
}

/* Bundles that are nobody's and hold no such certificate. */
static void search_bundles(const struct search *in)
{
	const size_t n = in->plan->n_unwanted;
	const char **list = list_paths(in->plan), *folder;
	size_t i;

	for (i = 0; (folder = manifest_gone(in->basis->manifest, i)); i++)
		if (!is_reported(list, n, folder))
			add(in, memory_format("%s.tar.gz", folder), NULL);
	free(list);
}

void unwanted_find(struct plan *plan, const struct inventory *inventory,
		   const struct plan_basis *basis)
{
	struct search in = { .plan = plan,
			     .basis = basis,
			     .now = inventory->now,
			     .cas = inventory->cas };
	size_t i;

	in.ca_paths = memory_zeroed(plan->n_cas, sizeof(*in.ca_paths));
	for (i = 0; i < plan->n_cas; i++)
		in.ca_paths[i] = ca_entry_path(&inventory->cas[i]);
	for (i = 0; i < plan->n_cas; i++)
		search_ca(&in, &inventory->cas[i], basis->authorities[i]);
	for (i = 0; i < basis->n_strays; i++)
		search_ca(&in, NULL, basis->strays[i]);
	search_bundles(&in);
	for (i = 0; i < plan->n_cas; i++)
		free(in.ca_paths[i]);
	free(in.ca_paths);
}

char *unwanted_folder(const char *path)
{
	const char *slash = strchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;

	length += strcspn(path + length, "/");
	if (length > strlen(".tar.gz") && !path[length] &&
	    strcmp(path + length - strlen(".tar.gz"), ".tar.gz") == 0)
		length -= strlen(".tar.gz");
	return memory_copy_part(path, length);
}

bool unwanted_is_used(const struct inventory *inventory, const char *folder)
{
	bool used = false;
	size_t i;

	for (i = 0; i < inventory->n_entries && !used; i++)
		used = strcmp(inventory->entries[i].folder, folder) == 0;
	for (i = 0; i < inventory->n_holders && !used; i++) {
		char *own = inventory_folder(inventory->holders[i].owner);

		used = strcmp(own, folder) == 0;
		free(own);
	}
	return used;
}
