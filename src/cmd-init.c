/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "datafile.h"
#include "diag.h"
#include "memory.h"
#include "profile.h"
#include "report.h"
#include "template.h"
#include "tree.h"

#define USUAL_FILE "cluster.ini"
#define STARTER "topology.ini"

/* The starter topology for PROFILE; NULL: reported to DIAG. */
static char *starter(const char *profile, struct diag *diag)
{
	char *path = datafile_template(STARTER, NULL, "");
	struct placeholders values = { 0 };
	size_t length;
	char *text = tree_read(AT_FDCWD, path, &length), *result = NULL;

	placeholders_add(&values, "profile", profile, NULL);
	if (text)
		result = template_expand(text, path, 1, &values, diag);
	else
		diag_error(diag, path, 0, "%s", strerror(errno));
	placeholders_clear(&values);
	free(text);
	free(path);
	return result;
}

static int write_new(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t length = strlen(text);

	if (fd < 0) {
		report_error("%s: %s", path,
			     errno == EEXIST ?
				     "exists already, and stays as it is" :
				     strerror(errno));
		return -1;
	}
	if (write(fd, text, length) != (ssize_t)length || fsync(fd) != 0) {
		report_error("%s: cannot write: %s", path, strerror(errno));
		close(fd);
		unlink(path);
		return -1;
	}
	close(fd);
	return 0;
}

/*
 * How the topology PATH has to name the profile: a file is looked for from the
 * topology's folder, not from ours. Free it.
 */
static char *profile_name(const char *name, const char *path)
{
	char *file = datafile_profile(name, ""), *absolute = NULL;

	if (strcmp(file, name) == 0 && strchr(path, '/'))
		absolute = realpath(file, NULL);
	free(file);
	return absolute ? absolute : memory_copy(name);
}

int cmd_init(const struct options *options)
{
	const char *path = options->operand ? options->operand : USUAL_FILE;
	char *name = profile_name(
		options->profile ? options->profile : USUAL_PROFILE, path);
	struct diag *diag = diag_new();
	struct profile *profile;
	char *text = NULL;
	int status = STATUS_TOPOLOGY;

	profile = profile_read(name, "--profile", 0, NULL, diag);
	if (profile)
		text = starter(name, diag);
	diag_flush(diag, stderr);
	if (text) {
		status = write_new(path, text) ? STATUS_FAILED : STATUS_DONE;
		if (status == STATUS_DONE && !options->quiet)
			printf("%s: written. Edit it, then: topocert generate "
			       "%s\n",
			       path, path);
	}
	free(text);
	free(name);
	profile_free(profile);
	diag_free(diag);
	return status;
}
