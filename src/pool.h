/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_POOL_H
#define TOPOCERT_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Threads that make things ahead of the one who takes them, in an order: what
 * is made does not depend on how many threads there are. */
struct pool;

struct pool_work {
	size_t n; /* places */
	const bool *wanted; /* for each; has to outlive the pool */
	/* Make what belongs to PLACE; any thread calls it, for a place once.
	 * What it reports is kept until that is taken. */
	void *(*make)(void *context, size_t place);
	/* What PLACE needs of those before it has been made; NULL: nothing is
	 * ever needed. */
	bool (*is_ready)(void *context, size_t place);
	void (*drop)(void *made); /* free it */
	void *context;
};

/* Begin with what is WANTED, by JOBS threads. NULL: there is nothing to be won
 * by that (JOBS is 1, or a single thing wanted), or there are no threads. */
struct pool *pool_new(const struct pool_work *work, size_t jobs);

/* Wait for what belongs to PLACE, which is wanted and was not taken yet: what
 * make() returned. */
void *pool_take(struct pool *pool, size_t place);

/* End it, and free what was not taken. */
void pool_free(struct pool *pool);

#endif
