/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "chain.h"
#include "constraints.h"
#include "dates.h"
#include "limits.h"
#include "lineage.h"
#include "memory.h"

struct limits {
	const struct inventory *inventory;
	const struct plan_basis *basis;
	struct constraints **constraints; /* one for each CA */
};

struct limits *limits_new(const struct inventory *inventory,
			  const struct plan_basis *basis)
{
	struct limits *limits = memory_zeroed(1, sizeof(*limits));
	size_t i;

	limits->inventory = inventory;
	limits->basis = basis;
	limits->constraints =
		memory_zeroed(inventory->n_cas, sizeof(*limits->constraints));
	for (i = 0; i < inventory->n_cas; i++) {
		const struct authority *own = basis->authorities[i];
		STACK_OF(X509) * chain;

		if (!own->record) {
			limits->constraints[i] = constraints_of_ca(
				inventory, &inventory->cas[i]);
			continue;
		}
		chain = lineage_chain(own);
		limits->constraints[i] = constraints_of_chain(chain);
		chain_free(chain);
	}
	return limits;
}

void limits_free(struct limits *limits)
{
	size_t i;

	for (i = 0; i < limits->inventory->n_cas; i++)
		constraints_free(limits->constraints[i]);
	free(limits->constraints);
	free(limits);
}

static size_t place_of(const struct limits *limits, const struct entry *entry)
{
	return (size_t)(entry->ca - limits->inventory->cas);
}

static const struct authority *own_of(const struct limits *limits,
				      const struct entry *entry)
{
	return limits->basis->authorities[place_of(limits, entry)];
}

/* What ENTRY asks for, issued now, ends after its CA. */
static bool outlives(const struct limits *limits, const struct entry *entry)
{
	const struct authority *own = own_of(limits, entry);

	return own->record && limits->inventory->now + entry->days * DAY >
				      own->record->not_after;
}

static bool is_outside(const struct limits *limits, const struct entry *entry)
{
	int line;
	char *name = constraints_find(
		limits->constraints[place_of(limits, entry)], entry, &line);

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

static void check_lifetime(const struct limits *limits,
			   const struct entry *entry, struct diag *diag)
{
	const struct topology *topology = limits->inventory->topology;
	const struct authority *ca = own_of(limits, entry);
	const time_t now = limits->inventory->now, end = ca->record->not_after;
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

static void check_names(const struct limits *limits, const struct entry *entry,
			struct diag *diag)
{
	const struct topology *topology = limits->inventory->topology;
	const struct authority *ca = own_of(limits, entry);
	int line;
	char *name = constraints_find(
		limits->constraints[place_of(limits, entry)], entry, &line);

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

void limits_check(const struct limits *limits, const struct entry *entry,
		  struct diag *diag)
{
	if (outlives(limits, entry))
		check_lifetime(limits, entry, diag);
	check_names(limits, entry, diag);
}

/* It is to be issued, but is left to the CA that takes the place of the
 * present one, which cannot: else no rotation could begin, nor could one be
 * finished before the next. Outside of that, only what is good until then
 * waits. */
static bool waits(const struct limits *limits, const struct plan_item *item)
{
	const struct entry *entry = item->entry;
	const struct authority *own;

	if (!plan_signs(item))
		return false;
	own = own_of(limits, entry);
	if (!own->exists || own->stage == LINEAGE_SWITCHED ||
	    (!outlives(limits, entry) && !is_outside(limits, entry)))
		return false;
	return limits->basis->rotates || (own->stage == LINEAGE_BEGUN &&
					  !item->revoked && !item->expired);
}

static void warn(const struct limits *limits, const struct plan_item *item,
		 struct diag *diag)
{
	const struct topology *topology = limits->inventory->topology;
	const struct ca_entry *ca = item->entry->ca;
	const struct authority *own = own_of(limits, item->entry);

	diag_warning(diag, topology->path, topology->cluster.line,
		     "the CA in %s/ %s certificate %s: what is to be issued "
		     "waits for topocert rotate ca %s%s%s",
		     ca->folder,
		     outlives(limits, item->entry) ?
			     "ends too soon for" :
			     "has name constraints against",
		     item->entry->type->name,
		     own->stage == LINEAGE_BEGUN ? "switch" : "begin",
		     *ca->name ? " --ca " : "", ca->name);
}

void limits_postpone(const struct limits *limits, struct plan *plan,
		     struct diag *diag)
{
	size_t i;

	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];

		if (!waits(limits, item))
			continue;
		warn(limits, item, diag);
		if (item->signer)
			plan_keep(item);
	}
}

bool limits_postpones(const struct limits *limits, const struct plan *plan,
		      size_t place, struct diag *diag)
{
	const struct group *group = &limits->inventory->groups[place];
	const bool drops = limits->basis->drops;
	size_t i, n = 0;
	bool exists = false;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		exists = exists || item->signer;
		if (!waits(limits, item))
			continue;
		n++;
		if (drops)
			warn(limits, item, diag);
	}
	return n && (drops || (!exists && n == group->n_entries));
}
