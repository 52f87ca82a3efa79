/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SUMMARY_SIGN_H
#define TOPOCERT_SUMMARY_SIGN_H

#include "petition.h"
#include "summary.h"

/* What became of N petitions: OUTCOMES has one element for each item of the
 * plan, and may be NULL where nothing was signed. As text, or as JSON. */
void summary_sign(const struct job *job, const struct petition *petitions,
		  size_t n, const struct outcome *outcomes);
void summary_sign_json(const struct job *job, const struct petition *petitions,
		       size_t n, const struct outcome *outcomes);

#endif
