/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REQUESTED_H
#define TOPOCERT_REQUESTED_H

#include "inventory.h"
#include "template.h"

/*
 * What a request asks others for: where the CA is not ours, its configuration
 * does not say what a certificate may be used for, so the request does. Adds
 * the extensions of ENTRY to the section of requested ones at the end of
 * RENDERED, as far as that does not have them.
 */
void requested_add(struct rendered *rendered, const struct entry *entry);

#endif
