/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SUGGEST_H
#define TOPOCERT_SUGGEST_H

#include <stddef.h>

/*
 * The name nearest to WORD by edit distance, out of N names that lie STRIDE
 * bytes apart, each the first member (const char *) of its element. Returns
 * NULL where N is 0.
 */
const char *suggest_nearest(const char *word, const void *names, size_t n,
			    size_t stride);

#endif
