/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keypool.h"
#include "memory.h"

/* Keys that lie ready at the most, unless a later one is waited for. */
#define AHEAD 64

struct slot {
	EVP_PKEY *key;
	bool done;
};

struct keypool {
	const struct key_spec *const *specs;
	size_t n;
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

static void skip_gaps(struct keypool *pool)
{
	while (pool->next < pool->n && !pool->specs[pool->next])
		pool->next++;
}

static bool is_full(const struct keypool *pool)
{
	bool awaited = pool->wanted != SIZE_MAX && pool->wanted >= pool->next;

	return pool->ready >= AHEAD && !awaited;
}

/* The next place to make a key for; SIZE_MAX: there are no more. */
static size_t begin(struct keypool *pool)
{
	size_t place = SIZE_MAX;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stops && pool->next < pool->n && is_full(pool))
		pthread_cond_wait(&pool->room, &pool->lock);
	if (!pool->stops && pool->next < pool->n) {
		place = pool->next++;
		pool->ready++;
		skip_gaps(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return place;
}

static void *work(void *argument)
{
	struct keypool *pool = argument;
	size_t place;

	while ((place = begin(pool)) != SIZE_MAX) {
		EVP_PKEY *key = key_generate(pool->specs[place]);

		pthread_mutex_lock(&pool->lock);
		pool->slots[place].key = key;
		pool->slots[place].done = true;
		pthread_cond_broadcast(&pool->made);
		pthread_mutex_unlock(&pool->lock);
	}
	return NULL;
}

static size_t count(const struct key_spec *const *specs, size_t n)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += specs[i] != NULL;
	return found;
}

struct keypool *keypool_new(const struct key_spec *const *specs, size_t n,
			    size_t jobs)
{
	struct keypool *pool;
	size_t wanted = count(specs, n);

	if (jobs < 2 || wanted < 2)
		return NULL;
	if (jobs > wanted)
		jobs = wanted;
	pool = memory_zeroed(1, sizeof(*pool));
	pool->specs = specs;
	pool->n = n;
	pool->wanted = SIZE_MAX;
	pool->slots = memory_zeroed(n, sizeof(*pool->slots));
	pool->workers = memory_zeroed(jobs, sizeof(*pool->workers));
	skip_gaps(pool);
	if (pthread_mutex_init(&pool->lock, NULL) ||
	    pthread_cond_init(&pool->made, NULL) ||
	    pthread_cond_init(&pool->room, NULL))
		abort();
	while (pool->n_workers < jobs &&
	       pthread_create(&pool->workers[pool->n_workers], NULL, work,
			      pool) == 0)
		pool->n_workers++;
	if (pool->n_workers)
		return pool;
	keypool_free(pool);
	return NULL;
}

EVP_PKEY *keypool_take(struct keypool *pool, size_t place)
{
	struct slot *slot = &pool->slots[place];
	EVP_PKEY *key;

	pthread_mutex_lock(&pool->lock);
	pool->wanted = place;
	pthread_cond_broadcast(&pool->room);
	while (!slot->done)
		pthread_cond_wait(&pool->made, &pool->lock);
	pool->wanted = SIZE_MAX;
	pool->ready--;
	pthread_cond_broadcast(&pool->room);
	key = slot->key;
	slot->key = NULL;
	pthread_mutex_unlock(&pool->lock);
	return key;
}

void keypool_free(struct keypool *pool)
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
	for (i = 0; i < pool->n; i++)
		EVP_PKEY_free(pool->slots[i].key);
	pthread_cond_destroy(&pool->made);
	pthread_cond_destroy(&pool->room);
	pthread_mutex_destroy(&pool->lock);
	free(pool->slots);
	free(pool->workers);
	free(pool);
}
