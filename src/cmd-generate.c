/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "guide.h"
#include "held.h"
#include "issue.h"
#include "job.h"
#include "lineage.h"
#include "memory.h"
#include "progress.h"
#include "publish.h"
#include "report.h"
#include "signals.h"
#include "summary.h"

/* A run that changes something. */
struct run {
	struct job *job;
	struct issuer *issuers; /* one for each CA */
	struct publish *publish;
	struct progress *progress;
	struct outcome *outcomes;
	size_t done;
};

static int make_authority(struct run *run, size_t place)
{
	struct job *job = run->job;
	struct authority *authority = job->authorities[place];
	const struct plan_ca *planned = &job->plan->cas[place];
	struct issued issued = { 0 };
	int ret;

	if (planned->create) {
		ret = issue_authority(&run->issuers[place], &issued);
		if (ret == 0)
			ret = publish_authority(run->publish, authority,
						&issued);
		issued_clear(&issued);
		return ret;
	}
	if (planned->signs && authority_load_signer(authority, job->now))
		return -1;
	/* bundles hold its certificate */
	return plan_makes(job->plan) ? lineage_load_certificates(authority) : 0;
}

static int make_authorities(struct run *run)
{
	size_t i;

	for (i = 0; i < run->job->inventory->n_cas; i++)
		if (signals_caught() || make_authority(run, i))
			return -1;
	return 0;
}

static void note_outcome(struct outcome *outcome, const struct issued *issued)
{
	if (!issued->record)
		return;
	snprintf(outcome->serial, sizeof(outcome->serial), "%s",
		 issued->serial);
	outcome->not_after = issued->record->not_after;
}

static int make_entry(struct run *run, size_t place, struct issued *issued)
{
	const struct job *job = run->job;
	const struct plan_item *item = &job->plan->items[place];
	const struct entry *entry = item->entry;
	size_t ca;

	if (entry->import)
		return issue_import(entry, issued);
	ca = (size_t)(entry->ca - job->inventory->cas);
	if (item->action == PLAN_KEEP)
		return held_load(job->output->fd, entry, job->authorities[ca],
				 issued);
	return issue_entry(&run->issuers[ca], entry, issued);
}

static int make_group(struct run *run, const struct group *group)
{
	struct issued *issued =
		memory_zeroed(group->n_entries, sizeof(*issued));
	const struct materials materials = {
		.inventory = run->job->inventory,
		.authorities = run->job->authorities,
		.group = group,
		.issued = issued,
	};
	size_t i, place;
	int ret = 0;

	for (i = 0; i < group->n_entries && ret == 0; i++) {
		place = group->first_entry + i;
		ret = signals_caught() ? -1 :
					 make_entry(run, place, &issued[i]);
		if (ret == 0)
			note_outcome(&run->outcomes[place], &issued[i]);
		run->done += run->job->plan->items[place].action != PLAN_KEEP;
	}
	if (ret == 0)
		ret = publish_group(run->publish, &materials, run->job->guides,
				    run->job->diag);
	for (i = 0; i < group->n_holders; i++)
		manifest_set(run->job->manifest, group->first_holder + i);
	for (i = 0; i < group->n_entries; i++)
		issued_clear(&issued[i]);
	free(issued);
	progress_show(run->progress, run->done);
	return ret;
}

static int make_groups(struct run *run)
{
	const struct inventory *inventory = run->job->inventory;
	const struct plan *plan = run->job->plan;
	size_t i;

	for (i = 0; i < inventory->n_groups; i++)
		if (plan_has_work(plan, inventory, i) &&
		    make_group(run, &inventory->groups[i]))
			return -1;
	if (!plan_makes(plan))
		return 0;
	return publish_manifest(run->publish, run->job->authorities[0],
				run->job->manifest);
}

/* The CAs' configuration and databases. */
static int finish_authorities(struct run *run)
{
	const struct job *job = run->job;
	const struct plan *plan = job->plan;
	size_t i;

	for (i = 0; i < plan->n_cas; i++) {
		if (publish_ca_conf(run->publish, &job->inventory->cas[i],
				    run->issuers[i].rendered) < 0)
			return -1;
		if ((plan->cas[i].create || plan->cas[i].signs) &&
		    publish_index(run->publish, job->authorities[i]))
			return -1;
	}
	return 0;
}

static int make_all(struct run *run)
{
	if (make_authorities(run) || make_groups(run) ||
	    finish_authorities(run) || signals_caught())
		return -1;
	return publish_commit(run->publish);
}

static int prepare_issuers(struct run *run)
{
	const struct job *job = run->job;
	size_t i;

	run->issuers =
		memory_zeroed(job->inventory->n_cas, sizeof(*run->issuers));
	for (i = 0; i < job->inventory->n_cas; i++) {
		run->issuers[i] = (struct issuer){
			.inventory = job->inventory,
			.ca = &job->inventory->cas[i],
			.authority = job->authorities[i],
			.now = job->now,
		};
		if (issuer_prepare(&run->issuers[i], job->diag))
			return -1;
	}
	return 0;
}

static void clear_run(struct run *run)
{
	size_t i;

	for (i = 0; i < run->job->inventory->n_cas; i++)
		issuer_clear(&run->issuers[i]);
	publish_free(run->publish);
	free(run->issuers);
	free(run->outcomes);
}

static int generate(struct job *job)
{
	struct run run = { .job = job };
	int status = STATUS_DONE;

	if (prepare_issuers(&run)) {
		diag_flush(job->diag, stderr);
		clear_run(&run);
		return STATUS_TOPOLOGY;
	}
	run.outcomes = memory_zeroed(job->plan->n_items, sizeof(*run.outcomes));
	run.progress = progress_new(job->plan->n_work, job->options->quiet);
	run.publish = publish_new(job->output);
	if (make_all(&run))
		status = STATUS_FAILED;
	progress_free(run.progress);
	diag_flush(job->diag, stderr);
	if (signals_caught() && status != STATUS_DONE)
		report_error("interrupted: %s is as it was", job->directory);
	if (status == STATUS_DONE && job->options->json)
		summary_json(job, "generate", run.outcomes);
	else if (status == STATUS_DONE && !job->options->quiet)
		summary_generate(job, run.outcomes);
	clear_run(&run);
	return status;
}

int cmd_generate(const struct options *options)
{
	struct job job;
	int status = job_read(&job, options);

	signals_catch();
	if (status == STATUS_DONE)
		status = job_open(&job, false);
	if (status == STATUS_DONE)
		status = job_plan(&job);
	if (status == STATUS_DONE)
		status = generate(&job);
	job_clear(&job);
	return status;
}
