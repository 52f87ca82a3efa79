/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "held.h"
#include "memory.h"
#include "plan-group.h"

static bool is_accepted(const struct plan *plan, const struct plan_item *item,
			const struct plan_basis *basis)
{
	return basis->accepted && basis->accepted[item - plan->items];
}

/* What makes the bundles of a group be made anew; NULL: nothing. Free it. */
static char *cause(const struct plan *plan, const struct group *group,
		   const char *repacked)
{
	size_t i;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		if (plan_works(item))
			return memory_format("in one bundle with %s",
					     item->entry->file);
	}
	return repacked ? memory_copy(repacked) : NULL;
}

/* Of the keys of a group, which ones are here, or not needed; those that are
 * not are all that there were. */
static bool lost_all(const struct plan *plan, const struct group *group,
		     const struct plan_basis *basis, bool *held)
{
	bool lost = false;
	size_t i, n = 0;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		/* what is imported is read again */
		held[i] = plan_works(item) || item->entry->import ||
			  item->remote ||
			  held_check(basis->folder, item->entry, item->signer);
		n += held[i] && !item->entry->import &&
		     (plan_works(item) || !item->remote);
		lost = lost || !held[i];
	}
	return lost && n == 0;
}

/*
 * A bundle is made whole, and what is kept needs its key for that, which may
 * be gone from here since. Where all are, and nothing has to go there that
 * needs one, the bundle holds just the rest.
 */
static void join(struct plan *plan, const struct inventory *inventory,
		 size_t place, const struct plan_basis *basis)
{
	const struct group *group = &inventory->groups[place];
	struct plan_group *planned = &plan->groups[place];
	bool public_only = true, *held;
	char *why;
	size_t i;

	for (i = 0; i < group->n_holders && !planned->repacked; i++)
		planned->repacked = manifest_compare(
			basis->manifest, group->first_holder + i, &public_only);
	why = cause(plan, group, planned->repacked);
	if (!why)
		return;
	held = memory_zeroed(group->n_entries, sizeof(*held));
	planned->partial = lost_all(plan, group, basis, held) && public_only;
	for (i = 0; i < group->n_entries && !planned->partial; i++) {
		struct plan_item *item = &plan->items[group->first_entry + i];

		if (held[i])
			continue;
		if (plan_asks(item)) {
			planned->blocked = true;
			continue;
		}
		item->action = item->entry->ca->is_external ? PLAN_REQUEST :
							      PLAN_REISSUE;
		planned->blocked = planned->blocked || plan_asks(item);
		plan_reason(
			plan, item,
			memory_format("%s, and its key is not here any more",
				      why));
	}
	free(held);
	free(why);
}

void plan_group_postpone(struct plan *plan, const struct inventory *inventory,
			 size_t place, const struct plan_basis *basis)
{
	const struct group *group = &inventory->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		if (is_accepted(plan, &plan->items[group->first_entry + i],
				basis))
			return;
	for (i = 0; i < group->n_entries; i++) {
		struct plan_item *item = &plan->items[group->first_entry + i];

		if (!plan_works(item))
			continue;
		plan_keep(item);
		free(plan->groups[place].repacked);
		plan->groups[place].repacked = NULL;
	}
}

bool plan_group_asks(const struct plan *plan, const struct inventory *inventory,
		     size_t place)
{
	const struct group *group = &inventory->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		if (plan_asks(&plan->items[group->first_entry + i]))
			return true;
	return false;
}

bool plan_group_is_selected(const struct inventory *inventory, size_t place,
			    struct selection *only)
{
	const struct group *group = &inventory->groups[place];
	bool selected = false;
	size_t i;

	for (i = 0; i < group->n_holders; i++) {
		char *folder = inventory_folder(
			inventory->holders[group->first_holder + i].owner);

		selected = selection_has(only, folder) || selected;
		free(folder);
	}
	for (i = 0; i < group->n_entries; i++)
		selected =
			selection_has(only,
				      inventory->entries[group->first_entry + i]
					      .path) ||
			selected;
	return selected;
}

/* A CA whose certificate some bundle of the group holds, and which nobody has
 * named yet; NULL: there is none. */
static const struct ca_entry *unknown_ca(const struct inventory *inventory,
					 const struct group *group,
					 const struct plan_basis *basis)
{
	size_t i, k;

	for (i = 0; i < group->n_holders; i++) {
		const struct holder *holder =
			&inventory->holders[group->first_holder + i];

		for (k = 0; k < holder->n_contents; k++) {
			const struct ca_entry *ca = holder->contents[k].ca;

			if (ca && ca->is_external &&
			    !basis->authorities[ca - inventory->cas]->exists)
				return ca;
		}
	}
	return NULL;
}

/* What keeps the bundles of a group from being made before others have signed;
 * NULL: nothing. Free it. */
static char *obstacle(const struct plan *plan,
		      const struct inventory *inventory, size_t place,
		      const struct plan_basis *basis)
{
	const struct group *group = &inventory->groups[place];
	const struct plan_item *lacks = NULL;
	const struct ca_entry *ca;
	size_t i;

	for (i = 0; i < group->n_entries && !lacks; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		if (plan_asks(item) &&
		    (!item->signer || plan->groups[place].blocked))
			lacks = item;
	}
	if (lacks)
		return memory_format("in one bundle with %s, which others have "
				     "to sign",
				     lacks->entry->file);
	ca = unknown_ca(inventory, group, basis);
	return ca ? memory_format("in one bundle with the certificate of the "
				  "CA in %s/, which is not here yet",
				  ca->folder) :
		    NULL;
}

static void hold_back(struct plan *plan, const struct inventory *inventory,
		      size_t place, const struct plan_basis *basis)
{
	const struct group *group = &inventory->groups[place];
	struct plan_group *planned = &plan->groups[place];
	char *why = obstacle(plan, inventory, place, basis);
	size_t i;

	if (!why)
		return;
	planned->blocked = true;
	planned->partial = false;
	free(planned->repacked);
	planned->repacked = NULL;
	for (i = 0; i < group->n_entries; i++) {
		struct plan_item *item = &plan->items[group->first_entry + i];

		/* what has arrived is put on record */
		if (!plan_works(item) || is_accepted(plan, item, basis))
			continue;
		item->action = PLAN_WAIT;
		plan_reason(plan, item, memory_copy(why));
	}
	free(why);
}

void plan_group_leave(struct plan *plan, const struct inventory *inventory,
		      size_t place)
{
	const struct group *group = &inventory->groups[place];
	struct plan_group *planned = &plan->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		plan_keep(&plan->items[group->first_entry + i]);
	free(planned->repacked);
	planned->repacked = NULL;
	planned->partial = false;
}

void plan_group_join(struct plan *plan, const struct inventory *inventory,
		     size_t place, const struct plan_basis *basis)
{
	join(plan, inventory, place, basis);
	hold_back(plan, inventory, place, basis);
}
