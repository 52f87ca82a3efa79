/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ARENA_H
#define TOPOCERT_ARENA_H

#include <stddef.h>

/*
 * Memory for what is small, there by the hundred thousand, and freed all at
 * once. Nothing secret goes there.
 */
struct arena;

/* Never NULL; free with arena_free(), and with it all that is in it. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* COUNT elements of SIZE, zeroed and aligned for any type. */
void *arena_zeroed(struct arena *arena, size_t count, size_t size);

/* SIZE bytes, zeroed, for a text. */
char *arena_bytes(struct arena *arena, size_t size);

char *arena_copy(struct arena *arena, const char *text);

/* As arena_copy(), and frees TEXT. */
char *arena_take(struct arena *arena, char *text);

/* As arena_copy(), but the same place for the same TEXT each time. */
const char *arena_share(struct arena *arena, const char *text);

#endif
