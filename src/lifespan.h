/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LIFESPAN_H
#define TOPOCERT_LIFESPAN_H

#include "plan.h"

/*
 * A CA is older than it was made for when it signs. What would outlive it is an
 * error, unless another CA is about to take its place: then that issues it.
 */

/* Report to DIAG that ENTRY, issued now, would outlive CA; in the same words
 * for all hosts of a range, so that it is said once. */
void lifespan_check(const struct entry *entry,
		    const struct inventory *inventory,
		    const struct authority *ca, struct diag *diag);

/* Keep what is left to the next CA and has a certificate until then, with a
 * warning to DIAG. */
void lifespan_postpone(struct plan *plan, const struct inventory *inventory,
		       const struct plan_basis *basis, struct diag *diag);

/* The bundles of the group at PLACE are left to the next CA as a whole: there
 * is nothing of them yet, and none of their certificates can be had before; or
 * one of them cannot, and they need not change now. Then that is a warning to
 * DIAG. */
bool lifespan_postpones(const struct plan *plan,
			const struct inventory *inventory, size_t place,
			const struct plan_basis *basis, struct diag *diag);

#endif
