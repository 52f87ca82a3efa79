/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "memory.h"
#include "report.h"

#define BUCKETS 4096

struct link {
	size_t fault;
	struct link *next;
};

struct faults {
	struct fault *items;
	size_t n;
	size_t n_notes;
	struct link *buckets[BUCKETS]; /* faults by their files */
};

struct faults *faults_new(void)
{
	return memory_zeroed(1, sizeof(struct faults));
}

void faults_free(struct faults *faults)
{
	size_t i;

	if (!faults)
		return;
	for (i = 0; i < faults->n; i++) {
		free(faults->items[i].file);
		free(faults->items[i].what);
		free(faults->items[i].mend);
	}
	for (i = 0; i < BUCKETS; i++)
		while (faults->buckets[i]) {
			struct link *link = faults->buckets[i];

			faults->buckets[i] = link->next;
			free(link);
		}
	free(faults->items);
	free(faults);
}

/* FNV-1a, of 32 bits. */
static size_t bucket_of(const char *file)
{
	uint32_t hash = 2166136261u;

	for (; *file; file++)
		hash = (hash ^ (unsigned char)*file) * 16777619u;
	return hash % BUCKETS;
}

/* Takes WHAT over. */
static void add(struct faults *faults, const char *file, char *what,
		const char *mend)
{
	struct fault *fault =
		memory_append(&faults->items, &faults->n, sizeof(*fault));
	struct link **bucket, *link;

	fault->file = memory_copy(file);
	fault->what = what;
	if (!mend) {
		faults->n_notes++;
		return;
	}
	fault->mend = memory_copy(mend);
	bucket = &faults->buckets[bucket_of(file)];
	link = memory_zeroed(1, sizeof(*link));
	link->fault = faults->n - 1;
	link->next = *bucket;
	*bucket = link;
}

__attribute__((format(printf, 1, 0))) static char *text_of(const char *format,
							   va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		abort();
	return text;
}

void faults_add(struct faults *faults, const char *file, const char *mend,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(faults, file, text_of(format, args), mend);
	va_end(args);
}

static bool is_noted(const struct faults *faults, const char *file,
		     const char *what)
{
	size_t i;

	for (i = 0; faults->n_notes && i < faults->n; i++)
		if (!faults->items[i].mend &&
		    strcmp(faults->items[i].file, file) == 0 &&
		    strcmp(faults->items[i].what, what) == 0)
			return true;
	return false;
}

void faults_note(struct faults *faults, const char *file, const char *format,
		 ...)
{
	va_list args;
	char *what;

	va_start(args, format);
	what = text_of(format, args);
	va_end(args);
	if (is_noted(faults, file, what))
		free(what);
	else
		add(faults, file, what, NULL);
}

bool faults_has(const struct faults *faults, const char *file)
{
	const struct link *link = faults->buckets[bucket_of(file)];

	for (; link; link = link->next)
		if (strcmp(faults->items[link->fault].file, file) == 0)
			return true;
	return false;
}

size_t faults_count(const struct faults *faults)
{
	return faults->n - faults->n_notes;
}

static void print(const struct fault *fault)
{
	if (!fault->mend)
		fputs("note: ", stdout);
	report_text(stdout, fault->file);
	fputs(": ", stdout);
	report_text(stdout, fault->what);
	if (fault->mend) {
		fputs(": ", stdout);
		report_text(stdout, fault->mend);
	}
	fputc('\n', stdout);
}

void faults_print(const struct faults *faults)
{
	size_t i;

	for (i = 0; i < faults->n; i++)
		if (!faults->items[i].mend)
			print(&faults->items[i]);
	for (i = 0; i < faults->n; i++)
		if (faults->items[i].mend)
			print(&faults->items[i]);
}

/* Names of files may be any bytes: those that are no UTF-8 are shown. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);
	char *shown = NULL;
	size_t length;
	FILE *out;

	if (value)
		return value;
	out = open_memstream(&shown, &length);
	if (!out)
		abort();
	report_text(out, text);
	fclose(out);
	value = json_string(shown);
	free(shown);
	return value;
}

static json_t *list_json(const struct faults *faults, bool notes)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < faults->n; i++) {
		const struct fault *fault = &faults->items[i];
		json_t *object;

		if (!fault->mend != notes)
			continue;
		object = json_pack("{s:o, s:o}", "file", text_json(fault->file),
				   "what", text_json(fault->what));
		if (fault->mend)
			json_object_set_new(object, "mend",
					    text_json(fault->mend));
		json_array_append_new(list, object);
	}
	return list;
}

json_t *faults_json(const struct faults *faults)
{
	return list_json(faults, false);
}

json_t *faults_notes_json(const struct faults *faults)
{
	return list_json(faults, true);
}
