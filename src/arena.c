/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "memory.h"

/* Below the size from which malloc(3) rounds up to pages. */
#define BLOCK_SIZE 65000

struct block {
	struct block *next;
	max_align_t bytes[];
};

struct arena {
	struct block *blocks;
	/* what is free in one of them: elements take it from the front, texts,
	 * which need no alignment, from behind */
	char *front, *end;
	const char **shared; /* a hash table, NULL where it has room */
	size_t room; /* a power of two, or 0 */
	size_t n_shared;
};

struct arena *arena_new(void)
{
	return memory_zeroed(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena->shared);
	free(arena);
}

/* The bytes of a new block with room for SIZE. */
static char *add_block(struct arena *arena, size_t size)
{
	struct block *block = memory_zeroed(1, sizeof(*block) + size);

	block->next = arena->blocks;
	arena->blocks = block;
	return (char *)block->bytes;
}

/* SIZE bytes are free; what is large gets a block of its own. */
static bool make_room(struct arena *arena, size_t size)
{
	if (size <= (size_t)(arena->end - arena->front))
		return true;
	if (size > BLOCK_SIZE / 4)
		return false;
	arena->front = add_block(arena, BLOCK_SIZE);
	arena->end = arena->front + BLOCK_SIZE;
	return true;
}

void *arena_zeroed(struct arena *arena, size_t count, size_t size)
{
	const size_t unit = _Alignof(max_align_t);
	char *place;

	if (size && count > (SIZE_MAX - unit) / size)
		abort();
	size = (count * size + unit - 1) / unit * unit;
	if (!make_room(arena, size))
		return add_block(arena, size);
	place = arena->front;
	arena->front += size;
	return place;
}

char *arena_bytes(struct arena *arena, size_t size)
{
	if (!make_room(arena, size))
		return add_block(arena, size);
	arena->end -= size;
	return arena->end;
}

char *arena_copy(struct arena *arena, const char *text)
{
	const size_t size = strlen(text) + 1;

	return memcpy(arena_bytes(arena, size), text, size);
}

char *arena_take(struct arena *arena, char *text)
{
	char *place = arena_copy(arena, text);

	free(text);
	return place;
}

/* FNV-1a. */
static size_t hash(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return (size_t)(sum ^ sum >> 32);
}

/* Where TEXT is in the table, or would be. */
static const char **find(const struct arena *arena, const char *text)
{
	size_t i = hash(text) & (arena->room - 1);

	while (arena->shared[i] && strcmp(arena->shared[i], text) != 0)
		i = (i + 1) & (arena->room - 1);
	return &arena->shared[i];
}

static void grow(struct arena *arena)
{
	const char **old = arena->shared;
	size_t n = arena->room, i;

	arena->room = n ? 2 * n : 64;
	arena->shared = memory_zeroed(arena->room, sizeof(*arena->shared));
	for (i = 0; i < n; i++)
		if (old[i])
			*find(arena, old[i]) = old[i];
	free(old);
}

const char *arena_share(struct arena *arena, const char *text)
{
	const char **place;

	if (4 * arena->n_shared >= 3 * arena->room)
		grow(arena);
	place = find(arena, text);
	if (!*place) {
		*place = arena_copy(arena, text);
		arena->n_shared++;
	}
	return *place;
}
