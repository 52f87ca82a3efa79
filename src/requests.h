/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REQUESTS_H
#define TOPOCERT_REQUESTS_H

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "job.h"
#include "publish.h"

/* What becomes of the request of an entry. */
struct requests_item {
	BIO *pem; /* NULL: there is none */
	bool made; /* by this run */
};

/* All requests that are out after this run, after job_plan(). */
struct requests {
	const struct job *job;
	struct requests_item *items; /* one for each entry */
	char **names; /* of the files in requests/ */
	const struct plan_group **groups; /* of each entry */
	size_t n, n_made;
};

struct requests *requests_new(const struct job *job);
void requests_free(struct requests *requests);

/* That of the entry at PLACE, which others sign, is REQUEST; MADE by this
 * run. */
void requests_set(struct requests *requests, size_t place, X509_REQ *request,
		  bool made);

/*
 * Make pending/ and requests/ hold just these. Of a bundle that is not complete
 * the keys stay, though their certificates have come. -1: reported.
 */
int requests_publish(const struct requests *requests, struct publish *publish);

/* As import leaves it: without those whose certificates have come. -1:
 * reported. */
int requests_settle(const struct job *job, struct publish *publish);

#endif
