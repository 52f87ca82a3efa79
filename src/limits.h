/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LIMITS_H
#define TOPOCERT_LIMITS_H

#include "plan.h"

/*
 * What a CA cannot sign: what would outlive it, for it is older than it was
 * made for when it signs; and names outside of its name constraints. That is an
 * error, unless another CA is about to take its place: then that issues it.
 */
struct limits;

/* Of the CAs of INVENTORY, which have to outlive it. */
struct limits *limits_new(const struct inventory *inventory,
			  const struct plan_basis *basis);
void limits_free(struct limits *limits);

/* Report to DIAG that ENTRY, issued now, would be beyond the limits of its CA;
 * in the same words for all hosts of a range, so that it is said once. */
void limits_check(const struct limits *limits, const struct entry *entry,
		  struct diag *diag);

/* Keep what is left to the next CA and has a certificate until then, with a
 * warning to DIAG. */
void limits_postpone(const struct limits *limits, struct plan *plan,
		     struct diag *diag);

/* The bundles of the group at PLACE are left to the next CA as a whole: there
 * is nothing of them yet, and none of their certificates can be had before; or
 * one of them cannot, and they need not change now. Then that is a warning to
 * DIAG. */
bool limits_postpones(const struct limits *limits, const struct plan *plan,
		      size_t place, struct diag *diag);

#endif
