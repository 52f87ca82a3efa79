/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REACH_H
#define TOPOCERT_REACH_H

#include "plan.h"

/*
 * What a CA cannot sign: what would outlive it, for it is older than it was
 * made for when it signs; and names outside of its name constraints. That is an
 * error, unless another CA is about to take its place: then that issues it.
 */
struct reach;

/* Of the CAs of INVENTORY, which have to outlive it. */
struct reach *reach_new(const struct inventory *inventory,
			const struct plan_basis *basis);
void reach_free(struct reach *reach);

/* Report to DIAG that ENTRY, issued now, would be beyond the reach of its CA;
 * in the same words for all hosts of a range, so that it is said once. */
void reach_check(const struct reach *reach, const struct entry *entry,
		 struct diag *diag);

/* Keep what is left to the next CA and has a certificate until then, with a
 * warning to DIAG. */
void reach_postpone(const struct reach *reach, struct plan *plan,
		    struct diag *diag);

/* The bundles of the group at PLACE are left to the next CA as a whole: there
 * is nothing of them yet, and none of their certificates can be had before; or
 * one of them cannot, and they need not change now. Then that is a warning to
 * DIAG. */
bool reach_postpones(const struct reach *reach, const struct plan *plan,
		     size_t place, struct diag *diag);

#endif
