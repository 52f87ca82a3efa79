/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_IDENTITY_H
#define TOPOCERT_IDENTITY_H

#include "diag.h"
#include "inventory.h"

/*
 * Check whom the names in the certificates make their owners: a host may not
 * be another host, nor, where DNS names are logins, a user, and a user not a
 * host. What is wrong goes to DIAG.
 */
void identity_check(const struct inventory *inventory, struct diag *diag);

#endif
