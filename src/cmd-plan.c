/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "job.h"
#include "summary.h"

static void print_plan(const struct job *job)
{
	if (job->options->json)
		summary_json(job, "plan", NULL);
	else if (!job->options->quiet)
		summary_plan(job);
}

int cmd_plan(const struct options *options)
{
	struct job job;
	int status = job_read(&job, options, JOB_MAKES | JOB_DERIVES);

	if (status == STATUS_DONE)
		status = job_open(&job, true);
	if (status == STATUS_DONE)
		status = job_plan(&job);
	if (status == STATUS_WORK) {
		summary_interrupted(&job, "plan");
	} else if (status == STATUS_DONE) {
		print_plan(&job);
		if (!plan_is_empty(job.plan) || plan_waits(job.plan))
			status = STATUS_WORK;
	}
	job_clear(&job);
	return status;
}
