/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SUMMARY_H
#define TOPOCERT_SUMMARY_H

#include <time.h>

#include <jansson.h>

#include "job.h"

/* What was issued for an item of the plan; serial empty: nothing was. */
struct outcome {
	char serial[41];
	time_t not_after;
};

/* What plan found, on standard output. */
void summary_plan(const struct job *job);

/* What generate made: OUTCOMES has one element for each item of the plan. */
void summary_generate(const struct job *job, const struct outcome *outcomes);

/* The same as JSON (see topocert(1), JSON); OUTCOMES may be NULL. */
void summary_json(const struct job *job, const char *command,
		  const struct outcome *outcomes);

/* What every command's object says of itself; free with json_decref(). */
json_t *summary_common_json(const struct job *job, const char *command);

/* Print ROOT, and free it. */
void summary_print_json(json_t *root);

/* The same where an interrupted run keeps plan from saying more. */
void summary_interrupted_json(const struct job *job);

#endif
