/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "crl.h"
#include "dates.h"
#include "job.h"
#include "memory.h"
#include "publish.h"
#include "report.h"
#include "signals.h"
#include "summary.h"

/* A generation of a CA and its list. */
struct item {
	struct authority *authority;
	long days; /* that the list is good for; 0: its own file knows */
	bool required; /* its key has to be there */
	bool external; /* others have its key */
	char *skipped; /* why there is no list; NULL: there is one */
	struct crl crl;
};

struct lists {
	struct job *job;
	struct item *items;
	size_t n, n_made;
};

static void add(struct lists *lists, struct authority *authority, long days,
		bool required, bool external)
{
	struct item *item =
		memory_append(&lists->items, &lists->n, sizeof(*item));

	item->authority = authority;
	item->days = days;
	item->required = required;
	item->external = external;
}

/* All generations: what the old ones signed may still be good. */
static void add_family(struct lists *lists, struct authority *authority,
		       long days, bool required, bool external)
{
	size_t i;

	add(lists, authority, days, required, external);
	for (i = 0; i < authority->n_old; i++)
		add(lists, authority->old[i], days, false, external);
	if (authority->next)
		add(lists, authority->next, days, false, external);
}

static void find_all(struct lists *lists)
{
	const struct job *job = lists->job;
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++)
		/* the key of one that only signs CAs may be elsewhere */
		add_family(lists, job->authorities[i],
			   job->inventory->cas[i].crl_days,
			   job->inventory->cas[i].role &&
				   !job->inventory->cas[i].is_external,
			   job->inventory->cas[i].is_external);
	for (i = 0; i < job->n_strays; i++)
		add_family(lists, job->strays[i], 0, false, false);
}

/* Why there cannot be a list; NULL: there can. Free it. */
static char *find_obstacle(const struct item *item, time_t now)
{
	const struct authority *authority = item->authority;
	char day[DATES_DAY];

	if (!authority->exists)
		return memory_copy("not made yet");
	if (authority->record->not_after <= now)
		return memory_format("expired on %s",
				     dates_day(authority->record->not_after,
					       day));
	if (!item->required && !authority_has_key(authority))
		return memory_copy(
			item->external ?
				"no key of it here: those who sign make it" :
				"its key is not here");
	return NULL;
}

static int make(struct lists *lists, struct publish *publish, size_t place)
{
	struct item *item = &lists->items[place];
	time_t now = lists->job->now;

	item->skipped = find_obstacle(item, now);
	if (item->skipped)
		return 0;
	lists->n_made++;
	if (authority_load_signer(item->authority, now)) {
		/* where others keep it, it may have gone its own ways */
		if (item->required || !item->authority->key_place)
			return -1;
		item->skipped = memory_copy("its key cannot be opened");
		lists->n_made--;
		return 0;
	}
	if (crl_make(&item->crl, item->authority, NULL, now, item->days))
		return -1;
	return publish_crl(publish, item->authority, &item->crl);
}

static int make_all(struct lists *lists)
{
	struct publish *publish = publish_new(lists->job->output);
	int ret = 0;
	size_t i;

	for (i = 0; i < lists->n && ret == 0; i++)
		ret = make(lists, publish, i);
	for (i = 0; i < lists->job->inventory->n_cas; i++)
		passphrase_wipe(lists->job->inventory->cas[i].passphrase);
	if (ret == 0 && !lists->n_made) {
		report_error("%s: %s", lists->items[0].authority->path,
			     lists->items[0].authority->exists ?
				     lists->items[0].skipped :
				     "no CA yet: topocert generate makes it");
		ret = -1;
	}
	if (ret == 0)
		ret = signals_caught() ? -1 : publish_commit(publish);
	if (ret && signals_caught())
		report_error("interrupted: %s is as it was",
			     lists->job->directory);
	publish_free(publish);
	return ret;
}

static void print_text(const struct lists *lists)
{
	char day[DATES_DAY];
	size_t i;

	printf("%s: %zu revocation list%s\n", lists->job->directory,
	       lists->n_made, lists->n_made == 1 ? "" : "s");
	for (i = 0; i < lists->n; i++) {
		const struct item *item = &lists->items[i];

		if (item->skipped)
			printf("  %s  none made: %s\n", item->authority->folder,
			       item->skipped);
		else
			printf("  %s/" AUTHORITY_CRL_PEM
			       "  number %s, %zu revoked, next before %s\n",
			       item->authority->folder, item->crl.number,
			       item->crl.n_revoked,
			       dates_day(item->crl.next_update, day));
	}
	puts("\nPut them where they are looked up, and make the next ones in "
	     "time: whoever\nasks for a list refuses all certificates once "
	     "the one there is out of date.");
}

static void print_json(const struct lists *lists)
{
	json_t *root = summary_json_new(lists->job, "crl");
	json_t *list = json_array();
	char date[DATES_FULL];
	size_t i;

	for (i = 0; i < lists->n; i++) {
		const struct item *item = &lists->items[i];
		json_t *object =
			json_pack("{s:s}", "folder", item->authority->folder);

		if (item->skipped)
			json_object_set_new(object, "skipped",
					    json_string(item->skipped));
		else
			json_object_update_new(
				object,
				json_pack("{s:s, s:I, s:s}", "number",
					  item->crl.number, "revoked",
					  (json_int_t)item->crl.n_revoked,
					  "next_update",
					  dates_full(item->crl.next_update,
						     date)));
		json_array_append_new(list, object);
	}
	json_object_set_new(root, "crls", list);
	summary_json_print(root);
}

static int crl(struct job *job)
{
	struct lists lists = { .job = job };
	int status = STATUS_FAILED;
	size_t i;

	find_all(&lists);
	if (make_all(&lists) == 0)
		status = STATUS_DONE;
	if (status == STATUS_DONE && job->options->json)
		print_json(&lists);
	else if (status == STATUS_DONE && !job->options->quiet)
		print_text(&lists);
	for (i = 0; i < lists.n; i++) {
		crl_clear(&lists.items[i].crl);
		free(lists.items[i].skipped);
	}
	free(lists.items);
	return status;
}

int cmd_crl(const struct options *options)
{
	struct job job;
	int status = job_begin(&job, options, JOB_MAKES | JOB_COMPARES);

	if (status == STATUS_DONE)
		status = crl(&job);
	job_clear(&job);
	return status;
}
