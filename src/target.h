/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_TARGET_H
#define TOPOCERT_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "job.h"

/* A server to connect to. */
struct target {
	const struct holder *holder; /* whose it is; NULL: not known */
	char *name; /* as clients call it, a name or an address */
	char *port;
};

struct targets {
	struct target *items;
	size_t n;
};

/* The words are HOST, HOST:PORT or :PORT. -1: reported. */
int targets_check(const struct words *words);

/*
 * Each of WORDS, or all hosts of the topology where there are none, at the
 * port that their system usually has. -1: reported; clear them in any case.
 */
int targets_find(struct targets *targets, const struct job *job,
		 const struct words *words);
void targets_clear(struct targets *targets);

/* NAME is an IP address, of either version. */
bool target_is_address(const char *name);

#endif
