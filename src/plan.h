/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PLAN_H
#define TOPOCERT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "authority.h"
#include "diag.h"
#include "inventory.h"
#include "manifest.h"
#include "pending.h"
#include "selection.h"

struct arrival;

enum plan_action {
	PLAN_KEEP,
	PLAN_ISSUE, /* there is none */
	PLAN_REISSUE, /* the one that is there has to be replaced */
	PLAN_IMPORT, /* it comes from elsewhere and is not in place */
	PLAN_REQUEST, /* others have to sign it, and need a request for that */
	PLAN_WAIT, /* they have one, or something else of the bundle has to
		    * come first */
};

struct plan_item {
	const struct entry *entry;
	const char *reason; /* NULL for PLAN_KEEP */
	const struct authority *signer; /* of the one that is there: which
					 * generation; NULL: there is none */
	X509_REQ *request; /* what is signed for it; NULL: a key is made here,
			    * or used again */
	enum plan_action action : 8;
	bool revoked, expired; /* the one that is there */
	bool due; /* its time for renewal has come */
	bool remote; /* its key is on its host */
	bool answered; /* the one that is there was signed for the request
			* that is handed in */
	bool keyless; /* in the bundle, but without its key */
	bool absent; /* not in the bundle: there is none that is good */
};

/* What has to be done about the bundles of a group. */
struct plan_group {
	char *repacked; /* why they hold other files than before; NULL: they do
			 * not */
	bool partial; /* they hold just the files that need no key, because the
		       * keys are not here any more */
	bool left; /* there is work, but it is not selected */
	bool blocked; /* it cannot be made before others have signed */
};

/* What has to be done about a CA. */
struct plan_ca {
	bool create; /* or take over, where it comes from elsewhere */
	bool adopt; /* take over what cert_file says, where others sign */
	bool certify; /* it needs a certificate of the CA above as that is
		       * now */
	bool replace; /* its certificate was renewed elsewhere */
	bool render; /* its configuration is not what it should be */
	bool signs; /* something in this plan */
};

/* A valid certificate, or a bundle, that no host and no user of the topology
 * has. */
struct plan_unwanted {
	char *path;
	struct authority *signer; /* NULL: it is a bundle */
	bool pruned; /* it is revoked, or removed */
};

/* The CAs' databases, and what else lies in the output folder. */
struct plan_basis {
	struct authority *const *authorities; /* those of the inventory */
	struct authority *const *strays; /* CAs that are not in it any more */
	size_t n_strays;
	const struct manifest *manifest;
	const struct pending *pending; /* requests that are out */
	const struct arrival *const *accepted; /* for each entry one that others
						* signed; NULL: none */
	int folder; /* the output folder, for keys that are there still */
	struct selection *only; /* what is selected; empty: all */
	struct selection *renew; /* what is to be made anew */
	X509_REQ *const *requests; /* for each entry, what is handed in for it,
				    * or NULL; NULL: all is to be made */
	bool prune;
	bool rotates; /* a CA goes to its next stage: that must not fail for
		       * one that ends too soon */
	bool drops; /* it only takes a CA out of bundles: they may keep it until
		     * they can be made */
	bool looks; /* nothing will be made: what cannot be is no error */
};

/* What has to be done so that the inventory exists. */
struct plan {
	struct plan_ca *cas; /* one for each CA, in the same order */
	size_t n_cas;
	bool broken; /* reported: OpenSSL cannot read a rendered template */
	struct plan_item *items; /* one for each entry, in the same order */
	size_t n_items;
	struct plan_group *groups; /* one for each group, in the same order */
	size_t n_groups;
	size_t n_work; /* items to issue, reissue or import */
	size_t n_repacked; /* groups with nothing else to do */
	size_t n_requests, n_waits; /* items that others have to sign */
	size_t n_remote; /* of the requests, those for topocert sign */
	size_t n_left; /* bundles to make that are not selected */
	struct plan_unwanted *unwanted;
	size_t n_unwanted, n_pruned;
	struct arena *reasons; /* the same one is there once */
};

/*
 * Compare the inventory with what the databases of its CAs record. What
 * cannot be done (a leaf that would outlive its CA, a template that cannot be
 * rendered) goes to DIAG. Never NULL; free with plan_free().
 */
struct plan *plan_new(const struct inventory *inventory,
		      const struct plan_basis *basis, struct diag *diag);
void plan_free(struct plan *plan);

/* Nothing is to be done about the certificate. */
void plan_keep(struct plan_item *item);

/* ITEM of PLAN is to be done for REASON, which is freed; NULL: for none. */
void plan_reason(const struct plan *plan, struct plan_item *item, char *reason);

/* It is signed here: issued, or issued again. */
bool plan_signs(const struct plan_item *item);

/* Something is made of it here: it is signed here, or it was signed by others
 * and is put in place. */
bool plan_works(const struct plan_item *item);

/* Others have to sign it. */
bool plan_asks(const struct plan_item *item);

/* Anything to do here for the bundles of the group at PLACE. */
bool plan_has_work(const struct plan *plan, const struct inventory *inventory,
		   size_t place);

/* That of a group has other files than before, and nothing else is to do. */
bool plan_only_repacks(const struct plan *plan,
		       const struct inventory *inventory, size_t place);

/* Certificates or bundles are to be made. */
bool plan_makes(const struct plan *plan);

/* Others have something to sign. */
bool plan_waits(const struct plan *plan);

/* Nothing is to be done here. */
bool plan_is_empty(const struct plan *plan);

/* "keep", "issue", "reissue", "import", "request", "wait" */
const char *plan_action_name(enum plan_action action);

#endif
