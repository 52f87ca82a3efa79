/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ACCEPTANCE_H
#define TOPOCERT_ACCEPTANCE_H

#include "arrival.h"
#include "issue.h"
#include "job.h"

/* A certificate that is not taken; nothing but the reason is owned. */
struct refusal {
	const struct arrival *arrival;
	char *reason;
};

/* What is taken of those that arrived. */
struct acceptance {
	struct job *job;
	const struct arrivals *arrivals;
	const struct arrival **items; /* one for each entry; NULL: none */
	struct refusal *refusals;
	size_t n_refusals;
	size_t n; /* taken */
	size_t n_known; /* here already, or more than once in the files */
	size_t n_authorities; /* of CAs, to build chains with */
};

/*
 * Find out whose key each certificate of ARRIVALS is for, and whether it is
 * what the topology asks for, signed by its CA, after adoption_prepare() and
 * with the requests of JOB. Where certificates of CAs came along, the chain up
 * to cert_file may need some of them: then the CA in job->authorities becomes
 * the one that signed. Never NULL; free with acceptance_free().
 */
struct acceptance *acceptance_new(struct job *job,
				  const struct arrivals *arrivals);
void acceptance_free(struct acceptance *acceptance);

/* The one for ENTRY at PLACE with its key, as if it were issued here. -1:
 * reported. */
int acceptance_issue(const struct acceptance *acceptance, size_t place,
		     struct issued *issued);

/* Something about a certificate that was taken that its owner should know;
 * NULL: nothing. Free it. */
char *acceptance_note(const struct acceptance *acceptance, size_t place);

#endif
