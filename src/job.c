/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "memory.h"

/* Print what was collected; the status that follows from it. */
static int settle(struct job *job)
{
	bool failed = diag_failed(job->diag);

	diag_flush(job->diag, stderr);
	return failed ? STATUS_TOPOLOGY : STATUS_DONE;
}

int job_read(struct job *job, const struct options *options)
{
	const struct setting *name;

	memset(job, 0, sizeof(*job));
	job->options = options;
	job->now = time(NULL);
	job->diag = diag_new();
	job->topology = topology_read(options->operand, job->diag);
	name = &job->topology->cluster.profile;
	if (name->text)
		job->profile = profile_read(name->text, job->topology->path,
					    name->line, options->templates,
					    job->diag);
	if (job->profile)
		job->inventory =
			inventory_new(job->topology, job->profile, job->diag);
	if (diag_failed(job->diag))
		return settle(job);
	job->directory = memory_copy(options->output ?
					     options->output :
					     job->topology->cluster.name.text);
	return STATUS_DONE;
}

int job_plan(struct job *job, bool readonly)
{
	int status;

	job->output = readonly ? output_open_readonly(job->directory) :
				 output_open(job->directory);
	if (!job->output)
		return STATUS_FAILED;
	if (job->output->pending)
		return STATUS_WORK;
	job->authority = authority_open(job->output, AUTHORITY_FOLDER,
					job->profile->ca.file.text);
	if (!job->authority)
		return STATUS_FAILED;
	job->plan =
		plan_new(job->inventory, job->authority, job->now, job->diag);
	status = settle(job);
	return job->plan->broken ? STATUS_TOPOLOGY : status;
}

void job_clear(struct job *job)
{
	plan_free(job->plan);
	authority_free(job->authority);
	output_close(job->output);
	inventory_free(job->inventory);
	profile_free(job->profile);
	topology_free(job->topology);
	diag_free(job->diag);
	free(job->directory);
	memset(job, 0, sizeof(*job));
}
