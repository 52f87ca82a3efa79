/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REHEARSAL_H
#define TOPOCERT_REHEARSAL_H

#include "plan.h"

/*
 * Render what a plan needs and let OpenSSL read it, so that what is wrong with
 * a template is known before anything is made: to DIAG, or reported and
 * plan->broken.
 */

/* The configuration of the CA at PLACE; also whether it differs from the one
 * on disk. */
void rehearsal_ca(struct plan *plan, const struct inventory *inventory,
		  size_t place, const struct authority *authority,
		  struct diag *diag);

/* All requests; of each template one is read. */
void rehearsal_requests(struct plan *plan, const struct inventory *inventory,
			struct diag *diag);

#endif
