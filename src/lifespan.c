/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "dates.h"
#include "lifespan.h"
#include "memory.h"

/* What ENTRY asks for, issued now, ends after CA. */
static bool outlives(const struct entry *entry,
		     const struct inventory *inventory,
		     const struct authority *ca)
{
	return inventory->now + entry->days * DAY > ca->record->not_after;
}

/* How to come by a CA that lives longer. */
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

void lifespan_check(const struct entry *entry,
		    const struct inventory *inventory,
		    const struct authority *ca, struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const time_t now = inventory->now, end = ca->record->not_after;
	const long left = end > now ? (long)(end - now) / DAY : 0;
	char date[DATES_DAY], *fewer;

	if (!outlives(entry, inventory, ca))
		return;
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

/* It is to be issued, but is left to the CA that takes the place of the
 * present one, which ends too soon: else no rotation could begin, nor could one
 * be finished before the next. Outside of that, only what is good until then
 * waits. */
static bool waits(const struct plan_item *item,
		  const struct inventory *inventory,
		  const struct plan_basis *basis)
{
	const struct entry *entry = item->entry;
	const struct authority *own;

	if (!plan_signs(item))
		return false;
	own = basis->authorities[entry->ca - inventory->cas];
	if (!own->exists || own->stage == LINEAGE_SWITCHED ||
	    !outlives(entry, inventory, own))
		return false;
	return basis->rotates || (own->stage == LINEAGE_BEGUN &&
				  !item->revoked && !item->expired);
}

static void warn(const struct plan_item *item,
		 const struct inventory *inventory,
		 const struct plan_basis *basis, struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const struct ca_entry *ca = item->entry->ca;
	const struct authority *own = basis->authorities[ca - inventory->cas];

	diag_warning(diag, topology->path, topology->cluster.line,
		     "the CA in %s/ ends too soon for certificate %s: what is "
		     "to be issued waits for topocert rotate ca %s%s%s",
		     ca->folder, item->entry->type->name,
		     own->stage == LINEAGE_BEGUN ? "switch" : "begin",
		     *ca->name ? " --ca " : "", ca->name);
}

void lifespan_postpone(struct plan *plan, const struct inventory *inventory,
		       const struct plan_basis *basis, struct diag *diag)
{
	size_t i;

	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];

		if (!waits(item, inventory, basis))
			continue;
		warn(item, inventory, basis, diag);
		if (item->signer)
			plan_keep(item);
	}
}

bool lifespan_postpones(const struct plan *plan,
			const struct inventory *inventory, size_t place,
			const struct plan_basis *basis, struct diag *diag)
{
	const struct group *group = &inventory->groups[place];
	size_t i, n = 0;
	bool exists = false;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		exists = exists || item->signer;
		if (!waits(item, inventory, basis))
			continue;
		n++;
		if (basis->drops)
			warn(item, inventory, basis, diag);
	}
	return n && (basis->drops || (!exists && n == group->n_entries));
}
