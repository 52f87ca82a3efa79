/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adoption.h"
#include "guide.h"
#include "job.h"
#include "lineage.h"
#include "memory.h"
#include "publish.h"
#include "rendering.h"
#include "report.h"
#include "signals.h"

struct rendering {
	struct publish *publish;
	struct guides *guides;
	size_t written, unchanged;
};

/* RC of publishing one file; the status that follows. */
static int count(struct rendering *rendering, int rc)
{
	rendering->written += rc > 0;
	rendering->unchanged += rc == 0;
	return rc < 0 ? STATUS_FAILED : STATUS_DONE;
}

/* Render one file and stage it where it differs. The status that follows. */
static int render_ca(struct job *job, struct rendering *rendering,
		     const struct ca_entry *ca)
{
	struct rendered *rendered =
		rendering_of_ca(job->inventory, ca, job->diag);
	int status = STATUS_TOPOLOGY;

	if (rendered)
		status = count(rendering, publish_ca_conf(rendering->publish,
							  ca, rendered));
	rendered_free(rendered);
	return status;
}

static int render_entry(struct job *job, struct rendering *rendering,
			const struct entry *entry)
{
	struct rendered *rendered;
	int status = STATUS_TOPOLOGY;

	if (entry->import)
		return STATUS_DONE;
	rendered = rendering_of_entry(job->inventory, entry, job->diag);
	if (rendered)
		status = count(rendering, publish_entry_conf(rendering->publish,
							     entry, rendered));
	rendered_free(rendered);
	return status;
}

static int render_guide(struct job *job, struct rendering *rendering,
			const struct holder *holder)
{
	char *text = guides_text(rendering->guides, holder, job->diag);
	int status = STATUS_TOPOLOGY;

	if (text)
		status = count(rendering,
			       publish_guide(rendering->publish, holder, text));
	free(text);
	return status;
}

/* The worse of two. */
static int worse(int status, int other)
{
	return other == STATUS_DONE || status == STATUS_FAILED ? status : other;
}

static int render_files(struct job *job, struct rendering *rendering)
{
	const struct inventory *inventory = job->inventory;
	int status = STATUS_DONE;
	size_t i;

	for (i = 0; i < inventory->n_cas && !signals_caught(); i++)
		status = worse(status,
			       render_ca(job, rendering, &inventory->cas[i]));
	for (i = 0; i < inventory->n_entries && status != STATUS_FAILED &&
		    !signals_caught();
	     i++)
		status = worse(status, render_entry(job, rendering,
						    &inventory->entries[i]));
	for (i = 0; i < inventory->n_holders && status == STATUS_DONE &&
		    !signals_caught();
	     i++)
		status = worse(status, render_guide(job, rendering,
						    &inventory->holders[i]));
	return status;
}

static int render_all(struct job *job, struct rendering *rendering)
{
	int status = render_files(job, rendering);

	diag_flush(job->diag, stderr);
	if (signals_caught())
		status = STATUS_FAILED;
	if (status == STATUS_DONE && publish_commit(rendering->publish))
		status = STATUS_FAILED;
	return status;
}

/* A CA that is there keeps the name and, while another one is to follow it, the
 * key that it has. FOLDER is its own, -1: there is none. */
static void take_authority(struct ca_entry *ca, int folder, bool newest)
{
	struct record *record =
		folder < 0 ? NULL : record_load(folder, AUTHORITY_CERTIFICATE);

	free(ca->key_place);
	ca->key_place = adoption_key_place(ca->origin, folder, newest);
	if (record && record->common_name) {
		free(ca->common_name);
		ca->common_name = memory_copy(record->common_name);
	}
	record_free(record);
}

static void take_authorities(struct job *job)
{
	const int output = job->output->fd;
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++) {
		struct ca_entry *ca = &job->inventory->cas[i];
		char *next = memory_format("%s/" LINEAGE_NEXT, ca->folder);
		int folder = openat(output, ca->folder,
				    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		take_authority(ca, folder,
			       faccessat(output, next, F_OK, 0) != 0);
		if (folder >= 0)
			close(folder);
		free(next);
	}
}

static int render(struct job *job)
{
	struct rendering rendering = { 0 };
	int status;

	job->output = output_open(job->directory);
	if (!job->output)
		return STATUS_FAILED;
	take_authorities(job);
	rendering.publish = publish_new(job->output);
	rendering.guides = guides_new(job->inventory, job->diag);
	status = render_all(job, &rendering);
	publish_free(rendering.publish);
	guides_free(rendering.guides);
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
	int status = job_read(&job, options, 0);

	signals_catch();

	if (status == STATUS_DONE)
		status = render(&job);
	job_clear(&job);
	return status;
}
