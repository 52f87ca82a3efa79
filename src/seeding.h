/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SEEDING_H
#define TOPOCERT_SEEDING_H

#include <time.h>

#include "inventory.h"
#include "record.h"

/* What of an inventory comes from the topology's seed, and when. */

/* From now on all that is random comes from SEED, which has to outlive the
 * INVENTORY. */
void seeding_begin(struct inventory *inventory, const struct seed *seed);

/* Certificates are made anew by a higher generation only, whether or not the
 * seed itself is here. */
bool seeding_is_stated(const struct inventory *inventory);

/* Whence comes what is random for ENTRY, filled in; NULL: there is no seed. */
const struct derivation *seeding_of(const struct inventory *inventory,
				    const struct entry *entry,
				    struct derivation *derivation);

/* The same for the rest of the bundle of OWNER, whose folder is FOLDER. */
const struct derivation *seeding_of_owner(const struct inventory *inventory,
					  const struct owner *owner,
					  const char *folder,
					  struct derivation *derivation);

/* notBefore of ENTRY by the topology; 0: it begins when it is made, less the
 * backdate. */
time_t seeding_start(const struct inventory *inventory,
		     const struct entry *entry);

/* notAfter of ENTRY, made now by a CA that begins at FIRST. */
time_t seeding_end(const struct inventory *inventory, const struct entry *entry,
		   time_t first);

/*
 * Why RECORD, of ENTRY's certificate, signed by the CA with the record ISSUER,
 * is not what comes from the seed; NULL: it is, or there is no seed. Free it.
 */
char *seeding_misfit(const struct inventory *inventory,
		     const struct entry *entry, const struct record *record,
		     const struct record *issuer);

/* Report to DIAG that the CA, as its RECORD says, is not what comes from the
 * seed. */
void seeding_compare_ca(const struct inventory *inventory,
			const struct ca_entry *ca, const struct record *record,
			struct diag *diag);

#endif
