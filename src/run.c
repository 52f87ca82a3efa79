/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acceptance.h"
#include "adoption.h"
#include "ca-entry.h"
#include "issue.h"
#include "kept.h"
#include "lineage.h"
#include "making.h"
#include "memory.h"
#include "report.h"
#include "requests.h"
#include "run.h"
#include "signals.h"
#include "takeover.h"
#include "unwanted.h"

/* Why what is pruned is revoked: nobody needs it any more. */
#define PRUNE_REASON "cessationOfOperation"

/* A run that changes something. */
struct run {
	struct job *job;
	struct issuer *issuers; /* one for each CA */
	struct publish *publish;
	struct outcome *outcomes;
};

static int folder_order(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* FOLDERS, of which several are the same where several certificates are. */
static int remove_folders(struct run *run, char **folders, size_t n)
{
	size_t i;
	int ret = 0;

	if (n)
		qsort(folders, n, sizeof(*folders), folder_order);
	for (i = 0; i < n && ret == 0; i++) {
		if (i && strcmp(folders[i - 1], folders[i]) == 0)
			continue;
		ret = publish_removal(run->publish, folders[i]);
		manifest_forget(run->job->manifest, folders[i]);
	}
	return ret;
}

/* What has no place in the topology any more is revoked and removed. */
static int prune(struct run *run)
{
	struct job *job = run->job;
	const struct plan *plan = job->plan;
	char **folders = NULL;
	size_t i, n = 0;
	int ret;

	for (i = 0; i < plan->n_unwanted; i++) {
		const struct plan_unwanted *unwanted = &plan->unwanted[i];
		char *folder;

		if (!unwanted->pruned)
			continue;
		if (unwanted->signer)
			authority_revoke_path(unwanted->signer, unwanted->path,
					      job->now, PRUNE_REASON);
		folder = unwanted_folder(unwanted->path);
		if (unwanted_is_used(job->inventory, folder))
			free(folder);
		else
			*(char **)memory_append(&folders, &n,
						sizeof(*folders)) = folder;
	}
	ret = remove_folders(run, folders, n);
	for (i = 0; i < n; i++)
		free(folders[i]);
	free(folders);
	return ret;
}

/* The first revocation list of a CA, where bundles hold it; the later ones are
 * topocert crl's. One that moves in has the list that it had. */
static int make_list(struct run *run, size_t place)
{
	struct job *job = run->job;
	struct authority *authority = job->authorities[place];
	const struct ca_entry *ca = &job->inventory->cas[place];
	struct crl crl = { 0 };
	int ret = -1;

	if (!plan_makes(job->plan) || authority->crl || authority->moves_in ||
	    !inventory_lists(job->inventory, ca))
		return 0;
	if (ca->is_external) {
		report_error("%s: bundles want the revocation list of this CA, "
			     "whose key others have: get it from them, in PEM, "
			     "as %s/" AUTHORITY_CRL_PEM,
			     authority->path, authority->folder);
		return -1;
	}
	if (authority_load_signer(authority, job->now) == 0 &&
	    crl_make(&crl, authority, run->issuers[place].conf, job->now,
		     ca->crl_days) == 0 &&
	    publish_crl(run->publish, authority, &crl) == 0) {
		crl_take(authority, &crl);
		job_take_authorities(job);
		ret = 0;
	}
	crl_clear(&crl);
	return ret;
}

/* A CA that another one signed stands in the database of that. */
static int record_below(struct run *run, size_t place,
			const struct issued *issued)
{
	const struct issuer *above = run->issuers[place].above;
	const struct ca_entry *ca = &run->job->inventory->cas[place];
	char *path;
	int ret;

	if (!above)
		return 0;
	path = ca_entry_path(ca);
	ret = publish_subordinate(run->publish, above->authority,
				  run->issuers[place].authority, path, issued);
	free(path);
	return ret;
}

/* The CA got a new certificate for its old key, elsewhere. */
static int replace_certificate(struct run *run,
			       const struct authority *authority)
{
	if (!authority || !authority->replaced)
		return 0;
	return publish_certificate(run->publish, authority);
}

static int make_authority(struct run *run, size_t place)
{
	struct job *job = run->job;
	struct authority *authority = job->authorities[place];
	const struct plan_ca *planned = &job->plan->cas[place];
	const struct origin *origin = job->inventory->cas[place].origin;
	struct issued issued = { 0 };
	int ret;

	if (planned->create || planned->certify) {
		if (planned->certify &&
		    authority_load_signer(authority, job->now))
			return -1;
		ret = origin ? adoption_open(authority, origin, job->now) :
			       issue_authority(&run->issuers[place], &issued);
		if (ret == 0)
			ret = record_below(run, place, &issued);
		if (ret == 0)
			ret = make_list(run, place);
		if (ret == 0)
			ret = planned->create ?
				      publish_authority(run->publish, authority,
							&issued) :
				      publish_certificate(run->publish,
							  authority);
		issued_clear(&issued);
		job_take_authorities(job);
		return ret;
	}
	if (job->inventory->cas[place].is_external) {
		if (takeover_publish(job, run->publish, place,
				     planned->signs) ||
		    make_list(run, place))
			return -1;
		return plan_makes(job->plan) && authority->exists ?
			       lineage_load_certificates(authority) :
			       0;
	}
	if (replace_certificate(run, authority) ||
	    replace_certificate(run, authority->next) ||
	    (planned->signs && authority_load_signer(authority, job->now)) ||
	    make_list(run, place))
		return -1;
	/* bundles hold its certificate */
	return plan_makes(job->plan) ? lineage_load_certificates(authority) : 0;
}

static int make_authorities(struct run *run)
{
	const struct inventory *inventory = run->job->inventory;
	size_t depth, i;

	/* those above first */
	for (depth = inventory->n_cas; depth-- > 0;)
		for (i = 0; i < inventory->n_cas; i++)
			if (inventory->cas[i].path_length == (long)depth &&
			    (signals_caught() || make_authority(run, i)))
				return -1;
	/* all keys are loaded */
	for (i = 0; i < inventory->n_cas; i++)
		passphrase_wipe(inventory->cas[i].passphrase);
	return 0;
}

static int make_groups(struct run *run)
{
	const struct plan *plan = run->job->plan;
	struct making *making =
		making_new(run->job, run->issuers, run->publish, run->outcomes);
	int ret = making_carry_out(making);

	making_free(making);
	if (ret || (!plan_makes(plan) && !plan->n_pruned))
		return ret;
	return publish_manifest(run->publish, run->job->authorities[0],
				run->job->manifest);
}

/* It signs in this run, so its database is written in any case. */
static bool is_published(const struct run *run,
			 const struct authority *authority)
{
	const struct plan *plan = run->job->plan;
	size_t i;

	for (i = 0; i < plan->n_cas; i++)
		if (run->job->authorities[i] == authority)
			return plan->cas[i].create || plan->cas[i].adopt ||
			       plan->cas[i].signs || authority->moves_in;
	return false;
}

/* The databases of all generations in which something was revoked. */
static int finish_revocations(struct run *run)
{
	const struct plan *plan = run->job->plan;
	const struct authority **done =
		memory_zeroed(plan->n_unwanted, sizeof(*done));
	size_t i, k, n = 0;
	int ret = 0;

	for (i = 0; i < plan->n_unwanted && ret == 0; i++) {
		const struct authority *signer = plan->unwanted[i].signer;

		for (k = 0; k < n && done[k] != signer;)
			k++;
		if (!signer || !plan->unwanted[i].pruned || k < n ||
		    is_published(run, signer))
			continue;
		ret = publish_index(run->publish, signer);
		done[n++] = signer;
	}
	free(done);
	return ret;
}

/* Requests that the generation before has signed are kept with that one; those
 * of this run, if there are any, take their place as a whole. */
static int drop_requests(struct run *run, size_t place)
{
	const struct job *job = run->job;
	const struct authority *authority = job->authorities[place];
	size_t i;

	if (!authority->moves_in)
		return 0;
	for (i = 0; i < job->plan->n_items; i++)
		if (job->plan->items[i].request &&
		    job->plan->items[i].entry->ca ==
			    &job->inventory->cas[place])
			return 0;
	return publish_drop(run->publish, authority->folder, KEPT_FOLDER);
}

/* The CAs' configuration and databases. */
static int finish_authorities(struct run *run)
{
	const struct job *job = run->job;
	const struct plan *plan = job->plan;
	size_t i;

	for (i = 0; i < plan->n_cas; i++) {
		if (publish_ca_conf(run->publish, &job->inventory->cas[i],
				    run->issuers[i].rendered) < 0 ||
		    drop_requests(run, i))
			return -1;
		if (is_published(run, job->authorities[i]) &&
		    publish_index(run->publish, job->authorities[i]))
			return -1;
	}
	return finish_revocations(run);
}

static int make_all(struct run *run)
{
	if (make_authorities(run) || prune(run) || make_groups(run) ||
	    finish_authorities(run) ||
	    (run->job->accepted && requests_settle(run->job, run->publish)) ||
	    signals_caught())
		return -1;
	return publish_commit(run->publish);
}

static int prepare_issuers(struct run *run)
{
	const struct job *job = run->job;
	size_t i;

	run->issuers =
		memory_zeroed(job->inventory->n_cas, sizeof(*run->issuers));
	for (i = 0; i < job->inventory->n_cas; i++) {
		run->issuers[i] = (struct issuer){
			.inventory = job->inventory,
			.ca = &job->inventory->cas[i],
			.authority = job->authorities[i],
			.now = job->now,
		};
		if (job->inventory->cas[i].issuer)
			run->issuers[i].above =
				&run->issuers[job->inventory->cas[i].issuer -
					      job->inventory->cas];
		if (issuer_prepare(&run->issuers[i], job->diag))
			return -1;
	}
	return 0;
}

static void clear_run(struct run *run)
{
	size_t i;

	for (i = 0; i < run->job->inventory->n_cas; i++)
		issuer_clear(&run->issuers[i]);
	publish_free(run->publish);
	free(run->issuers);
}

int run_make(struct job *job, struct publish *publish,
	     struct outcome **outcomes)
{
	struct run run = { .job = job, .publish = publish };
	int status = STATUS_DONE;

	if (prepare_issuers(&run)) {
		diag_flush(job->diag, stderr);
		clear_run(&run);
		return STATUS_TOPOLOGY;
	}
	run.outcomes = memory_zeroed(job->plan->n_items, sizeof(*run.outcomes));
	if (make_all(&run))
		status = STATUS_FAILED;
	diag_flush(job->diag, stderr);
	if (signals_caught() && status != STATUS_DONE)
		report_error("interrupted: %s is as it was", job->directory);
	*outcomes = run.outcomes;
	clear_run(&run);
	return status;
}

int run_plan(struct job *job, struct publish *publish, const char *command)
{
	struct outcome *outcomes = NULL;
	int status = run_make(job, publish, &outcomes);

	if (status == STATUS_DONE && job->options->json)
		summary_json(job, command, outcomes);
	else if (status == STATUS_DONE && !job->options->quiet)
		summary_generate(job, outcomes);
	free(outcomes);
	return status;
}
