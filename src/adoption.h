/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ADOPTION_H
#define TOPOCERT_ADOPTION_H

#include "job.h"

/*
 * How CAs that were there before us get into the output folder, and where the
 * keys of all CAs are. Such a CA has a folder as ours have, without ca.key.
 */

/* Tell all generations of the CAs where their keys are. */
void adoption_find_keys(struct job *job);

/* The same of the CA whose folder FOLDER (-1: there is none) is, or will be;
 * a NEWEST generation is that of the topology. For private_key in ca.conf;
 * NULL: ca.key. Free it. */
char *adoption_key_place(const struct origin *origin, int folder, bool newest);

/*
 * Take what cert_file of the topology says over into job->authorities, where
 * it is new or was renewed, for the plan that follows. What is wrong with it
 * goes to job->diag, also that it is of another CA than the one that is there.
 */
void adoption_take(struct job *job);

/* AUTHORITY, which has nothing yet, is the CA of ORIGIN. */
void adoption_fill(struct authority *authority, const struct origin *origin);

/* Make sure that AUTHORITY, filled so, has its key and can sign at the time
 * NOW. Where others sign there is nothing to open. -1: reported. */
int adoption_open(struct authority *authority, const struct origin *origin,
		  time_t now);

#endif
