/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SUMMARY_H
#define TOPOCERT_SUMMARY_H

#include <time.h>

#include <jansson.h>

#include "job.h"

/* Lines of a kind that a person will read; --json has all. */
#define LINES_SHOWN 20

/* What was issued for an item of the plan; serial empty: nothing was. */
struct outcome {
	const char *serial; /* the CA's record has it; NULL: none was made */
	time_t not_after;
};

/* What is said of a stage of a rotation. */
struct rotation_text {
	const char *done; /* of the CA */
	const char *then; /* what else there is to say, or to do */
	const char *below; /* the same of a CA that another one signs; NULL: no
			    * other words */
	const char *next; /* the next stage; NULL: none */
};

/* What follows from a stage of the rotation of the CA at PLACE, and how to
 * reload the bundles. */
void summary_rotation(const struct job *job, size_t place,
		      const struct rotation_text *text);

/* What plan found, on standard output. */
void summary_plan(const struct job *job);

/* What generate made: OUTCOMES has one element for each item of the plan. */
void summary_generate(const struct job *job, const struct outcome *outcomes);

/* How to bring the new bundles to their hosts. */
void summary_upload(const struct job *job);

/* The same as JSON (see topocert(1), JSON); OUTCOMES may be NULL. */
void summary_json(const struct job *job, const char *command,
		  const struct outcome *outcomes);

/* The same, or as text, where an interrupted run keeps COMMAND from saying
 * more: what lies there is half of the old state and half of the new one. */
void summary_interrupted(const struct job *job, const char *command);

/* An object with what every command says of itself; and print such a one, which
 * frees it. */
json_t *summary_json_new(const struct job *job, const char *command);
void summary_json_print(json_t *root);

/* TEXT as a string of JSON, whatever bytes it has. */
json_t *summary_json_text(const char *text);

#endif
