/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>

#include "job.h"
#include "publish.h"
#include "report.h"
#include "signals.h"

struct rendering {
	struct publish *publish;
	size_t written, unchanged;
};

/* Render one file and stage it where it differs. The status that follows. */
static int render_one(struct job *job, struct rendering *rendering,
		      const struct entry *entry)
{
	struct rendered *rendered =
		inventory_render(job->inventory, entry, job->diag);
	int rc;

	if (!rendered)
		return STATUS_TOPOLOGY;
	rc = publish_conf(rendering->publish, entry, rendered);
	rendering->written += rc > 0;
	rendering->unchanged += rc == 0;
	rendered_free(rendered);
	return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}

static int render_all(struct job *job, struct rendering *rendering)
{
	int status = render_one(job, rendering, NULL), one;
	size_t i;

	for (i = 0; i < job->inventory->n_entries && status != STATUS_FAILED &&
		    !signals_caught();
	     i++) {
		one = render_one(job, rendering, &job->inventory->entries[i]);
		if (one != STATUS_DONE)
			status = one;
	}
	diag_flush(job->diag, stderr);
	if (signals_caught())
		status = STATUS_FAILED;
	if (status == STATUS_DONE && publish_commit(rendering->publish))
		status = STATUS_FAILED;
	return status;
}

static int render(struct job *job)
{
	struct rendering rendering = { 0 };
	int status;

	job->output = output_open(job->directory);
	if (!job->output)
		return STATUS_FAILED;
	rendering.publish = publish_new(job->output, job->inventory);
	status = render_all(job, &rendering);
	publish_free(rendering.publish);
	if (status != STATUS_DONE || job->options->quiet)
		return status;
	printf("%s: wrote %zu configuration files, %zu were as they should "
	       "be\n",
	       job->directory, rendering.written, rendering.unchanged);
	return status;
}

int cmd_render(const struct options *options)
{
	struct job job;
	int status = job_read(&job, options);

	signals_catch();

	if (status == STATUS_DONE)
		status = render(&job);
	job_clear(&job);
	return status;
}
