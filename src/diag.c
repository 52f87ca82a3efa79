/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "memory.h"
#include "report.h"

struct message {
	size_t file;
	int line;
	size_t number;
	char *text;
};

struct diag {
	char **files;
	size_t n_files;
	struct message *messages;
	size_t n_messages;
	size_t errors;
};

struct diag *diag_new(void)
{
	return memory_zeroed(1, sizeof(struct diag));
}

static void diag_clear(struct diag *diag)
{
	size_t i;

	for (i = 0; i < diag->n_messages; i++)
		free(diag->messages[i].text);
	for (i = 0; i < diag->n_files; i++)
		free(diag->files[i]);
	free(diag->messages);
	free(diag->files);
	diag->messages = NULL;
	diag->files = NULL;
	diag->n_messages = diag->n_files = 0;
}

void diag_free(struct diag *diag)
{
	if (!diag)
		return;
	diag_clear(diag);
	free(diag);
}

static size_t diag_file(struct diag *diag, const char *file)
{
	size_t i;

	for (i = 0; i < diag->n_files; i++)
		if (strcmp(diag->files[i], file) == 0)
			return i;
	*(char **)memory_append(&diag->files, &diag->n_files,
				sizeof(*diag->files)) = memory_copy(file);
	return i;
}

__attribute__((format(printf, 5, 0))) static void
diag_add(struct diag *diag, const char *file, int line, const char *kind,
	 const char *format, va_list args)
{
	struct message *message;
	char *text = NULL;
	size_t number = diag->n_messages;

	message = memory_append(&diag->messages, &diag->n_messages,
				sizeof(*message));
	message->file = diag_file(diag, file);
	message->line = line;
	message->number = number;
	if (vasprintf(&text, format, args) < 0)
		abort();
	message->text = memory_format("%s%s", kind, text);
	free(text);
}

void diag_error(struct diag *diag, const char *file, int line,
		const char *format, ...)
{
	va_list args;

	diag->errors++;
	va_start(args, format);
	diag_add(diag, file, line, "", format, args);
	va_end(args);
}

void diag_warning(struct diag *diag, const char *file, int line,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_add(diag, file, line, "warning: ", format, args);
	va_end(args);
}

bool diag_failed(const struct diag *diag)
{
	return diag->errors > 0;
}

size_t diag_errors(const struct diag *diag)
{
	return diag->errors;
}

static int message_order(const void *left, const void *right)
{
	const struct message *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* What holds for each host of a range need not be said for each. */
static bool is_repeated(const struct diag *diag, size_t i)
{
	const struct message *a = &diag->messages[i], *b = a;

	while (b-- > diag->messages && a->file == b->file && a->line == b->line)
		if (strcmp(a->text, b->text) == 0)
			return true;
	return false;
}

void diag_flush(struct diag *diag, FILE *out)
{
	size_t i;

	if (diag->n_messages)
		qsort(diag->messages, diag->n_messages, sizeof(*diag->messages),
		      message_order);
	for (i = 0; i < diag->n_messages; i++) {
		const struct message *message = &diag->messages[i];

		if (is_repeated(diag, i))
			continue;
		report_text(out, diag->files[message->file]);
		if (message->line)
			fprintf(out, ":%d", message->line);
		fputs(": ", out);
		report_text(out, message->text);
		fputc('\n', out);
	}
	diag_clear(diag);
}
