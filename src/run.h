/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_RUN_H
#define TOPOCERT_RUN_H

#include "job.h"
#include "publish.h"
#include "summary.h"

/*
 * Do what the plan of JOB says, together with what is in PUBLISH already, all
 * or nothing, and print what was done in the name of COMMAND. Takes PUBLISH
 * over. Returns STATUS_DONE, STATUS_FAILED or STATUS_TOPOLOGY.
 */
int run_plan(struct job *job, struct publish *publish, const char *command);

/* The same, but nothing is printed: *OUTCOMES, one for each item of the plan,
 * says what was made; free it. */
int run_make(struct job *job, struct publish *publish,
	     struct outcome **outcomes);

#endif
