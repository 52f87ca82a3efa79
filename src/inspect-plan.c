/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "inspect.h"
#include "memory.h"
#include "seeding.h"
#include "takeover.h"

static const struct authority *authority_of(const struct inspection *in,
					    const struct entry *entry)
{
	const struct job *job = in->job;

	return job->authorities[entry->ca - job->inventory->cas];
}

/* The record in newcerts/ cannot be read, or is another's: that is told of the
 * CA. */
static bool lost_record(const struct inspection *in, const struct entry *entry)
{
	const struct authority *authority;
	struct index_row row;
	struct record *record;
	bool lost;

	if (entry->import)
		return false;
	authority = authority_of(in, entry);
	if (!index_find(authority->index, entry->path, &row) || row.type == 'R')
		return false;
	record = authority_record(authority, row.serial);
	lost = !record || strcmp(record->serial, row.serial) != 0;
	record_free(record);
	return lost;
}

/* How generate mends it; free it. */
static char *mend_of(const struct inspection *in, const struct plan_item *item)
{
	const struct entry *entry = item->entry;
	const struct authority *authority;
	char day[DATES_DAY];

	if (entry->import)
		return memory_copy("topocert generate takes it over");
	if (item->action == PLAN_REQUEST && item->remote)
		return memory_copy("topocert sign takes a new request");
	if (item->action == PLAN_REQUEST)
		return memory_copy("topocert csr makes a request");
	if (item->action == PLAN_WAIT)
		return memory_copy("topocert import takes what comes back");
	authority = authority_of(in, entry);
	/* where generate cannot, it needs another CA first */
	if (authority->record && seeding_end(in->job->inventory, entry,
					     authority->record->not_before) >
					 authority->record->not_after)
		return memory_format("the CA in %s/ ends on %s, before a new "
				     "one would: topocert rotate ca, or fewer "
				     "days",
				     authority->folder,
				     dates_day(authority->record->not_after,
					       day));
	return memory_copy("topocert generate mends it");
}

static void inspect_item(struct inspection *in, const struct plan_item *item)
{
	const char *what = item->reason;
	char *mend;

	if (item->action == PLAN_KEEP || lost_record(in, item->entry))
		return;
	if (strcmp(what, "new") == 0)
		what = item->entry->import ? "not imported yet" :
		       plan_asks(item)     ? "not signed yet" :
					     "not issued yet";
	mend = mend_of(in, item);
	faults_add(in->faults, item->entry->path, mend, "%s", what);
	free(mend);
}

/* Bundles of a group whose certificates are kept. */
static void inspect_repacked(struct inspection *in, size_t place)
{
	const struct inventory *inventory = in->job->inventory;
	const struct group *group = &inventory->groups[place];
	const struct plan *plan = in->job->plan;
	size_t i;

	if (!plan_only_repacks(plan, inventory, place))
		return;
	for (i = 0; i < group->n_holders; i++) {
		char *folder = inventory_folder(
			inventory->holders[group->first_holder + i].owner);
		char *bundle = memory_format("%s.tar.gz", folder);

		faults_add(in->faults, bundle,
			   "topocert generate packs it anew", "%s",
			   plan->groups[place].repacked);
		free(bundle);
		free(folder);
	}
}

static void inspect_cas(struct inspection *in)
{
	const struct plan *plan = in->job->plan;
	size_t i;

	for (i = 0; i < plan->n_cas; i++) {
		const char *folder = in->job->inventory->cas[i].folder;
		char *conf = memory_format("%s/" AUTHORITY_CONF, folder);

		if (plan->cas[i].replace)
			faults_add(in->faults, folder,
				   "topocert generate takes it over",
				   "its certificate was renewed in cert_file");
		if (plan->cas[i].create)
			faults_add(in->faults, folder,
				   "topocert generate makes it",
				   "no CA here yet");
		else if (takeover_is_due(in->job, i))
			faults_add(in->faults, folder,
				   "topocert generate takes that over",
				   "cert_file has another certificate");
		else if (plan->cas[i].render)
			faults_add(in->faults, conf,
				   "topocert generate writes it anew",
				   "not what topology and template ask for");
		free(conf);
	}
}

static void inspect_unwanted(struct inspection *in,
			     const struct plan_unwanted *unwanted)
{
	if (unwanted->signer)
		faults_add(in->faults, unwanted->path,
			   "topocert generate --prune removes and revokes it",
			   "no longer in the topology, but still valid, signed "
			   "in %s/",
			   unwanted->signer->folder);
	else
		faults_add(in->faults, unwanted->path,
			   "topocert generate --prune removes it",
			   "no longer in the topology");
}

void inspect_plan(struct inspection *in)
{
	const struct plan *plan = in->job->plan;
	size_t i;

	inspect_cas(in);
	for (i = 0; i < plan->n_items; i++)
		inspect_item(in, &plan->items[i]);
	for (i = 0; i < plan->n_groups; i++)
		inspect_repacked(in, i);
	for (i = 0; i < plan->n_unwanted; i++)
		inspect_unwanted(in, &plan->unwanted[i]);
	in->n_certificates = plan->n_items;
}
