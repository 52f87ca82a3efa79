/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_JOB_H
#define TOPOCERT_JOB_H

#include <stdbool.h>
#include <time.h>

#include "authority.h"
#include "command.h"
#include "diag.h"
#include "guide.h"
#include "inventory.h"
#include "output.h"
#include "pending.h"
#include "plan.h"

struct acceptance;

/* What a command is about to do. */
enum job_aim {
	JOB_MAKES = 1 << 0, /* something: SOURCE_DATE_EPOCH is its clock */
	JOB_DERIVES = 1 << 1, /* from the seed, if the topology has any */
	JOB_COMPARES = 1 << 2, /* with what the seed gives, if that is here */
};

/* What every command on a topology starts from. */
struct job {
	const struct options *options;
	struct diag *diag;
	struct topology *topology;
	struct seed *seed; /* NULL: there is none, or it is not here */
	struct catalog *catalog;
	struct inventory *inventory;
	char *directory; /* the output folder's name */
	struct output *output;
	struct authority **authorities; /* one for each CA of the inventory */
	STACK_OF(X509) * *foreign; /* of their cert_file; NULL: none */
	struct authority **strays; /* CAs that the topology has no more */
	size_t n_strays;
	struct manifest *manifest;
	struct pending *pending; /* requests that are out */
	struct acceptance *accepted; /* what is imported; NULL: nothing */
	struct plan *plan;
	struct selection *only, *renew; /* of the options */
	struct guides *guides; /* where certificates are to be made */
	time_t now;
	X509_REQ *const *requests; /* see struct plan_basis */
	bool looks; /* nothing will be made */
	bool rotates, drops; /* see struct plan_basis */
};

/* Read and check topology, profiles and templates, and what else the AIMS (of
 * enum job_aim) need, and print what is wrong with them. Returns STATUS_DONE or
 * STATUS_TOPOLOGY. */
int job_read(struct job *job, const struct options *options, unsigned int aims);

/* Open the output folder (to change it, or only to look) and its CAs. Returns
 * STATUS_DONE, STATUS_FAILED, or, only when looking, STATUS_WORK: an
 * interrupted run is to be completed before anything can be said. */
int job_open(struct job *job, bool readonly);

/* As if the output folder were not there. The same. */
int job_open_nothing(struct job *job);

/* How commands begin that change something: job_read(), after which signals are
 * caught, and job_open(). The status of these. */
int job_begin(struct job *job, const struct options *options,
	      unsigned int aims);

/* Make the plan, after job_open(). Returns STATUS_DONE or STATUS_TOPOLOGY. */
int job_plan(struct job *job);

/* The CAs changed since job_open(): the inventory has to know. */
void job_take_authorities(struct job *job);

void job_clear(struct job *job);

#endif
