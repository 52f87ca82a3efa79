/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pool.h"
#include "report.h"

/* What lies ready at the most, unless something later is waited for. */
#define AHEAD 64

struct slot {
	void *made;
	char *said; /* what was reported meanwhile */
	bool done;
};

struct pool {
	struct pool_work work;
	pthread_t *workers;
	size_t n_workers;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t made, room;
	struct slot *slots;
	size_t next; /* place that no thread has begun with */
	size_t ready; /* made or begun, and not taken */
	size_t wanted; /* place that is waited for; SIZE_MAX: none */
	bool stops;
};

static void skip_gaps(struct pool *pool)
{
	while (pool->next < pool->work.n && !pool->work.wanted[pool->next])
		pool->next++;
}

static bool is_full(const struct pool *pool)
{
	bool awaited = pool->wanted != SIZE_MAX && pool->wanted >= pool->next;

	return pool->ready >= AHEAD && !awaited;
}

/* The next place to make something for; SIZE_MAX: there are no more. */
static size_t begin(struct pool *pool)
{
	size_t place = SIZE_MAX;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stops && pool->next < pool->work.n && is_full(pool))
		pthread_cond_wait(&pool->room, &pool->lock);
	if (!pool->stops && pool->next < pool->work.n) {
		place = pool->next++;
		pool->ready++;
		skip_gaps(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return place;
}

static struct slot make(const struct pool *pool, size_t place)
{
	struct slot slot = { .done = true };
	size_t length;
	FILE *stream = open_memstream(&slot.said, &length);

	if (!stream)
		abort();
	report_to(stream);
	slot.made = pool->work.make(pool->work.context, place);
	report_to(NULL);
	fclose(stream);
	return slot;
}

static void *run(void *argument)
{
	struct pool *pool = argument;
	size_t place;

	while ((place = begin(pool)) != SIZE_MAX) {
		struct slot slot = make(pool, place);

		pthread_mutex_lock(&pool->lock);
		pool->slots[place] = slot;
		pthread_cond_broadcast(&pool->made);
		pthread_mutex_unlock(&pool->lock);
	}
	return NULL;
}

static size_t count(const struct pool_work *work)
{
	size_t i, n = 0;

	for (i = 0; i < work->n; i++)
		n += work->wanted[i];
	return n;
}

struct pool *pool_new(const struct pool_work *work, size_t jobs)
{
	const size_t n = count(work);
	struct pool *pool;

	if (jobs < 2 || n < 2)
		return NULL;
	if (jobs > n)
		jobs = n;
	pool = memory_zeroed(1, sizeof(*pool));
	pool->work = *work;
	pool->wanted = SIZE_MAX;
	pool->slots = memory_zeroed(work->n, sizeof(*pool->slots));
	pool->workers = memory_zeroed(jobs, sizeof(*pool->workers));
	skip_gaps(pool);
	if (pthread_mutex_init(&pool->lock, NULL) ||
	    pthread_cond_init(&pool->made, NULL) ||
	    pthread_cond_init(&pool->room, NULL))
		abort();
	while (pool->n_workers < jobs &&
	       pthread_create(&pool->workers[pool->n_workers], NULL, run,
			      pool) == 0)
		pool->n_workers++;
	if (pool->n_workers)
		return pool;
	pool_free(pool);
	return NULL;
}

void *pool_take(struct pool *pool, size_t place)
{
	struct slot *slot = &pool->slots[place];
	void *made;

	pthread_mutex_lock(&pool->lock);
	pool->wanted = place;
	pthread_cond_broadcast(&pool->room);
	while (!slot->done)
		pthread_cond_wait(&pool->made, &pool->lock);
	pool->wanted = SIZE_MAX;
	pool->ready--;
	pthread_cond_broadcast(&pool->room);
	made = slot->made;
	slot->made = NULL;
	fputs(slot->said, stderr);
	pthread_mutex_unlock(&pool->lock);
	return made;
}

static void drop(const struct pool *pool, struct slot *slot)
{
	if (slot->made)
		pool->work.drop(slot->made);
	free(slot->said);
}

void pool_free(struct pool *pool)
{
	size_t i;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stops = true;
	pthread_cond_broadcast(&pool->room);
	pthread_mutex_unlock(&pool->lock);
	for (i = 0; i < pool->n_workers; i++)
		pthread_join(pool->workers[i], NULL);
	for (i = 0; i < pool->work.n; i++)
		drop(pool, &pool->slots[i]);
	pthread_cond_destroy(&pool->made);
	pthread_cond_destroy(&pool->room);
	pthread_mutex_destroy(&pool->lock);
	free(pool->slots);
	free(pool->workers);
	free(pool);
}
