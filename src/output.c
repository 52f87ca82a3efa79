/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "authority.h"
#include "memory.h"
#include "output.h"
#include "report.h"
#include "stage.h"
#include "sums.h"

#define LOCK ".topocert-lock"

/* Anything there but what this program leaves while it works? */
static bool has_files(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    strncmp(entry->d_name, ".topocert-", 10) != 0)
			found = true;
	if (dir)
		closedir(dir);
	return found;
}

/* Keys will lie here: nobody else may enter, and it has to be our folder. */
static int claim_folder(const struct output *output)
{
	struct stat st;

	if (fstat(output->fd, &st) != 0) {
		report_error("%s: %s", output->path, strerror(errno));
		return -1;
	}
	if (has_files(output->fd) &&
	    faccessat(output->fd, AUTHORITY_FOLDER, F_OK, 0) != 0 &&
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

static void report_holder(const struct output *output, int fd)
{
	char holder[256] = "";
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[n > 0 ? strcspn(holder, "\n") : 0] = '\0';
	report_error("%s: another topocert is at work here%s%s: wait for it, "
		     "or end it",
		     output->path, *holder ? ", " : "", holder);
}

static void write_holder(int fd)
{
	char host[128] = "", started[32];
	time_t now = time(NULL);
	struct tm tm;

	gethostname(host, sizeof(host) - 1);
	strftime(started, sizeof(started), "%Y-%m-%d %H:%M:%S",
		 localtime_r(&now, &tm));
	/* only for people: who cannot read it still sees the lock */
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "process %ld on %s since %s\n", (long)getpid(),
			host, started);
}

/*
 * Take the lock. Its file is removed by who holds it, so after locking one
 * has to see whether the file is still the one that has the name.
 */
static int take_lock(struct output *output)
{
	struct stat ours, named;

	for (;;) {
		int fd = openat(output->fd, LOCK,
				O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
				0600);

		if (fd < 0) {
			report_error("%s/" LOCK ": %s", output->path,
				     strerror(errno));
			return -1;
		}
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			report_holder(output, fd);
			close(fd);
			return -1;
		}
		if (fstat(fd, &ours) == 0 &&
		    fstatat(output->fd, LOCK, &named, AT_SYMLINK_NOFOLLOW) ==
			    0 &&
		    ours.st_ino == named.st_ino) {
			write_holder(fd);
			output->lock = fd;
			return 0;
		}
		close(fd);
	}
}

static struct output *output_new(const char *path)
{
	struct output *output = memory_zeroed(1, sizeof(*output));

	output->path = memory_copy(path);
	output->fd = output->lock = -1;
	while (strlen(output->path) > 1 &&
	       output->path[strlen(output->path) - 1] == '/')
		output->path[strlen(output->path) - 1] = '\0';
	return output;
}

struct output *output_open(const char *path)
{
	struct output *output = output_new(path);

	/* modes come with each file; an odd umask may not take ours away */
	umask(077);
	if (mkdir(output->path, 0700) == 0)
		output->created = true;
	else if (errno != EEXIST)
		goto fail_system;
	output->fd = open(output->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output->fd < 0)
		goto fail_system;
	if (take_lock(output) || claim_folder(output) ||
	    stage_recover(output->fd, output->path)) {
		output_close(output);
		return NULL;
	}
	return output;
fail_system:
	report_error("%s: %s", output->path, strerror(errno));
	output_close(output);
	return NULL;
}

struct output *output_open_readonly(const char *path)
{
	struct output *output = output_new(path);
	int fd;

	output->fd = open(output->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output->fd < 0) {
		if (errno == ENOENT)
			return output;
		report_error("%s: %s", output->path, strerror(errno));
		output_close(output);
		return NULL;
	}
	fd = openat(output->fd, LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;

		if (held)
			report_holder(output, fd);
		close(fd);
		if (held) {
			output_close(output);
			return NULL;
		}
	}
	output->pending = stage_pending(output->fd);
	return output;
}

void output_close(struct output *output)
{
	if (!output)
		return;
	if (output->lock >= 0) {
		unlinkat(output->fd, LOCK, 0);
		close(output->lock);
	}
	if (output->fd >= 0)
		close(output->fd);
	if (output->created)
		rmdir(output->path);
	free(output->path);
	free(output);
}
