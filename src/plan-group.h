/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PLAN_GROUP_H
#define TOPOCERT_PLAN_GROUP_H

#include "plan.h"

/*
 * Plan the bundles of the group at PLACE, whose certificates are planned: a
 * bundle is made whole, of what is new and of what is kept, or it waits until
 * others have signed what they have to.
 */
void plan_group_join(struct plan *plan, const struct inventory *inventory,
		     size_t place, const struct plan_basis *basis);

/* The bundles of the group stay as they are. */
void plan_group_leave(struct plan *plan, const struct inventory *inventory,
		      size_t place);

/* Where only those bundles are made for which something has arrived, the rest
 * waits for topocert generate. */
void plan_group_postpone(struct plan *plan, const struct inventory *inventory,
			 size_t place, const struct plan_basis *basis);

/* Others have to sign something for it. */
bool plan_group_asks(const struct plan *plan, const struct inventory *inventory,
		     size_t place);

/* A group is made whole or not at all: somebody of it is selected. */
bool plan_group_is_selected(const struct inventory *inventory, size_t place,
			    struct selection *only);

#endif
