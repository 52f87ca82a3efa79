/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_INIFILE_H
#define TOPOCERT_INIFILE_H

#include <stddef.h>

#include "diag.h"

/* One KEY = VALUE; a continuation line is a further one with the same key. */
struct inifile_value {
	char *key;
	char *text;
	int line;
};

/*
 * KIND is the first word of the header and NAME the rest ("" where there is
 * none): [host node1] has kind "host" and name "node1".
 */
struct inifile_section {
	char *kind;
	char *name;
	int line;
	struct inifile_value *values;
	size_t n_values;
};

struct inifile {
	char *path;
	struct inifile_section *sections;
	size_t n_sections;
};

/*
 * Read the INI file PATH with libinih, line by line, so that nothing is cut,
 * dropped or carried from one line into the next: what libinih would take
 * otherwise than it looks is an error. Errors go to DIAG, and reading goes on
 * behind them. Never NULL; free with inifile_free().
 */
struct inifile *inifile_read(const char *path, struct diag *diag);
void inifile_free(struct inifile *file);

#endif
