/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PUBLISH_H
#define TOPOCERT_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "issue.h"
#include "output.h"

/*
 * What a run leaves in the output folder: bundles, their folders, and the
 * CA's record of them. Nothing has its final name before publish_commit().
 */
struct publish;

/* Never NULL. Free with publish_free(), which drops what is not committed.
 * OUTPUT has to stay open. */
struct publish *publish_new(const struct output *output,
			    const struct inventory *inventory);
void publish_free(struct publish *publish);

/* The CA's key and certificate, when it is new. -1: reported. */
int publish_authority(struct publish *publish,
		      const struct authority *authority,
		      const struct issued *issued);

/*
 * The bundle of an owner: its N entries, which lie together, and what was
 * issued for each. They are added to the CA's index, too. -1: reported.
 */
int publish_owner(struct publish *publish, const struct authority *authority,
		  const struct entry *entries, const struct issued *issued,
		  size_t n);

/* The configuration file of ENTRY, or of the CA (NULL), where it is not there
 * already. Returns 1 when it was staged, 0 when it is there; -1: reported. */
int publish_conf(struct publish *publish, const struct entry *entry,
		 const struct rendered *rendered);

/* The CA's database, as it is after all that was published. -1: reported. */
int publish_index(struct publish *publish, const struct authority *authority);

/* Put everything in its place, or nothing. -1: reported. */
int publish_commit(struct publish *publish);

#endif
