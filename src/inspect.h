/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_INSPECT_H
#define TOPOCERT_INSPECT_H

#include <stddef.h>

#include "fault.h"
#include "guide.h"
#include "job.h"
#include "sums.h"

/* The output folder as it is looked at; nothing in it is changed. */
struct inspection {
	struct job *job; /* with its plan */
	struct faults *faults;
	struct sums *sums; /* NULL: there is no such file */
	struct guides *guides; /* made when needed */
	size_t n_certificates, n_bundles; /* that were looked at */
	size_t n_regenerated; /* files that were made again, and compared */
	size_t n_absent; /* that were made again, and are not there any more */
};

/* What generate would do. */
void inspect_plan(struct inspection *in);

/* Every generation of every CA: its folder, key, certificate and database. */
void inspect_authorities(struct inspection *in);

/* The requests that AUTHORITY, a generation of a CA, has signed. */
void inspect_requests(struct inspection *in, const struct authority *authority);

/* The revocation list of one of them, if it has one. */
void inspect_crl(struct inspection *in, const struct authority *authority);

/* The bundles and their folders, as far as they are here. */
void inspect_bundles(struct inspection *in);

/* SHA256SUMS as a whole, and what belongs to nobody. */
void inspect_sums(struct inspection *in);
void inspect_strays(struct inspection *in);

/* Nobody else can get at a key. */
void inspect_secrets(struct inspection *in);

/* All that topology and seed give, made again in memory. Returns STATUS_DONE,
 * STATUS_FAILED or STATUS_TOPOLOGY: reported. */
int inspect_regenerated(struct inspection *in);

#endif
