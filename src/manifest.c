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

/* The lines of one bundle, in the text of the file. */
struct known {
	const char *text;
	unsigned int length;
	unsigned int folder; /* how much of each line it is */
};

/* A bundle of no holder. */
struct gone {
	const struct known *known;
	char *folder;
};

struct manifest {
	const struct inventory *inventory;
	char *text; /* of the file */
	struct known *items; /* sorted by folder */
	size_t n;
	bool *made; /* for each holder: by this run */
	struct gone *gone;
	size_t n_gone;
};

/* "hosts/node1" of "hosts/node1/certs/...": its length; 0: no such line. */
static size_t folder_length(const char *line)
{
	const char *slash = strchr(line, '/');

	slash = slash ? strchr(slash + 1, '/') : NULL;
	return slash ? (size_t)(slash - line) : 0;
}

/* Whether the bundle KNOWN is of the folder that TEXT begins with. */
static bool same_folder(const struct known *known, const char *text,
			size_t length)
{
	return known->folder == length &&
	       memcmp(known->text, text, length) == 0;
}

static void add_line(struct manifest *manifest, const char *line, size_t length)
{
	const size_t folder = folder_length(line);
	struct known *last = manifest->n ? &manifest->items[manifest->n - 1] :
					   NULL;

	if (!folder || folder >= length)
		return;
	if (!last || !same_folder(last, line, folder)) {
		last = memory_append(&manifest->items, &manifest->n,
				     sizeof(*last));
		last->text = line;
		last->folder = (unsigned int)folder;
	}
	last->length = (unsigned int)(line + length - last->text);
}

static int known_order(const void *left, const void *right)
{
	const struct known *a = left, *b = right;
	const size_t shorter = a->folder < b->folder ? a->folder : b->folder;
	int order = memcmp(a->text, b->text, shorter);

	return order ? order : (int)a->folder - (int)b->folder;
}

/* The lines of KNOWN without the folder, each with an end; free them. */
static char *lines_of(const struct known *known)
{
	const char *line = known->text, *end = line + known->length;
	char *lines = memory_zeroed(known->length + 2, 1), *to = lines;

	while (line < end) {
		size_t length = strcspn(line, "\n");

		/* between two of them there may be one that is none */
		if (same_folder(known, line, folder_length(line)) &&
		    length > known->folder) {
			to = mempcpy(to, line + known->folder + 1,
				     length - known->folder - 1);
			*to++ = '\n';
		}
		line += length + (line[length] == '\n');
	}
	return lines;
}

static const struct known *find(const struct manifest *manifest, size_t place)
{
	const struct holder *holder = &manifest->inventory->holders[place];
	char *folder = inventory_folder(holder->owner);
	const struct known key = { .text = folder,
				   .folder = (unsigned int)strlen(folder) };
	const struct known *known = NULL;

	if (manifest->n)
		known = bsearch(&key, manifest->items, manifest->n, sizeof(key),
				known_order);
	free(folder);
	return known;
}

/* All items of the folder of the one at PLACE are FOUND; it is there once
 * unless somebody else has written the file. */
static void mark(const struct manifest *manifest, size_t place, bool *found)
{
	const struct known *items = manifest->items;
	size_t i;

	for (i = place + 1;
	     i-- > 0 && known_order(&items[i], &items[place]) == 0;)
		found[i] = true;
	for (i = place;
	     i < manifest->n && known_order(&items[i], &items[place]) == 0; i++)
		found[i] = true;
}

static void add_gone(struct manifest *manifest, const struct known *known)
{
	struct gone *gone;

	gone = memory_append(&manifest->gone, &manifest->n_gone, sizeof(*gone));
	gone->known = known;
	gone->folder = memory_copy_part(known->text, known->folder);
}

/* What is on record for those who are not in the inventory any more. */
static void find_gone(struct manifest *manifest)
{
	const size_t n = manifest->inventory->n_holders;
	bool *found = memory_zeroed(manifest->n, sizeof(*found));
	const struct known *known;
	size_t i;

	for (i = 0; i < n && manifest->n; i++) {
		known = find(manifest, i);
		if (known)
			mark(manifest, (size_t)(known - manifest->items),
			     found);
	}
	for (i = 0; i < manifest->n; i++)
		if (!found[i])
			add_gone(manifest, &manifest->items[i]);
	free(found);
}

struct manifest *manifest_load(int folder, const struct inventory *inventory)
{
	struct manifest *manifest = memory_zeroed(1, sizeof(*manifest));
	const char *line, *end;
	size_t length;

	manifest->inventory = inventory;
	manifest->made =
		memory_zeroed(inventory->n_holders, sizeof(*manifest->made));
	if (folder >= 0)
		manifest->text = tree_read(folder, MANIFEST_FILE, &length);
	if (manifest->text)
		memory_trim(&manifest->text, length + 1, 1);
	for (line = manifest->text; line && *line; line = end) {
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		add_line(manifest, line, (size_t)(end - line));
	}
	memory_trim(&manifest->items, manifest->n, sizeof(*manifest->items));
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
	for (i = 0; i < manifest->n_gone; i++)
		free(manifest->gone[i].folder);
	free(manifest->text);
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
	char *wanted, *lines, *text = NULL;

	if (!known)
		return NULL;
	wanted = wanted_lines(manifest->inventory, holder);
	lines = lines_of(known);
	if (strcmp(wanted, lines) != 0) {
		text = describe(lines, wanted);
		*public_only = changes_public(manifest, holder, lines);
	}
	free(wanted);
	free(lines);
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
	size_t i;

	for (i = 0; i < manifest->n_gone; i++)
		if (strcmp(manifest->gone[i].folder, folder) == 0) {
			free(manifest->gone[i].folder);
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

static void write_known(FILE *out, const struct known *known,
			const char *folder)
{
	char *lines = lines_of(known);

	write_lines(out, folder, lines);
	free(lines);
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
			write_known(out, known, folder);
		}
		free(folder);
	}
	for (i = 0; i < manifest->n_gone; i++)
		write_known(out, manifest->gone[i].known,
			    manifest->gone[i].folder);
	fclose(out);
	return text;
}
