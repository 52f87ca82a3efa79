/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>

#include "certificate.h"
#include "check.h"
#include "conf.h"
#include "dates.h"
#include "memory.h"
#include "plan.h"
#include "request.h"
#include "tree.h"

const char *plan_action_name(enum plan_action action)
{
	static const char *const names[] = {
		[PLAN_KEEP] = "keep",
		[PLAN_ISSUE] = "issue",
		[PLAN_REISSUE] = "reissue",
	};

	return names[action];
}

bool plan_is_empty(const struct plan *plan)
{
	return !plan->create_ca && !plan->render_ca && plan->n_work == 0;
}

/* Why the certificate on record will not do; NULL: it will. */
static char *compare(const struct entry *entry,
		     const struct authority *authority,
		     const struct index_row *row, time_t now)
{
	struct record *record;
	char *reason, date[DATES_DAY];

	if (row->type == 'R')
		return memory_copy("revoked");
	record = authority_record(authority, row->serial);
	if (!record)
		return memory_format("its record newcerts/%s.pem is missing "
				     "or damaged",
				     row->serial);
	if (!record_issued_by(record, authority->record))
		reason = memory_copy("issuer replaced");
	else if (record->not_after <= now)
		reason = memory_format("expired on %s",
				       dates_day(record->not_after, date));
	else
		reason = check_entry(entry, record);
	record_free(record);
	return reason;
}

static void decide(struct plan_item *item, const struct authority *authority,
		   time_t now)
{
	struct index_row row;

	if (!index_find(authority->index, item->entry->path, &row)) {
		item->action = PLAN_ISSUE;
		item->reason = memory_copy("new");
		return;
	}
	item->reason = compare(item->entry, authority, &row, now);
	item->action = item->reason ? PLAN_REISSUE : PLAN_KEEP;
}

size_t plan_next_owner(const struct plan *plan, size_t first)
{
	const struct owner *owner = plan->items[first].entry->owner;

	while (first < plan->n_items &&
	       plan->items[first].entry->owner == owner)
		first++;
	return first;
}

/* A bundle is made whole: its keys may be gone from here since. */
static void join_bundles(struct plan *plan)
{
	size_t first, i, next;

	for (first = 0; first < plan->n_items; first = next) {
		const struct entry *work = NULL;

		next = plan_next_owner(plan, first);
		for (i = first; i < next && !work; i++)
			if (plan->items[i].action != PLAN_KEEP)
				work = plan->items[i].entry;
		for (i = first; work && i < next; i++)
			if (plan->items[i].action == PLAN_KEEP) {
				plan->items[i].action = PLAN_REISSUE;
				plan->items[i].reason = memory_format(
					"in one bundle with %s", work->file);
			}
	}
}

static int path_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool has_expired(const struct index_row *row, time_t now)
{
	ASN1_TIME *time = ASN1_TIME_new();
	bool expired = time && ASN1_TIME_set_string_X509(time, row->expires) &&
		       ASN1_TIME_cmp_time_t(time, now) <= 0;

	ASN1_TIME_free(time);
	return expired;
}

/* Valid certificates of ours that no host or user of the topology has. */
static void find_unwanted(struct plan *plan, const struct index *index,
			  time_t now)
{
	size_t n = index_count(index), i;
	const char **wanted = memory_zeroed(plan->n_items, sizeof(*wanted));

	for (i = 0; i < plan->n_items; i++)
		wanted[i] = plan->items[i].entry->path;
	if (plan->n_items)
		qsort(wanted, plan->n_items, sizeof(*wanted), path_order);
	for (i = 0; i < n; i++) {
		struct index_row row = index_get(index, i), last;

		if (row.type != 'V' || !strchr(row.file, '/') ||
		    bsearch(&row.file, wanted, plan->n_items, sizeof(*wanted),
			    path_order) ||
		    has_expired(&row, now))
			continue;
		/* one report a path, at its latest certificate */
		if (index_find(index, row.file, &last) &&
		    strcmp(last.serial, row.serial) == 0)
			*(char **)memory_append(
				&plan->unwanted, &plan->n_unwanted,
				sizeof(char *)) = memory_copy(row.file);
	}
	free(wanted);
}

/* The CA on disk is older than it was made for: what can it still sign? */
static void check_lifetime(const struct entry *entry,
			   const struct inventory *inventory,
			   const struct record *ca, time_t now,
			   struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	char date[DATES_DAY];

	if (now + entry->days * DAY <= ca->not_after)
		return;
	diag_error(diag, topology->path,
		   entry->days_line ? entry->days_line : topology->cluster.line,
		   "%s %s: %ld days from now outlive the CA, which ends on "
		   "%s: wanted days = %ld or less, or a new CA",
		   owner_kind_name(entry->owner->kind), entry->owner->name,
		   entry->days, dates_day(ca->not_after, date),
		   ca->not_after > now ? (long)(ca->not_after - now) / DAY : 0);
}

/* What the topology says of the CA counts when it is made. */
static void compare_ca(const struct inventory *inventory,
		       const struct record *record, struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const struct setting *name = &topology->ca.common_name;
	const struct setting *key = &topology->ca.own.key;

	if (name->text && (!record->common_name ||
			   strcmp(name->text, record->common_name) != 0))
		diag_warning(diag, topology->path, name->line,
			     "common_name = %s: the CA that is there is '%s'; "
			     "a CA is not renamed, only replaced",
			     name->text,
			     record->common_name ? record->common_name : "");
	if (key->text && strcmp(inventory->ca.key->text, record->key) != 0)
		diag_warning(diag, topology->path, key->line,
			     "key = %s: the CA that is there has %s; it takes "
			     "another key only when it is replaced",
			     key->text, record->key);
}

/* The CA's configuration, with all sections that the plan needs. */
static void try_ca_conf(struct plan *plan, const struct inventory *inventory,
			const struct rendered *rendered)
{
	const char *path = template_path(inventory->ca.type->template);
	CONF *conf = conf_load(rendered, path);
	size_t i;

	plan->broken = plan->broken || !conf ||
		       certificate_check_conf(conf, path);
	for (i = 0; i < plan->n_items && !plan->broken; i++) {
		const struct entry *entry = plan->items[i].entry;
		char *section = inventory_section(inventory, entry);

		if (plan->items[i].action != PLAN_KEEP &&
		    certificate_check_sections(conf, entry->type->policy.text,
					       section, path))
			plan->broken = true;
		free(section);
	}
	NCONF_free(conf);
}

/* Compare the CA's configuration with the one on disk. */
static void plan_ca_conf(struct plan *plan, const struct inventory *inventory,
			 const struct authority *authority, struct diag *diag)
{
	struct rendered *rendered = inventory_render(inventory, NULL, diag);
	size_t length;
	char *old = NULL;

	if (!rendered)
		return;
	if (authority->fd >= 0)
		old = tree_read(authority->fd, AUTHORITY_CONF, &length);
	plan->render_ca = !old || strcmp(old, rendered->text) != 0;
	if (!plan_is_empty(plan))
		try_ca_conf(plan, inventory, rendered);
	free(old);
	rendered_free(rendered);
}

/* The first request by a template tells whether OpenSSL can read it. */
static void try_request_conf(struct plan *plan, const struct entry *entry,
			     const struct rendered *rendered)
{
	const char *path = template_path(entry->type->template);
	CONF *conf = conf_load(rendered, path);
	X509_NAME *subject = conf ? request_subject(conf, path) : NULL;

	if (!subject)
		plan->broken = true;
	X509_NAME_free(subject);
	NCONF_free(conf);
}

/* Render all that will be needed once, to hear of what is wrong with it
 * before anything is made. */
static void plan_requests(struct plan *plan, const struct inventory *inventory,
			  struct diag *diag)
{
	const struct profile *profile = inventory->profile;
	bool *tried = memory_zeroed(profile->n_certificates, sizeof(*tried));
	size_t i, type;

	for (i = 0; i < plan->n_items; i++) {
		const struct entry *entry = plan->items[i].entry;
		struct rendered *rendered;

		if (plan->items[i].action == PLAN_KEEP)
			continue;
		rendered = inventory_render(inventory, entry, diag);
		for (type = 0; profile->certificates[type] != entry->type;)
			type++;
		if (rendered && !tried[type])
			try_request_conf(plan, entry, rendered);
		tried[type] = true;
		rendered_free(rendered);
	}
	free(tried);
}

struct plan *plan_new(const struct inventory *inventory,
		      const struct authority *authority, time_t now,
		      struct diag *diag)
{
	struct plan *plan = memory_zeroed(1, sizeof(*plan));
	size_t i;

	plan->create_ca = !authority->exists;
	plan->n_items = inventory->n_entries;
	plan->items = memory_zeroed(plan->n_items, sizeof(*plan->items));
	for (i = 0; i < plan->n_items; i++) {
		plan->items[i].entry = &inventory->entries[i];
		decide(&plan->items[i], authority, now);
	}
	join_bundles(plan);
	if (authority->exists)
		compare_ca(inventory, authority->record, diag);
	for (i = 0; i < plan->n_items; i++) {
		if (plan->items[i].action == PLAN_KEEP)
			continue;
		plan->n_work++;
		if (authority->exists)
			check_lifetime(plan->items[i].entry, inventory,
				       authority->record, now, diag);
	}
	find_unwanted(plan, authority->index, now);
	plan_requests(plan, inventory, diag);
	plan_ca_conf(plan, inventory, authority, diag);
	return plan;
}

void plan_free(struct plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->n_items; i++)
		free(plan->items[i].reason);
	for (i = 0; i < plan->n_unwanted; i++)
		free(plan->unwanted[i]);
	free(plan->items);
	free(plan->unwanted);
	free(plan);
}
