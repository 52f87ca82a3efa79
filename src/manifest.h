/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MANIFEST_H
#define TOPOCERT_MANIFEST_H

#include <stdio.h>

#include "inventory.h"

/* In the folder of the first CA: what was put into each bundle. */
#define MANIFEST_FILE "bundles.txt"

/*
 * A line for each file of a bundle, as "hosts/node1/certs/node.key 0600 key
 * node": with it, a change of what bundles hold is seen even where they are
 * not here any more.
 */
struct manifest;

/* From the open directory FOLDER, or empty where that is -1 or has none. */
struct manifest *manifest_load(int folder, const struct inventory *inventory);
void manifest_free(struct manifest *manifest);

/* How the bundle of the holder at PLACE differs from what was put into it, as
 * "+certs/a.crt -certs/b.crt certs/ca.crt", the last of which has another
 * content; NULL: not at all, or nothing is known of it. Free it. *PUBLIC_ONLY:
 * files without keys are all that has to go there (see content_is_public()). */
char *manifest_compare(const struct manifest *manifest, size_t place,
		       bool *public_only);

/* The bundle of that holder is made as the inventory has it. */
void manifest_set(struct manifest *manifest, size_t place);

/* The folder of the Ith bundle on record that is nobody's in the inventory any
 * more; NULL: there are no more. */
const char *manifest_gone(const struct manifest *manifest, size_t i);

/* The bundle of that FOLDER is removed. */
void manifest_forget(struct manifest *manifest, const char *folder);

/* Write the whole file, OF a manifest. */
void manifest_write(FILE *out, const void *of);

#endif
