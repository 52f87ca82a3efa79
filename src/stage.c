/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "move.h"
#include "report.h"
#include "stage.h"
#include "tree.h"

#define STAGING ".topocert-staging"
#define COMMITTED ".topocert-commit"

/* Is there one of that name? That cannot change before the commit. */
struct folder {
	char *name;
	bool is_there;
};

struct stage {
	int folder; /* not ours to close */
	int root; /* the staging folder */
	char *path;
	bool committed;
	struct folder *known; /* in the output folder itself */
	size_t n_known;
	const struct witness *witness; /* NULL: files are written */
};

struct stage *stage_new(int folder, const char *path)
{
	struct stage *stage = memory_zeroed(1, sizeof(*stage));

	stage->folder = folder;
	stage->root = -1;
	stage->path = memory_copy(path);
	return stage;
}

struct stage *stage_new_shown(const struct witness *witness)
{
	struct stage *stage = stage_new(-1, "");

	stage->witness = witness;
	return stage;
}

static void show(const struct stage *stage, const char *folder,
		 const char *name, const void *data, size_t length)
{
	char *path = memory_format("%s%s%s", folder, *folder ? "/" : "", name);

	stage->witness->see(stage->witness->context, path, data, length);
	free(path);
}

/* Make the staging folder when it is needed first. */
static int open_root(struct stage *stage)
{
	if (stage->root >= 0)
		return 0;
	if (mkdirat(stage->folder, STAGING, 0700) == 0)
		stage->root =
			openat(stage->folder, STAGING,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (stage->root >= 0)
		return 0;
	report_error("%s/" STAGING ": cannot make it: %s", stage->path,
		     strerror(errno));
	return -1;
}

void stage_free(struct stage *stage)
{
	size_t i;

	if (!stage)
		return;
	if (stage->root >= 0) {
		close(stage->root);
		if (!stage->committed)
			tree_remove(stage->folder, STAGING);
	}
	for (i = 0; i < stage->n_known; i++)
		free(stage->known[i].name);
	free(stage->known);
	free(stage->path);
	free(stage);
}

static bool is_there(const struct stage *stage, const char *path)
{
	return faccessat(stage->folder, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

/* The same, of which there are few for many files. */
static bool is_known(struct stage *stage, const char *name)
{
	struct folder *folder;
	size_t i;

	for (i = 0; i < stage->n_known; i++)
		if (strcmp(stage->known[i].name, name) == 0)
			return stage->known[i].is_there;
	folder = memory_append(&stage->known, &stage->n_known, sizeof(*folder));
	folder->name = memory_copy(name);
	folder->is_there = is_there(stage, name);
	return folder->is_there;
}

/* How much of PATH is the first of the folders it goes through that is not
 * there yet; 0: all are. */
static size_t find_new(struct stage *stage, const char *path)
{
	const char *slash = strchr(path, '/');
	bool there = true;
	size_t length = 0;

	for (; there && slash; slash = strchr(slash + 1, '/')) {
		char *part = memory_copy_part(path, (size_t)(slash - path));

		there = length ? is_there(stage, part) : is_known(stage, part);
		length = (size_t)(slash - path);
		free(part);
	}
	return there ? 0 : length;
}

/* Where NAME of FOLDER is staged: where that is new, nothing is to be
 * replaced. NAME "": the folder itself. Free it. */
static char *staged_path(struct stage *stage, const char *folder, bool whole,
			 const char *name)
{
	const char mark[2] = { whole ? MOVE_WHOLE : '\0' };
	char *path = memory_format("%s%s%s", folder, *folder ? "/" : "", name);
	const size_t new = find_new(stage, path);
	char *staged;

	if (new)
		staged = memory_format("%.*s%c%s", (int)new, path, MOVE_NEW,
				       path + new);
	else
		staged = memory_format("%s%s%s%s", folder, mark,
				       *folder ? "/" : "", name);
	free(path);
	return staged;
}

static int write_all(int fd, const void *data, size_t length)
{
	const char *p = data;

	while (length > 0) {
		ssize_t n = write(fd, p, length);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			p += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

static int create(int root, const char *path, mode_t mode)
{
	return openat(root, path,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      mode);
}

/* The umask may have taken bits away, never added any. */
static int set_mode(int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode)
		return 0;
	return fchmod(fd, mode);
}

/* With the folders above. */
static int create_deep(int root, const char *path, mode_t mode)
{
	int fd = create(root, path, mode);

	if (fd < 0 && errno == ENOENT && tree_make_parents(root, path) == 0)
		fd = create(root, path, mode);
	return fd;
}

static int write_file(int root, const char *path, const void *data,
		      size_t length, mode_t mode)
{
	int fd = create_deep(root, path, mode), ret;

	if (fd < 0)
		return -1;
	ret = set_mode(fd, mode) | write_all(fd, data, length);
	if (close(fd) != 0)
		ret = -1;
	return ret;
}

static int report_unwritten(const struct stage *stage, const char *folder,
			    const char *name)
{
	report_error("%s/%s%s%s: cannot write: %s", stage->path, folder,
		     *folder ? "/" : "", name, strerror(errno));
	return -1;
}

int stage_add(struct stage *stage, const char *folder, bool whole,
	      const char *name, const void *data, size_t length, mode_t mode)
{
	char *path;
	int ret;

	if (stage->witness) {
		show(stage, folder, name, data, length);
		return 0;
	}
	if (open_root(stage))
		return -1;
	path = staged_path(stage, folder, whole, name);
	ret = write_file(stage->root, path, data, length, mode);
	if (ret)
		report_unwritten(stage, folder, name);
	free(path);
	return ret;
}

static void show_written(const struct stage *stage, const char *folder,
			 const char *name, const struct scribe *scribe)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	scribe->write(out, scribe->of);
	if (fclose(out) != 0)
		abort();
	show(stage, folder, name, text, length);
	free(text);
}

/* Takes FD over. */
static int write_with(int fd, const struct scribe *scribe, mode_t mode)
{
	FILE *out = fdopen(fd, "w");
	int ret, error;

	if (!out) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	scribe->write(out, scribe->of);
	ret = fflush(out) != 0 || ferror(out) ? -1 : set_mode(fd, mode);
	error = errno;
	if (fclose(out) != 0 && ret == 0)
		return -1;
	errno = error;
	return ret;
}

int stage_add_written(struct stage *stage, const char *folder, const char *name,
		      const struct scribe *scribe, mode_t mode)
{
	char *path;
	int fd, ret;

	if (stage->witness) {
		show_written(stage, folder, name, scribe);
		return 0;
	}
	if (open_root(stage))
		return -1;
	path = staged_path(stage, folder, false, name);
	fd = create_deep(stage->root, path, mode);
	ret = fd < 0 ? -1 : write_with(fd, scribe, mode);
	if (ret)
		report_unwritten(stage, folder, name);
	free(path);
	return ret;
}

int stage_remove(struct stage *stage, const char *folder, const char *name)
{
	char *mark = memory_format("%s%c", name, MOVE_REMOVE);
	int ret = stage->witness ?
			  0 :
			  stage_add(stage, folder, false, mark, "", 0, 0600);

	free(mark);
	return ret;
}

int stage_folder_mode(struct stage *stage, const char *folder, mode_t mode)
{
	char *staged;
	int ret;

	if (stage->witness || mode == TREE_FOLDER_MODE)
		return 0;
	staged = staged_path(stage, folder, true, "");
	ret = fchmodat(stage->root, staged, mode, 0);
	if (ret)
		report_error("%s/%s: %s", stage->path, folder, strerror(errno));
	free(staged);
	return ret;
}

static int sync_disk(int folder)
{
#ifdef HAVE_SYNCFS
	return syncfs(folder);
#else
	(void)folder;
	sync();
	return 0;
#endif
}

static int open_committed(int folder)
{
	return openat(folder, COMMITTED,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* All files are in their places, and that is on the disk: forget how. */
static int forget_committed(int folder)
{
	if (tree_remove(folder, COMMITTED) != 0)
		return -1;
	return move_forget(folder);
}

/* Take the commit back; where even that fails, it stands. */
static void take_back(struct stage *stage)
{
	stage->committed =
		renameat(stage->folder, COMMITTED, stage->folder, STAGING) != 0;
}

/* The staging folder becomes the commit. */
static int commit_folder(struct stage *stage)
{
	int error;

	if (sync_disk(stage->root) != 0 ||
	    renameat(stage->folder, STAGING, stage->folder, COMMITTED) != 0)
		return -1;
	stage->committed = true;
	if (fsync(stage->folder) == 0)
		return 0;
	error = errno;
	take_back(stage);
	errno = error;
	return -1;
}

/* Put the files in place, and make that last. */
static int carry_out(struct stage *stage)
{
	bool undone;
	int error;

	if (move_tree(stage->root, stage->folder, &undone) == 0)
		return sync_disk(stage->folder);
	error = errno;
	if (undone) {
		take_back(stage);
		move_forget(stage->folder);
	}
	errno = error;
	return -1;
}

int stage_commit(struct stage *stage)
{
	if (stage->root < 0)
		return 0;
	if (commit_folder(stage) != 0 || carry_out(stage) != 0) {
		report_error("%s: cannot commit: %s; %s", stage->path,
			     strerror(errno),
			     stage->committed ?
				     "run topocert again to complete it" :
				     "everything is as it was");
		return -1;
	}
	if (forget_committed(stage->folder) != 0)
		report_warning("%s: cannot remove what the run needed itself: "
			       "%s; the next one will",
			       stage->path, strerror(errno));
	return 0;
}

bool stage_pending(int folder)
{
	return faccessat(folder, COMMITTED, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int stage_recover(int folder, const char *path)
{
	int root = open_committed(folder);
	bool undone;

	if (root >= 0) {
		report_warning("%s: an earlier run was interrupted while it "
			       "put its files in place: completing that",
			       path);
		if (move_forget(folder) || move_tree(root, folder, &undone) ||
		    sync_disk(folder) || forget_committed(folder)) {
			report_error("%s: cannot complete it: %s", path,
				     strerror(errno));
			close(root);
			return -1;
		}
		close(root);
	}
	if (tree_remove(folder, STAGING) || move_forget(folder)) {
		report_error("%s: cannot remove what an interrupted run left: "
			     "%s",
			     path, strerror(errno));
		return -1;
	}
	return 0;
}
