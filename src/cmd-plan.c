/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>

#include "job.h"
#include "summary.h"

/* What lies there is half of the old state and half of the new one. */
static void print_interrupted(const struct job *job)
{
	if (job->options->json)
		summary_interrupted_json(job);
	else if (!job->options->quiet)
		printf("%s: an interrupted run is to be completed\n",
		       job->directory);
}

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
	int status = job_read(&job, options);

	if (status == STATUS_DONE)
		status = job_open(&job, true);
	if (status == STATUS_DONE)
		status = job_plan(&job);
	if (status == STATUS_WORK) {
		print_interrupted(&job);
	} else if (status == STATUS_DONE) {
		print_plan(&job);
		if (!plan_is_empty(job.plan))
			status = STATUS_WORK;
	}
	job_clear(&job);
	return status;
}
