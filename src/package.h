/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PACKAGE_H
#define TOPOCERT_PACKAGE_H

#include "assembly.h"
#include "bundle.h"
#include "digest.h"
#include "guide.h"

/* The bundle of a holder as it is published: its files, all of them in one
 * file, and the sums of these; in memory that is wiped when freed. */
struct package {
	struct assembly assembly;
	struct bundle bundle; /* files of the assembly, and the guide */
	char *guide;
	unsigned char (*sums)[DIGEST_OCTETS]; /* of the bundle's files */
	unsigned char *packed;
	size_t length; /* of that */
	unsigned char packed_sum[DIGEST_OCTETS];
};

/*
 * Make HOLDER's of MATERIALS, by PACKER. Touches no files of the output, and
 * may be done by several threads, each with a packer. NULL: reported; free with
 * package_free().
 */
struct package *package_new(const struct materials *materials,
			    const struct holder *holder,
			    const struct guides *guides, struct packer *packer);
void package_free(struct package *package);

#endif
