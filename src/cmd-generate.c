/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "job.h"
#include "run.h"

int cmd_generate(const struct options *options)
{
	struct job job;
	int status = job_begin(&job, options, JOB_MAKES | JOB_DERIVES);

	if (status == STATUS_DONE)
		status = job_plan(&job);
	if (status == STATUS_DONE)
		status = run_plan(&job, publish_new(job.output), "generate");
	job_clear(&job);
	return status;
}
