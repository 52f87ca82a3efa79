/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DATAFILE_H
#define TOPOCERT_DATAFILE_H

#include <stddef.h>

/*
 * Where a profile or template lies. A NAME with a slash is a path, relative
 * to the folder of the file FROM that speaks of it. Otherwise it is looked
 * for in EXTRA (a folder, may be NULL) and then in the program's own data:
 * $TOPOCERT_DATADIR, or where it was installed. Free the path.
 */
char *datafile_template(const char *name, const char *extra, const char *from);
char *datafile_profile(const char *name, const char *from);

/* PATH as the file FROM means it: relative to its folder. Free it. */
char *datafile_beside(const char *path, const char *from);

/* The names of the profiles there are, sorted; free each and the array. */
char **datafile_profiles(size_t *n);

#endif
