/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "text.h"

#define ROOM_MIN 256

static void grow(struct text *text, size_t wanted)
{
	char *more;

	text->room = text->room ? text->room : ROOM_MIN;
	while (text->room < wanted)
		text->room *= 2;
	more = memory_zeroed(1, text->room);
	if (text->length)
		memcpy(more, text->bytes, text->length);
	free(text->bytes);
	text->bytes = more;
}

void text_add_part(struct text *text, const char *more, size_t length)
{
	/* one for the end */
	const size_t wanted = text->length + length + 1;

	if (wanted > text->room)
		grow(text, wanted);
	memcpy(text->bytes + text->length, more, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *more)
{
	text_add_part(text, more, strlen(more));
}

char *text_take(struct text *text)
{
	char *bytes =
		memory_copy_part(text->bytes ? text->bytes : "", text->length);

	free(text->bytes);
	*text = (struct text){ 0 };
	return bytes;
}
