/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REMOTE_H
#define TOPOCERT_REMOTE_H

#include "plan.h"

/*
 * Certificates whose keys are on their hosts, because requests of these were
 * signed. No key is ever made here for them: when they are due, others have to
 * bring the next request, unless the old one will do.
 */

/*
 * Find those among the items of PLAN, and what comes of them. The old request
 * is signed again, as far as the topology still grants what it asks for, where
 * the CA was replaced, or where keys are to be used again.
 */
void remote_find(struct plan *plan, const struct inventory *inventory,
		 const struct plan_basis *basis);

/* BASIS has requests: the plan is to sign those, and nothing else. */
void remote_answer(struct plan *plan, const struct inventory *inventory,
		   const struct plan_basis *basis);

/* After that, what the bundles of the group at PLACE are made of, if there is
 * a request for any of its certificates: what is there, with the keys that are
 * here. Returns whether there is one. */
bool remote_join(struct plan *plan, const struct inventory *inventory,
		 size_t place, const struct plan_basis *basis);

#endif
