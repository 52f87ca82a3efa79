/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CONTENTS_H
#define TOPOCERT_CONTENTS_H

#include "inventory.h"

/*
 * List the files of HOLDER's bundle, whose certificates are in the inventory
 * already. Two that would have the same name, and names that are none, go to
 * DIAG.
 */
void contents_fill(struct holder *holder, const struct inventory *inventory,
		   struct diag *diag);
void contents_clear(struct holder *holder);

/* The option that names the file with the password of a [file] that is a
 * store; NULL: none is set, the password is made. */
const struct option_value *content_password_option(const struct content *store);

/* No key and no certificate of its owner is needed to make it. */
bool content_is_public(const struct content *content);

/* A key is in it. */
bool content_holds_key(const struct content *content);

/* The folder of the bundle that the file lies in. */
const char *content_folder(const struct content *content);

#endif
