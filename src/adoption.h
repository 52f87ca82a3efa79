/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ADOPTION_H
#define TOPOCERT_ADOPTION_H

#include "job.h"
#include "publish.h"

/*
 * A CA whose key others have comes here by its certificates alone, those of
 * cert_file. Where another CA is there already, that is the former one from
 * then on, which everybody goes on trusting until topocert rotate ca finish.
 */

/* The CAs of cert_file take their places in memory, after job_open() and before
 * job_plan(). STATUS_DONE, or reported. */
int adoption_prepare(struct job *job);

/* cert_file has something that the CA at PLACE does not have yet. */
bool adoption_is_due(const struct job *job, size_t place);

/* Those that came along with what they signed are the CA at PLACE, which is
 * not known more closely yet: CHAIN has its certificate first. */
void adoption_take(struct job *job, size_t place, STACK_OF(X509) * chain);

/* Publish what changed of the CA at PLACE; it signs something in this run or
 * does not. -1: reported. */
int adoption_publish(struct job *job, struct publish *publish, size_t place,
		     bool signs);

#endif
