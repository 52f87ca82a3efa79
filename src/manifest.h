/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MANIFEST_H
#define TOPOCERT_MANIFEST_H

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
 * "+certs/a.crt -certs/b.crt"; NULL: not at all, or nothing is known of it.
 * Free it. */
char *manifest_compare(const struct manifest *manifest, size_t place);

/* The bundle of that holder is made as the inventory has it. */
void manifest_set(struct manifest *manifest, size_t place);

/* The file as text; free it. */
char *manifest_text(const struct manifest *manifest);

#endif
