/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <zlib.h>

#include "gzip.h"
#include "memory.h"

/* What bundles are made of hardly gets smaller by more. */
#define LEVEL 1
#define WINDOW (15 + 16) /* the largest, in the format of gzip(1) */
#define MEMORY 8 /* zlib's usual */
#define OS_UNIX 3 /* RFC 1952, section 2.3.1 */

struct gzip {
	z_stream stream;
	gz_header header; /* the stream points to it */
	unsigned char *packed;
	size_t room;
};

static void *allocate(void *opaque, unsigned int count, unsigned int size)
{
	(void)opaque;
	return OPENSSL_malloc((size_t)count * size);
}

static void release(void *opaque, void *pointer)
{
	(void)opaque;
	OPENSSL_free(pointer);
}

struct gzip *gzip_new(void)
{
	struct gzip *gzip = memory_zeroed(1, sizeof(*gzip));

	gzip->stream.zalloc = allocate;
	gzip->stream.zfree = release;
	gzip->header.os = OS_UNIX;
	if (deflateInit2(&gzip->stream, LEVEL, Z_DEFLATED, WINDOW, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return gzip;
}

void gzip_free(struct gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->stream);
	OPENSSL_clear_free(gzip->packed, gzip->room);
	free(gzip);
}

const void *gzip_pack(struct gzip *gzip, const void *data, size_t *length)
{
	z_stream *stream = &gzip->stream;
	size_t bound;

	if (*length > INT_MAX || deflateReset(stream) != Z_OK ||
	    deflateSetHeader(stream, &gzip->header) != Z_OK)
		abort();
	bound = deflateBound(stream, *length);
	if (bound > gzip->room) {
		OPENSSL_clear_free(gzip->packed, gzip->room);
		gzip->packed = OPENSSL_malloc(bound);
		gzip->room = bound;
	}
	if (!gzip->packed)
		abort();
	stream->next_in = (unsigned char *)data; /* it is only read */
	stream->avail_in = (uInt)*length;
	stream->next_out = gzip->packed;
	stream->avail_out = (uInt)gzip->room;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		abort();
	*length = gzip->room - stream->avail_out;
	return gzip->packed;
}
