/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "handover.h"
#include "kept.h"
#include "lineage.h"
#include "manifest.h"
#include "memory.h"
#include "report.h"
#include "tree.h"

/* Files that do not belong to one generation. */
static bool is_shared(const char *name)
{
	return strcmp(name, MANIFEST_FILE) == 0 ||
	       strcmp(name, LINEAGE_STATE) == 0;
}

static int copy_file(const struct handover *handover, const char *from,
		     const char *to, const char *name)
{
	int output = handover->output->fd, ret = -1;
	char *path = memory_format("%s/%s", from, name);
	struct stat st;
	size_t length;
	char *data = tree_read(output, path, &length);

	if (data && fstatat(output, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		ret = publish_file(handover->publish, to, name, data, length,
				   st.st_mode & 07777);
	else
		report_error("%s/%s: %s", handover->output->path, path,
			     strerror(errno));
	free(data);
	free(path);
	return ret;
}

/* The files of FROM, as far as they belong to one generation. */
static int copy_files(const struct handover *handover, const char *from,
		      const char *to)
{
	struct tree_entry *list;
	size_t i, n;
	int ret = 0;

	list = tree_list(handover->output->fd, from, &n);
	if (!list && errno == ENOENT)
		return 0;
	if (!list) {
		report_error("%s/%s: %s", handover->output->path, from,
			     strerror(errno));
		return -1;
	}
	for (i = 0; i < n && ret == 0; i++)
		if (!list[i].is_folder && !is_shared(list[i].name))
			ret = copy_file(handover, from, to, list[i].name);
	tree_list_free(list, n);
	return ret;
}

int handover_retire(const struct handover *handover, const char *from,
		    const char *to)
{
	static const char *const below[] = { AUTHORITY_NEW_CERTS, KEPT_FOLDER };
	int ret = copy_files(handover, from, to);
	size_t i;

	for (i = 0; i < sizeof(below) / sizeof(below[0]) && ret == 0; i++) {
		char *present = memory_format("%s/%s", from, below[i]);
		char *old = memory_format("%s/%s", to, below[i]);

		ret = copy_files(handover, present, old);
		free(present);
		free(old);
	}
	return ret;
}

/* What the run writes anew in the folder of the CA that signs. */
static bool is_rewritten(const char *name)
{
	static const char *const names[] = { AUTHORITY_CONF, AUTHORITY_INDEX,
					     AUTHORITY_SERIAL };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool has(const struct tree_entry *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return true;
	return false;
}

/* A file that a generation has for itself, and the run does not write. */
static bool moves(const struct tree_entry *file)
{
	return !file->is_folder && !is_shared(file->name) &&
	       !is_rewritten(file->name);
}

int handover_move_in(const struct handover *handover, const char *folder)
{
	int output = handover->output->fd, ret = 0;
	char *from = memory_format("%s/" LINEAGE_NEXT, folder);
	struct tree_entry *ours, *theirs;
	size_t i, n_ours = 0, n_theirs = 0;

	theirs = tree_list(output, from, &n_theirs);
	ours = tree_list(output, folder, &n_ours);
	if (!theirs || !ours) {
		report_error("%s/%s: %s", handover->output->path, from,
			     strerror(errno));
		ret = -1;
	}
	for (i = 0; i < n_theirs && ret == 0; i++)
		if (moves(&theirs[i]))
			ret = copy_file(handover, from, folder, theirs[i].name);
	for (i = 0; i < n_ours && ret == 0; i++)
		if (moves(&ours[i]) && !has(theirs, n_theirs, ours[i].name))
			ret = publish_drop(handover->publish, folder,
					   ours[i].name);
	if (ret == 0)
		ret = publish_drop(handover->publish, folder, LINEAGE_NEXT);
	if (theirs)
		tree_list_free(theirs, n_theirs);
	if (ours)
		tree_list_free(ours, n_ours);
	free(from);
	return ret;
}
