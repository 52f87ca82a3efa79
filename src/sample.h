/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SAMPLE_H
#define TOPOCERT_SAMPLE_H

#include "authority.h"
#include "inventory.h"
#include "record.h"

/*
 * Certificates as the templates would make them now, with keys that are thrown
 * away: by them a change of a template is seen that the topology and the
 * profile say nothing of. One serves for all of its kind.
 */
struct samples;

/* Never NULL; free with samples_free(). What is wrong with a template goes to
 * DIAG or is reported. */
struct samples *samples_new(const struct inventory *inventory,
			    struct authority *const *authorities,
			    struct diag *diag);
void samples_free(struct samples *samples);

/* What of ENTRY's certificate a template has changed since it was made:
 * "template changed: keyUsage"; NULL: nothing. Free it. */
char *samples_compare(struct samples *samples, const struct entry *entry,
		      const struct record *record);

/* A template could not be used. */
bool samples_failed(const struct samples *samples);

#endif
