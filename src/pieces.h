/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PIECES_H
#define TOPOCERT_PIECES_H

#include <stddef.h>

#include "diag.h"

/* A text with Mustache tags (see snippet.h), cut at its tags. */
enum piece_kind {
	PIECE_TEXT,
	PIECE_VALUE,
	PIECE_SECTION,
	PIECE_INVERTED,
	/* these two are met while reading only */
	PIECE_CLOSE,
	PIECE_COMMENT
};

struct piece {
	enum piece_kind kind;
	char *text; /* or the tag's name */
	int line;
	size_t end; /* of a section: the piece behind it */
};

struct pieces {
	char *path;
	struct piece *list;
	size_t n;
};

/* Cut TEXT, which starts in LINE of PATH. NULL: the errors are in DIAG. */
struct pieces *pieces_read(const char *text, const char *path, int line,
			   struct diag *diag);

void pieces_free(struct pieces *pieces);

#endif
