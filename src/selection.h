/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SELECTION_H
#define TOPOCERT_SELECTION_H

#include <stdbool.h>

#include "arguments.h"

/*
 * Names of hosts, users and services on the command line, in words or in lists
 * with commas: "node1", "hosts/node1" where a user has the same name, a whole
 * path as "hosts/node1/certs/node.crt", and any of these as a pattern of
 * glob(7), "node*".
 */
struct selection;

/* Never NULL; free with selection_free(). */
struct selection *selection_new(const struct words *words);
void selection_free(struct selection *selection);

/* Nothing was selected: that means all, or nothing. */
bool selection_is_empty(const struct selection *selection);

/* PATH ("hosts/node1" or that of a certificate) is selected; what selects it
 * is known from then on to be good for something. */
bool selection_has(struct selection *selection, const char *path);

/* How many names there are, the Ith of them, and whether that one alone selects
 * PATH; nothing is noted of it. */
size_t selection_count(const struct selection *selection);
const char *selection_name(const struct selection *selection, size_t i);
bool selection_picks(const struct selection *selection, size_t i,
		     const char *path);

/* The Ith of the names that have selected nothing; NULL: there are no more. */
const char *selection_unused(const struct selection *selection, size_t i);

#endif
