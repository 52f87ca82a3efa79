/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "keyring.h"
#include "memory.h"
#include "publish.h"
#include "report.h"
#include "run.h"
#include "signals.h"
#include "summary-sign.h"

/* Two files for one certificate, or with one key for two: which is meant? */
static void compare(struct petition *first, struct petition *second)
{
	bool same_key = memcmp(first->asked->key_digest,
			       second->asked->key_digest,
			       sizeof(first->asked->key_digest)) == 0;

	if (first->entry == second->entry && same_key) {
		petition_refuse(second, "the same as %s", first->path);
	} else if (first->entry == second->entry) {
		petition_refuse(second, "%s asks for %s, too: wanted one",
				first->path, second->entry->path);
		petition_refuse(first, "%s asks for %s, too: wanted one",
				second->path, first->entry->path);
	} else if (same_key &&
		   strcmp(first->entry->folder, second->entry->folder) != 0) {
		petition_refuse(second,
				"its key is that of %s: wanted a key "
				"of its own",
				first->path);
		petition_refuse(first,
				"its key is that of %s: wanted a key "
				"of its own",
				second->path);
	}
}

/* All are compared, with those that are refused for it already, too. */
static void compare_all(struct petition *petitions, size_t n)
{
	bool *good = memory_zeroed(n, sizeof(*good));
	size_t i, k;

	for (i = 0; i < n; i++)
		good[i] = !petitions[i].refusal;
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			if (good[i] && good[k])
				compare(&petitions[k], &petitions[i]);
	free(good);
}

static size_t count_good(const struct petition *petitions, size_t n)
{
	size_t i, good = 0;

	for (i = 0; i < n; i++)
		good += !petitions[i].refusal;
	return good;
}

static void report_refusals(const struct petition *petitions, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (petitions[i].refusal)
			report_error("%s: refused: %s", petitions[i].path,
				     petitions[i].refusal);
}

/* What the plan made of them. */
static void take_plan(const struct job *job, struct petition *petitions,
		      size_t n)
{
	const struct inventory *inventory = job->inventory;
	size_t i;

	for (i = 0; i < n; i++) {
		struct petition *petition = &petitions[i];
		const struct plan_item *item;

		if (petition->refusal)
			continue;
		item = &job->plan->items[petition->entry - inventory->entries];
		petition->done = item->answered;
		if (!item->answered && !item->request)
			petition_refuse(petition,
					"the CA in %s/ ends too soon to sign "
					"it",
					petition->entry->ca->folder);
	}
}

static int plan(struct job *job, const struct petition *petitions, size_t n)
{
	X509_REQ **requests =
		memory_zeroed(job->inventory->n_entries, sizeof(*requests));
	int status;
	size_t i;

	for (i = 0; i < n; i++)
		if (!petitions[i].refusal)
			requests[petitions[i].entry - job->inventory->entries] =
				petitions[i].request;
	job->requests = requests;
	status = job_plan(job);
	job->requests = NULL;
	free(requests);
	return status;
}

static int check_only(const struct inventory *inventory, struct selection *only)
{
	const char *name;
	size_t i;

	for (i = 0; i < inventory->n_entries; i++) {
		selection_has(only, inventory->entries[i].folder);
		selection_has(only, inventory->entries[i].path);
	}
	name = selection_unused(only, 0);
	if (!name)
		return 0;
	report_error("--only %s: no host or user of the topology has this "
		     "name",
		     name);
	return -1;
}

/* Find out what each is for, and refuse what cannot be signed whatever the
 * plan says. */
static int judge(const struct job *job, struct petition *petitions, size_t n)
{
	struct words words = { .items = (const char **)&job->options->owners,
			       .n = job->options->owners ? 1 : 0 };
	struct selection *only = selection_new(&words);
	struct keyring *keyring;
	int ret;
	size_t i;

	ret = check_only(job->inventory, only);
	for (i = 0; i < n && ret == 0; i++)
		claim_find(&petitions[i], job->inventory, only);
	selection_free(only);
	if (ret)
		return ret;
	if (!count_good(petitions, n))
		return 0;
	keyring = keyring_new(job);
	for (i = 0; i < n; i++)
		keyring_check(keyring, &petitions[i]);
	keyring_free(keyring);
	compare_all(petitions, n);
	return 0;
}

static int make(struct job *job, const struct petition *petitions, size_t n)
{
	struct outcome *outcomes = NULL;
	int status = STATUS_DONE;

	if (job->plan->n_work)
		status = run_make(job, publish_new(job->output), &outcomes);
	if (status == STATUS_DONE && job->options->json)
		summary_sign_json(job, petitions, n, outcomes);
	else if (status == STATUS_DONE && !job->options->quiet)
		summary_sign(job, petitions, n, outcomes);
	free(outcomes);
	return status;
}

static int sign(struct job *job, struct petition *petitions, size_t n)
{
	int status = STATUS_DONE;

	if (judge(job, petitions, n))
		return STATUS_USAGE;
	status = plan(job, petitions, n);
	if (status == STATUS_DONE)
		take_plan(job, petitions, n);
	report_refusals(petitions, n);
	if (status == STATUS_DONE)
		status = make(job, petitions, n);
	if (status == STATUS_DONE && count_good(petitions, n) < n)
		status = STATUS_FAILED;
	return status;
}

int cmd_sign(const struct options *options)
{
	const struct words *names = &options->names;
	struct petition *petitions;
	struct job job;
	size_t i;
	int status;

	if (!names->n) {
		report_error("sign: which requests? wanted their files behind "
			     "the topology");
		return STATUS_USAGE;
	}
	status = job_read(&job, options, JOB_MAKES | JOB_DERIVES);
	petitions = memory_zeroed(names->n, sizeof(*petitions));
	for (i = 0; i < names->n && status == STATUS_DONE; i++)
		petition_read(&petitions[i], names->items[i]);
	signals_catch();
	if (status == STATUS_DONE)
		status = job_open(&job, false);
	if (status == STATUS_DONE)
		status = sign(&job, petitions, names->n);
	for (i = 0; i < names->n; i++)
		petition_clear(&petitions[i]);
	free(petitions);
	job_clear(&job);
	return status;
}
