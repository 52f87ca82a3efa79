/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "authority.h"
#include "memory.h"
#include "output.h"
#include "report.h"
#include "stage.h"
#include "sums.h"
#include "tree.h"

/* Anything there but what this program leaves while it works? -1: errno. */
static int has_files(int fd)
{
	struct tree_entry *list;
	int found = 0;
	size_t i, n;

	list = tree_list(fd, "", &n);
	if (!list)
		return -1;
	for (i = 0; i < n; i++)
		if (strncmp(list[i].name, ".topocert-", 10) != 0)
			found = 1;
	tree_list_free(list, n);
	return found;
}

/* Keys will lie here: nobody else may enter, and it has to be our folder. */
static int claim_folder(const struct output *output)
{
	int files = has_files(output->fd);
	struct stat st;

	if (files < 0 || fstat(output->fd, &st) != 0) {
		report_error("%s: %s", output->path, strerror(errno));
		return -1;
	}
	if (files && faccessat(output->fd, AUTHORITY_FOLDER, F_OK, 0) != 0 &&
	    faccessat(output->fd, SUMS_FILE, F_OK, 0) != 0) {
		report_error("%s: holds files, but no ca/ of an earlier run: "
			     "wanted a new or empty folder with -o",
			     output->path);
		return -1;
	}
	if ((st.st_mode & 07777) == 0700)
		return 0;
	if (fchmod(output->fd, 0700) != 0) {
		report_error("%s: mode %04o, and it cannot be made 0700: %s",
			     output->path, (unsigned int)st.st_mode & 07777,
			     strerror(errno));
		return -1;
	}
	return 0;
}

/*
 * The process that holds the lock, by /proc/locks (see proc(5)); 0 where that
 * cannot be found out.
 */
static long lock_holder(int fd)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned int major_number, minor_number;
	unsigned long long inode;
	long pid, holder = 0;
	char line[256];
	struct stat st;

	if (fstat(fd, &st) != 0)
		st.st_ino = 0;
	while (locks && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*s FLOCK %*s %*s %ld %x:%x:%llu", &pid,
			   &major_number, &minor_number, &inode) == 4 &&
		    inode == st.st_ino && major_number == major(st.st_dev) &&
		    minor_number == minor(st.st_dev))
			holder = pid;
	if (locks)
		fclose(locks);
	return holder;
}

/*
 * The lock is on the folder itself: it leaves no file, and none can be stale.
 */
static int take_lock(const struct output *output, int how)
{
	/* plan holds the lock for a moment only, to see whether it is free */
	const struct timespec moment = { .tv_nsec = 100 * 1000 * 1000 };
	long holder;

	if (flock(output->fd, how | LOCK_NB) == 0)
		return 0;
	nanosleep(&moment, NULL);
	if (flock(output->fd, how | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK) {
		report_error("%s: cannot lock: %s", output->path,
			     strerror(errno));
		return -1;
	}
	holder = lock_holder(output->fd);
	if (holder > 0)
		report_error("%s: another topocert is at work here, process "
			     "%ld: wait for it, or end it",
			     output->path, holder);
	else
		report_error("%s: another topocert is at work here: wait for "
			     "it, or end it",
			     output->path);
	return -1;
}

static struct output *output_new(const char *path)
{
	struct output *output = memory_zeroed(1, sizeof(*output));

	output->path = memory_copy(path);
	output->fd = -1;
	while (strlen(output->path) > 1 &&
	       output->path[strlen(output->path) - 1] == '/')
		output->path[strlen(output->path) - 1] = '\0';
	return output;
}

/* Make the folder where it is missing, open and lock it. */
static int open_locked(struct output *output)
{
	struct stat st;

	do {
		if (output->fd >= 0)
			close(output->fd);
		if (mkdir(output->path, 0700) == 0)
			output->created = true;
		else if (errno != EEXIST)
			output->fd = -1;
		if (output->created || errno == EEXIST)
			output->fd = open(output->path,
					  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (output->fd < 0) {
			report_error("%s: %s", output->path, strerror(errno));
			return -1;
		}
		if (take_lock(output, LOCK_EX)) {
			output->created = false; /* it is theirs now */
			return -1;
		}
		/* a run that failed may have removed it in the meantime */
	} while (fstat(output->fd, &st) == 0 && st.st_nlink == 0);
	return 0;
}

struct output *output_open(const char *path)
{
	struct output *output = output_new(path);

	/* modes come with each file; an odd umask may not take ours away */
	umask(077);
	if (open_locked(output) || claim_folder(output) ||
	    stage_recover(output->fd, output->path)) {
		output_close(output);
		return NULL;
	}
	return output;
}

struct output *output_open_readonly(const char *path)
{
	struct output *output = output_new(path);

	output->fd = open(output->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output->fd < 0 && errno == ENOENT)
		return output;
	if (output->fd < 0)
		report_error("%s: %s", output->path, strerror(errno));
	if (output->fd < 0 || take_lock(output, LOCK_SH)) {
		output_close(output);
		return NULL;
	}
	/* to look must not keep others from their work */
	flock(output->fd, LOCK_UN);
	output->pending = stage_pending(output->fd);
	return output;
}

struct output *output_open_nothing(const char *path)
{
	struct output *output = memory_zeroed(1, sizeof(*output));

	output->path = memory_copy(path);
	output->fd = -1;
	return output;
}

void output_close(struct output *output)
{
	if (!output)
		return;
	/* while the lock is held: nobody else can have put anything there */
	if (output->created)
		rmdir(output->path);
	if (output->fd >= 0)
		close(output->fd);
	free(output->path);
	free(output);
}
