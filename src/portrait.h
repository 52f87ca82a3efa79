/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PORTRAIT_H
#define TOPOCERT_PORTRAIT_H

#include <jansson.h>

#include "inventory.h"

/* A member as templates of guides know it: JSON objects of the names that they
 * may use. Free them with json_decref(). */

/*
 * What others may know, too: its owner, its options and the subjects of its
 * certificates. These are null unless SUBJECTS is set: to know them takes the
 * whole configuration of a request. What cannot be told goes to DIAG.
 */
json_t *portrait_new(const struct inventory *inventory,
		     const struct holder *holder, const struct member *member,
		     bool subjects, struct diag *diag);

/* The same with its files, and what is said of the whole cluster. */
json_t *portrait_full(const struct inventory *inventory,
		      const struct holder *holder, const struct member *member,
		      bool subjects, struct diag *diag);

/* Where its files lie in the end. */
const char *portrait_directory(const struct member *member);

#endif
