/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
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

static const char marks[] = { MOVE_WHOLE, MOVE_NEW, MOVE_REMOVE, '\0' };

/* What was done about PATH, which has its marks. */
struct step {
	enum { STEP_MOVED, STEP_MADE, STEP_REMOVED } what;
	char *path;
	size_t old; /* the number of the replaced one; SIZE_MAX: none */
};

struct mover {
	int from, to;
	struct step *steps;
	size_t n_steps;
	size_t n_old;
	bool stuck; /* a single move failed half way, and back */
};

static void add_step(struct mover *mover, int what, const char *path,
		     size_t old)
{
	struct step *step;

	step = memory_append(&mover->steps, &mover->n_steps, sizeof(*step));
	step->what = what;
	step->path = memory_copy(path);
	step->old = old;
}

/* Where PATH goes: the same without marks, which no name has. Free it. */
static char *place_of(const char *path)
{
	char *place = memory_copy(path), *end = place;

	for (; *path; path++)
		if (!strchr(marks, *path))
			*end++ = *path;
	*end = '\0';
	return place;
}

/* Where the replaced one with this number is kept; free it. */
static char *old_name(size_t number)
{
	return memory_format(OLD "/%zu", number);
}

/*
 * Keep what is at PLACE of the output folder. A file is linked, so that its
 * name never vanishes; a folder, and a file where there are no links, is
 * moved. *OLD stays SIZE_MAX where there is nothing.
 */
static int keep_old(struct mover *mover, const char *place, bool folder,
		    size_t *old)
{
	char *name;
	int ret = 0;

	*old = SIZE_MAX;
	if (faccessat(mover->to, place, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	if (mkdirat(mover->to, OLD, 0700) != 0 && errno != EEXIST)
		return -1;
	name = old_name(mover->n_old);
	if ((folder || linkat(mover->to, place, mover->to, name, 0) != 0) &&
	    renameat(mover->to, place, mover->to, name) != 0)
		ret = -1;
	else
		*old = mover->n_old++;
	free(name);
	return ret;
}

static int restore_old(const struct mover *mover, size_t old, const char *place)
{
	char *name = old_name(old);
	int ret = renameat(mover->to, name, mover->to, place);

	free(name);
	return ret;
}

static int move_one(struct mover *mover, const char *path, const char *place,
		    bool folder)
{
	size_t old;

	if (keep_old(mover, place, folder, &old))
		return -1;
	if (renameat(mover->from, path, mover->to, place) != 0) {
		int error = errno;

		if (old != SIZE_MAX && restore_old(mover, old, place))
			mover->stuck = true;
		errno = error;
		return -1;
	}
	add_step(mover, STEP_MOVED, path, old);
	return 0;
}

static int remove_one(struct mover *mover, const char *path, const char *place)
{
	size_t old;

	if (keep_old(mover, place, true, &old))
		return -1;
	if (old != SIZE_MAX)
		add_step(mover, STEP_REMOVED, path, old);
	return 0;
}

static char mark_of(const char *path)
{
	return path[strlen(path) - 1];
}

/* A file, or the mark that one is to be removed. */
static int move_file(struct mover *mover, const char *path, const char *place)
{
	return mark_of(path) == MOVE_REMOVE ?
		       remove_one(mover, path, place) :
		       move_one(mover, path, place, false);
}

static int move_content(struct mover *mover, const char *path);

/* It was not there when it was staged, and still is not. */
static bool is_new(const struct mover *mover, const char *path,
		   const char *place)
{
	return strchr(path, MOVE_NEW) &&
	       faccessat(mover->to, place, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

static int move_folder(struct mover *mover, const char *path, const char *place)
{
	if (mark_of(path) == MOVE_WHOLE || is_new(mover, path, place))
		return move_one(mover, path, place, true);
	if (mkdirat(mover->to, place, 0700) == 0)
		add_step(mover, STEP_MADE, path, SIZE_MAX);
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
		char *place = place_of(inner);

		ret = (list[i].is_folder ? move_folder :
					   move_file)(mover, inner, place);
		free(inner);
		free(place);
	}
	tree_list_free(list, n);
	return ret;
}

static int undo_step(const struct mover *mover, const struct step *step,
		     const char *place)
{
	if (step->what == STEP_MADE)
		return unlinkat(mover->to, place, AT_REMOVEDIR);
	if (step->what == STEP_MOVED &&
	    renameat(mover->to, place, mover->from, step->path) != 0)
		return -1;
	return step->old == SIZE_MAX ? 0 : restore_old(mover, step->old, place);
}

/* Take the steps back, the last one first. False: one could not be. */
static bool undo(const struct mover *mover)
{
	size_t i = mover->n_steps;
	int ret = 0;

	while (i-- > 0 && ret == 0) {
		const struct step *step = &mover->steps[i];
		char *place = place_of(step->path);

		ret = undo_step(mover, step, place);
		free(place);
	}
	return ret == 0;
}

int move_tree(int from, int to, bool *undone)
{
	struct mover mover = { .from = from, .to = to };
	int ret = move_content(&mover, ""), error = errno;
	size_t i;

	*undone = ret != 0 && !mover.stuck && undo(&mover);
	for (i = 0; i < mover.n_steps; i++)
		free(mover.steps[i].path);
	free(mover.steps);
	errno = error;
	return ret;
}

int move_forget(int to)
{
	return tree_remove(to, OLD);
}
