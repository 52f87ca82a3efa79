/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_OUTPUT_H
#define TOPOCERT_OUTPUT_H

#include <stdbool.h>

/* The output folder. */
struct output {
	char *path;
	int fd; /* open directory, -1: it does not exist (reading only) */
	bool created; /* by this run */
	bool pending; /* an interrupted run waits to be completed */
};

/*
 * Open PATH to change it: make it with mode 0700 where it is missing, keep
 * other runs out, and complete or undo what an interrupted run left. NULL:
 * reported.
 */
struct output *output_open(const char *path);

/* Open PATH to look at it; the folder may be missing. NULL: reported. */
struct output *output_open_readonly(const char *path);

/* As PATH would be opened where there is nothing yet. Never NULL. */
struct output *output_open_nothing(const char *path);

/* Give up the lock, and the folder if this run made it and left it empty. */
void output_close(struct output *output);

#endif
