/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_RANGE_H
#define TOPOCERT_RANGE_H

#include <stdbool.h>
#include <stddef.h>

/* The most names that one range may stand for. */
#define RANGE_MAX 100000

/* A counting range inside of a text: "node{01..20}". */
struct range {
	size_t start, end; /* where the braces lie in the text: [start, end) */
	unsigned long first;
	size_t count; /* 1 where there is no range */
	int width; /* digits to pad to with zeros, 0: do not pad */
};

/*
 * Find the range in TEXT. Returns NULL, or what is wrong with it, as a
 * constant text. RANGE->count is 1 and start == end where TEXT has none.
 */
const char *range_parse(const char *text, struct range *range);

bool range_found(const struct range *range);

/* TEXT with its range replaced by the INDEXth number (from 0); free() it. */
char *range_expand(const char *text, const struct range *range, size_t index);

#endif
