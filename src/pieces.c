/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pieces.h"

#define BLANKS " \t"
#define DEPTH_MAX 16

struct reading {
	struct pieces *pieces;
	const char *start, *at; /* the text, and how far it has been read */
	int line;
	size_t open[DEPTH_MAX], depth; /* sections not closed yet */
	struct diag *diag;
};

static struct piece *add_piece(struct reading *in, enum piece_kind kind,
			       const char *text, size_t length)
{
	struct pieces *pieces = in->pieces;
	struct piece *piece;

	piece = memory_append(&pieces->list, &pieces->n, sizeof(*piece));
	piece->kind = kind;
	piece->text = memory_copy_part(text, length);
	piece->line = in->line;
	return piece;
}

static void move_to(struct reading *in, const char *place)
{
	for (; in->at < place; in->at++)
		in->line += *in->at == '\n';
}

static enum piece_kind tag_kind(const char *tag)
{
	switch (tag[strspn(tag, BLANKS)]) {
	case '#':
		return PIECE_SECTION;
	case '^':
		return PIECE_INVERTED;
	case '/':
		return PIECE_CLOSE;
	case '!':
		return PIECE_COMMENT;
	default:
		return PIECE_VALUE;
	}
}

/* Only a comment goes on over the end of a line. NULL: not closed. */
static const char *tag_end(const char *tag)
{
	const char *end = strstr(tag, "}}");

	if (end && tag_kind(tag) != PIECE_COMMENT &&
	    memchr(tag, '\n', (size_t)(end - tag)))
		return NULL;
	return end;
}

/*
 * Does what is between OPEN ("{{") and CLOSE (behind "}}") fill its lines, but
 * for blanks? Then move OPEN to the start and CLOSE behind the end of them.
 */
static void take_lines(const struct reading *in, const char **open,
		       const char **close)
{
	const char *first = *open, *last = *close + strspn(*close, BLANKS);

	while (first > in->start && strchr(BLANKS, first[-1]))
		first--;
	if ((first > in->start && first[-1] != '\n') ||
	    (*last && *last != '\n'))
		return;
	*open = first;
	*close = last + (*last == '\n');
}

static void open_section(struct reading *in, enum piece_kind kind,
			 const char *name)
{
	if (in->depth == DEPTH_MAX)
		diag_error(in->diag, in->pieces->path, in->line,
			   "section {{%s}} inside %d others: wanted less", name,
			   DEPTH_MAX);
	else
		in->open[in->depth++] = in->pieces->n;
	add_piece(in, kind, name, strlen(name));
}

static void close_section(struct reading *in, const char *name)
{
	struct piece *piece;

	if (in->depth == 0) {
		diag_error(in->diag, in->pieces->path, in->line,
			   "{{/%s}} without {{#%s}} or {{^%s}} before it", name,
			   name, name);
		return;
	}
	piece = &in->pieces->list[in->open[--in->depth]];
	piece->end = in->pieces->n;
	if (strcmp(piece->text, name) != 0)
		diag_error(in->diag, in->pieces->path, in->line,
			   "{{/%s}}: wanted {{/%s}}, which line %d opens", name,
			   piece->text, piece->line);
}

static void read_name(struct reading *in, enum piece_kind kind,
		      const char *name)
{
	if (!*name || strchr("{&>=", *name))
		diag_error(in->diag, in->pieces->path, in->line,
			   "tag {{%s}}: wanted {{NAME}}, {{#NAME}}, {{^NAME}}, "
			   "{{/NAME}} or {{! comment }}",
			   name);
	else if (kind == PIECE_CLOSE)
		close_section(in, name);
	else if (kind == PIECE_VALUE)
		add_piece(in, kind, name, strlen(name));
	else
		open_section(in, kind, name);
}

/* The tag from OPEN ("{{") up to CLOSE ("}}"), and the text before it. */
static void read_tag(struct reading *in, const char *open, const char *close)
{
	const char *name = open + 2, *behind = close + 2, *before = open;
	enum piece_kind kind = tag_kind(name);
	char *copy;

	if (kind != PIECE_VALUE)
		take_lines(in, &before, &behind);
	if (before > in->at)
		add_piece(in, PIECE_TEXT, in->at, (size_t)(before - in->at));
	move_to(in, open);
	if (kind != PIECE_COMMENT) {
		name += strspn(name, BLANKS);
		name += kind != PIECE_VALUE;
		name += strspn(name, BLANKS);
		while (close > name && strchr(BLANKS, close[-1]))
			close--;
		copy = memory_copy_part(name, (size_t)(close - name));
		read_name(in, kind, copy);
		free(copy);
	}
	move_to(in, behind);
}

struct pieces *pieces_read(const char *text, const char *path, int line,
			   struct diag *diag)
{
	struct pieces *pieces = memory_zeroed(1, sizeof(*pieces));
	struct reading in = { pieces, text, text, line, { 0 }, 0, diag };
	size_t errors = diag_errors(diag);
	const char *open, *close;

	pieces->path = memory_copy(path);
	while ((open = strstr(in.at, "{{"))) {
		close = tag_end(open + 2);
		if (close) {
			read_tag(&in, open, close);
			continue;
		}
		move_to(&in, open + 2);
		diag_error(diag, path, in.line, "'{{' without '}}'");
	}
	add_piece(&in, PIECE_TEXT, in.at, strlen(in.at));
	while (in.depth > 0) {
		struct piece *piece = &pieces->list[in.open[--in.depth]];

		diag_error(diag, path, piece->line,
			   "section without its end: wanted {{/%s}}",
			   piece->text);
	}
	if (diag_errors(diag) == errors)
		return pieces;
	pieces_free(pieces);
	return NULL;
}

void pieces_free(struct pieces *pieces)
{
	size_t i;

	if (!pieces)
		return;
	for (i = 0; i < pieces->n; i++)
		free(pieces->list[i].text);
	free(pieces->list);
	free(pieces->path);
	free(pieces);
}
