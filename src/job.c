/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acceptance.h"
#include "adoption.h"
#include "chain.h"
#include "datafile.h"
#include "dates.h"
#include "foreign.h"
#include "job.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "seed.h"
#include "seeding.h"
#include "signals.h"
#include "takeover.h"
#include "tree.h"

/* Print what was collected; the status that follows from it. */
static int settle(struct job *job)
{
	bool failed = diag_failed(job->diag);

	diag_flush(job->diag, stderr);
	return failed ? STATUS_TOPOLOGY : STATUS_DONE;
}

static void read_foreign(struct job *job)
{
	const struct inventory *inventory = job->inventory;
	size_t i;

	if (!inventory)
		return;
	job->foreign = memory_zeroed(inventory->n_cas, sizeof(*job->foreign));
	for (i = 0; i < inventory->n_cas; i++)
		job->foreign[i] = foreign_read(&inventory->cas[i],
					       job->topology, job->diag);
}

/* --at, or what clock there is. */
static void read_clock(struct job *job, unsigned int aims)
{
	const char *wrong = dates_wrong_epoch();

	if (job->options->at && dates_parse(job->options->at, &job->now) == 0)
		return;
	job->now = time(NULL);
	if (!(aims & JOB_MAKES))
		return;
	job->now = dates_source_epoch(job->now);
	if (wrong)
		diag_error(job->diag, job->options->operand, 0,
			   "SOURCE_DATE_EPOCH=%s in the environment: wanted "
			   "seconds since 1970-01-01, or none",
			   wrong);
}

static void read_seed(struct job *job, unsigned int aims)
{
	const struct setting *file = &job->topology->cluster.seed_file;
	char *path, *why = NULL;

	if (!file->text || !(aims & (JOB_DERIVES | JOB_COMPARES)))
		return;
	path = datafile_beside(file->text, job->topology->path);
	if ((aims & JOB_DERIVES) || access(path, F_OK) == 0)
		job->seed = seed_read(path, &why);
	if (why)
		diag_error(job->diag, job->topology->path, file->line,
			   "seed_file = %s: %s", file->text, why);
	free(why);
	free(path);
}

int job_read(struct job *job, const struct options *options, unsigned int aims)
{
	memset(job, 0, sizeof(*job));
	job->options = options;
	job->only = selection_new(&options->only);
	job->renew = selection_new(&options->renew);
	job->diag = diag_new();
	read_clock(job, aims);
	job->topology = topology_read(options->operand, job->diag);
	read_seed(job, aims);
	job->catalog =
		catalog_read(job->topology, options->templates, job->diag);
	catalog_check(job->catalog, job->topology, job->diag);
	if (job->catalog->complete)
		/* what is imported has to be good today */
		job->inventory = inventory_new(job->topology, job->catalog,
					       time(NULL), job->diag);
	if (job->inventory) {
		job->inventory->now = job->now;
		seeding_begin(job->inventory, job->seed);
	}
	read_foreign(job);
	if (diag_failed(job->diag))
		return settle(job);
	job->directory = memory_copy(options->output ?
					     options->output :
					     job->topology->cluster.name.text);
	return STATUS_DONE;
}

/* Which of them signs which. */
static void join_authorities(struct job *job)
{
	const struct inventory *inventory = job->inventory;
	size_t i, above;

	for (i = 0; i < inventory->n_cas; i++) {
		struct authority *own = job->authorities[i];

		if (!inventory->cas[i].issuer)
			continue;
		above = (size_t)(inventory->cas[i].issuer - inventory->cas);
		/* one that signed itself goes on until it is replaced */
		own->issuer = own->record && job->authorities[above]->record &&
					      !lineage_is_root(own) ?
				      job->authorities[above] :
				      NULL;
	}
}

/* One that has to be signed anew will be another one. Free it. */
static char *chain_of(const struct job *job, size_t place)
{
	const struct ca_entry *ca = &job->inventory->cas[place];
	const struct authority *own = job->authorities[place];

	if (ca->issuer &&
	    lineage_is_former(
		    own, job->authorities[ca->issuer - job->inventory->cas]))
		return memory_copy("new");
	return lineage_chain_fingerprint(own);
}

void job_take_authorities(struct job *job)
{
	struct inventory *inventory = job->inventory;
	size_t i;

	join_authorities(job);
	for (i = 0; i < inventory->n_cas; i++)
		lineage_forget(job->authorities[i]);
	for (i = 0; i < inventory->n_cas; i++) {
		const struct authority *authority = job->authorities[i];
		struct ca_entry *ca = &inventory->cas[i];

		if (!authority->record)
			continue;
		free(ca->trusted);
		ca->trusted = lineage_fingerprint(authority);
		free(ca->chain);
		ca->chain = chain_of(job, i);
		free(ca->key_place);
		ca->key_place = authority->key_place ?
					memory_copy(authority->key_place) :
					NULL;
		free(ca->listed);
		ca->listed = lineage_list_numbers(authority);
		/* a CA keeps the name that it was made with */
		if (authority->record->common_name) {
			free(ca->common_name);
			ca->common_name =
				memory_copy(authority->record->common_name);
		}
	}
}

/* The first CA signed whatever bundles there are; of the others, those that
 * hold its certificate. */
static const char *bundled_by(const struct ca_entry *ca, bool first)
{
	if (!ca->role)
		return "-"; /* it signed CAs, as those know */
	return first ? NULL : ca->type->file.text;
}

/* A CA whose own issuer was put elsewhere. */
static int refuse_orphan(const struct job *job, size_t place)
{
	const struct ca_entry *ca = &job->inventory->cas[place];
	const struct authority *own = job->authorities[place], *above;

	if (!ca->issuer || !own->record || lineage_is_root(own))
		return 0;
	above = job->authorities[ca->issuer - job->inventory->cas];
	if (above->exists)
		return 0;
	report_error("%s: missing, but it signed the CA in %s/: put it back; "
		     "its key alone may be kept elsewhere",
		     above->path, ca->folder);
	return -1;
}

static int open_authorities(struct job *job)
{
	const struct inventory *inventory = job->inventory;
	size_t i;

	job->authorities =
		memory_zeroed(inventory->n_cas, sizeof(*job->authorities));
	for (i = 0; i < inventory->n_cas; i++) {
		const struct ca_entry *ca = &inventory->cas[i];

		job->authorities[i] = authority_open(
			job->output, ca->folder,
			bundled_by(ca, i == 0 && !ca->is_external));
		if (!job->authorities[i] ||
		    lineage_load(job->authorities[i], job->output))
			return -1;
		lineage_derive(job->authorities[i], ca->derivation);
	}
	for (i = 0; i < inventory->n_cas; i++)
		if (refuse_orphan(job, i))
			return -1;
	adoption_find_keys(job);
	job_take_authorities(job);
	return 0;
}

static bool is_known(const struct inventory *inventory, const char *folder)
{
	size_t i;

	for (i = 0; i < inventory->n_cas; i++)
		if (strcmp(inventory->cas[i].folder, folder) == 0)
			return true;
	return false;
}

/* Folders of CAs that the topology had before. */
static int open_strays(struct job *job)
{
	struct tree_entry *list;
	size_t i, n = 0;
	int ret = 0;

	if (job->output->fd < 0)
		return 0;
	list = tree_list(job->output->fd, "", &n);
	if (!list) {
		report_error("%s: %s", job->output->path, strerror(errno));
		return -1;
	}
	for (i = 0; i < n && ret == 0; i++) {
		const char *name = list[i].name;
		struct authority *stray;
		char *index = memory_format("%s/" AUTHORITY_INDEX, name);

		if (list[i].is_folder &&
		    (strcmp(name, AUTHORITY_FOLDER) == 0 ||
		     strncmp(name, AUTHORITY_FOLDER "-",
			     strlen(AUTHORITY_FOLDER "-")) == 0) &&
		    !is_known(job->inventory, name) &&
		    faccessat(job->output->fd, index, F_OK, 0) == 0) {
			stray = authority_open(job->output, name, NULL);
			if (stray && lineage_load(stray, job->output) == 0)
				*(struct authority **)memory_append(
					&job->strays, &job->n_strays,
					sizeof(stray)) = stray;
			else
				ret = -1;
			if (ret)
				authority_free(stray);
		}
		free(index);
	}
	tree_list_free(list, n);
	return ret;
}

/* Write the guides of new bundles, one of each kind, to hear of what is wrong
 * with their templates before anything is made. */
static void try_guides(struct job *job)
{
	const struct inventory *inventory = job->inventory;
	const struct holder *tried = NULL;
	size_t i;

	job->guides = guides_new(inventory, job->diag);
	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		if (!plan_has_work(job->plan, inventory, holder->group) ||
		    (tried && guides_alike(job->guides, tried, holder)))
			continue;
		free(guides_text(job->guides, holder, job->diag));
		tried = holder;
	}
}

static void refuse_unused(struct job *job, const struct selection *selection,
			  const char *option)
{
	const char *name;
	size_t i;

	for (i = 0; (name = selection_unused(selection, i)); i++)
		diag_error(job->diag, job->topology->path,
			   job->topology->cluster.line,
			   "%s %s: no host or user of the topology has this "
			   "name",
			   option, name);
}

/* What is in the output folder, which is open. */
static int load_output(struct job *job)
{
	if (job->output->pending)
		return STATUS_WORK;
	if (open_authorities(job) || open_strays(job))
		return STATUS_FAILED;
	job->manifest = manifest_load(job->authorities[0]->fd, job->inventory);
	return STATUS_DONE;
}

int job_open(struct job *job, bool readonly)
{
	job->output = readonly ? output_open_readonly(job->directory) :
				 output_open(job->directory);
	return job->output ? load_output(job) : STATUS_FAILED;
}

int job_open_nothing(struct job *job)
{
	job->output = output_open_nothing(job->directory);
	return load_output(job);
}

int job_begin(struct job *job, const struct options *options, unsigned int aims)
{
	int status = job_read(job, options, aims);

	signals_catch();
	return status == STATUS_DONE ? job_open(job, false) : status;
}

int job_plan(struct job *job)
{
	struct plan_basis basis;
	int status = STATUS_DONE;

	/* those that only look see what is there */
	if (!job->looks && !job->rotates)
		status = takeover_prepare(job);
	if (status != STATUS_DONE)
		return status;

	if (!job->pending)
		job->pending = pending_load(job->output->fd, job->inventory);
	basis = (struct plan_basis){
		.authorities = job->authorities,
		.strays = job->strays,
		.n_strays = job->n_strays,
		.manifest = job->manifest,
		.pending = job->pending,
		.accepted = job->accepted ? job->accepted->items : NULL,
		.folder = job->output->fd,
		.only = job->only,
		.renew = job->renew,
		.requests = job->requests,
		.prune = job->options->prune,
		.looks = job->looks,
		.rotates = job->rotates,
		.drops = job->drops,
	};
	adoption_take(job);
	if (diag_failed(job->diag))
		return settle(job);
	job->plan = plan_new(job->inventory, &basis, job->diag);
	refuse_unused(job, job->only, "--only");
	refuse_unused(job, job->renew, "--renew");
	if (plan_makes(job->plan) && !job->looks)
		try_guides(job);
	status = settle(job);
	return job->plan->broken ? STATUS_TOPOLOGY : status;
}

void job_clear(struct job *job)
{
	size_t i;

	guides_free(job->guides);
	plan_free(job->plan);
	acceptance_free(job->accepted);
	pending_free(job->pending);
	for (i = 0; job->authorities && i < job->inventory->n_cas; i++)
		authority_free(job->authorities[i]);
	free(job->authorities);
	for (i = 0; job->foreign && i < job->inventory->n_cas; i++)
		chain_free(job->foreign[i]);
	free(job->foreign);
	for (i = 0; i < job->n_strays; i++)
		authority_free(job->strays[i]);
	free(job->strays);
	manifest_free(job->manifest);
	selection_free(job->only);
	selection_free(job->renew);
	output_close(job->output);
	inventory_free(job->inventory);
	seed_free(job->seed);
	catalog_free(job->catalog);
	topology_free(job->topology);
	diag_free(job->diag);
	free(job->directory);
	memset(job, 0, sizeof(*job));
}
