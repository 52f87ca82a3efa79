/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>

#include "job.h"
#include "summary.h"

int cmd_plan(const struct options *options)
{
	struct job job;
	int status = job_read(&job, options);

	if (status == STATUS_DONE)
		status = job_plan(&job, true);
	if (status == STATUS_DONE) {
		if (options->json)
			summary_json(&job, "plan", NULL);
		else if (!options->quiet)
			summary_plan(&job);
		if (job.output->pending && !options->quiet && !options->json)
			printf("%s: an interrupted run is to be completed\n",
			       job.directory);
		if (!plan_is_empty(job.plan) || job.output->pending)
			status = STATUS_WORK;
	}
	job_clear(&job);
	return status;
}
