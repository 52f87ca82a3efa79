/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ASSEMBLY_H
#define TOPOCERT_ASSEMBLY_H

#include <openssl/bio.h>

#include "authority.h"
#include "inventory.h"
#include "issue.h"

/* What the files of a group's bundles are made of. */
struct materials {
	const struct inventory *inventory;
	struct authority *const *authorities; /* with their certificates */
	const struct group *group;
	const struct issued *issued; /* one for each entry of the group;
				      * without certificate: left out */
	bool partial; /* without what needs a key: that is not here */
};

/* The files of one bundle, in the order of its contents. */
struct assembly {
	BIO **files; /* NULL for what is left out: what it is made of is not
		      * here */
	size_t n;
};

/*
 * Make all files of HOLDER's bundle: certificates and keys, in whatever form
 * the profile asks for, with new passwords where they are to be made. -1:
 * reported; clear ASSEMBLY in any case.
 */
int assembly_make(struct assembly *assembly, const struct materials *materials,
		  const struct holder *holder);
void assembly_clear(struct assembly *assembly);

#endif
