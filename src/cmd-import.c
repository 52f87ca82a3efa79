/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "acceptance.h"
#include "arrival.h"
#include "dates.h"
#include "job.h"
#include "memory.h"
#include "pending.h"
#include "publish.h"
#include "report.h"
#include "run.h"
#include "signals.h"
#include "summary.h"
#include "takeover.h"

/* Refusals shown of a longer list. */
#define REFUSALS_SHOWN 100

struct importing {
	struct job *job;
	struct arrivals arrivals;
	struct outcome *outcomes; /* NULL: nothing was taken */
};

/* "signed.pem, certificate 2 (/O=Own/CN=node)"; free it. */
static char *describe(const struct arrival *arrival)
{
	char *number = arrival->number > 1 ? memory_format(", certificate %zu",
							   arrival->number) :
					     memory_copy("");
	char *text = memory_format("%s%s (%s)", arrival->source, number,
				   arrival->record->subject);

	free(number);
	return text;
}

static size_t count_refused(const struct importing *in)
{
	return in->arrivals.n_faults + in->job->accepted->n_refusals;
}

/* On standard error, whatever is printed besides. */
static void report_refused(const struct importing *in)
{
	const struct acceptance *accepted = in->job->accepted;
	size_t i, shown = 0;

	for (i = 0; i < in->arrivals.n_faults && shown < REFUSALS_SHOWN;
	     i++, shown++)
		report_error("%s: refused: %s", in->arrivals.faults[i].source,
			     in->arrivals.faults[i].reason);
	for (i = 0; i < accepted->n_refusals && shown < REFUSALS_SHOWN;
	     i++, shown++) {
		char *who = describe(accepted->refusals[i].arrival);

		report_error("%s: refused: %s", who,
			     accepted->refusals[i].reason);
		free(who);
	}
	if (count_refused(in) > shown)
		report_error("... and %zu more (--json has all)",
			     count_refused(in) - shown);
}

static bool is_missing(const struct plan_item *item)
{
	return plan_asks(item) && item->entry->ca &&
	       item->entry->ca->is_external;
}

static size_t count_missing(const struct importing *in)
{
	size_t i, n = 0;

	for (i = 0; i < in->job->plan->n_items; i++)
		n += is_missing(&in->job->plan->items[i]);
	return n;
}

/* The bundles of the group are made by this run. */
static bool is_made(const struct job *job, size_t group)
{
	return job->accepted->n &&
	       plan_has_work(job->plan, job->inventory, group) &&
	       !job->plan->groups[group].blocked;
}

static size_t count_bundles(const struct job *job)
{
	size_t i, n = 0;

	for (i = 0; i < job->inventory->n_groups; i++)
		if (is_made(job, i))
			n += job->inventory->groups[i].n_holders;
	return n;
}

static void print_taken(const struct importing *in)
{
	const struct job *job = in->job;
	size_t i, shown = 0;

	for (i = 0; i < job->plan->n_items && shown < LINES_SHOWN; i++) {
		const struct arrival *arrival = job->accepted->items[i];
		char day[DATES_DAY], *note;

		if (!arrival)
			continue;
		shown++;
		note = acceptance_note(job->accepted, i);
		printf("  %s  until %s%s", job->plan->items[i].entry->path,
		       dates_day(arrival->record->not_after, day),
		       note ? "; " : "");
		if (note)
			report_text(stdout, note);
		fputc('\n', stdout);
		free(note);
	}
	if (job->accepted->n > shown)
		printf("  ... and %zu more (--json has all)\n",
		       job->accepted->n - shown);
}

static void print_missing(const struct importing *in)
{
	const struct job *job = in->job;
	size_t i, shown = 0, n = count_missing(in);

	if (n)
		printf("%zu still missing:\n", n);
	for (i = 0; i < job->plan->n_items && shown < LINES_SHOWN; i++) {
		const struct plan_item *item = &job->plan->items[i];

		if (!is_missing(item))
			continue;
		shown++;
		printf("  %s  ", item->entry->path);
		report_text(stdout, item->reason);
		fputs(item->action == PLAN_WAIT ? "; its request is out\n" :
						  "; topocert csr makes a "
						  "request\n",
		      stdout);
	}
	if (n > shown)
		printf("  ... and %zu more (--json has all)\n", n - shown);
}

static void print_text(const struct importing *in)
{
	const struct job *job = in->job;
	const struct acceptance *accepted = job->accepted;
	const size_t bundles = count_bundles(job);

	printf("%s: %zu certificate%s taken", job->directory, accepted->n,
	       accepted->n == 1 ? "" : "s");
	if (accepted->n)
		printf(", %zu bundle%s complete", bundles,
		       bundles == 1 ? "" : "s");
	if (accepted->n_known)
		printf(", %zu here already", accepted->n_known);
	if (count_refused(in))
		printf(", %zu refused", count_refused(in));
	fputc('\n', stdout);
	print_taken(in);
	print_missing(in);
	if (bundles)
		summary_upload(job);
}

static json_t *taken_json(const struct job *job, size_t place)
{
	const struct arrival *arrival = job->accepted->items[place];
	char *note = acceptance_note(job->accepted, place);
	char date[DATES_FULL];
	json_t *object;

	object = json_pack("{s:s, s:o, s:s, s:s, s:s}", "path",
			   job->inventory->entries[place].path, "file",
			   summary_json_text(arrival->source), "ca",
			   job->inventory->entries[place].ca->folder, "serial",
			   arrival->record->serial, "not_after",
			   dates_full(arrival->record->not_after, date));
	if (note)
		json_object_set_new(object, "note", summary_json_text(note));
	free(note);
	return object;
}

static json_t *refused_json(const struct importing *in)
{
	const struct acceptance *accepted = in->job->accepted;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < in->arrivals.n_faults; i++)
		json_array_append_new(
			list,
			json_pack("{s:o, s:o}", "file",
				  summary_json_text(
					  in->arrivals.faults[i].source),
				  "reason",
				  summary_json_text(
					  in->arrivals.faults[i].reason)));
	for (i = 0; i < accepted->n_refusals; i++) {
		const struct refusal *refusal = &accepted->refusals[i];

		json_array_append_new(
			list,
			json_pack(
				"{s:o, s:I, s:o, s:s, s:o}", "file",
				summary_json_text(refusal->arrival->source),
				"number", (json_int_t)refusal->arrival->number,
				"subject",
				summary_json_text(
					refusal->arrival->record->subject),
				"serial", refusal->arrival->record->serial,
				"reason", summary_json_text(refusal->reason)));
	}
	return list;
}

static json_t *missing_json(const struct job *job)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < job->plan->n_items; i++) {
		const struct plan_item *item = &job->plan->items[i];

		if (is_missing(item))
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:o}", "path",
					  item->entry->path, "action",
					  plan_action_name(item->action),
					  "reason",
					  summary_json_text(item->reason)));
	}
	return list;
}

static json_t *bundles_json(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];
		char *folder;

		if (!is_made(job, holder->group))
			continue;
		folder = inventory_folder(holder->owner);
		json_array_append_new(list, json_sprintf("%s" PUBLISH_BUNDLE,
							 folder));
		free(folder);
	}
	return list;
}

static void print_json(const struct importing *in)
{
	const struct job *job = in->job;
	json_t *root = summary_json_new(job, "import");
	json_t *taken = json_array(), *ignored = json_array();
	size_t i;

	for (i = 0; i < job->inventory->n_entries; i++)
		if (job->accepted->items[i])
			json_array_append_new(taken, taken_json(job, i));
	for (i = 0; i < in->arrivals.n_ignored; i++)
		json_array_append_new(
			ignored, summary_json_text(in->arrivals.ignored[i]));
	json_object_set_new(root, "taken", taken);
	json_object_set_new(root, "bundles", bundles_json(job));
	json_object_set_new(root, "known",
			    json_integer((json_int_t)job->accepted->n_known));
	json_object_set_new(root, "refused", refused_json(in));
	json_object_set_new(root, "missing", missing_json(job));
	json_object_set_new(root, "ignored", ignored);
	summary_json_print(root);
}

static int finish(const struct importing *in)
{
	report_refused(in);
	if (in->job->options->json)
		print_json(in);
	else if (!in->job->options->quiet)
		print_text(in);
	if (count_refused(in))
		return STATUS_FAILED;
	return count_missing(in) ? STATUS_WORK : STATUS_DONE;
}

static int import(struct job *job)
{
	struct importing in = { .job = job };
	int status = takeover_prepare(job);

	if (status != STATUS_DONE)
		return status;
	arrivals_read(&in.arrivals, &job->options->names);
	job->pending = pending_load(job->output->fd, job->inventory);
	job->accepted = acceptance_new(job, &in.arrivals);
	status = job_plan(job);
	if (status == STATUS_DONE && job->accepted->n)
		status = run_make(job, publish_new(job->output), &in.outcomes);
	if (status == STATUS_DONE)
		status = finish(&in);
	free(in.outcomes);
	arrivals_clear(&in.arrivals);
	return status;
}

static int check_external(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++)
		if (job->inventory->cas[i].is_external)
			return STATUS_DONE;
	report_error("%s: no [ca] with external = yes, and so nothing to "
		     "import: topocert generate makes the certificates",
		     job->topology->path);
	return STATUS_FAILED;
}

int cmd_import(const struct options *options)
{
	struct job job;
	int status;

	if (!options->names.n) {
		report_error("import: which certificates? wanted files or "
			     "folders behind the topology");
		return STATUS_USAGE;
	}
	status = job_read(&job, options, JOB_MAKES | JOB_COMPARES);
	signals_catch();
	if (status == STATUS_DONE)
		status = check_external(&job);
	if (status == STATUS_DONE)
		status = job_open(&job, false);
	if (status == STATUS_DONE)
		status = import(&job);
	job_clear(&job);
	return status;
}
