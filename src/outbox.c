/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle.h"
#include "dates.h"
#include "memory.h"
#include "outbox.h"
#include "pending.h"
#include "report.h"
#include "tree.h"

#define MODE_ARCHIVE 0600
#define MODE_REQUEST 0644

static bool is_wanted(const struct outbox_file *files, size_t n,
		      const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(files[i].name, name) == 0)
			return true;
	return false;
}

/* Requests that are not wanted any more; 1: there are some. */
static int drop_others(struct publish *publish, const struct output *output,
		       const struct outbox_file *files, size_t n)
{
	struct tree_entry *list;
	size_t i, count;
	int ret = 0;

	list = tree_list(output->fd, PENDING_REQUESTS, &count);
	if (!list && errno == ENOENT)
		return 0;
	if (!list) {
		report_error("%s/" PENDING_REQUESTS ": %s", output->path,
			     strerror(errno));
		return -1;
	}
	for (i = 0; i < count && ret >= 0; i++)
		if (!is_wanted(files, n, list[i].name))
			ret = publish_drop(publish, PENDING_REQUESTS,
					   list[i].name) ?
				      -1 :
				      1;
	tree_list_free(list, count);
	return ret;
}

static int add_file(struct publish *publish, const struct output *output,
		    const struct outbox_file *file)
{
	char *path = memory_format(PENDING_REQUESTS "/%s", file->name);
	size_t length = strlen(file->pem), old_length;
	char *old = tree_read(output->fd, path, &old_length);
	int ret = 0;

	if (!old || old_length != length || memcmp(old, file->pem, length) != 0)
		ret = publish_file(publish, PENDING_REQUESTS, file->name,
				   file->pem, length, MODE_REQUEST) ?
			      -1 :
			      1;
	free(path);
	free(old);
	return ret;
}

static int add_archive(struct publish *publish, const struct outbox_file *files,
		       size_t n, time_t now)
{
	struct bundle_folder folder = { .name = PENDING_REQUESTS,
					.mode = 0755,
					.owner = "root",
					.group = "root" };
	struct bundle bundle = { .time = dates_source_epoch(now),
				 .folders = &folder,
				 .n_folders = 1,
				 .files = memory_zeroed(n,
							sizeof(*bundle.files)),
				 .n_files = n };
	struct packer *packer = packer_new();
	const void *packed;
	size_t i, length;
	int ret = -1;

	for (i = 0; i < n; i++)
		bundle.files[i] =
			(struct bundle_file){ .folder = &folder,
					      .name = files[i].name,
					      .data = files[i].pem,
					      .length = strlen(files[i].pem),
					      .mode = MODE_REQUEST,
					      .owner = folder.owner,
					      .group = folder.group };
	bundle_sort(&bundle);
	packed = bundle_pack(packer, &bundle, &length);
	if (packed)
		ret = publish_file(publish, "", PENDING_ARCHIVE, packed, length,
				   MODE_ARCHIVE);
	packer_free(packer);
	free(bundle.files);
	return ret;
}

/* Nothing is to be handed over any more. */
static int drop_all(struct publish *publish, const struct output *output)
{
	if (faccessat(output->fd, PENDING_REQUESTS, F_OK, 0) != 0 &&
	    faccessat(output->fd, PENDING_ARCHIVE, F_OK, 0) != 0)
		return 0;
	return publish_drop(publish, "", PENDING_REQUESTS) ||
			       publish_drop(publish, "", PENDING_ARCHIVE) ?
		       -1 :
		       1;
}

int outbox_publish(struct publish *publish, const struct output *output,
		   const struct outbox_file *files, size_t n, time_t now)
{
	int changed, ret;
	size_t i;

	if (!n)
		return drop_all(publish, output);
	changed = drop_others(publish, output, files, n);
	for (i = 0; i < n && changed >= 0; i++) {
		ret = add_file(publish, output, &files[i]);
		changed = ret < 0 ? ret : changed | ret;
	}
	if (changed == 0 &&
	    faccessat(output->fd, PENDING_ARCHIVE, F_OK, 0) != 0)
		changed = 1;
	if (changed == 1 && add_archive(publish, files, n, now))
		changed = -1;
	return changed;
}

static int path_order(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Some of PATHS is FOLDER's, or in a folder below it. */
static bool has_below(char *const *paths, size_t n, const char *folder)
{
	size_t length = strlen(folder), i;

	for (i = 0; i < n; i++)
		if (strncmp(paths[i], folder, length) == 0 &&
		    paths[i][length] == '/')
			return true;
	return false;
}

static int clean(struct publish *publish, const struct output *output,
		 char *const *paths, size_t n, const char *folder)
{
	struct tree_entry *list;
	size_t i, count;
	int ret = 0;

	list = tree_list(output->fd, folder, &count);
	if (!list)
		return errno == ENOENT ? 0 : -1;
	for (i = 0; i < count && ret == 0; i++) {
		char *path = memory_format("%s/%s", folder, list[i].name);

		if (list[i].is_folder && has_below(paths, n, path))
			ret = clean(publish, output, paths, n, path);
		else if (list[i].is_folder ||
			 !bsearch(&path, paths, n, sizeof(*paths), path_order))
			ret = publish_drop(publish, folder, list[i].name);
		free(path);
	}
	tree_list_free(list, count);
	return ret;
}

int outbox_clean(struct publish *publish, const struct output *output,
		 char *const *paths, size_t n)
{
	if (!n)
		return publish_drop(publish, "", PENDING_FOLDER);
	return clean(publish, output, paths, n, PENDING_FOLDER);
}
