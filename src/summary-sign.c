/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "dates.h"
#include "memory.h"
#include "report.h"
#include "summary-sign.h"

enum state { SIGNED, DONE, REFUSED, STATES };

struct telling {
	const struct job *job;
	const struct petition *petitions;
	size_t n;
	const struct outcome *outcomes;
};

static enum state state_of(const struct petition *petition)
{
	if (petition->refusal)
		return REFUSED;
	return petition->done ? DONE : SIGNED;
}

static size_t count(const struct telling *in, enum state state)
{
	size_t i, n = 0;

	for (i = 0; i < in->n; i++)
		n += state_of(&in->petitions[i]) == state;
	return n;
}

static size_t place_of(const struct telling *in,
		       const struct petition *petition)
{
	return (size_t)(petition->entry - in->job->inventory->entries);
}

/* When what was signed, now or before, ends, and its serial number. */
static struct outcome outcome_of(const struct telling *in,
				 const struct petition *petition)
{
	const size_t place = place_of(in, petition);
	const struct plan_item *item = &in->job->plan->items[place];
	struct outcome outcome = { 0 };
	struct index_row row;

	if (!petition->done)
		outcome = in->outcomes[place];
	else if (item->signer &&
		 index_find(item->signer->index, item->entry->path, &row)) {
		outcome.serial = row.serial;
		outcome.not_after = index_expires(&row);
	}
	return outcome;
}

/* The bundles of the group get a certificate that was signed now. */
static bool is_made(const struct telling *in, size_t group)
{
	return plan_has_work(in->job->plan, in->job->inventory, group);
}

/* Call TELL for each certificate that such a bundle should have, and has
 * not. */
static size_t each_missing(const struct telling *in,
			   void (*tell)(const struct entry *entry, void *data),
			   void *data)
{
	const struct inventory *inventory = in->job->inventory;
	size_t i, k, n = 0;

	for (i = 0; i < inventory->n_groups; i++) {
		const struct group *group = &inventory->groups[i];

		for (k = 0; is_made(in, i) && k < group->n_entries; k++) {
			size_t place = group->first_entry + k;

			if (!in->job->plan->items[place].absent)
				continue;
			n++;
			tell(&inventory->entries[place], data);
		}
	}
	return n;
}

static void print_signed(const struct telling *in,
			 const struct petition *petition)
{
	const struct entry *entry = petition->entry;
	const struct outcome outcome = outcome_of(in, petition);
	char day[DATES_DAY];

	if (entry->service)
		printf("  %s, %s of all its hosts", entry->folder, entry->file);
	else
		printf("  %s.tar.gz  %s", entry->folder, entry->file);
	printf(" until %s, %s ", dates_day(outcome.not_after, day),
	       petition->done ? "signed before:" : "for");
	report_text(stdout, petition->path);
	fputc('\n', stdout);
}

static void print_all(const struct telling *in)
{
	size_t i, shown = 0;

	for (i = 0; i < in->n && shown < LINES_SHOWN; i++) {
		if (state_of(&in->petitions[i]) == REFUSED)
			continue;
		print_signed(in, &in->petitions[i]);
		shown++;
	}
	if (in->n - count(in, REFUSED) > shown)
		printf("  ... and %zu more (--json has all)\n",
		       in->n - count(in, REFUSED) - shown);
}

static void print_missing(const struct entry *entry, void *data)
{
	size_t *shown = data;

	if (++*shown <= LINES_SHOWN)
		printf("not in its bundle yet: %s\n", entry->path);
}

void summary_sign(const struct job *job, const struct petition *petitions,
		  size_t n, const struct outcome *outcomes)
{
	const struct telling in = { job, petitions, n, outcomes };
	size_t n_signed = count(&in, SIGNED), shown = 0;

	printf("%s: signed %zu request%s", job->directory, n_signed,
	       n_signed == 1 ? "" : "s");
	if (count(&in, DONE))
		printf(", %zu signed before", count(&in, DONE));
	if (count(&in, REFUSED))
		printf(", refused %zu", count(&in, REFUSED));
	fputc('\n', stdout);
	print_all(&in);
	if (!n_signed)
		return;
	if (each_missing(&in, print_missing, &shown)) {
		if (shown > LINES_SHOWN)
			printf("not in its bundle yet: ... and %zu more\n",
			       shown - LINES_SHOWN);
		puts("Sign requests for these, too; topocert generate would "
		     "make their keys here.");
	}
	summary_upload(job);
}

static json_t *petition_json(const struct telling *in,
			     const struct petition *petition)
{
	json_t *object =
		json_pack("{s:o}", "file", summary_json_text(petition->path));
	const struct entry *entry = petition->entry;
	struct outcome outcome;
	char date[DATES_FULL];

	if (entry)
		json_object_set_new(object, "path", json_string(entry->path));
	if (petition->refusal) {
		json_object_set_new(object, "reason",
				    summary_json_text(petition->refusal));
		return object;
	}
	outcome = outcome_of(in, petition);
	json_object_set_new(object, "ca", json_string(entry->ca->folder));
	json_object_set_new(object, "serial",
			    json_string(outcome.serial ? outcome.serial : ""));
	json_object_set_new(object, "not_after",
			    json_string(dates_full(outcome.not_after, date)));
	return object;
}

static void add_missing(const struct entry *entry, void *data)
{
	json_array_append_new(data, json_string(entry->path));
}

void summary_sign_json(const struct job *job, const struct petition *petitions,
		       size_t n, const struct outcome *outcomes)
{
	static const char *const names[STATES] = {
		[SIGNED] = "signed",
		[DONE] = "signed_before",
		[REFUSED] = "refused",
	};
	const struct telling in = { job, petitions, n, outcomes };
	json_t *root = summary_json_new(job, "sign"), *lists[STATES];
	json_t *missing = json_array();
	size_t i;

	for (i = 0; i < STATES; i++) {
		lists[i] = json_array();
		json_object_set_new(root, names[i], lists[i]);
	}
	for (i = 0; i < n; i++)
		json_array_append_new(lists[state_of(&petitions[i])],
				      petition_json(&in, &petitions[i]));
	each_missing(&in, add_missing, missing);
	json_object_set_new(root, "missing", missing);
	summary_json_print(root);
}
