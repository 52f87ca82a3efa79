/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#ifdef HAVE_MALLOC_H
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif
#include <sys/resource.h>

#include <openssl/crypto.h>

#include "memory.h"

static void *memory_check(void *pointer)
{
	if (!pointer) {
		fputs("topocert: out of memory\n", stderr);
		abort();
	}
	return pointer;
}

#ifdef HAVE_MALLOC_USABLE_SIZE
/* OpenSSL decodes keys into memory that it frees without wiping it. */
static void *crypto_allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void crypto_free(void *pointer, const char *file, int line)
{
	(void)file;
	(void)line;
	if (pointer)
		OPENSSL_cleanse(pointer, malloc_usable_size(pointer));
	free(pointer);
}

static void *crypto_resize(void *pointer, size_t size, const char *file,
			   int line)
{
	void *moved = size ? malloc(size) : NULL;
	size_t old = pointer ? malloc_usable_size(pointer) : 0;

	if (size && !moved)
		return NULL;
	if (moved && old)
		memcpy(moved, pointer, old < size ? old : size);
	crypto_free(pointer, file, line);
	return moved;
}
#endif

void memory_wipe_freed(void)
{
#ifdef M_PERTURB
	mallopt(M_PERTURB, 0xff);
#endif
#ifdef HAVE_MALLOC_USABLE_SIZE
	CRYPTO_set_mem_functions(crypto_allocate, crypto_resize, crypto_free);
#endif
}

void memory_keep_private(void)
{
#ifdef HAVE_SYS_PRCTL_H
	prctl(PR_SET_DUMPABLE, 0);
#endif
	setrlimit(RLIMIT_CORE, &(const struct rlimit){ 0, 0 });
}

void *memory_zeroed(size_t count, size_t size)
{
	return memory_check(calloc(count ? count : 1, size ? size : 1));
}

char *memory_copy(const char *text)
{
	return memory_check(strdup(text));
}

char *memory_copy_part(const char *text, size_t length)
{
	return memory_check(strndup(text, length));
}

char *memory_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	return memory_check(length < 0 ? NULL : text);
}

void *memory_append(void *array, size_t *used, size_t size)
{
	char **base = array;
	char *place;

	/* Room is doubled whenever the number in use is a power of two. */
	if ((*used & (*used - 1)) == 0) {
		size_t room = *used ? *used * 2 : 1;

		*base = memory_check(reallocarray(*base, room, size));
	}
	place = *base + *used * size;
	memset(place, 0, size);
	(*used)++;
	return place;
}

void memory_resize(void *array, size_t count, size_t size)
{
	char **base = array;

	if (count)
		*base = memory_check(reallocarray(*base, count, size));
}
