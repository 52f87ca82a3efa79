/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "range.h"

/* Nine digits fit into unsigned long everywhere. */
#define DIGITS_MAX 9

static size_t count_digits(const char *p)
{
	size_t n = 0;

	while (isdigit((unsigned char)p[n]))
		n++;
	return n;
}

static const char *parse_bounds(const char *inside, size_t length,
				struct range *range)
{
	size_t a = count_digits(inside), b;
	unsigned long first, last;
	const char *second;

	if (a == 0 || strncmp(inside + a, "..", 2) != 0)
		return "range is not {FIRST..LAST}: wanted two numbers, as "
		       "in {1..3}";
	second = inside + a + 2;
	b = count_digits(second);
	if (b == 0 || a + 2 + b != length)
		return "range is not {FIRST..LAST}: wanted two numbers, as "
		       "in {1..3}";
	if (a > DIGITS_MAX || b > DIGITS_MAX)
		return "range with a number of more than 9 digits";
	if (((*inside == '0' && a > 1) || (*second == '0' && b > 1)) && a != b)
		return "range with leading zeros: wanted both numbers "
		       "equally long, as in {01..20}";
	first = strtoul(inside, NULL, 10);
	last = strtoul(second, NULL, 10);
	if (last < first)
		return "range counts down: wanted the smaller number first";
	if (last - first >= RANGE_MAX)
		return "range of more than 100000 names";
	range->first = first;
	range->count = last - first + 1;
	range->width = *inside == '0' && a > 1 ? (int)a : 0;
	return NULL;
}

const char *range_parse(const char *text, struct range *range)
{
	const char *open = strchr(text, '{'), *close;

	memset(range, 0, sizeof(*range));
	range->count = 1;
	if (!open)
		return strchr(text, '}') ? "'}' without '{'" : NULL;
	close = strchr(open, '}');
	if (!close || strchr(text, '}') < open)
		return "'{' without '}': wanted a range as in {1..3}";
	if (strpbrk(close + 1, "{}"))
		return "more than one range: wanted one in a name";
	range->start = (size_t)(open - text);
	range->end = (size_t)(close + 1 - text);
	return parse_bounds(open + 1, (size_t)(close - open - 1), range);
}

bool range_found(const struct range *range)
{
	return range->end > range->start;
}

char *range_expand(const char *text, const struct range *range, size_t index)
{
	if (!range_found(range))
		return memory_copy(text);
	return memory_format("%.*s%0*lu%s", (int)range->start, text,
			     range->width, range->first + index,
			     text + range->end);
}
