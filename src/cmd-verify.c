/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>

#include "connect.h"
#include "dates.h"
#include "inspect.h"
#include "job.h"
#include "lineage.h"
#include "report.h"
#include "summary.h"

/* The order counts: of one cause the first says it. */
static void (*const inspections[])(struct inspection *in) = {
	inspect_sums,    inspect_plan,   inspect_authorities,
	inspect_bundles, inspect_strays, inspect_secrets,
};

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print(const struct inspection *in)
{
	size_t n = faults_count(in->faults);

	faults_print(in->faults);
	if (in->job->options->regenerate) {
		report_text(stdout, in->job->directory);
		printf(": %zu file%s made again and compared",
		       in->n_regenerated, plural(in->n_regenerated));
		if (in->n_absent)
			printf(", %zu not here any more", in->n_absent);
		putchar('\n');
	}
	report_text(stdout, in->job->directory);
	if (n)
		printf(": %zu fault%s in %zu certificate%s, %zu bundle%s\n", n,
		       plural(n), in->n_certificates,
		       plural(in->n_certificates), in->n_bundles,
		       plural(in->n_bundles));
	else
		printf(": %zu certificate%s, %zu bundle%s: all as the topology "
		       "says\n",
		       in->n_certificates, plural(in->n_certificates),
		       in->n_bundles, plural(in->n_bundles));
}

static void print_json(const struct inspection *in)
{
	json_t *root = summary_json_new(in->job, "verify");
	char date[DATES_FULL];

	json_object_set_new(root, "at",
			    json_string(dates_full(in->job->now, date)));
	json_object_set_new(root, "certificates",
			    json_integer((json_int_t)in->n_certificates));
	json_object_set_new(root, "bundles",
			    json_integer((json_int_t)in->n_bundles));
	if (in->job->options->regenerate) {
		json_object_set_new(
			root, "regenerated",
			json_integer((json_int_t)in->n_regenerated));
		json_object_set_new(root, "absent",
				    json_integer((json_int_t)in->n_absent));
	}
	json_object_set_new(root, "faults", faults_json(in->faults));
	json_object_set_new(root, "notes", faults_notes_json(in->faults));
	summary_json_print(root);
}

static void show(const struct inspection *in)
{
	if (in->job->options->json)
		print_json(in);
	else if (!in->job->options->quiet)
		print(in);
}

/* What lies on disk. */
static int verify_disk(struct job *job)
{
	struct inspection in = { .job = job, .faults = faults_new() };
	int status = job_plan(job);
	size_t i;

	for (i = 0; i < job->inventory->n_cas && status == STATUS_DONE; i++)
		if (job->authorities[i]->exists &&
		    lineage_load_certificates(job->authorities[i]))
			status = STATUS_FAILED;
	if (status == STATUS_DONE) {
		for (i = 0; i < sizeof(inspections) / sizeof(inspections[0]);
		     i++)
			inspections[i](&in);
		if (job->options->regenerate)
			status = inspect_regenerated(&in);
	}
	if (status == STATUS_DONE) {
		show(&in);
		if (faults_count(in.faults))
			status = STATUS_WORK;
	}
	guides_free(in.guides);
	sums_free(in.sums);
	faults_free(in.faults);
	return status;
}

/* Half of the old state and half of the new one: no use in looking closer. */
static void show_interrupted(struct job *job)
{
	struct inspection in = { .job = job, .faults = faults_new() };

	faults_add(in.faults, ".", "topocert generate completes it",
		   "an interrupted run is to be completed");
	show(&in);
	faults_free(in.faults);
}

static int open_folder(struct job *job)
{
	int status = job_open(job, true);

	if (status == STATUS_DONE && job->output->fd < 0) {
		report_error("%s: no such folder: wanted the output folder of "
			     "generate, with -o",
			     job->directory);
		return STATUS_FAILED;
	}
	if (status == STATUS_WORK)
		show_interrupted(job);
	return status;
}

static int check_options(const struct options *options)
{
	time_t at;

	if (options->at && dates_parse(options->at, &at)) {
		report_error("verify: --at %s: wanted a date as 2027-03-01 or "
			     "2027-03-01T12:00:00Z",
			     options->at);
		return STATUS_USAGE;
	}
	if (options->regenerate && (options->at || options->connect.given)) {
		report_error("verify: --regenerate: not together with %s",
			     options->at ? "--at" : "--connect");
		return STATUS_USAGE;
	}
	return connect_check(options) ? STATUS_USAGE : STATUS_DONE;
}

int cmd_verify(const struct options *options)
{
	struct job job;
	int status = check_options(options);

	if (status != STATUS_DONE)
		return status;
	status = job_read(&job, options,
			  options->regenerate ? JOB_DERIVES : JOB_COMPARES);
	job.looks = true;
	if (status == STATUS_DONE && options->regenerate && !job.seed) {
		report_error("%s:%d: verify --regenerate: wanted seed_file in "
			     "[cluster]: without one, what was drawn at random "
			     "cannot be made again",
			     job.topology->path, job.topology->cluster.line);
		status = STATUS_TOPOLOGY;
	}
	if (status == STATUS_DONE)
		status = open_folder(&job);
	if (status == STATUS_DONE)
		status = options->connect.given ? connect_verify(&job) :
						  verify_disk(&job);
	job_clear(&job);
	return status;
}
