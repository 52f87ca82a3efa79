/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PARCEL_H
#define TOPOCERT_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A bundle as it was found: on disk, or packed. */
struct parcel_file {
	char *name; /* "certs/node.key" */
	mode_t mode;
	char *data; /* NULL: ERROR says why it could not be read */
	size_t length;
	char *error;
};

struct parcel_folder {
	char *name; /* "certs" */
	mode_t mode;
};

struct parcel {
	struct parcel_file *files; /* in the order of the archive, or by name */
	size_t n_files;
	struct parcel_folder *folders;
	size_t n_folders;
};

/*
 * Add the folder NAME, or the single file NAME, of PATH below the open
 * directory ROOT. False: it is not there.
 */
bool parcel_add_folder(struct parcel *parcel, int root, const char *path,
		       const char *name);
bool parcel_add_file(struct parcel *parcel, int root, const char *path,
		     const char *name);

/*
 * Read the tar.gz PATH below ROOT. Returns NULL, or what is wrong with it;
 * free that. What was read up to there is in PARCEL.
 */
char *parcel_unpack(struct parcel *parcel, int root, const char *path);

const struct parcel_file *parcel_find(const struct parcel *parcel,
				      const char *name);
const struct parcel_folder *parcel_find_folder(const struct parcel *parcel,
					       const char *name);

/* Both are there and hold the same. */
bool parcel_same(const struct parcel_file *a, const struct parcel_file *b);

/* Wipe and free all of it. */
void parcel_clear(struct parcel *parcel);

#endif
