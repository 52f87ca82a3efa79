/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_GUIDE_H
#define TOPOCERT_GUIDE_H

#include <stdbool.h>

#include <jansson.h>

#include "inventory.h"

/* The file of a bundle that says what to do with the others. */
#define GUIDE_FILE "CONFIG.txt"

/* What all guides of an inventory speak of. */
struct guides;

/* Never NULL; what cannot be told goes to DIAG. INVENTORY has to outlive it. */
struct guides *guides_new(const struct inventory *inventory, struct diag *diag);
void guides_free(struct guides *guides);
const struct inventory *guides_inventory(const struct guides *guides);

/* The text for a holder; free it. NULL: reported to DIAG. Several threads may
 * ask at once. */
char *guides_text(const struct guides *guides, const struct holder *holder,
		  struct diag *diag);

/* Their guides say the same of different names: what a template lacks for one
 * of them, it lacks for the other. */
bool guides_alike(const struct guides *guides, const struct holder *a,
		  const struct holder *b);

/* The values that the templates of MEMBER, one of HOLDER's, may name, but for
 * lists of others; free with json_decref(). */
json_t *guides_values(const struct guides *guides, const struct holder *holder,
		      const struct member *member, struct diag *diag);

#endif
