/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PROGRESS_H
#define TOPOCERT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* A bar on standard error, when that is a terminal, for work that takes
 * longer than a moment; otherwise nothing. */
struct progress;

struct progress *progress_new(size_t total, bool quiet);

/* DONE of the total are done. */
void progress_show(struct progress *progress, size_t done);

/* Wipe the bar and free it. */
void progress_free(struct progress *progress);

#endif
