/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "chain.h"
#include "inspect.h"
#include "memory.h"
#include "reference.h"
#include "tree.h"

/* The folders of all hosts and users that the topology has, sorted. */
struct known {
	char **folders;
	size_t n;
};

static int text_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct known known_of(const struct inventory *inventory)
{
	struct known known = { .n = inventory->n_holders };
	size_t i;

	known.folders = memory_zeroed(known.n, sizeof(char *));
	for (i = 0; i < known.n; i++)
		known.folders[i] =
			inventory_folder(inventory->holders[i].owner);
	if (known.n)
		qsort(known.folders, known.n, sizeof(char *), text_order);
	return known;
}

static void known_clear(struct known *known)
{
	size_t i;

	for (i = 0; i < known->n; i++)
		free(known->folders[i]);
	free(known->folders);
}

/* "hosts/node1" of "hosts/node1/certs/ca.crt" and "hosts/node1.tar.gz"; free
 * it. NULL: PATH is none of these. */
static char *folder_of(const char *path)
{
	static const char *const ends[] = { ".tar.gz", ".tar.gz.previous" };
	size_t length = strlen(path), i, n;
	const char *slash = strchr(path, '/');

	if (!slash || !slash[1])
		return NULL;
	slash = strchr(slash + 1, '/');
	if (slash)
		return memory_copy_part(path, (size_t)(slash - path));
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = strlen(ends[i]);
		if (length > n && strcmp(path + length - n, ends[i]) == 0)
			return memory_copy_part(path, length - n);
	}
	return NULL;
}

static bool is_known(const struct known *known, const char *folder)
{
	return known->n && bsearch(&folder, known->folders, known->n,
				   sizeof(char *), text_order);
}

static bool exists(const struct inspection *in, const char *path)
{
	return faccessat(in->job->output->fd, path, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

/* Of a bundle that the topology has: listed, gone, and the rest is there. */
static void inspect_listed(struct inspection *in, const char *path)
{
	char *folder = memory_copy(path), *slash = strrchr(folder, '/');

	*slash = '\0';
	/* the packed one is looked at with its bundle */
	if (strchr(folder, '/') && exists(in, folder) && !exists(in, path) &&
	    !faults_has(in->faults, path))
		faults_add(in->faults, path,
			   "topocert generate --renew makes its bundle anew",
			   "missing, but SHA256SUMS lists it");
	free(folder);
}

/* Of others nothing is known but the sum. */
static void inspect_other(struct inspection *in, const char *path)
{
	size_t length;
	char *data = tree_read(in->job->output->fd, path, &length);

	if (data && !sums_match(sums_find(in->sums, path), data, length))
		faults_add(in->faults, path, "delete it",
			   "not what was made: its sum is not that of "
			   "SHA256SUMS");
	if (data)
		OPENSSL_cleanse(data, length);
	free(data);
}

static void inspect_lines(struct inspection *in)
{
	struct known known = known_of(in->job->inventory);
	const char *path;
	size_t i;

	for (i = 0; (path = sums_path(in->sums, i)); i++) {
		char *folder = folder_of(path);

		if (folder && is_known(&known, folder))
			inspect_listed(in, path);
		else if (folder && !strstr(path, ".."))
			inspect_other(in, path);
		free(folder);
	}
	known_clear(&known);
}

void inspect_sums(struct inspection *in)
{
	size_t damaged;

	in->sums = sums_load_all(in->job->output->fd, &damaged);
	if (in->sums && damaged)
		faults_add(in->faults, SUMS_FILE, "restore it from a backup",
			   "line %zu is damaged: wanted sum and path as "
			   "sha256sum writes them",
			   damaged);
}

/* Bundles that nobody of the topology has. */
static void inspect_stray(struct inspection *in, const struct known *known,
			  const char *path, bool is_folder)
{
	const struct plan *plan = in->job->plan;
	char *folder = is_folder ? memory_copy(path) : folder_of(path);
	size_t length = folder ? strlen(folder) : 0, i;
	bool told = !folder || is_known(known, folder) ||
		    faults_has(in->faults, folder);

	/* generate --prune removes those whose certificates are valid */
	for (i = 0; i < plan->n_unwanted && !told; i++)
		told = strncmp(plan->unwanted[i].path, folder, length) == 0 &&
		       plan->unwanted[i].path[length] == '/';
	if (!told)
		faults_add(in->faults, folder, "delete it, and its .tar.gz",
			   "not in the topology");
	free(folder);
}

/* Of a shared certificate there is a copy beside the bundles. */
static void inspect_copy(struct inspection *in, const struct entry *entry)
{
	char *path = memory_format("%s/%s", entry->folder, entry->file);
	X509 *copy = chain_load_first(in->job->output->fd, path);
	struct reference reference;
	char *mend;

	if (reference_find(&reference, in->job, entry) && exists(in, path) &&
	    (!copy || X509_cmp(copy, reference.certificate) != 0)) {
		mend = memory_format("topocert generate --renew %s",
				     entry->folder);
		faults_add(in->faults, path, mend,
			   "not the certificate on record, serial number %s",
			   reference.row.serial);
		free(mend);
	}
	reference_clear(&reference);
	X509_free(copy);
	free(path);
}

static void inspect_copies(struct inspection *in)
{
	const struct inventory *inventory = in->job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_entries; i++)
		if (inventory->entries[i].service &&
		    in->job->plan->items[i].action == PLAN_KEEP)
			inspect_copy(in, &inventory->entries[i]);
}

void inspect_strays(struct inspection *in)
{
	static const char *const folders[] = { "hosts", "users" };
	struct known known = known_of(in->job->inventory);
	size_t i, k, n;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct tree_entry *list =
			tree_list(in->job->output->fd, folders[i], &n);

		for (k = 0; list && k < n; k++) {
			char *path = memory_format("%s/%s", folders[i],
						   list[k].name);

			inspect_stray(in, &known, path, list[k].is_folder);
			free(path);
		}
		tree_list_free(list, n);
	}
	known_clear(&known);
	inspect_copies(in);
	if (in->sums)
		inspect_lines(in);
	else if (in->n_bundles)
		faults_add(in->faults, SUMS_FILE,
			   "restore it from a backup, or let topocert generate "
			   "--renew make the bundles anew",
			   "missing, but bundles are there");
}
