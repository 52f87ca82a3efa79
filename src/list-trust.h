/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LIST_TRUST_H
#define TOPOCERT_LIST_TRUST_H

#include <stdio.h>

#include "ledger.h"

/* Write who signed for whom as an SVG: the generations of CAs at the left, at
 * the right groups of those that have certificates of them. */
void list_trust(FILE *out, const struct ledger *ledger);

#endif
