/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_GZIP_H
#define TOPOCERT_GZIP_H

#include <stddef.h>

/* A compressor for one thing after another, whose state is made once. */
struct gzip;

/* Never NULL. What gzip_free() frees is wiped: keys went through it. */
struct gzip *gzip_new(void);
void gzip_free(struct gzip *gzip);

/*
 * DATA in the format of gzip(1), without name and time stamp: it depends on
 * nothing but DATA. Good until the next call; LENGTH is that of DATA before,
 * and of what is returned behind.
 */
const void *gzip_pack(struct gzip *gzip, const void *data, size_t *length);

#endif
