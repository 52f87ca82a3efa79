/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "chain.h"
#include "constraints.h"
#include "dates.h"
#include "lineage.h"
#include "memory.h"
#include "reach.h"
#include "seeding.h"

struct reach {
	const struct inventory *inventory;
	const struct plan_basis *basis;
	struct constraints **constraints; /* one for each CA */
};

struct reach *reach_new(const struct inventory *inventory,
			const struct plan_basis *basis)
{
	struct reach *reach = memory_zeroed(1, sizeof(*reach));
	size_t i;

	reach->inventory = inventory;
	reach->basis = basis;
	reach->constraints =
		memory_zeroed(inventory->n_cas, sizeof(*reach->constraints));
	for (i = 0; i < inventory->n_cas; i++) {
		const struct authority *own = basis->authorities[i];
		STACK_OF(X509) * chain;

		if (!own->record) {
			reach->constraints[i] = constraints_of_ca(
				inventory, &inventory->cas[i]);
			continue;
		}
		chain = lineage_chain(own);
		reach->constraints[i] = constraints_of_chain(chain);
		chain_free(chain);
	}
	return reach;
}

void reach_free(struct reach *reach)
{
	size_t i;

	for (i = 0; i < reach->inventory->n_cas; i++)
		constraints_free(reach->constraints[i]);
	free(reach->constraints);
	free(reach);
}

static size_t place_of(const struct reach *reach, const struct entry *entry)
{
	return (size_t)(entry->ca - reach->inventory->cas);
}

static const struct authority *own_of(const struct reach *reach,
				      const struct entry *entry)
{
	return reach->basis->authorities[place_of(reach, entry)];
}

/* What ENTRY asks for, issued now, ends after its CA. */
static bool outlives(const struct reach *reach, const struct entry *entry)
{
	const struct authority *own = own_of(reach, entry);

	return own->record &&
	       seeding_end(reach->inventory, entry, own->record->not_before) >
		       own->record->not_after;
}

static bool is_outside(const struct reach *reach, const struct entry *entry)
{
	int line;
	char *name = constraints_find(
		reach->constraints[place_of(reach, entry)], entry, &line);

	free(name);
	return name != NULL;
}

/* How to come by a CA that can do it. */
static const char *const ways[] = {
	[LINEAGE_SETTLED] = "a new CA: topocert rotate ca begin",
	[LINEAGE_BEGUN] = ("this certificate only after topocert rotate ca "
			   "switch"),
	[LINEAGE_SWITCHED] = "a new CA: topocert rotate ca finish",
};

static const char *way(const struct authority *ca)
{
	/* the next one, made long ago, was just to take its place */
	if (ca->moves_in)
		return "another next CA: topocert rotate ca abort";
	return ways[ca->stage];
}

static void check_lifetime(const struct reach *reach, const struct entry *entry,
			   struct diag *diag)
{
	const struct topology *topology = reach->inventory->topology;
	const struct authority *ca = own_of(reach, entry);
	const time_t now = reach->inventory->now, end = ca->record->not_after;
	const long left = end > now ? (long)(end - now) / DAY : 0;
	char date[DATES_DAY], *fewer;

	fewer = left ? memory_format("days = %ld or less, or ", left) :
		       memory_copy("");
	diag_error(diag, topology->path,
		   entry->days_line ? entry->days_line : topology->cluster.line,
		   "certificate %s: %ld days from now outlive the CA in %s/, "
		   "which ends on %s: wanted %s%s%s%s",
		   entry->type->name, entry->days, ca->folder,
		   dates_day(end, date), fewer, way(ca),
		   *entry->ca->name ? " --ca " : "", entry->ca->name);
	free(fewer);
}

static void check_names(const struct reach *reach, const struct entry *entry,
			struct diag *diag)
{
	const struct topology *topology = reach->inventory->topology;
	const struct authority *ca = own_of(reach, entry);
	int line;
	char *name = constraints_find(
		reach->constraints[place_of(reach, entry)], entry, &line);

	if (!name)
		return;
	if (ca->record)
		diag_error(diag, topology->path, line,
			   "%s %s: %s is outside of the name constraints of "
			   "the CA in %s/: wanted another name, or %s%s%s",
			   owner_kind_name(entry->owner->kind),
			   entry->owner->name, name, ca->folder, way(ca),
			   *entry->ca->name ? " --ca " : "", entry->ca->name);
	else
		diag_error(diag, topology->path, line,
			   "%s %s: %s is outside of the name_constraints of "
			   "[ca%s%s]: wanted another name, or a longer list",
			   owner_kind_name(entry->owner->kind),
			   entry->owner->name, name,
			   *entry->ca->name ? " " : "", entry->ca->name);
	free(name);
}

void reach_check(const struct reach *reach, const struct entry *entry,
		 struct diag *diag)
{
	if (outlives(reach, entry))
		check_lifetime(reach, entry, diag);
	check_names(reach, entry, diag);
}

/* It is to be issued, but is left to the CA that takes the place of the
 * present one, which cannot: else no rotation could begin, nor could one be
 * finished before the next. Outside of that, only what is good until then
 * waits. */
static bool waits(const struct reach *reach, const struct plan_item *item)
{
	const struct entry *entry = item->entry;
	const struct authority *own;

	if (!plan_signs(item))
		return false;
	own = own_of(reach, entry);
	if (!own->exists || own->stage == LINEAGE_SWITCHED ||
	    (!outlives(reach, entry) && !is_outside(reach, entry)))
		return false;
	return reach->basis->rotates || (own->stage == LINEAGE_BEGUN &&
					 !item->revoked && !item->expired);
}

static void warn(const struct reach *reach, const struct plan_item *item,
		 struct diag *diag)
{
	const struct topology *topology = reach->inventory->topology;
	const struct ca_entry *ca = item->entry->ca;
	const struct authority *own = own_of(reach, item->entry);

	diag_warning(diag, topology->path, topology->cluster.line,
		     "the CA in %s/ %s certificate %s: what is to be issued "
		     "waits for topocert rotate ca %s%s%s",
		     ca->folder,
		     outlives(reach, item->entry) ?
			     "ends too soon for" :
			     "has name constraints against",
		     item->entry->type->name,
		     own->stage == LINEAGE_BEGUN ? "switch" : "begin",
		     *ca->name ? " --ca " : "", ca->name);
}

void reach_postpone(const struct reach *reach, struct plan *plan,
		    struct diag *diag)
{
	size_t i;

	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];

		if (!waits(reach, item))
			continue;
		warn(reach, item, diag);
		if (item->signer)
			plan_keep(item);
	}
}

bool reach_postpones(const struct reach *reach, const struct plan *plan,
		     size_t place, struct diag *diag)
{
	const struct group *group = &reach->inventory->groups[place];
	const bool drops = reach->basis->drops;
	size_t i, n = 0;
	bool exists = false;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		exists = exists || item->signer;
		if (!waits(reach, item))
			continue;
		n++;
		if (drops)
			warn(reach, item, diag);
	}
	return n && (drops || (!exists && n == group->n_entries));
}
