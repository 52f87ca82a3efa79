/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_HANDOVER_H
#define TOPOCERT_HANDOVER_H

#include <stddef.h>
#include <time.h>

#include "output.h"
#include "publish.h"

/* A request to hand over; nothing in it is owned. */
struct handover_file {
	const char *name;
	const char *pem;
};

/*
 * Make requests/ hold just these FILES, and requests.tar.gz the same, written
 * at the time NOW where that changes anything. 1: it does; 0: it does not; -1:
 * reported.
 */
int handover_publish(struct publish *publish, const struct output *output,
		     const struct handover_file *files, size_t n, time_t now);

/* Remove all of pending/ but PATHS, which are sorted. -1: reported. */
int handover_clean(struct publish *publish, const struct output *output,
		   char *const *paths, size_t n);

#endif
