/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MEMORY_H
#define TOPOCERT_MEMORY_H

#include <stddef.h>

/*
 * Allocation that cannot fail: when memory runs out the process aborts.
 * Nothing is lost by that, because an interrupted run is undone or completed
 * by the next one (see stage.h). What is returned is freed with free().
 */
/*
 * From here on free() overwrites what it frees, wherever it is called from:
 * libarchive and zlib keep pieces of keys in buffers that they do not wipe.
 * To be called first of all. Works with the GNU C library.
 */
void memory_wipe_freed(void);

/* Keep keys and passphrases out of core dumps, and debuggers of others away. */
void memory_keep_private(void);

void *memory_zeroed(size_t count, size_t size);
char *memory_copy(const char *text);
char *memory_copy_part(const char *text, size_t length);
char *memory_format(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * Make room for one more element behind the USED elements at *ARRAY and
 * return its place, zeroed. *ARRAY may move.
 */
void *memory_append(void *array, size_t *used, size_t size);

/* Let *ARRAY, which may move, have room for COUNT elements and no more; by
 * memory_append() none may be added then. None: it stays as it is. */
void memory_resize(void *array, size_t count, size_t size);

#endif
