/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_HEADLINE_H
#define TOPOCERT_HEADLINE_H

#include <stdio.h>

#include "job.h"
#include "ledger.h"

/* What is the matter, at the top of a page. */
struct headline {
	const char *level; /* "good", "warn" or "bad" */
	size_t serving, expired, expiring;
	size_t lost; /* revoked, and not issued again */
	const struct ledger_row *first_lost;
	const struct ledger_row *soonest; /* of those that serve; NULL: none */
	char *text; /* "2 certificates expire soon" */
};

/* Free with headline_clear(). */
void headline_fill(struct headline *headline, const struct ledger *ledger);
void headline_clear(struct headline *headline);

/* The head of the page: that, the soonest, what to do, all figures, and what
 * rotations wait for. */
void headline_write(FILE *out, const struct headline *headline,
		    const struct job *job, const struct ledger *ledger);

#endif
