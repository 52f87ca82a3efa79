/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "claim.h"
#include "entry.h"
#include "memory.h"

/* Certificates listed that a request may be for. */
#define PATHS_SHOWN 6

struct candidates {
	const struct entry **items;
	size_t n;
	enum asked_fit fit; /* all of them fit so far */
};

/* The end of PATH is NAME, from a slash on or as a whole. */
static bool is_end(const char *path, const char *name)
{
	size_t all = strlen(path), length = strlen(name);

	return all >= length && strcmp(path + all - length, name) == 0 &&
	       (all == length || path[all - length - 1] == '/');
}

/* PATH is the name of a file that asks for ENTRY. */
static bool is_named(const char *path, const struct entry *entry)
{
	char *name = entry_request_name(entry);
	char *conf =
		memory_format("%s/conf/%s.csr", entry->folder, entry->label);
	bool named = is_end(path, name) || is_end(path, conf);

	free(name);
	free(conf);
	return named;
}

static bool is_selected(const struct entry *entry, struct selection *only)
{
	bool selected = selection_has(only, entry->path);

	selected = selection_has(only, entry->folder) || selected;
	return selection_is_empty(only) || selected;
}

static void add(struct candidates *candidates, const struct entry *entry)
{
	*(const struct entry **)memory_append(
		&candidates->items, &candidates->n, sizeof(entry)) = entry;
}

/* All that come into question; where PATH names any of them, only those. */
static void find_all(struct candidates *candidates, const char *path,
		     const struct inventory *inventory, struct selection *only)
{
	bool named = false;
	size_t i;

	for (i = 0; i < inventory->n_entries; i++) {
		const struct entry *entry = &inventory->entries[i];
		bool is;

		if (entry->import || !is_selected(entry, only))
			continue;
		is = is_named(path, entry);
		if (is && !named)
			candidates->n = 0;
		named = named || is;
		if (is || !named)
			add(candidates, entry);
	}
}

/* Of these, keep those that the request suits best. */
static void keep_best(struct candidates *candidates, const struct record *asked)
{
	size_t i, n = candidates->n;

	candidates->n = 0;
	for (i = 0; i < n; i++) {
		const struct entry *entry = candidates->items[i];
		enum asked_fit fit = asked_fits(asked, entry);

		if (fit > candidates->fit)
			candidates->n = 0;
		if (fit >= candidates->fit) {
			candidates->items[candidates->n++] = entry;
			candidates->fit = fit;
		}
	}
}

/* The one that was meant, most probably. */
static const struct entry *nearest(const struct candidates *candidates,
				   const struct record *asked)
{
	const struct entry *entry = NULL;
	size_t i, common, most = 0;

	for (i = 0; i < candidates->n; i++) {
		common = asked_common(asked, candidates->items[i]);
		if (entry && common <= most)
			continue;
		entry = candidates->items[i];
		most = common;
	}
	return entry;
}

static void refuse_several(struct petition *petition,
			   const struct candidates *candidates)
{
	char *name = entry_request_name(candidates->items[0]), *text = NULL;
	size_t i, length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	for (i = 0; i < candidates->n && i < PATHS_SHOWN; i++)
		fprintf(out, "%s%s", i ? ", " : "", candidates->items[i]->path);
	if (candidates->n > i)
		fprintf(out, " and %zu more", candidates->n - i);
	fclose(out);
	petition_refuse(petition,
			"it may be for any of %s: wanted --only NAME, or a "
			"file name such as %s",
			text, name);
	free(text);
	free(name);
}

static void check(struct petition *petition, const struct inventory *inventory)
{
	const struct entry *entry = petition->entry;
	char *why;

	if (entry->ca->is_external) {
		petition_refuse(petition,
				"%s is signed by others: wanted topocert csr, "
				"or the same file for them",
				entry->path);
		return;
	}
	why = asked_check(petition->asked, petition->request, inventory, entry);
	if (why)
		petition_refuse(petition, "for %s: %s", entry->path, why);
	free(why);
}

void claim_find(struct petition *petition, const struct inventory *inventory,
		struct selection *only)
{
	struct candidates candidates = { 0 };

	if (petition->refusal)
		return;
	find_all(&candidates, petition->path, inventory, only);
	if (candidates.n > 1)
		keep_best(&candidates, petition->asked);
	if (candidates.n == 0) {
		petition_refuse(petition, "there is no certificate to ask for");
	} else if (candidates.n > 1 && candidates.fit == ASKED_ALL) {
		refuse_several(petition, &candidates);
	} else if (candidates.n > 1 && candidates.fit == ASKED_NOTHING) {
		petition_refuse(petition,
				"nobody in the topology has its subject: '%s'",
				petition->asked->subject);
	} else {
		petition->entry = nearest(&candidates, petition->asked);
		check(petition, inventory);
	}
	free(candidates.items);
}
