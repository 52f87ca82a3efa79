/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MAKING_H
#define TOPOCERT_MAKING_H

#include "issue.h"
#include "job.h"
#include "publish.h"
#include "summary.h"

/*
 * The certificates and bundles of a plan while they are made. What is made out
 * of nothing but the topology and the CAs is made ahead, by several threads;
 * one thread, in the order of the inventory, makes the rest and publishes all.
 */
struct making;

/* ISSUERS, one for each CA, have their keys; PUBLISH takes what is made, and
 * OUTCOMES, one for each item of the plan, tells of it. Never NULL; all that is
 * given has to outlive it. */
struct making *making_new(struct job *job, const struct issuer *issuers,
			  struct publish *publish, struct outcome *outcomes);
void making_free(struct making *making);

/* Make and publish all groups of which something is to be done. -1: reported,
 * or a signal was caught. */
int making_carry_out(struct making *making);

#endif
