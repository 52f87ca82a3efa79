/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "suggest.h"
#include "template.h"
#include "text.h"

struct template
{
	char *path;
	char **lines;
	size_t n_lines;
};

/* Where in the template, and thus in which section and key, one is. */
struct position {
	const char *path;
	int line;
	char *section, *key;
	bool continued; /* the line before ended in a backslash */
	struct diag *diag;
	struct text out;
	struct rendered *rendered; /* NULL: plain text, nothing is quoted */
};

static void add(struct placeholders *list, const char *name, const char *value,
		const char *missing, bool block)
{
	struct placeholder *item;

	item = memory_append(&list->items, &list->n, sizeof(*item));
	item->name = name;
	item->value = value;
	item->missing = missing;
	item->block = block;
}

void placeholders_add(struct placeholders *list, const char *name,
		      const char *value, const char *missing)
{
	add(list, name, value, missing, false);
}

void placeholders_add_block(struct placeholders *list, const char *name,
			    const char *value, const char *missing)
{
	add(list, name, value, missing, true);
}

void placeholders_clear(struct placeholders *list)
{
	free(list->items);
	list->items = NULL;
	list->n = 0;
}

const char *template_path(const struct template *template)
{
	return template->path;
}

/* config(5): a backslash at the end joins the next line, but not two. */
static bool continues(const char *line)
{
	size_t length = strlen(line);

	return length > 0 && line[length - 1] == '\\' &&
	       (length == 1 || line[length - 2] != '\\');
}

/* What LINE may not say; NULL: nothing. */
static const char *check_line(const char *line)
{
	const char *p = line + strspn(line, " \t");

	if (*p == '#')
		return NULL;
	if (strstr(p, ".include"))
		return ".include: wanted all in this one file, which has to "
		       "explain the certificate by itself";
	if (strstr(p, ".pragma"))
		return ".pragma: wanted plain configuration";
	if (*p == '[') {
		if (strchr(p, '\\'))
			return "backslash in the name of a section";
		p += 1 + strspn(p + 1, " \t");
		if (strncmp(p, "ENV", 3) == 0 && strchr("] \t", p[3]))
			return "section [ENV]: wanted another name; this one "
			       "is the environment";
	}
	if (strstr(p, "ENV::"))
		return "$ENV: wanted a placeholder; what the environment says "
		       "is in no file";
	return NULL;
}

/* The same for the bytes of one line, its end taken off. */
static const char *check_bytes(const char *line, size_t length, size_t number)
{
	if (strlen(line) != length)
		return "NUL byte: wanted text";
	if (strchr(line, '\r'))
		return "carriage return inside a line: end lines with LF or "
		       "CR LF";
	if (number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		return "byte order mark: OpenSSL would take it for text";
	return NULL;
}

static size_t cut_end(char *line, size_t length)
{
	if (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	return length;
}

/* Lines are joined in comments, too. */
static void check_continued(const struct template *template, struct diag *diag)
{
	char *joined = memory_copy(""), *longer;
	size_t i, first = 0;
	const char *why;

	for (i = 0; i < template->n_lines; i++) {
		longer = memory_format("%s%s", joined, template->lines[i]);
		free(joined);
		joined = longer;
		if (continues(template->lines[i]) &&
		    i + 1 < template->n_lines) {
			joined[strlen(joined) - 1] = '\0';
			continue;
		}
		/* the last line by itself, too: see what comments can hide */
		why = check_line(joined);
		if (!why)
			why = check_line(template->lines[i]);
		if (why)
			diag_error(diag, template->path, (int)first + 1, "%s",
				   why);
		*joined = '\0';
		first = i + 1;
	}
	free(joined);
}

struct template *template_load(const char *path, struct diag *diag)
{
	struct template *template = memory_zeroed(1, sizeof(*template));
	FILE *stream = fopen(path, "re");
	char *line = NULL;
	size_t room = 0, errors = diag_errors(diag);
	const char *why;
	ssize_t length;

	template->path = memory_copy(path);
	errno = stream ? 0 : errno;
	while (stream && (length = getline(&line, &room, stream)) >= 0) {
		why = check_bytes(line, cut_end(line, (size_t)length),
				  template->n_lines + 1);
		if (why)
			diag_error(diag, path, (int)template->n_lines + 1, "%s",
				   why);
		*(char **)memory_append(&template->lines, &template->n_lines,
					sizeof(char *)) = memory_copy(line);
	}
	if (!stream || ferror(stream))
		diag_error(diag, path, 0, "%s", strerror(errno));
	check_continued(template, diag);
	free(line);
	if (stream)
		fclose(stream);
	if (diag_errors(diag) == errors)
		return template;
	template_free(template);
	return NULL;
}

void template_free(struct template *template)
{
	size_t i;

	if (!template)
		return;
	for (i = 0; i < template->n_lines; i++)
		free(template->lines[i]);
	free(template->lines);
	free(template->path);
	free(template);
}

/* Write VALUE so that config(5) reads it back as it is. */
static void write_quoted(struct text *out, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._:/@*+%=-,";
	const char *p;

	if (*value && strspn(value, plain) == strlen(value)) {
		text_add(out, value);
		return;
	}
	text_add(out, "\"");
	for (p = value; *p; p++) {
		if (*p == '"' || *p == '\\')
			text_add(out, "\\");
		text_add_part(out, p, 1);
	}
	text_add(out, "\"");
}

static void remember(struct position *at, const char *key, const char *value,
		     bool whole)
{
	struct rendered *rendered = at->rendered;
	struct template_put *put;

	put = memory_append(&rendered->puts, &rendered->n_puts, sizeof(*put));
	put->section = memory_copy(at->section ? at->section : "default");
	put->key = memory_copy(key ? key : "");
	put->value = memory_copy(value);
	put->whole = whole;
	put->line = at->line;
}

/* Follow sections and keys as config(5) sees them. */
static void track(struct position *at, const char *line)
{
	const char *p = line + strspn(line, " \t");
	const char *scope;
	size_t end;

	if (!at->continued) {
		free(at->key);
		at->key = NULL;
		if (*p == '[') {
			p += 1 + strspn(p + 1, " \t");
			end = strcspn(p, "]");
			while (end > 0 && strchr(" \t", p[end - 1]))
				end--;
			free(at->section);
			at->section = memory_copy_part(p, end);
		} else if (*p != '#' && strchr(p, '=')) {
			scope = strstr(p, "::");
			if (scope && scope < strchr(p, '='))
				p = scope + 2;
			at->key = memory_copy_part(p, strcspn(p, "= \t"));
		}
	}
	at->continued = continues(line);
}

static const struct placeholder *find(const struct position *at,
				      const struct placeholders *values,
				      const char *name)
{
	size_t i;

	for (i = 0; i < values->n; i++)
		if (strcmp(values->items[i].name, name) == 0)
			break;
	if (i == values->n) {
		diag_error(at->diag, at->path, at->line,
			   "unknown placeholder {{%s}}: nearest is {{%s}}",
			   name,
			   suggest_nearest(name, values->items, values->n,
					   sizeof(values->items[0])));
		return NULL;
	}
	if (values->items[i].value)
		return &values->items[i];
	diag_error(at->diag, at->path, at->line, "{{%s}} has no value: %s",
		   name, values->items[i].missing);
	return NULL;
}

static void put_line(struct position *at, char *line)
{
	char *value = strstr(line, " = ");

	if (!value) {
		/* the header of a section, or nothing */
		track(at, line);
		text_add(&at->out, line);
		text_add(&at->out, "\n");
		return;
	}
	*value = '\0';
	value += 3;
	text_add(&at->out, line);
	text_add(&at->out, " = ");
	write_quoted(&at->out, value);
	text_add(&at->out, "\n");
	remember(at, line, value, true);
}

static void put_block(struct position *at, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char *line = memory_copy_part(lines, length);

		put_line(at, line);
		free(line);
		lines += length + (lines[length] == '\n');
	}
}

/* Is a quote open where LINE ends after LENGTH bytes? */
static bool inside_quotes(const char *line, size_t length)
{
	char quote = '\0';
	size_t i;

	for (i = 0; i < length; i++) {
		if (line[i] == '\\')
			i++;
		else if (quote && line[i] == quote)
			quote = '\0';
		else if (!quote && strchr("\"'`", line[i]))
			quote = line[i];
	}
	return quote != '\0';
}

static void put_value(struct position *at, const char *line, const char *open,
		      const char *rest, const struct placeholder *item)
{
	bool alone = strspn(line, " \t") == (size_t)(open - line) &&
		     rest[strspn(rest, " \t\r")] == '\0';

	if (!at->rendered) {
		text_add(&at->out, item->value);
	} else if (item->block && alone) {
		put_block(at, item->value);
	} else if (item->block || alone) {
		diag_error(at->diag, at->path, at->line,
			   item->block ?
				   "{{%s}} makes lines: wanted it alone on "
				   "its line" :
				   "{{%s}} makes a value: wanted KEY = before "
				   "it",
			   item->name);
	} else if (inside_quotes(line, (size_t)(open - line))) {
		diag_error(at->diag, at->path, at->line,
			   "{{%s}} inside quotes: leave the quotes out, "
			   "values are quoted as they need",
			   item->name);
	} else {
		write_quoted(&at->out, item->value);
		remember(at, at->key, item->value, false);
	}
}

static void expand_line(struct position *at, const char *line,
			const struct placeholders *values)
{
	const char *p = line, *open, *close;
	char *name;

	while ((open = strstr(p, "{{"))) {
		const struct placeholder *item;

		close = strstr(open, "}}");
		if (!close) {
			diag_error(at->diag, at->path, at->line,
				   "'{{' without '}}'");
			return;
		}
		text_add_part(&at->out, p, (size_t)(open - p));
		name = memory_copy_part(open + 2, (size_t)(close - open - 2));
		item = find(at, values, name);
		free(name);
		p = close + 2;
		if (item)
			put_value(at, line, open, p, item);
		if (item && item->block)
			return;
	}
	text_add(&at->out, p);
}

struct rendered *template_render(const struct template *template,
				 const struct placeholders *values,
				 struct diag *diag)
{
	struct rendered *rendered = memory_zeroed(1, sizeof(*rendered));
	struct position at = { .path = template->path,
			       .diag = diag,
			       .rendered = rendered };
	size_t i, errors = diag_errors(diag);

	for (i = 0; i < template->n_lines; i++) {
		const char *line = template->lines[i];

		at.line = (int)i + 1;
		track(&at, line);
		if (line[strspn(line, " \t")] == '#')
			text_add(&at.out, line);
		else
			expand_line(&at, line, values);
		text_add(&at.out, "\n");
	}
	rendered->text = text_take(&at.out);
	free(at.section);
	free(at.key);
	if (diag_errors(diag) > errors) {
		rendered_free(rendered);
		return NULL;
	}
	return rendered;
}

void rendered_free(struct rendered *rendered)
{
	size_t i;

	if (!rendered)
		return;
	for (i = 0; i < rendered->n_puts; i++) {
		free(rendered->puts[i].section);
		free(rendered->puts[i].key);
		free(rendered->puts[i].value);
	}
	free(rendered->puts);
	free(rendered->text);
	free(rendered);
}

char *template_expand(const char *text, const char *file, int line,
		      const struct placeholders *values, struct diag *diag)
{
	struct position at = { .path = file, .line = line, .diag = diag };

	expand_line(&at, text, values);
	return text_take(&at.out);
}
