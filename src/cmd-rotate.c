/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "memory.h"
#include "report.h"
#include "rotation.h"
#include "run.h"
#include "signals.h"
#include "suggest.h"
#include "summary.h"

/* The stages by their words. */
static const struct stage {
	const char *name;
	int (*run)(struct rotation *rotation);
	bool reuses_key, forces; /* takes these options */
	bool drops; /* only takes a CA away */
	bool finishes; /* can be done with a CA whose key others have */
	struct rotation_text text;
} stages[] = {
	{ .name = "begin",
	  .run = rotation_begin,
	  .reuses_key = true,
	  .text = { .done = "is the next CA.",
		    .then = "All bundles have both CAs' certificates; those of "
			    "hosts and users stay as they\nare. When every "
			    "host and client has loaded the new files, let the "
			    "new CA sign:",
		    .below = "Whoever trusts the CA above it trusts it, too: "
			     "nothing has to be uploaded for\nthat. Let the "
			     "new CA sign:",
		    .next = "switch" } },
	{ .name = "switch",
	  .run = rotation_switch,
	  .text = { .done = "signs from now on.",
		    .then = "All bundles still have both CAs' certificates. "
			    "Upload and reload one host after\nthe other, as "
			    "you like. When every host and client has its new "
			    "certificate\n(topocert verify --connect shows it "
			    "for servers), give up the former CA:",
		    .below = "Upload and reload one host after the other, as "
			     "you like. When every host and\nclient has its "
			     "new certificate (topocert verify --connect "
			     "shows it for servers),\ngive up the former CA:",
		    .next = "finish" } },
	{ .name = "finish",
	  .run = rotation_finish,
	  .forces = true,
	  .finishes = true,
	  .drops = true,
	  .text = { .done = "is the only CA.",
		    .then = "The former one is kept, to revoke what it "
			    "signed." } },
	{ .name = "abort",
	  .run = rotation_abort,
	  .drops = true,
	  .text = { .done = "stays the only CA.",
		    .then = "The next one is forgotten." } },
};

#define N_STAGES (sizeof(stages) / sizeof(stages[0]))

/* An option of another stage would be taken to have done something. */
static const struct stage *check_options(const struct stage *stage,
					 const struct options *options)
{
	const char *option = NULL;

	if (options->reuse_key && !stage->reuses_key)
		option = "--reuse-key is for begin";
	else if (options->force && !stage->forces)
		option = "--force is for finish";
	if (!option)
		return stage;
	report_error("rotate: '%s': %s", stage->name, option);
	return NULL;
}

static const struct stage *find_stage(const struct options *options)
{
	const struct words *words = &options->words;
	size_t i;

	if (words->n == 2 && strcmp(words->items[0], "ca") != 0) {
		report_error("rotate: '%s': wanted ca", words->items[0]);
		return NULL;
	}
	for (i = 0; words->n == 2 && i < N_STAGES; i++)
		if (strcmp(stages[i].name, words->items[1]) == 0)
			return check_options(&stages[i], options);
	report_error("rotate: '%s': wanted begin, switch, finish or abort",
		     words->n == 2 ? words->items[1] : "");
	return NULL;
}

/* The place of the CA that is meant; SIZE_MAX: reported. */
static size_t find_ca(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	const char *name = job->options->ca ? job->options->ca : "";
	size_t i;

	/* the plain one is called by its folder, too */
	if (strcmp(name, AUTHORITY_FOLDER) == 0)
		name = "";
	for (i = 0; i < inventory->n_cas; i++)
		if (strcmp(inventory->cas[i].name, name) == 0)
			return i;
	if (!job->options->ca && inventory->n_cas == 1)
		return 0;
	name = job->options->ca;
	report_error("rotate: %s%s: wanted --ca with one of:",
		     name ? "there is no CA of the name " : "which CA?",
		     name ? name : "");
	for (i = 0; i < inventory->n_cas; i++)
		fprintf(stderr, "  %s\n",
			*inventory->cas[i].name ? inventory->cas[i].name :
						  AUTHORITY_FOLDER);
	return SIZE_MAX;
}

/* Its next generation is made elsewhere, too. */
static int refuse_external(const struct job *job, size_t place,
			   const struct stage *stage)
{
	const struct ca_entry *ca = &job->inventory->cas[place];

	if (!ca->is_external)
		return 0;
	report_error("%s:%d: external = yes: cannot %s, for others have the "
		     "key of the CA in %s/: put the certificate of the next "
		     "one into its cert_file, then topocert generate takes it "
		     "over, csr and import renew all that the former one "
		     "signed, and rotate ca finish gives that up",
		     job->topology->path, ca->section->external.line,
		     stage->name, ca->folder);
	return -1;
}

static int rotate(struct job *job, const struct stage *stage)
{
	struct rotation rotation = { .job = job,
				     .reuse_key = job->options->reuse_key,
				     .force = job->options->force };
	int status;

	rotation.place = find_ca(job);
	if (rotation.place == SIZE_MAX)
		return STATUS_USAGE;
	if (!stage->finishes && refuse_external(job, rotation.place, stage))
		return STATUS_FAILED;
	rotation.publish = publish_new(job->output);
	status = stage->run(&rotation);
	if (status == STATUS_DONE) {
		job_take_authorities(job);
		job->rotates = true;
		job->drops = stage->drops;
		status = job_plan(job);
	}
	if (status != STATUS_DONE) {
		publish_free(rotation.publish);
		return status;
	}
	status = run_plan(job, rotation.publish, "rotate");
	if (status == STATUS_DONE && !job->options->json &&
	    !job->options->quiet)
		summary_rotation(job, rotation.place, &stage->text);
	return status;
}

int cmd_rotate(const struct options *options)
{
	const struct stage *stage = find_stage(options);
	struct job job;
	int status;

	if (!stage)
		return STATUS_USAGE;
	signals_catch();
	status = job_read(&job, options, JOB_MAKES | JOB_DERIVES);
	if (status == STATUS_DONE)
		status = job_open(&job, false);
	if (status == STATUS_DONE)
		status = rotate(&job, stage);
	job_clear(&job);
	return status;
}
