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
	char *said; /* what was reported meanwhile; NULL: nothing */
	bool done;
};

/* Slots of places that lie together, while some are in use. */
#define BLOCK 256

struct block {
	struct slot *slots; /* NULL: none is in use */
	size_t left; /* wanted places that are not taken */
};

struct pool {
	struct pool_work work;
	pthread_t *workers;
	size_t n_workers;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t made, room;
	struct block *blocks;
	size_t next; /* place that no thread has looked at */
	size_t *later; /* places before it that were not ready then */
	size_t n_later;
	size_t ready; /* made or begun, and not taken */
	size_t wanted; /* place that is waited for; SIZE_MAX: none */
	bool stops;
};

static void skip_gaps(struct pool *pool)
{
	while (pool->next < pool->work.n && !pool->work.wanted[pool->next])
		pool->next++;
}

static struct slot *slot_of(struct pool *pool, size_t place)
{
	struct block *block = &pool->blocks[place / BLOCK];

	if (!block->slots)
		block->slots = memory_zeroed(BLOCK, sizeof(*block->slots));
	return &block->slots[place % BLOCK];
}

/* The slot of PLACE was taken. */
static void give_back(struct pool *pool, size_t place)
{
	struct block *block = &pool->blocks[place / BLOCK];

	if (--block->left == 0) {
		free(block->slots);
		block->slots = NULL;
	}
}

static bool is_full(const struct pool *pool)
{
	bool awaited = pool->wanted != SIZE_MAX && pool->wanted >= pool->next;

	return pool->ready >= AHEAD && !awaited;
}

static bool is_ready(const struct pool *pool, size_t place)
{
	return !pool->work.is_ready ||
	       pool->work.is_ready(pool->work.context, place);
}

/* The first of those that were put off and can be made now; SIZE_MAX: none. */
static size_t take_later(struct pool *pool)
{
	size_t i, place;

	for (i = 0; i < pool->n_later; i++)
		if (is_ready(pool, pool->later[i]))
			break;
	if (i == pool->n_later)
		return SIZE_MAX;
	place = pool->later[i];
	pool->n_later--;
	memmove(&pool->later[i], &pool->later[i + 1],
		(pool->n_later - i) * sizeof(*pool->later));
	return place;
}

/* The next one; what is not ready is put off. SIZE_MAX: there is none now. */
static size_t take_next(struct pool *pool)
{
	size_t place;

	while (pool->next < pool->work.n && !is_full(pool)) {
		place = pool->next++;
		pool->ready++;
		skip_gaps(pool);
		if (is_ready(pool, place))
			return place;
		*(size_t *)memory_append(&pool->later, &pool->n_later,
					 sizeof(*pool->later)) = place;
	}
	return SIZE_MAX;
}

/* The next place to make something for; SIZE_MAX: there are no more. */
static size_t begin(struct pool *pool)
{
	size_t place = SIZE_MAX;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stops) {
		place = take_later(pool);
		if (place == SIZE_MAX)
			place = take_next(pool);
		if (place != SIZE_MAX ||
		    (pool->next >= pool->work.n && !pool->n_later))
			break;
		pthread_cond_wait(&pool->room, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return place;
}

/* What a thread reports, from one place to the next. */
struct notes {
	FILE *stream;
	char *text;
	size_t length;
};

static void open_notes(struct notes *notes)
{
	notes->stream = open_memstream(&notes->text, &notes->length);
	if (!notes->stream)
		abort();
	report_to(notes->stream);
}

static void close_notes(struct notes *notes)
{
	report_to(NULL);
	fclose(notes->stream);
}

static struct slot make(const struct pool *pool, size_t place,
			struct notes *notes)
{
	struct slot slot = { .done = true };

	slot.made = pool->work.make(pool->work.context, place);
	if (ftell(notes->stream) > 0) {
		close_notes(notes);
		slot.said = notes->text;
		open_notes(notes);
	}
	return slot;
}

static void *run(void *argument)
{
	struct pool *pool = argument;
	struct notes notes;
	size_t place;

	open_notes(&notes);
	while ((place = begin(pool)) != SIZE_MAX) {
		struct slot slot = make(pool, place, &notes);

		pthread_mutex_lock(&pool->lock);
		*slot_of(pool, place) = slot;
		if (pool->wanted == place)
			pthread_cond_signal(&pool->made);
		if (pool->n_later)
			pthread_cond_broadcast(&pool->room);
		pthread_mutex_unlock(&pool->lock);
	}
	close_notes(&notes);
	free(notes.text);
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
	size_t i;

	if (jobs < 2 || n < 2)
		return NULL;
	if (jobs > n)
		jobs = n;
	pool = memory_zeroed(1, sizeof(*pool));
	pool->work = *work;
	pool->wanted = SIZE_MAX;
	pool->blocks =
		memory_zeroed(work->n / BLOCK + 1, sizeof(*pool->blocks));
	for (i = 0; i < work->n; i++)
		pool->blocks[i / BLOCK].left += work->wanted[i];
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
	struct slot *slot;
	void *made;

	pthread_mutex_lock(&pool->lock);
	slot = slot_of(pool, place);
	pool->wanted = place;
	if (place >= pool->next)
		pthread_cond_broadcast(&pool->room);
	while (!slot->done)
		pthread_cond_wait(&pool->made, &pool->lock);
	pool->wanted = SIZE_MAX;
	/* those that wait for room need not be woken for every place */
	if (--pool->ready == AHEAD / 2)
		pthread_cond_broadcast(&pool->room);
	made = slot->made;
	if (slot->said)
		fputs(slot->said, stderr);
	free(slot->said);
	memset(slot, 0, sizeof(*slot));
	give_back(pool, place);
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
		if (pool->blocks[i / BLOCK].slots)
			drop(pool, slot_of(pool, i));
	for (i = 0; i <= pool->work.n / BLOCK; i++)
		free(pool->blocks[i].slots);
	pthread_cond_destroy(&pool->made);
	pthread_cond_destroy(&pool->room);
	pthread_mutex_destroy(&pool->lock);
	free(pool->blocks);
	free(pool->later);
	free(pool->workers);
	free(pool);
}
