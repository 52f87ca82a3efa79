/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "issue.h"
#include "job.h"
#include "memory.h"
#include "progress.h"
#include "publish.h"
#include "report.h"
#include "signals.h"
#include "summary.h"

/* A run that changes something. */
struct run {
	struct job *job;
	struct issuer issuer;
	struct publish *publish;
	struct progress *progress;
	struct outcome *outcomes;
	size_t done;
};

static int make_authority(struct run *run)
{
	struct authority *authority = run->job->authority;
	struct issued issued = { 0 };
	int ret;

	if (!run->job->plan->create_ca)
		return run->job->plan->n_work ?
			       authority_load_signer(authority, run->job->now) :
			       0;
	ret = issue_authority(&run->issuer, &issued);
	if (ret == 0)
		ret = publish_authority(run->publish, authority, &issued);
	issued_clear(&issued);
	return ret;
}

static void note_outcome(struct outcome *outcome, const struct issued *issued)
{
	snprintf(outcome->serial, sizeof(outcome->serial), "%s",
		 issued->serial);
	outcome->not_after = issued->record->not_after;
}

/* The entries from FIRST to before NEXT, all of one owner. */
static int make_owner(struct run *run, size_t first, size_t next)
{
	const struct entry *entries = run->job->plan->items[first].entry;
	size_t n = next - first, i;
	struct issued *issued = memory_zeroed(n, sizeof(*issued));
	int ret = 0;

	for (i = 0; i < n && ret == 0; i++) {
		ret = signals_caught() ? -1 :
					 issue_entry(&run->issuer, &entries[i],
						     &issued[i]);
		if (ret == 0)
			note_outcome(&run->outcomes[first + i], &issued[i]);
	}
	if (ret == 0)
		ret = publish_owner(run->publish, run->job->authority, entries,
				    issued, n);
	for (i = 0; i < n; i++)
		issued_clear(&issued[i]);
	free(issued);
	run->done += n;
	progress_show(run->progress, run->done);
	return ret;
}

static int make_owners(struct run *run)
{
	const struct plan *plan = run->job->plan;
	size_t first, next;

	for (first = 0; first < plan->n_items; first = next) {
		next = plan_next_owner(plan, first);
		if (plan->items[first].action != PLAN_KEEP &&
		    make_owner(run, first, next))
			return -1;
	}
	return 0;
}

static int make_all(struct run *run)
{
	const struct plan *plan = run->job->plan;

	if (make_authority(run) || make_owners(run) ||
	    publish_conf(run->publish, NULL, run->issuer.rendered) < 0)
		return -1;
	if ((plan->create_ca || plan->n_work) &&
	    publish_index(run->publish, run->job->authority))
		return -1;
	if (signals_caught())
		return -1;
	return publish_commit(run->publish);
}

static int generate(struct job *job)
{
	struct run run = { .job = job,
			   .issuer = { .inventory = job->inventory,
				       .authority = job->authority,
				       .now = job->now } };
	int status = STATUS_DONE;

	if (issuer_prepare(&run.issuer, job->diag)) {
		diag_flush(job->diag, stderr);
		issuer_clear(&run.issuer);
		return STATUS_TOPOLOGY;
	}
	run.outcomes = memory_zeroed(job->plan->n_items, sizeof(*run.outcomes));
	run.progress = progress_new(job->plan->n_work, job->options->quiet);
	run.publish = publish_new(job->output, job->inventory);
	if (make_all(&run))
		status = STATUS_FAILED;
	progress_free(run.progress);
	if (signals_caught() && status != STATUS_DONE)
		report_error("interrupted: %s is as it was", job->directory);
	if (status == STATUS_DONE && job->options->json)
		summary_json(job, "generate", run.outcomes);
	else if (status == STATUS_DONE && !job->options->quiet)
		summary_generate(job, run.outcomes);
	publish_free(run.publish);
	issuer_clear(&run.issuer);
	free(run.outcomes);
	return status;
}

int cmd_generate(const struct options *options)
{
	struct job job;
	int status = job_read(&job, options);

	signals_catch();
	if (status == STATUS_DONE)
		status = job_plan(&job, false);
	if (status == STATUS_DONE)
		status = generate(&job);
	job_clear(&job);
	return status;
}
