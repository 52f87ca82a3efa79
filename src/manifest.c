/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "manifest.h"
#include "memory.h"
#include "tree.h"

/* Names shown of a longer difference. */
#define NAMES_SHOWN 4

/* The lines of one bundle, without the folder in front. */
struct known {
	char *folder;
	char *lines;
};

struct manifest {
	const struct inventory *inventory;
	struct known *items; /* from the file, sorted by folder */
	size_t n;
	bool *made; /* for each holder: by this run */
	const struct known **gone; /* those of no holder */
	size_t n_gone;
};

/* "hosts/node1" of "hosts/node1/certs/...": its length; 0: no such line. */
static size_t folder_length(const char *line)
{
	const char *slash = strchr(line, '/');

	slash = slash ? strchr(slash + 1, '/') : NULL;
	return slash ? (size_t)(slash - line) : 0;
}

static void add_line(struct manifest *manifest, const char *line)
{
	size_t length = folder_length(line);
	struct known *last = manifest->n ? &manifest->items[manifest->n - 1] :
					   NULL;
	char *longer;

	if (!length)
		return;
	if (!last || strlen(last->folder) != length ||
	    strncmp(last->folder, line, length) != 0) {
		last = memory_append(&manifest->items, &manifest->n,
				     sizeof(*last));
		last->folder = memory_copy_part(line, length);
		last->lines = memory_copy("");
	}
	longer = memory_format("%s%s\n", last->lines, line + length + 1);
	free(last->lines);
	last->lines = longer;
}

static int known_order(const void *left, const void *right)
{
	const struct known *a = left, *b = right;

	return strcmp(a->folder, b->folder);
}

static int name_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What is on record for those who are not in the inventory any more. */
static void find_gone(struct manifest *manifest)
{
	const struct inventory *inventory = manifest->inventory;
	size_t n = inventory->n_holders, i;
	char **folders = memory_zeroed(n, sizeof(*folders));

	for (i = 0; i < n; i++)
		folders[i] = inventory_folder(inventory->holders[i].owner);
	if (n)
		qsort(folders, n, sizeof(*folders), name_order);
	for (i = 0; i < manifest->n; i++) {
		const struct known *known = &manifest->items[i];

		if (!n || !bsearch(&known->folder, folders, n, sizeof(*folders),
				   name_order))
			*(const struct known **)memory_append(
				&manifest->gone, &manifest->n_gone,
				sizeof(known)) = known;
	}
	for (i = 0; i < n; i++)
		free(folders[i]);
	free(folders);
}

struct manifest *manifest_load(int folder, const struct inventory *inventory)
{
	struct manifest *manifest = memory_zeroed(1, sizeof(*manifest));
	char *text = NULL, *line, *rest;
	size_t length;

	manifest->inventory = inventory;
	manifest->made =
		memory_zeroed(inventory->n_holders, sizeof(*manifest->made));
	if (folder >= 0)
		text = tree_read(folder, MANIFEST_FILE, &length);
	for (line = text; line && *line; line = rest) {
		rest = line + strcspn(line, "\n");
		if (*rest)
			*rest++ = '\0';
		add_line(manifest, line);
	}
	free(text);
	if (manifest->n)
		qsort(manifest->items, manifest->n, sizeof(*manifest->items),
		      known_order);
	find_gone(manifest);
	return manifest;
}

void manifest_free(struct manifest *manifest)
{
	size_t i;

	if (!manifest)
		return;
	for (i = 0; i < manifest->n; i++) {
		free(manifest->items[i].folder);
		free(manifest->items[i].lines);
	}
	free(manifest->items);
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

static const struct known *find(const struct manifest *manifest, size_t place)
{
	const struct holder *holder = &manifest->inventory->holders[place];
	struct known key = { .folder = inventory_folder(holder->owner) };
	const struct known *known = NULL;

	if (manifest->n)
		known = bsearch(&key, manifest->items, manifest->n, sizeof(key),
				known_order);
	free(key.folder);
	return known;
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
	const struct known *known = find(manifest, place);
	char *wanted, *text = NULL;

	if (!known)
		return NULL;
	wanted = wanted_lines(manifest->inventory, holder);
	if (strcmp(wanted, known->lines) != 0) {
		text = describe(known->lines, wanted);
		*public_only = changes_public(manifest, holder, known->lines);
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
	return i < manifest->n_gone ? manifest->gone[i]->folder : NULL;
}

void manifest_forget(struct manifest *manifest, const char *folder)
{
	size_t i;

	for (i = 0; i < manifest->n_gone; i++)
		if (strcmp(manifest->gone[i]->folder, folder) == 0) {
			manifest->n_gone--;
			memmove(&manifest->gone[i], &manifest->gone[i + 1],
				(manifest->n_gone - i) *
					sizeof(*manifest->gone));
			return;
		}
}

static void write_lines(FILE *out, const char *folder, const char *lines)
{
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		fprintf(out, "%s/%.*s\n", folder, (int)strcspn(lines, "\n"),
			lines);
}

char *manifest_text(const struct manifest *manifest)
{
	const struct inventory *inventory = manifest->inventory;
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];
		const struct known *known = find(manifest, i);
		char *folder = inventory_folder(holder->owner);
		char *lines;

		if (manifest->made[i]) {
			lines = wanted_lines(inventory, holder);
			write_lines(out, folder, lines);
			free(lines);
		} else if (known) {
			write_lines(out, folder, known->lines);
		}
		free(folder);
	}
	for (i = 0; i < manifest->n_gone; i++)
		write_lines(out, manifest->gone[i]->folder,
			    manifest->gone[i]->lines);
	fclose(out);
	return text;
}
