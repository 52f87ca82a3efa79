/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include "suggest.h"

#define SUGGEST_MAX 48

static size_t smallest(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Levenshtein distance over the first SUGGEST_MAX bytes of each. */
static size_t suggest_distance(const char *a, const char *b)
{
	size_t row[SUGGEST_MAX + 1], la = strnlen(a, SUGGEST_MAX);
	size_t lb = strnlen(b, SUGGEST_MAX), i, j;

	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t above = row[j];

			row[j] = smallest(row[j] + 1, row[j - 1] + 1,
					  corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[lb];
}

const char *suggest_nearest(const char *word, const void *names, size_t n,
			    size_t stride)
{
	const char *best = NULL;
	size_t i, least = (size_t)-1;

	for (i = 0; i < n; i++) {
		const char *name = *(
			const char *const *)(const void *)((const char *)names +
							   i * stride);
		size_t distance = suggest_distance(word, name);

		if (distance < least) {
			least = distance;
			best = name;
		}
	}
	return best;
}
