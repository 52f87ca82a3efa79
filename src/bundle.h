/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_BUNDLE_H
#define TOPOCERT_BUNDLE_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

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

/* What one thread packs with, one bundle after another: buffers, and the
 * state of the compressor. Never NULL; wiped when freed. */
struct packer;

struct packer *packer_new(void);
void packer_free(struct packer *packer);

/*
 * The bundle as a tar.gz of LENGTH bytes that depends on nothing but its
 * content; good until PACKER packs again. The files have to be sorted. NULL:
 * reported.
 */
const void *bundle_pack(struct packer *packer, const struct bundle *bundle,
			size_t *length);

#endif
