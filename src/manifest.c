/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "manifest.h"
#include "memory.h"

/* Names shown of a longer difference. */
#define NAMES_SHOWN 4

/* A bundle of no holder. */
struct gone {
	char *folder;
	const char *lines;
};

/* Lines of bundles are without the folder in front, and thus the same for
 * many, which share them. */
struct manifest {
	const struct inventory *inventory;
	struct arena *texts;
	const char **lines; /* for each holder as on record; NULL: not */
	bool *made; /* for each holder: by this run */
	struct gone *gone;
	size_t n_gone;
};

/* The folder of a holder. */
struct owned {
	char *folder;
	size_t holder;
};

/* While the file is read. */
struct reading {
	struct manifest *manifest;
	char *folder; /* of the bundle in hand; NULL: none is */
	char *lines; /* its lines so far, without that */
	size_t length, room;
	size_t next; /* the holder that is expected: they stand in order */
	struct owned *list; /* all by folder, once one is not; else NULL */
};

/* "hosts/node1" of "hosts/node1/certs/...": its length; 0: no such line. */
static size_t folder_length(const char *line)
{
	const char *slash = strchr(line, '/');

	slash = slash ? strchr(slash + 1, '/') : NULL;
	return slash ? (size_t)(slash - line) : 0;
}

static int owned_order(const void *left, const void *right)
{
	const struct owned *a = left, *b = right;

	return strcmp(a->folder, b->folder);
}

/* All holders by folder; to be freed with forget_owned(). */
static struct owned *list_owned(const struct inventory *inventory)
{
	size_t n = inventory->n_holders, i;
	struct owned *list = memory_zeroed(n, sizeof(*list));

	for (i = 0; i < n; i++)
		list[i] = (struct owned){
			inventory_folder(inventory->holders[i].owner), i
		};
	if (n)
		qsort(list, n, sizeof(*list), owned_order);
	return list;
}

static void forget_owned(struct owned *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i].folder);
	free(list);
}

/* The place of the holder whose bundle is in hand; SIZE_MAX: nobody's. */
static size_t holder_of(struct reading *in)
{
	const struct inventory *inventory = in->manifest->inventory;
	const size_t n = inventory->n_holders;
	const struct owned *owned;
	bool found = false;
	char *next;

	if (in->next < n) {
		next = inventory_folder(inventory->holders[in->next].owner);
		found = strcmp(next, in->folder) == 0;
		free(next);
	}
	if (!found) {
		if (!in->list)
			in->list = list_owned(inventory);
		owned = bsearch(&(struct owned){ in->folder, 0 }, in->list, n,
				sizeof(*in->list), owned_order);
		found = owned;
		if (found)
			in->next = owned->holder;
	}
	return found ? in->next++ : SIZE_MAX;
}

/* All lines of the bundle in hand have been read. */
static void take_bundle(struct reading *in)
{
	struct manifest *manifest = in->manifest;
	const char *shared;
	struct gone *gone;
	size_t place;

	if (!in->folder)
		return;
	place = holder_of(in);
	shared = arena_share(manifest->texts, in->lines);
	if (place != SIZE_MAX) {
		manifest->lines[place] = shared;
		free(in->folder);
	} else {
		gone = memory_append(&manifest->gone, &manifest->n_gone,
				     sizeof(*gone));
		*gone = (struct gone){ in->folder, shared };
	}
	in->folder = NULL;
	in->length = 0;
}

/* LINE is without its end. */
static void take_line(struct reading *in, const char *line)
{
	const size_t folder = folder_length(line), rest = strlen(line) - folder;

	if (!folder)
		return;
	if (in->folder &&
	    (strncmp(in->folder, line, folder) != 0 || in->folder[folder]))
		take_bundle(in);
	if (!in->folder)
		in->folder = memory_copy_part(line, folder);
	while (in->length + rest + 1 > in->room) {
		in->room = in->room ? 2 * in->room : 512;
		memory_resize(&in->lines, in->room, 1);
	}
	/* what is behind the slash, and an end for it */
	memcpy(in->lines + in->length, line + folder + 1, rest - 1);
	in->length += rest;
	in->lines[in->length - 1] = '\n';
	in->lines[in->length] = '\0';
}

/* What cannot be read to its end is not known. */
static void forget(struct manifest *manifest)
{
	size_t i;

	for (i = 0; i < manifest->inventory->n_holders; i++)
		manifest->lines[i] = NULL;
	for (i = 0; i < manifest->n_gone; i++)
		free(manifest->gone[i].folder);
	manifest->n_gone = 0;
}

static void read_file(struct manifest *manifest, FILE *file)
{
	struct reading in = { .manifest = manifest };
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take_line(&in, line);
	}
	take_bundle(&in);
	if (ferror(file))
		forget(manifest);
	if (in.list)
		forget_owned(in.list, manifest->inventory->n_holders);
	free(in.lines);
	free(line);
}

static int gone_order(const void *left, const void *right)
{
	const struct gone *a = left, *b = right;

	return strcmp(a->folder, b->folder);
}

struct manifest *manifest_load(int folder, const struct inventory *inventory)
{
	struct manifest *manifest = memory_zeroed(1, sizeof(*manifest));
	const size_t n = inventory->n_holders;
	FILE *file = NULL;
	int fd = -1;

	manifest->inventory = inventory;
	manifest->texts = arena_new();
	manifest->lines = memory_zeroed(n, sizeof(*manifest->lines));
	manifest->made = memory_zeroed(n, sizeof(*manifest->made));
	if (folder >= 0)
		fd = openat(folder, MANIFEST_FILE, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		file = fdopen(fd, "r");
	if (file) {
		read_file(manifest, file);
		fclose(file);
	}
	if (manifest->n_gone)
		qsort(manifest->gone, manifest->n_gone, sizeof(*manifest->gone),
		      gone_order);
	return manifest;
}

void manifest_free(struct manifest *manifest)
{
	size_t i;

	if (!manifest)
		return;
	for (i = 0; i < manifest->n_gone; i++)
		free(manifest->gone[i].folder);
	arena_free(manifest->texts);
	free(manifest->lines);
	free(manifest->made);
	free(manifest->gone);
	free(manifest);
}

/* Whom the bundle trusts in the name of the CA. */
static void write_trust(FILE *out, const struct ca_entry *ca)
{
	fprintf(out, " %s%s%s", ca->folder, ca->trusted ? " " : "",
		ca->trusted ? ca->trusted : "");
}

static void write_content(FILE *out, const struct inventory *inventory,
			  const struct group *group,
			  const struct content *content)
{
	static const char *const kinds[] = {
		[CONTENT_CA] = "ca",
		[CONTENT_CERTIFICATE] = "certificate",
		[CONTENT_KEY] = "key",
		[CONTENT_FILE] = "file",
		[CONTENT_PASSWORD] = "password",
	};
	const struct profile_file *file = content->file;
	const char *chain;
	size_t i;

	fprintf(out, "%s/%s %04o %s", content_folder(content), content->name,
		(unsigned int)content->mode, kinds[content->kind]);
	if (content->kind == CONTENT_CA)
		write_trust(out, content->ca);
	else if (content->kind == CONTENT_CERTIFICATE ||
		 content->kind == CONTENT_KEY)
		fprintf(out, " %s",
			content_entry(inventory, group, content)->label);
	else if (content->kind == CONTENT_FILE && file->format_name.text)
		fprintf(out, " %s", file->format_name.text);
	for (i = 0; content->kind == CONTENT_FILE && i < file->content.n; i++)
		fprintf(out, " %s", file->content.items[i].text);
	if (content->kind == CONTENT_FILE && content->ca)
		write_trust(out, content->ca);
	if (content->kind == CONTENT_FILE && content->ca &&
	    content->ca->listed && profile_file_has(file, PART_CRL))
		fprintf(out, " %s", content->ca->listed);
	chain = content_chain(inventory, group, content);
	if (chain)
		fprintf(out, " above %s", chain);
	fputc('\n', out);
}

/* The line of CONTENT; free it. */
static char *content_line(const struct inventory *inventory,
			  const struct group *group,
			  const struct content *content)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	write_content(out, inventory, group, content);
	fclose(out);
	return text;
}

/* The lines as they should be; free them. */
static char *wanted_lines(const struct inventory *inventory,
			  const struct holder *holder)
{
	const struct group *group = &inventory->groups[holder->group];
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	for (i = 0; i < holder->n_contents; i++)
		write_content(out, inventory, group, &holder->contents[i]);
	fclose(out);
	return text;
}

/* LINE, up to its end, is one of LINES. */
static bool has_line(const char *lines, const char *line)
{
	size_t length = strcspn(line, "\n");

	for (; *lines; lines += strcspn(lines, "\n") + 1)
		if (strncmp(lines, line, length) == 0 && lines[length] == '\n')
			return true;
	return false;
}

/* The length of the name in LINE. */
static size_t name_length(const char *line)
{
	return strcspn(line, " \n");
}

/* A line of the same name as LINE is among LINES. */
static bool has_name(const char *lines, const char *line)
{
	size_t length = name_length(line);

	for (; *lines; lines += strcspn(lines, "\n") + 1)
		if (name_length(lines) == length &&
		    strncmp(lines, line, length) == 0)
			return true;
	return false;
}

/* Those of LINES that OTHERS has not, by their names, with SIGN in front of
 * those that OTHERS has in no form. */
static void show_missing(FILE *out, char sign, const char *lines,
			 const char *others, size_t *shown)
{
	for (; *lines; lines += strcspn(lines, "\n") + 1) {
		bool changed = has_name(others, lines);
		char mark[] = { changed ? '\0' : sign, '\0' };

		if (has_line(others, lines) || (changed && sign == '-'))
			continue;
		if (++*shown <= NAMES_SHOWN)
			fprintf(out, " %s%.*s", mark, (int)name_length(lines),
				lines);
	}
}

static char *describe(const char *known, const char *wanted)
{
	char *text = NULL;
	size_t length, shown = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	fputs("files of the bundle changed:", out);
	show_missing(out, '-', known, wanted, &shown);
	show_missing(out, '+', wanted, known, &shown);
	if (shown > NAMES_SHOWN)
		fprintf(out, " and %zu more", shown - NAMES_SHOWN);
	else if (!shown)
		fputs(" their order", out);
	fclose(out);
	return text;
}

/* What is new or changed in the bundle needs no key. */
static bool changes_public(const struct manifest *manifest,
			   const struct holder *holder, const char *known)
{
	const struct inventory *inventory = manifest->inventory;
	const struct group *group = &inventory->groups[holder->group];
	bool public_only = true;
	size_t i;

	for (i = 0; i < holder->n_contents && public_only; i++) {
		char *line =
			content_line(inventory, group, &holder->contents[i]);

		public_only = content_is_public(inventory, group,
						&holder->contents[i]) ||
			      has_line(known, line);
		free(line);
	}
	return public_only;
}

char *manifest_compare(const struct manifest *manifest, size_t place,
		       bool *public_only)
{
	const struct holder *holder = &manifest->inventory->holders[place];
	const char *known = manifest->lines[place];
	char *wanted, *text = NULL;

	if (!known)
		return NULL;
	wanted = wanted_lines(manifest->inventory, holder);
	if (strcmp(wanted, known) != 0) {
		text = describe(known, wanted);
		*public_only = changes_public(manifest, holder, known);
	}
	free(wanted);
	return text;
}

void manifest_set(struct manifest *manifest, size_t place)
{
	manifest->made[place] = true;
}

const char *manifest_gone(const struct manifest *manifest, size_t i)
{
	return i < manifest->n_gone ? manifest->gone[i].folder : NULL;
}

void manifest_forget(struct manifest *manifest, const char *folder)
{
	const struct gone key = { .folder = (char *)folder };
	struct gone *gone = NULL;

	if (manifest->n_gone)
		gone = bsearch(&key, manifest->gone, manifest->n_gone,
			       sizeof(key), gone_order);
	if (gone)
		gone->lines = "";
}

static void write_lines(FILE *out, const char *folder, const char *lines)
{
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		fprintf(out, "%s/%.*s\n", folder, (int)strcspn(lines, "\n"),
			lines);
}

void manifest_write(FILE *out, const void *of)
{
	const struct manifest *manifest = of;
	const struct inventory *inventory = manifest->inventory;
	size_t i;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];
		const char *known = manifest->lines[i];
		char *folder = inventory_folder(holder->owner);
		char *lines;

		if (manifest->made[i]) {
			lines = wanted_lines(inventory, holder);
			write_lines(out, folder, lines);
			free(lines);
		} else if (known) {
			write_lines(out, folder, known);
		}
		free(folder);
	}
	for (i = 0; i < manifest->n_gone; i++)
		write_lines(out, manifest->gone[i].folder,
			    manifest->gone[i].lines);
}
