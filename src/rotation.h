/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ROTATION_H
#define TOPOCERT_ROTATION_H

#include "job.h"
#include "publish.h"

/* The replacement of the CA at PLACE by its next generation, see lineage.h. */
struct rotation {
	struct job *job;
	struct publish *publish;
	size_t place;
	bool reuse_key; /* of the CA */
	bool force;
};

/*
 * Each stages what it changes of the CA's folder and changes job->authorities
 * the same way, for the plan that follows. STATUS_DONE, or STATUS_FAILED or
 * STATUS_TOPOLOGY: reported.
 */

/* Make the next CA; all get its certificate beside the present one. */
int rotation_begin(struct rotation *rotation);

/* The next CA signs from now on, in the place of the present one. */
int rotation_switch(struct rotation *rotation);

/* The former CA is not trusted any more. Refused while a certificate of it is
 * valid that was not replaced, unless that is forced. */
int rotation_finish(struct rotation *rotation);

/* The files of a CA in the folder FROM go to TO, old/N, with all that it ever
 * signed. -1: reported. */
int rotation_retire(const struct rotation *rotation, const char *from,
		    const char *to);

/* Forget the next CA. */
int rotation_abort(struct rotation *rotation);

#endif
