/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PUBLISH_H
#define TOPOCERT_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "assembly.h"
#include "crl.h"
#include "issue.h"
#include "manifest.h"
#include "output.h"
#include "package.h"
#include "stage.h"

/*
 * What a run leaves in the output folder: bundles, their folders, and the
 * CA's record of them. Nothing has its final name before publish_commit().
 */
struct publish;

/* The names of a bundle behind that of its folder, and of the one before. */
#define PUBLISH_BUNDLE ".tar.gz"
#define PUBLISH_PREVIOUS ".previous"

/* Never NULL. Free with publish_free(), which drops what is not committed.
 * OUTPUT has to stay open. */
struct publish *publish_new(const struct output *output);
void publish_free(struct publish *publish);

/* One that only shows to WITNESS what it would publish; OUTPUT is empty. */
struct publish *publish_new_shown(const struct output *output,
				  const struct witness *witness);

/* The CA's certificate and, unless that is elsewhere, its key, when it is new.
 * -1: reported. */
int publish_authority(struct publish *publish,
		      const struct authority *authority,
		      const struct issued *issued);

/* The same of one whose key others have. -1: reported. */
int publish_foreign(struct publish *publish, const struct authority *authority);

/* The bundle of HOLDER, with its guide. -1: reported. */
int publish_package(struct publish *publish, const struct holder *holder,
		    const struct package *package);

/* What this run issued for ENTRY, if it did, in the database of the CA and
 * beside the bundle. -1: reported. */
int publish_entry(struct publish *publish, const struct materials *materials,
		  const struct entry *entry, const struct issued *issued);

/* The configuration file of ENTRY, or of a CA, where it is not there already.
 * Returns 1 when it was staged, 0 when it is there; -1: reported. */
int publish_entry_conf(struct publish *publish, const struct entry *entry,
		       const struct rendered *rendered);
int publish_ca_conf(struct publish *publish, const struct ca_entry *ca,
		    const struct rendered *rendered);

/* The same for the guide TEXT of HOLDER. */
int publish_guide(struct publish *publish, const struct holder *holder,
		  const char *text);

/* Put it on record with the CA ABOVE that it signed AUTHORITY. -1: reported. */
int publish_subordinate(struct publish *publish, struct authority *above,
			const struct authority *authority, const char *path,
			const struct issued *issued);

/* The CA's certificate alone, which was signed anew. -1: reported. */
int publish_certificate(struct publish *publish,
			const struct authority *authority);

/* The CA's database, as it is after all that was published. -1: reported. */
int publish_index(struct publish *publish, const struct authority *authority);

/* The database alone, where nothing was issued. -1: reported. */
int publish_revoked(struct publish *publish, const struct authority *authority);

/* The CA's revocation list, and the number of the next. -1: reported. */
int publish_crl(struct publish *publish, const struct authority *authority,
		const struct crl *crl);

/* What the bundles hold, beside the database of the first CA. -1: reported. */
int publish_manifest(struct publish *publish, const struct authority *authority,
		     const struct manifest *manifest);

/* A file of a CA's folder: DATA, or TEXT of mode 0644; or remove what there is
 * of NAME, a file or a folder. -1: reported. */
int publish_file(struct publish *publish, const char *folder, const char *name,
		 const void *data, size_t length, mode_t mode);
int publish_text(struct publish *publish, const char *folder, const char *name,
		 const char *text);
int publish_drop(struct publish *publish, const char *folder, const char *name);

/* Remove the folder PATH ("hosts/node1") with its bundles. -1: reported. */
int publish_removal(struct publish *publish, const char *path);

/* Put everything in its place, or nothing. -1: reported. */
int publish_commit(struct publish *publish);

#endif
