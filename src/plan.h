/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PLAN_H
#define TOPOCERT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "authority.h"
#include "diag.h"
#include "inventory.h"

enum plan_action {
	PLAN_KEEP,
	PLAN_ISSUE, /* there is none */
	PLAN_REISSUE, /* the one that is there has to be replaced */
};

struct plan_item {
	const struct entry *entry;
	enum plan_action action;
	char *reason; /* NULL for PLAN_KEEP */
};

/* What has to be done so that the inventory exists. */
struct plan {
	bool create_ca;
	bool render_ca; /* its configuration is not what it should be */
	bool broken; /* reported: OpenSSL cannot read a rendered template */
	struct plan_item *items; /* one for each entry, in the same order */
	size_t n_items;
	size_t n_work; /* items to issue or reissue */
	char **unwanted; /* paths of valid certificates not in the inventory */
	size_t n_unwanted;
};

/*
 * Compare the inventory with what the CA's database records, at the time
 * NOW. What cannot be done (a leaf that would outlive its CA, a template that
 * cannot be rendered) goes to DIAG. Never NULL; free with plan_free().
 */
struct plan *plan_new(const struct inventory *inventory,
		      const struct authority *authority, time_t now,
		      struct diag *diag);
void plan_free(struct plan *plan);

/* The first item behind FIRST that belongs to another owner. */
size_t plan_next_owner(const struct plan *plan, size_t first);

/* Nothing is to be done. */
bool plan_is_empty(const struct plan *plan);

/* "keep", "issue", "reissue" */
const char *plan_action_name(enum plan_action action);

#endif
