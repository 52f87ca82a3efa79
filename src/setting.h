/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SETTING_H
#define TOPOCERT_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "inifile.h"

/* The longest lifetime that is taken for meant, in days. */
#define SETTING_DAYS_MAX 36500

/* A value as it was written, and the line where; text NULL: not given. */
struct setting {
	char *text;
	int line;
};

struct setting_list {
	struct setting *items;
	size_t n;
};

/*
 * A key that a section may have, and where its value goes: the offset of a
 * struct setting, or of a struct setting_list for a key that takes many.
 */
struct setting_key {
	const char *name;
	size_t offset;
	bool list;
};

/*
 * Put the values of SECTION into the structure at BASE by the table KEYS.
 * Unknown keys, repeated ones that take one value, and empty items of lists
 * are errors. Lists are split at commas.
 */
void setting_fill(const struct inifile *file,
		  const struct inifile_section *section,
		  const struct setting_key *keys, size_t n_keys, void *base,
		  struct diag *diag);

/* Free what setting_fill() put there. */
void setting_clear(const struct setting_key *keys, size_t n_keys, void *base);

/* Read VALUE as a whole number of MIN..MAX; -1: reported as of KEY. */
long setting_number(const struct setting *value, const char *path,
		    const char *key, long min, long max, struct diag *diag);

/* Read VALUE as yes or no; FALLBACK where it is not given. */
bool setting_yes(const struct setting *value, const char *path, const char *key,
		 bool fallback, struct diag *diag);

#endif
