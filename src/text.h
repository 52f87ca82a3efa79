/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_TEXT_H
#define TOPOCERT_TEXT_H

#include <stddef.h>

/*
 * A text that grows: what open_memstream(3) does, without the buffer of a
 * stream, which costs more than a short text does. Zeroed, it is empty.
 */
struct text {
	char *bytes;
	size_t length;
	size_t room;
};

void text_add(struct text *text, const char *more);
void text_add_part(struct text *text, const char *more, size_t length);

/* What has been added, also if that is nothing; free it. TEXT is empty then. */
char *text_take(struct text *text);

#endif
