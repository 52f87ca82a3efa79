/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LIST_TIMELINE_H
#define TOPOCERT_LIST_TIMELINE_H

#include <stdio.h>

#include "ledger.h"

/* Write when what is in use expires, as an SVG: a line for those of a kind
 * that do so on the same day, the soonest first. */
void list_timeline(FILE *out, const struct ledger *ledger);

#endif
