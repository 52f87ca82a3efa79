/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SUMS_H
#define TOPOCERT_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SUMS_FILE "SHA256SUMS"

/* SHA256SUMS, as sha256sum(1) checks it: what was published, by path. */
struct sums;

/* The sums of FOLDER's file as far as the files they speak of are there. */
struct sums *sums_load(int folder);
void sums_free(struct sums *sums);

/* All that the file lists, sorted by path, to look at: also what is not there.
 * *DAMAGED is the number of the first line that is none, 0 where all are.
 * NULL: errno. */
struct sums *sums_load_all(int folder, size_t *damaged);

/* The sum of PATH, of sums_load_all(); NULL: not listed. */
const unsigned char *sums_find(const struct sums *sums, const char *path);

/* The path at PLACE, counted from 0; NULL: there are no more. */
const char *sums_path(const struct sums *sums, size_t place);

/* DATA has this SUM. */
bool sums_match(const unsigned char *sum, const void *data, size_t length);

/* FOLDER has such a file, which lists one called NAME (NULL: anything). */
bool sums_list(int folder, const char *name);

/* SUM is that of the file NAME of FOLDER ("": the output folder), of
 * DIGEST_OCTETS. Where WHOLE is set, FOLDER is published as a whole: what else
 * was in it is forgotten. */
void sums_add(struct sums *sums, const char *folder, const char *name,
	      bool whole, const unsigned char *sum);

/* Forget FOLDER and FOLDER.tar.gz. */
void sums_remove(struct sums *sums, const char *folder);

/* Sort them by path, and write the whole file, OF sums that are sorted. */
void sums_sort(struct sums *sums);
void sums_write(FILE *out, const void *of);

#endif
