/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>
#include <openssl/asn1.h>

#include "inifile.h"
#include "memory.h"

/* libinih keeps names in a buffer of 50 bytes and cuts what is longer. */
#define KEY_MAX 49

/* What stands between libinih and the file. */
struct reader {
	struct inifile *file;
	struct diag *diag;
	FILE *stream;
	char *line; /* getline()'s buffer */
	size_t room;
	int number; /* of the line in hand, from 1 */
	int section; /* counts the headers; libinih sees only this number */
	bool have_key; /* a continuation line has something to continue */
	bool skipping; /* the values of a section whose header is wrong */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *skip_blanks(char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

static void cut_trailing_blanks(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && is_blank(text[length - 1]))
		text[--length] = '\0';
}

static void bad_line(struct reader *reader, const char *message)
{
	diag_error(reader->diag, reader->file->path, reader->number, "%s",
		   message);
}

/*
 * Take the line end off and refuse bytes that libinih would cut at, or that
 * no editor shows. Returns false, reported, where the line cannot be used.
 */
static bool clean_line(struct reader *reader, size_t length)
{
	char *line = reader->line;
	size_t i;

	if (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	for (i = 0; i < length;) {
		unsigned char c = (unsigned char)line[i];
		unsigned long point = c;
		int n = 1;

		if (c >= 0x80)
			n = UTF8_getc((const unsigned char *)line + i,
				      length - i > 6 ? 6 : (int)(length - i),
				      &point);
		if (n < 1) {
			bad_line(reader, "not UTF-8: save the file as UTF-8");
			return false;
		}
		if (c == '\r') {
			bad_line(reader, "carriage return inside a line: end "
					 "lines with LF or CR LF");
			return false;
		}
		if ((point < 0x20 && c != '\t') ||
		    (point >= 0x7f && point < 0xa0) || point == 0xfeff) {
			diag_error(reader->diag, reader->file->path,
				   reader->number,
				   "control character U+%04lX: wanted plain "
				   "text",
				   point);
			return false;
		}
		i += (size_t)n;
	}
	return true;
}

/* An inline comment begins at a semicolon after white space. */
static void cut_comment(char *line)
{
	char *p;

	for (p = line; *p; p++)
		if (*p == ';' && p > line && is_blank(p[-1])) {
			*p = '\0';
			break;
		}
	cut_trailing_blanks(line);
}

static void add_section(struct reader *reader, const char *kind,
			const char *name)
{
	struct inifile *file = reader->file;
	struct inifile_section *section;

	section = memory_append(&file->sections, &file->n_sections,
				sizeof(*section));
	section->kind = memory_copy(kind);
	section->name = memory_copy(name);
	section->line = reader->number;
}

static void add_value(struct reader *reader, const char *key, const char *text)
{
	struct inifile *file = reader->file;
	struct inifile_section *section = &file->sections[file->n_sections - 1];
	struct inifile_value *value;

	value = memory_append(&section->values, &section->n_values,
			      sizeof(*value));
	value->key = memory_copy(key);
	value->text = memory_copy(text);
	value->line = reader->number;
}

static void take_section(struct reader *reader, char *line)
{
	char *end = strchr(line, ']');
	char *kind, *name;

	reader->section++;
	reader->have_key = false;
	reader->skipping = true;
	if (!end) {
		bad_line(reader, "section without ']': wanted [KIND NAME]");
		return;
	}
	if (end[1]) {
		bad_line(reader, "text after ']': wanted nothing behind the "
				 "section's name");
		return;
	}
	*end = '\0';
	kind = skip_blanks(line + 1);
	cut_trailing_blanks(kind);
	for (name = kind; *name && !is_blank(*name); name++)
		;
	if (*name)
		*name++ = '\0';
	name = skip_blanks(name);
	if (!*kind) {
		bad_line(reader, "section without a name: wanted [KIND NAME]");
		return;
	}
	reader->skipping = false;
	add_section(reader, kind, name);
}

static bool is_key_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* How long the key at P is that stands before an '='; 0: there is none. */
static size_t key_length(const char *p)
{
	size_t length = 0, end;

	while (is_key_char(p[length]))
		length++;
	for (end = length; is_blank(p[end]); end++)
		;
	return p[end] == '=' ? length : 0;
}

static bool check_continuation(struct reader *reader, const char *text)
{
	if (*text == '[' || key_length(text)) {
		bad_line(reader,
			 "indented, and so a value of the key above: wanted "
			 "it in the first column");
		return false;
	}
	if (!reader->have_key) {
		bad_line(reader, "indented, but no key above continues here: "
				 "wanted KEY = VALUE in the first column");
		return false;
	}
	return true;
}

static bool check_key(struct reader *reader, const char *line)
{
	size_t length = key_length(line);

	reader->have_key = false;
	if (!length) {
		bad_line(reader, "wanted KEY = VALUE, [SECTION] or a comment");
		return false;
	}
	if (length > KEY_MAX) {
		diag_error(reader->diag, reader->file->path, reader->number,
			   "key of %zu characters: at most %d", length,
			   KEY_MAX);
		return false;
	}
	if (!reader->section) {
		bad_line(reader, "key before any section: wanted [cluster] or "
				 "another section first");
		return false;
	}
	reader->have_key = true;
	return true;
}

/*
 * Decide what libinih gets to see of the line in hand: TEXT to copy, or ""
 * for what is a comment, blank, or reported as an error.
 */
static const char *screen_line(struct reader *reader, size_t length,
			       char header[16])
{
	char *line = reader->line, *text;

	if (reader->number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		memmove(line, line + 3, (length -= 3) + 1);
	if (!clean_line(reader, length))
		return "";
	text = skip_blanks(line);
	if (*text == ';' || *text == '#' || !*text)
		return "";
	cut_comment(line);
	if (*line == '[') {
		take_section(reader, line);
		snprintf(header, 16, "[%d]", reader->section);
		return header;
	}
	if (text != line)
		return check_continuation(reader, text) ? line : "";
	return check_key(reader, line) ? line : "";
}

/* The fgets() that libinih reads through: one physical line a call. */
static char *read_line(char *buffer, int size, void *user)
{
	struct reader *reader = user;
	char header[16];
	const char *text;
	ssize_t length = getline(&reader->line, &reader->room, reader->stream);

	if (length < 0)
		return NULL;
	reader->number++;
	text = screen_line(reader, (size_t)length, header);
	if (strlen(text) + 3 > (size_t)size) {
		diag_error(reader->diag, reader->file->path, reader->number,
			   "line of %zu bytes, at most %d can be read: put "
			   "the list on indented lines, or repeat the key",
			   strlen(text), size - 3);
		text = "";
	}
	snprintf(buffer, (size_t)size, "%s\n", text);
	return buffer;
}

static int take_value(void *user, const char *section, const char *key,
		      const char *value)
{
	struct reader *reader = user;

	if (atoi(section) != reader->section)
		return 0;
	if (reader->skipping)
		return 1;
	if (!*value) {
		diag_error(reader->diag, reader->file->path, reader->number,
			   "%s has no value", key);
		return 1;
	}
	add_value(reader, key, value);
	return 1;
}

static void read_stream(struct reader *reader)
{
	const char *path = reader->file->path;
	int rc;

	errno = 0;
	rc = ini_parse_stream(read_line, reader, take_value, reader);
	if (ferror(reader->stream))
		diag_error(reader->diag, path, 0, "%s", strerror(errno));
	else if (rc != 0)
		diag_error(reader->diag, path, rc > 0 ? rc : 0,
			   "cannot be parsed");
}

static int section_order(const void *left, const void *right)
{
	const struct inifile_section *a =
		*(const struct inifile_section *const *)left;
	const struct inifile_section *b =
		*(const struct inifile_section *const *)right;
	int order = strcmp(a->kind, b->kind);

	if (order == 0)
		order = strcmp(a->name, b->name);
	if (order == 0)
		order = a->line < b->line ? -1 : a->line > b->line;
	return order;
}

/* libinih would merge two sections of one name; nobody means that. */
static void refuse_repeated(const struct inifile *file, struct diag *diag)
{
	const struct inifile_section **sorted;
	size_t i;

	sorted = memory_zeroed(file->n_sections, sizeof(*sorted));
	for (i = 0; i < file->n_sections; i++)
		sorted[i] = &file->sections[i];
	qsort(sorted, file->n_sections, sizeof(*sorted), section_order);
	for (i = 1; i < file->n_sections; i++) {
		const struct inifile_section *a = sorted[i - 1], *b = sorted[i];

		if (strcmp(a->kind, b->kind) == 0 &&
		    strcmp(a->name, b->name) == 0)
			diag_error(diag, file->path, b->line,
				   "section [%s%s%s] again: it began in line "
				   "%d; wanted all of it in one place",
				   b->kind, *b->name ? " " : "", b->name,
				   a->line);
	}
	free(sorted);
}

struct inifile *inifile_read(const char *path, struct diag *diag)
{
	struct inifile *file = memory_zeroed(1, sizeof(*file));
	struct reader reader = { .file = file, .diag = diag };

	file->path = memory_copy(path);
	reader.stream = fopen(path, "re");
	if (!reader.stream) {
		diag_error(diag, path, 0, "%s", strerror(errno));
		return file;
	}
	read_stream(&reader);
	refuse_repeated(file, diag);
	free(reader.line);
	fclose(reader.stream);
	return file;
}

void inifile_free(struct inifile *file)
{
	size_t i, j;

	if (!file)
		return;
	for (i = 0; i < file->n_sections; i++) {
		struct inifile_section *section = &file->sections[i];

		for (j = 0; j < section->n_values; j++) {
			free(section->values[j].key);
			free(section->values[j].text);
		}
		free(section->values);
		free(section->kind);
		free(section->name);
	}
	free(file->sections);
	free(file->path);
	free(file);
}
