/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CONTENTS_H
#define TOPOCERT_CONTENTS_H

#include "inventory.h"

/*
 * List the files of HOLDER's bundle, whose certificates are in the inventory
 * already. Two that would have the same name, and names that are none, go to
 * DIAG.
 */
void contents_fill(struct holder *holder, struct inventory *inventory,
		   struct diag *diag);

/* The certificate that CONTENT of a holder in GROUP is of, which it needs to
 * have (see content->entry). */
const struct entry *content_entry(const struct inventory *inventory,
				  const struct group *group,
				  const struct content *content);

/* The option that names the file with the password of a [file] that is a
 * store; NULL: none is set, the password is made. */
const struct option_value *content_password_option(const struct content *store);

/* Which CAs stand in CONTENT between what it is of and the root; NULL: none. */
const char *content_chain(const struct inventory *inventory,
			  const struct group *group,
			  const struct content *content);

/* It can be made without a key, and changes when CAs do: what hosts trust, and
 * certificates with the CAs above them. */
bool content_is_public(const struct inventory *inventory,
		       const struct group *group,
		       const struct content *content);

/* A key is in it. */
bool content_holds_key(const struct content *content);

/* The folder of the bundle that the file lies in. */
const char *content_folder(const struct content *content);

#endif
