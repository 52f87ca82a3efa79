/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_JOB_H
#define TOPOCERT_JOB_H

#include <time.h>

#include "authority.h"
#include "command.h"
#include "diag.h"
#include "inventory.h"
#include "output.h"
#include "plan.h"

/* What every command on a topology starts from. */
struct job {
	const struct options *options;
	struct diag *diag;
	struct topology *topology;
	struct profile *profile;
	struct inventory *inventory;
	char *directory; /* the output folder's name */
	struct output *output;
	struct authority *authority;
	struct plan *plan;
	time_t now;
};

/* Read and check topology, profile and templates, and print what is wrong
 * with them. Returns STATUS_DONE or STATUS_TOPOLOGY. */
int job_read(struct job *job, const struct options *options);

/* Open the output folder (to change it, or only to look) and its CA, and make
 * the plan. Returns STATUS_DONE, STATUS_FAILED, STATUS_TOPOLOGY, or, only when
 * looking, STATUS_WORK: an interrupted run is to be completed before anything
 * can be said. */
int job_plan(struct job *job, bool readonly);

void job_clear(struct job *job);

#endif
