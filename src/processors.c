/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "processors.h"

#define CGROUPS "/sys/fs/cgroup"

static size_t in_mask(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/* What cpu.max of the group PATH ("/user.slice") allows; 0: it has no limit. */
static size_t allowed(const char *path)
{
	char *name = memory_format(CGROUPS "%s/cpu.max", path);
	FILE *stream = fopen(name, "re");
	double quota, period;
	size_t n = 0;

	/* "max 100000" is no limit */
	if (stream && fscanf(stream, "%lf %lf", &quota, &period) == 2 &&
	    period > 0)
		n = (size_t)(quota / period + 0.999);
	if (stream)
		fclose(stream);
	free(name);
	return n;
}

/* The group of this process; NULL: there is none. Free it. */
static char *own_group(void)
{
	FILE *stream = fopen("/proc/self/cgroup", "re");
	char line[4096], *path = NULL;

	while (stream && !path && fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			path = memory_copy(line + 3);
	}
	if (stream)
		fclose(stream);
	return path;
}

size_t processors_available(void)
{
	size_t n = in_mask(), limit;
	char *group = own_group(), *slash;

	/* those above limit it, too */
	while (group && *group) {
		limit = allowed(group);
		if (limit && limit < n)
			n = limit;
		slash = strrchr(group, '/');
		*slash = '\0';
	}
	free(group);
	return n ? n : 1;
}
