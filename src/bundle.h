/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_BUNDLE_H
#define TOPOCERT_BUNDLE_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include <openssl/bio.h>

/* A folder of a bundle; nothing in it is owned. */
struct bundle_folder {
	const char *name;
	mode_t mode;
	const char *owner, *group; /* names; the numbers are 0 */
};

/* A file of a bundle; nothing in it is owned. */
struct bundle_file {
	const struct bundle_folder *folder; /* NULL: beside the folders */
	const char *name;
	const void *data;
	size_t length;
	mode_t mode;
	const char *owner, *group;
};

struct bundle {
	time_t time; /* of modification */
	struct bundle_folder *folders; /* files point to them */
	size_t n_folders;
	struct bundle_file *files;
	size_t n_files;
};

/* Put the files into the order of their folders and names. */
void bundle_sort(struct bundle *bundle);

/*
 * The bundle as a tar.gz that depends on nothing but its content, in memory
 * that is wiped when freed. The files have to be sorted. NULL: reported.
 */
BIO *bundle_pack(const struct bundle *bundle);

#endif
