/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pieces.h"
#include "snippet.h"
#include "suggest.h"

struct snippet {
	struct pieces *pieces;
};

/* An object whose names can be seen, and the one around it. */
struct scope {
	json_t *object;
	const struct scope *outer;
};

struct rendering {
	const struct pieces *pieces;
	char *(*encode)(const char *value);
	bool *told; /* for each piece: its error has been reported */
	FILE *out;
	struct diag *diag;
};

static int line_of(const char *text, const char *place)
{
	int line = 1;

	for (; text < place; text++)
		line += *text == '\n';
	return line;
}

struct snippet *snippet_load(const char *path, struct diag *diag)
{
	FILE *stream = fopen(path, "re");
	struct snippet *snippet = NULL;
	struct pieces *pieces = NULL;
	ssize_t length = -1;
	char *text = NULL, *found;
	size_t room = 0;

	if (stream)
		length = getdelim(&text, &room, '\0', stream);
	if (!stream || ferror(stream))
		diag_error(diag, path, 0, "%s", strerror(errno));
	else if (length > 0 && !text[length - 1])
		diag_error(diag, path, line_of(text, text + length),
			   "NUL byte: wanted text");
	else if (length > 0 && (found = strchr(text, '\r')))
		diag_error(diag, path, line_of(text, found),
			   "carriage return: wanted lines that end with LF");
	else if (length > 0 && strncmp(text, "\xef\xbb\xbf", 3) == 0)
		diag_error(diag, path, 1, "byte order mark: wanted text");
	else
		pieces = pieces_read(length > 0 ? text : "", path, 1, diag);
	if (pieces) {
		snippet = memory_zeroed(1, sizeof(*snippet));
		snippet->pieces = pieces;
	}
	free(text);
	if (stream)
		fclose(stream);
	return snippet;
}

void snippet_free(struct snippet *snippet)
{
	if (!snippet)
		return;
	pieces_free(snippet->pieces);
	free(snippet);
}

bool snippet_names(const struct snippet *snippet, const char *name)
{
	const struct pieces *pieces = snippet->pieces;
	size_t length = strlen(name), i;

	/* the NUL counts, unless it is only a beginning */
	length += name[length - 1] != '.';
	for (i = 0; i < pieces->n; i++)
		if (pieces->list[i].kind != PIECE_TEXT &&
		    strncmp(pieces->list[i].text, name, length) == 0)
			return true;
	return false;
}

/* An unknown NAME, with the nearest of those that can be seen. */
static void say_unknown(struct rendering *to, const struct piece *piece,
			const struct scope *scope)
{
	const char **names = NULL, *name;
	json_t *value;
	size_t n = 0;

	for (; scope; scope = scope->outer)
		json_object_foreach (scope->object, name, value)
			*(const char **)memory_append(&names, &n,
						      sizeof(*names)) = name;
	name = suggest_nearest(piece->text, names, n, sizeof(*names));
	diag_error(to->diag, to->pieces->path, piece->line,
		   "unknown name {{%s}}%s%s%s", piece->text,
		   name ? ": nearest is {{" : "", name ? name : "",
		   name ? "}}" : "");
	free(names);
}

/* The value of the name of piece I. NULL: in the diagnostics. */
static json_t *find(struct rendering *to, size_t i, const struct scope *scope)
{
	const struct piece *piece = &to->pieces->list[i];
	const struct scope *s;
	json_t *value;

	for (s = scope; s; s = s->outer) {
		value = json_object_get(s->object, piece->text);
		if (value)
			return value;
	}
	if (!to->told[i])
		say_unknown(to, piece, scope);
	to->told[i] = true;
	return NULL;
}

static void say(struct rendering *to, size_t i, const char *what)
{
	const struct piece *piece = &to->pieces->list[i];

	if (!to->told[i])
		diag_error(to->diag, to->pieces->path, piece->line, "{{%s}} %s",
			   piece->text, what);
	to->told[i] = true;
}

static void put_value(struct rendering *to, size_t i, const struct scope *scope)
{
	json_t *value = find(to, i, scope);
	char *text = NULL, *encoded;

	if (!value)
		return;
	if (json_is_string(value))
		text = memory_copy(json_string_value(value));
	else if (json_is_integer(value))
		text = memory_format("%" JSON_INTEGER_FORMAT,
				     json_integer_value(value));
	else if (json_is_null(value) || json_is_false(value))
		say(to, i, "has no value here");
	else
		say(to, i, "is neither text nor number: wanted a section");
	if (text && to->encode) {
		encoded = to->encode(text);
		free(text);
		text = encoded;
	}
	if (text)
		fputs(text, to->out);
	free(text);
}

static bool is_shown(const json_t *value)
{
	if (json_is_string(value))
		return json_string_length(value) > 0;
	if (json_is_array(value))
		return json_array_size(value) > 0;
	return !json_is_null(value) && !json_is_false(value);
}

static void put_pieces(struct rendering *to, size_t from, size_t end,
		       const struct scope *scope);

static void put_item(struct rendering *to, size_t i, json_t *item,
		     const struct scope *scope)
{
	struct scope inner = { item, scope };

	if (json_is_object(item))
		put_pieces(to, i + 1, to->pieces->list[i].end, &inner);
	else
		say(to, i, "is a list of something else than objects");
}

static void put_section(struct rendering *to, size_t i,
			const struct scope *scope)
{
	const struct piece *piece = &to->pieces->list[i];
	json_t *value = find(to, i, scope);
	size_t k;

	if (!value || is_shown(value) == (piece->kind == PIECE_INVERTED))
		return;
	for (k = 0; k < json_array_size(value); k++)
		put_item(to, i, json_array_get(value, k), scope);
	if (json_is_object(value))
		put_item(to, i, value, scope);
	else if (k == 0)
		put_pieces(to, i + 1, piece->end, scope);
}

static void put_pieces(struct rendering *to, size_t from, size_t end,
		       const struct scope *scope)
{
	size_t i;

	for (i = from; i < end; i++) {
		const struct piece *piece = &to->pieces->list[i];

		if (piece->kind == PIECE_TEXT) {
			fputs(piece->text, to->out);
		} else if (piece->kind == PIECE_VALUE) {
			put_value(to, i, scope);
		} else {
			put_section(to, i, scope);
			i = piece->end - 1;
		}
	}
}

static char *put_all(const struct pieces *pieces, const struct scope *scope,
		     char *(*encode)(const char *value), struct diag *diag)
{
	struct rendering to = { pieces, encode, NULL, NULL, diag };
	size_t length, errors = diag_errors(diag);
	char *text = NULL;

	to.told = memory_zeroed(pieces->n, sizeof(*to.told));
	to.out = open_memstream(&text, &length);
	if (!to.out)
		abort();
	put_pieces(&to, 0, pieces->n, scope);
	if (fclose(to.out))
		abort();
	free(to.told);
	if (diag_errors(diag) == errors)
		return text;
	free(text);
	return NULL;
}

/* Nothing is changed, but jansson only iterates over what could be. */
char *snippet_render(const struct snippet *snippet, const json_t *values,
		     const json_t *common, struct diag *diag)
{
	const struct scope outer = { (json_t *)common, NULL };
	const struct scope scope = { (json_t *)values, &outer };

	return put_all(snippet->pieces, &scope, NULL, diag);
}

char *snippet_expand(const char *text, const char *file, int line,
		     const json_t *values, char *(*encode)(const char *value),
		     struct diag *diag)
{
	struct pieces *pieces = pieces_read(text, file, line, diag);
	const struct scope scope = { (json_t *)values, NULL };
	char *expanded = NULL;

	if (pieces)
		expanded = put_all(pieces, &scope, encode, diag);
	pieces_free(pieces);
	return expanded;
}
