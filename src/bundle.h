/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_BUNDLE_H
#define TOPOCERT_BUNDLE_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include <openssl/bio.h>

/* A file of a bundle; nothing in it is owned. */
struct bundle_file {
	const char *name;
	const void *data;
	size_t length;
	mode_t mode;
};

struct bundle {
	const char *folder; /* that the files lie in */
	mode_t folder_mode;
	const char *owner, *group; /* names; the numbers are 0 */
	time_t time; /* of modification */
	struct bundle_file *files;
	size_t n_files;
};

/* Put the files into the order of their names. */
void bundle_sort(struct bundle *bundle);

/*
 * The bundle as a tar.gz that depends on nothing but its content, in memory
 * that is wiped when freed. The files have to be sorted. NULL: reported.
 */
BIO *bundle_pack(const struct bundle *bundle);

#endif
