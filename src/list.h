/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LIST_H
#define TOPOCERT_LIST_H

#include "job.h"
#include "ledger.h"

/*
 * The outputs of list, each in a file of its own. They return one of enum
 * exit_status, list_check() what monitoring wants instead.
 */
int list_text(const struct job *job, const struct ledger *ledger);
int list_json(const struct job *job, const struct ledger *ledger);
int list_check(const struct job *job, const struct ledger *ledger);
int list_prometheus(const struct job *job, const struct ledger *ledger);
int list_graph(const struct job *job, const struct ledger *ledger);
int list_html(const struct job *job, const struct ledger *ledger);

/* 0: --warn and --crit are as they should be; otherwise the exit status, and
 * what is wrong is reported, also in the line for monitoring. */
int list_check_ages(const struct options *options);

/* The line for monitoring when nothing is known, because of WHY; returns the
 * exit status. */
int list_check_unknown(const char *why);

/* What they share: */

/* "host node1", "CA ca", "-"; free it. */
char *list_owner(const struct ledger_row *row);

/* The file for whoever sees the owner beside it: "node.crt". */
const char *list_short_file(const struct ledger_row *row);

/* The names as "node1" and "10.0.0.11", or else the common name, or else the
 * subject. I counts from 0; NULL: there are no more. */
const char *list_name(const struct ledger_row *row, size_t i);

/* What else is to be said of it, "not wanted"; NULL: nothing. */
const char *list_note(const struct ledger_row *row);

/* The common name of a generation of a CA, or else its subject. */
const char *list_ca_name(const struct authority *authority);

/* What the rotation of LINEAGE waits for, in a line; NULL: there is none
 * under way. Free it. */
char *list_rotation(const struct job *job, const struct authority *lineage);

/* "in 12 days", "within a day", "12 days ago"; free it. */
char *list_when(const struct ledger_row *row);

/* "s", or nothing where N is 1. */
const char *list_plural(size_t n);

#endif
