/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "move.h"
#include "tree.h"

/* What was replaced is kept here until all is done. */
#define OLD ".topocert-old"

/* A move that was made; FROM NULL: the folder TO was made, or, with OLD, what
 * it was is removed. */
struct step {
	char *from, *to;
	char *old; /* where the replaced one is kept; NULL: there was none */
};

struct mover {
	int from, to;
	struct step *steps;
	size_t n_steps;
	size_t n_old;
	bool stuck; /* a single move failed half way, and back */
};

static void add_step(struct mover *mover, const char *from, const char *to,
		     char *old)
{
	struct step *step;

	step = memory_append(&mover->steps, &mover->n_steps, sizeof(*step));
	step->from = from ? memory_copy(from) : NULL;
	step->to = memory_copy(to);
	step->old = old;
}

/*
 * Keep what is at PATH of the output folder. A file is linked, so that its
 * name never vanishes; a folder, and a file where there are no links, is
 * moved. *OLD stays NULL where there is nothing.
 */
static int keep_old(struct mover *mover, const char *path, bool folder,
		    char **old)
{
	char *name;

	*old = NULL;
	if (faccessat(mover->to, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	if (mkdirat(mover->to, OLD, 0700) != 0 && errno != EEXIST)
		return -1;
	name = memory_format(OLD "/%zu", mover->n_old++);
	if ((folder || linkat(mover->to, path, mover->to, name, 0) != 0) &&
	    renameat(mover->to, path, mover->to, name) != 0) {
		free(name);
		return -1;
	}
	*old = name;
	return 0;
}

static int move_one(struct mover *mover, const char *from, const char *to,
		    bool folder)
{
	char *old;

	if (keep_old(mover, to, folder, &old))
		return -1;
	if (renameat(mover->from, from, mover->to, to) != 0) {
		int error = errno;

		if (old && renameat(mover->to, old, mover->to, to) != 0)
			mover->stuck = true;
		free(old);
		errno = error;
		return -1;
	}
	add_step(mover, from, to, old);
	return 0;
}

static int remove_one(struct mover *mover, const char *to)
{
	char *old;

	if (keep_old(mover, to, true, &old))
		return -1;
	if (old)
		add_step(mover, NULL, to, old);
	return 0;
}

/* A file, or the mark that one is to be removed. */
static int move_file(struct mover *mover, const char *path)
{
	size_t length = strlen(path);
	char *to;
	int ret;

	if (path[length - 1] != MOVE_REMOVE)
		return move_one(mover, path, path, false);
	to = memory_copy_part(path, length - 1);
	ret = remove_one(mover, to);
	free(to);
	return ret;
}

static int move_content(struct mover *mover, const char *path);

static int move_folder(struct mover *mover, const char *path)
{
	size_t length = strlen(path);
	char *to;
	int ret;

	if (path[length - 1] == MOVE_WHOLE) {
		to = memory_copy_part(path, length - 1);
		ret = move_one(mover, path, to, true);
		free(to);
		return ret;
	}
	if (mkdirat(mover->to, path, 0700) == 0)
		add_step(mover, NULL, path, NULL);
	else if (errno != EEXIST)
		return -1;
	return move_content(mover, path);
}

static int move_content(struct mover *mover, const char *path)
{
	struct tree_entry *list;
	size_t i, n;
	int ret = 0;

	list = tree_list(mover->from, path, &n);
	if (!list)
		return -1;
	for (i = 0; i < n && ret == 0; i++) {
		char *inner = memory_format("%s%s%s", path, *path ? "/" : "",
					    list[i].name);

		ret = list[i].is_folder ? move_folder(mover, inner) :
					  move_file(mover, inner);
		free(inner);
	}
	tree_list_free(list, n);
	return ret;
}

/* Take the steps back, the last one first. False: one could not be. */
static bool undo(struct mover *mover)
{
	size_t i = mover->n_steps;

	while (i-- > 0) {
		struct step *step = &mover->steps[i];

		if (!step->from && !step->old) {
			if (unlinkat(mover->to, step->to, AT_REMOVEDIR) != 0)
				return false;
			continue;
		}
		if (step->from &&
		    renameat(mover->to, step->to, mover->from, step->from) != 0)
			return false;
		if (step->old &&
		    renameat(mover->to, step->old, mover->to, step->to) != 0)
			return false;
	}
	return true;
}

int move_tree(int from, int to, bool *undone)
{
	struct mover mover = { .from = from, .to = to };
	int ret = move_content(&mover, ""), error = errno;
	size_t i;

	*undone = ret != 0 && !mover.stuck && undo(&mover);
	for (i = 0; i < mover.n_steps; i++) {
		free(mover.steps[i].from);
		free(mover.steps[i].to);
		free(mover.steps[i].old);
	}
	free(mover.steps);
	errno = error;
	return ret;
}

int move_forget(int to)
{
	return tree_remove(to, OLD);
}
