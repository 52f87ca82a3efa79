/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dates.h"
#include "lineage.h"
#include "memory.h"
#include "plan-group.h"
#include "plan.h"
#include "reach.h"
#include "rehearsal.h"
#include "remote.h"
#include "sample.h"
#include "seeding.h"
#include "serial.h"
#include "tree.h"
#include "unwanted.h"

const char *plan_action_name(enum plan_action action)
{
	static const char *const names[] = {
		[PLAN_KEEP] = "keep",       [PLAN_ISSUE] = "issue",
		[PLAN_REISSUE] = "reissue", [PLAN_IMPORT] = "import",
		[PLAN_REQUEST] = "request", [PLAN_WAIT] = "wait",
	};

	return names[action];
}

void plan_keep(struct plan_item *item)
{
	item->action = PLAN_KEEP;
	item->reason = NULL;
	X509_REQ_free(item->request);
	item->request = NULL;
}

void plan_reason(const struct plan *plan, struct plan_item *item, char *reason)
{
	item->reason = reason ? arena_share(plan->reasons, reason) : NULL;
	free(reason);
}

bool plan_signs(const struct plan_item *item)
{
	return item->action == PLAN_ISSUE || item->action == PLAN_REISSUE;
}

bool plan_works(const struct plan_item *item)
{
	return plan_signs(item) || item->action == PLAN_IMPORT;
}

bool plan_asks(const struct plan_item *item)
{
	return item->action == PLAN_REQUEST || item->action == PLAN_WAIT;
}

bool plan_waits(const struct plan *plan)
{
	return plan->n_requests || plan->n_waits;
}

bool plan_is_empty(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_cas; i++)
		if (plan->cas[i].create || plan->cas[i].certify ||
		    plan->cas[i].replace || plan->cas[i].adopt ||
		    plan->cas[i].render)
			return false;
	return !plan_makes(plan) && !plan->n_pruned;
}

bool plan_makes(const struct plan *plan)
{
	return plan->n_work || plan->n_repacked;
}

/* Why the certificate on record will not do; NULL: it will. */
static char *compare(struct plan_item *item, const struct inventory *inventory,
		     const struct authority *authority,
		     const struct index_row *row, struct samples *samples)
{
	const struct entry *entry = item->entry;
	const time_t now = inventory->now;
	/* to be made anew from a seed is to be made the same again */
	const bool by_calendar = entry->ca->is_external ||
				 !seeding_is_stated(inventory);
	struct record *record;
	char *reason, date[DATES_DAY];
	long renewal;

	if (row->type == 'R')
		return memory_copy("revoked");
	record = authority_record(authority, row->serial);
	if (!record)
		return memory_format("its record newcerts/%s.pem is missing "
				     "or damaged",
				     row->serial);
	renewal = entry->ca->is_external ? check_renewal(entry, record) :
					   entry->renew_before;
	item->expired = record->not_after <= now;
	if (!record_issued_by(record, authority->record))
		reason = memory_copy("issuer replaced");
	else if (item->expired && by_calendar)
		reason = memory_format("expired on %s",
				       dates_day(record->not_after, date));
	else if (entry->ca->is_external)
		reason = check_foreign(entry, record);
	else if (!(reason = check_entry(entry, record)) &&
		 !(reason = samples_compare(samples, entry, record)))
		reason = seeding_misfit(inventory, entry, record,
					authority->record);
	item->due = !reason && record->not_after - now < renewal * DAY;
	if (item->due && by_calendar)
		reason = memory_format("expires in %ld days, renew_before is "
				       "%ld",
				       (long)(record->not_after - now) / DAY,
				       renewal);
	record_free(record);
	return reason;
}

/* A CA that signed the same path since: the last one counts, even of a CA
 * that the topology does not have any more. NULL: none. */
static const struct authority *signed_since(const struct entry *entry,
					    const struct authority *own,
					    struct authority *const *others,
					    size_t n, const char *serial)
{
	struct index_row row;
	size_t i;

	for (i = 0; i < n; i++)
		if (others[i] != own &&
		    index_find(others[i]->index, entry->path, &row) &&
		    authority_is_later(others[i], row.serial, own, serial))
			return others[i];
	return NULL;
}

/* The generation that signed PATH last, with its row; NULL: none did. */
static const struct authority *
find_signer(struct authority *own, const char *path, struct index_row *row)
{
	const struct authority *generation;
	size_t i;

	for (i = 0; (generation = lineage_get(own, i)); i++)
		if (index_find(generation->index, path, row))
			return generation;
	return NULL;
}

/* What others have to sign: a request that fits is out, or is needed. */
static void leave_to_others(const struct plan *plan, size_t place,
			    const struct plan_basis *basis, struct diag *diag)
{
	struct plan_item *item = &plan->items[place];
	char *misfit;

	item->action = item->reason ? PLAN_REQUEST : PLAN_KEEP;
	if (basis->accepted && basis->accepted[place]) {
		item->action = PLAN_IMPORT;
		item->reason = "signed by others";
		return;
	}
	if (!pending_request(basis->pending, place))
		return;
	misfit = pending_misfit(basis->pending, place, diag);
	if (!misfit) {
		item->action = PLAN_WAIT;
		if (!item->reason)
			item->reason = "requested by --renew";
	} else if (item->reason) {
		plan_reason(plan, item,
			    memory_format("its request is outdated: %s",
					  misfit));
	}
	free(misfit);
}

/* What is wanted is just what was revoked. */
static void refuse_revoked(const struct inventory *inventory,
			   const struct entry *entry,
			   const struct index_row *row, struct diag *diag)
{
	struct derivation from;

	if (!seeding_of(inventory, entry, &from) ||
	    !serial_is_of(&from, row->serial))
		return;
	diag_error(diag, inventory->topology->path, entry->owner->line,
		   "%s is revoked in generation %ld: wanted a higher one, in "
		   "this section or in [cluster]",
		   entry->path, from.generation);
}

static void decide(const struct plan *plan, struct plan_item *item,
		   const struct inventory *inventory,
		   const struct plan_basis *basis, struct samples *samples,
		   struct diag *diag)
{
	const struct entry *entry = item->entry;
	struct authority *own = basis->authorities[entry->ca - inventory->cas];
	const struct authority *since;
	struct index_row row;

	item->signer = find_signer(own, entry->path, &row);
	if (!item->signer) {
		item->action = PLAN_ISSUE;
		item->reason = "new";
		return;
	}
	item->revoked = row.type == 'R';
	if (item->revoked && !basis->looks)
		refuse_revoked(inventory, entry, &row, diag);
	since = signed_since(entry, own, basis->authorities, inventory->n_cas,
			     row.serial);
	if (!since)
		since = signed_since(entry, own, basis->strays, basis->n_strays,
				     row.serial);
	if (since)
		plan_reason(plan, item,
			    memory_format("signed since by the CA in %s/",
					  since->folder));
	else if (item->signer != own)
		item->reason = item->revoked ? "revoked" : "issuer replaced";
	else
		plan_reason(plan, item,
			    compare(item, inventory, own, &row, samples));
	item->action = item->reason ? PLAN_REISSUE : PLAN_KEEP;
}

/* The first CA keeps a copy of what was put into bundles from elsewhere. */
static void decide_import(struct plan_item *item,
			  const struct inventory *inventory, int output)
{
	char *path = memory_format("%s/" AUTHORITY_IMPORTED "/%s",
				   inventory->cas[0].folder, item->entry->path);
	const char *chain;
	size_t length, old_length;
	char *old = output < 0 ? NULL : tree_read(output, path, &old_length);

	length = (size_t)BIO_get_mem_data(item->entry->import->chain,
					  (void *)&chain);
	item->action = PLAN_KEEP;
	if (!old || old_length != length || memcmp(old, chain, length) != 0) {
		item->action = PLAN_IMPORT;
		item->reason = old ? "another certificate" : "new";
	}
	free(old);
	free(path);
}

bool plan_has_work(const struct plan *plan, const struct inventory *inventory,
		   size_t place)
{
	const struct group *group = &inventory->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		if (plan_works(&plan->items[group->first_entry + i]))
			return true;
	return plan->groups[place].repacked != NULL;
}

bool plan_only_repacks(const struct plan *plan,
		       const struct inventory *inventory, size_t place)
{
	const struct group *group = &inventory->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		if (plan_works(&plan->items[group->first_entry + i]))
			return false;
	return plan->groups[place].repacked != NULL;
}

/* ENTRY is asked for, by its own name or by that of one who has it. */
static bool is_asked(const struct inventory *inventory,
		     const struct group *group, const struct entry *entry,
		     struct selection *renew)
{
	bool asked = selection_has(renew, entry->path);
	size_t i;

	for (i = 0; i < group->n_holders; i++) {
		const struct owner *owner =
			inventory->holders[group->first_holder + i].owner;
		char *folder = inventory_folder(owner);

		if (selection_has(renew, folder) &&
		    (entry->service ? owner_has_service(owner, entry->service) :
				      owner == entry->owner))
			asked = true;
		free(folder);
	}
	return asked;
}

/* What is asked for by name, though nothing calls for it. */
static void force(struct plan *plan, const struct inventory *inventory,
		  struct selection *renew)
{
	size_t i, k;

	for (i = 0; i < plan->n_groups && !selection_is_empty(renew); i++) {
		const struct group *group = &inventory->groups[i];

		for (k = 0; k < group->n_entries; k++) {
			struct plan_item *item =
				&plan->items[group->first_entry + k];

			if (!is_asked(inventory, group, item->entry, renew) ||
			    item->entry->import || plan_works(item) ||
			    item->action == PLAN_REQUEST)
				continue;
			item->action = item->entry->ca->is_external ?
					       PLAN_REQUEST :
					       PLAN_REISSUE;
			item->reason = "asked for by --renew";
		}
	}
}

/* The CA has that NAME, in whichever generation. */
static bool is_called(const struct record *record, const char *name)
{
	const char *is = record->common_name ? record->common_name : "";
	size_t length = lineage_base_length(is);

	return strcmp(is, name) == 0 ||
	       (strlen(name) == length && strncmp(is, name, length) == 0);
}

/* What the topology says of the CA counts when it is made. */
static void compare_ca(const struct inventory *inventory,
		       const struct ca_entry *ca, const struct record *record,
		       struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const struct setting *name, *key;

	if (!ca->section || ca->origin)
		return;
	name = &ca->section->common_name;
	key = &ca->section->own.key;
	if (name->text && !is_called(record, name->text))
		diag_warning(diag, topology->path, name->line,
			     "common_name = %s: the CA that is there is '%s'; "
			     "a CA is not renamed, only replaced",
			     name->text,
			     record->common_name ? record->common_name : "");
	if (key->text && strcmp(ca->key->text, record->key) != 0)
		diag_warning(diag, topology->path, key->line,
			     "key = %s: the CA that is there has %s; it takes "
			     "another key only when it is replaced",
			     key->text, record->key);
}

/* What the calendar asks for has to stand in the topology, where all comes from
 * a seed: the first of each section is named. */
static void report_due(const struct plan *plan,
		       const struct inventory *inventory, struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const struct owner_section *last = NULL;
	struct index_row row;
	char date[DATES_DAY];
	size_t i;

	for (i = 0; i < plan->n_items && seeding_is_stated(inventory); i++) {
		const struct plan_item *item = &plan->items[i];
		const struct owner_section *section =
			item->entry->owner->section;

		if (!item->due || item->action != PLAN_KEEP ||
		    section == last ||
		    !index_find(item->signer->index, item->entry->path, &row))
			continue;
		last = section;
		diag_warning(diag, topology->path, section->line,
			     "%s ends on %s: what comes from a seed is renewed "
			     "when not_before and generation are raised, here "
			     "or in [cluster]",
			     item->entry->path,
			     dates_day(index_expires(&row), date));
	}
}

static void plan_items(struct plan *plan, const struct inventory *inventory,
		       const struct plan_basis *basis,
		       const struct reach *reach, struct diag *diag)
{
	struct samples *samples =
		samples_new(inventory, basis->authorities, diag);
	size_t i;

	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];

		item->entry = &inventory->entries[i];
		if (item->entry->import)
			decide_import(item, inventory, basis->folder);
		else
			decide(plan, item, inventory, basis, samples, diag);
		if (item->entry->ca && item->entry->ca->is_external)
			leave_to_others(plan, i, basis, diag);
	}
	plan->broken = samples_failed(samples);
	samples_free(samples);
	report_due(plan, inventory, diag);
	if (seeding_is_stated(inventory) && !selection_is_empty(basis->renew))
		diag_error(diag, inventory->topology->path,
			   inventory->topology->cluster.seed_file.line,
			   "--renew: what comes from a seed is made anew when "
			   "generation is raised: wanted that, in [cluster] or "
			   "in sections of hosts and users");
	force(plan, inventory, basis->renew);
	remote_find(plan, inventory, basis);
	if (basis->requests)
		remote_answer(plan, inventory, basis);
	reach_postpone(reach, plan, diag);
	for (i = 0; i < inventory->n_groups; i++) {
		if (!basis->requests)
			plan_group_join(plan, inventory, i, basis);
		else if (!remote_join(plan, inventory, i, basis))
			plan_group_leave(plan, inventory, i);
		if (basis->accepted)
			plan_group_postpone(plan, inventory, i, basis);
		if (reach_postpones(reach, plan, i, diag)) {
			plan_group_leave(plan, inventory, i);
		} else if (!selection_is_empty(basis->only) &&
			   !plan_group_is_selected(inventory, i, basis->only)) {
			plan->groups[i].left =
				plan_has_work(plan, inventory, i) ||
				plan_group_asks(plan, inventory, i);
			if (plan->groups[i].left)
				plan->n_left += inventory->groups[i].n_holders;
			plan_group_leave(plan, inventory, i);
		}
	}
}

/* What there is to do, and whether its CA lives long enough for it. */
static void count_work(struct plan *plan, const struct inventory *inventory,
		       const struct plan_basis *basis,
		       const struct reach *reach, struct diag *diag)
{
	size_t i, place;

	for (i = 0; i < plan->n_items; i++) {
		const struct entry *entry = plan->items[i].entry;

		plan->n_requests += plan->items[i].action == PLAN_REQUEST;
		plan->n_waits += plan->items[i].action == PLAN_WAIT;
		plan->n_remote += plan->items[i].action == PLAN_REQUEST &&
				  plan->items[i].remote;
		if (!plan_works(&plan->items[i]))
			continue;
		plan->n_work++;
		if (entry->import)
			continue;
		place = (size_t)(entry->ca - inventory->cas);
		plan->cas[place].signs = true;
		if (plan_signs(&plan->items[i]) && !basis->looks)
			reach_check(reach, entry, diag);
	}
	for (i = 0; i < inventory->n_groups; i++) {
		const struct group *group = &inventory->groups[i];
		size_t k, work = 0;

		for (k = 0; k < group->n_entries; k++)
			work += plan_works(
				&plan->items[group->first_entry + k]);
		plan->n_repacked += plan->groups[i].repacked && !work;
	}
}

/* What the CAs themselves need, and what they signed for nobody. */
static void plan_cas(struct plan *plan, const struct inventory *inventory,
		     const struct plan_basis *basis, struct diag *diag)
{
	size_t i;

	for (i = 0; i < plan->n_cas; i++) {
		const struct authority *authority = basis->authorities[i];

		if (!authority->exists)
			continue;
		compare_ca(inventory, &inventory->cas[i], authority->record,
			   diag);
		seeding_compare_ca(inventory, &inventory->cas[i],
				   lineage_newest(authority)->record, diag);
	}
	unwanted_find(plan, inventory, basis);
	rehearsal_requests(plan, inventory, diag);
	for (i = 0; i < plan->n_cas; i++)
		rehearsal_ca(plan, inventory, i, basis->authorities[i], diag);
}

/* CAs to make, and those that the CA above, replaced, has not signed yet. One
 * that signed itself goes on until it is replaced. */
static void find_new_cas(struct plan *plan, const struct inventory *inventory,
			 const struct plan_basis *basis)
{
	size_t i, above;

	for (i = 0; i < plan->n_cas; i++) {
		const struct ca_entry *ca = &inventory->cas[i];
		const struct authority *own = basis->authorities[i];

		plan->cas[i].create = !own->exists && !ca->is_external;
		plan->cas[i].adopt = own->adopted;
		plan->cas[i].replace = own->replaced ||
				       (own->next && own->next->replaced);
		if (!ca->issuer)
			continue;
		above = (size_t)(ca->issuer - inventory->cas);
		plan->cas[i].certify = lineage_is_former(
			basis->authorities[i], basis->authorities[above]);
		if (plan->cas[i].create || plan->cas[i].certify)
			plan->cas[above].signs = true;
	}
}

struct plan *plan_new(const struct inventory *inventory,
		      const struct plan_basis *basis, struct diag *diag)
{
	struct plan *plan = memory_zeroed(1, sizeof(*plan));
	struct reach *reach;

	plan->reasons = arena_new();
	plan->n_cas = inventory->n_cas;
	plan->cas = memory_zeroed(plan->n_cas, sizeof(*plan->cas));
	plan->n_items = inventory->n_entries;
	plan->items = memory_zeroed(plan->n_items, sizeof(*plan->items));
	plan->n_groups = inventory->n_groups;
	plan->groups = memory_zeroed(plan->n_groups, sizeof(*plan->groups));
	find_new_cas(plan, inventory, basis);
	reach = reach_new(inventory, basis);
	plan_items(plan, inventory, basis, reach, diag);
	count_work(plan, inventory, basis, reach, diag);
	reach_free(reach);
	plan_cas(plan, inventory, basis, diag);
	return plan;
}

void plan_free(struct plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->n_items; i++)
		plan_keep(&plan->items[i]);
	for (i = 0; i < plan->n_groups; i++)
		free(plan->groups[i].repacked);
	for (i = 0; i < plan->n_unwanted; i++)
		free(plan->unwanted[i].path);
	arena_free(plan->reasons);
	free(plan->groups);
	free(plan->cas);
	free(plan->items);
	free(plan->unwanted);
	free(plan);
}
