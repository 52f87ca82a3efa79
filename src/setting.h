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

/* A key that no table knows, with its value. */
struct setting_other {
	char *key;
	struct setting value;
};

struct setting_others {
	struct setting_other *items;
	size_t n;
};

/*
 * Put the values of SECTION into the structure at BASE by the table KEYS.
 * Repeated keys that take one value and empty items of lists are errors, and
 * so are unknown keys, unless there are OTHERS to put them into. Lists are
 * split at commas.
 */
void setting_fill(const struct inifile *file,
		  const struct inifile_section *section,
		  const struct setting_key *keys, size_t n_keys, void *base,
		  struct setting_others *others, struct diag *diag);

/* As if SETTING had not been given. */
void setting_forget(struct setting *setting);

/* Report an unknown KEY in [TITLE]; KNOWN as for suggest_nearest(). */
void setting_unknown(const char *path, int line, const char *key,
		     const char *title, const void *known, size_t n_known,
		     size_t stride, struct diag *diag);

/* Free what setting_fill() put there. */
void setting_clear(const struct setting_key *keys, size_t n_keys, void *base);
void setting_others_clear(struct setting_others *others);

/* The items with BETWEEN between them; free it. */
char *setting_join(const struct setting_list *list, const char *between);

/* Read VALUE as a whole number of MIN..MAX; -1: reported as of KEY. */
long setting_number(const struct setting *value, const char *path,
		    const char *key, long min, long max, struct diag *diag);

/* The first of the three that is given, or the last. */
const struct setting *setting_first(const struct setting *a,
				    const struct setting *b,
				    const struct setting *c);

/* A whole number that was checked before; FALLBACK where it is not given, -1
 * for what is none, as reported then. */
long setting_number_or(const struct setting *setting, long fallback);

/* Read VALUE as yes or no; FALLBACK where it is not given. */
bool setting_yes(const struct setting *value, const char *path, const char *key,
		 bool fallback, struct diag *diag);

#endif
