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
#include "held.h"
#include "memory.h"
#include "plan.h"
#include "rendering.h"
#include "request.h"
#include "tree.h"

const char *plan_action_name(enum plan_action action)
{
	static const char *const names[] = {
		[PLAN_KEEP] = "keep",
		[PLAN_ISSUE] = "issue",
		[PLAN_REISSUE] = "reissue",
		[PLAN_IMPORT] = "import",
	};

	return names[action];
}

bool plan_is_empty(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_cas; i++)
		if (plan->cas[i].create || plan->cas[i].render)
			return false;
	return !plan_makes(plan);
}

bool plan_makes(const struct plan *plan)
{
	return plan->n_work || plan->n_repacked;
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
	else if ((reason = check_entry(entry, record)))
		;
	else if (record->not_after - now < entry->renew_before * DAY)
		reason = memory_format("expires in %ld days, renew_before is "
				       "%ld",
				       (long)(record->not_after - now) / DAY,
				       entry->renew_before);
	record_free(record);
	return reason;
}

/* A CA that signed the same path since: the last one counts, even of a CA
 * that the topology does not have any more. NULL: none. */
static const struct authority *signed_since(const struct entry *entry,
					    const struct authority *own,
					    struct authority *const *others,
					    size_t n, const char *serial)
{
	struct index_row row;
	size_t i;

	for (i = 0; i < n; i++)
		if (others[i] != own &&
		    index_find(others[i]->index, entry->path, &row) &&
		    authority_is_later(others[i], row.serial, own, serial))
			return others[i];
	return NULL;
}

static void decide(struct plan_item *item, const struct inventory *inventory,
		   const struct plan_basis *basis)
{
	const struct entry *entry = item->entry;
	const struct authority *own =
		basis->authorities[entry->ca - inventory->cas];
	const struct authority *since;
	struct index_row row;

	if (!index_find(own->index, entry->path, &row)) {
		item->action = PLAN_ISSUE;
		item->reason = memory_copy("new");
		return;
	}
	since = signed_since(entry, own, basis->authorities, inventory->n_cas,
			     row.serial);
	if (!since)
		since = signed_since(entry, own, basis->strays, basis->n_strays,
				     row.serial);
	item->reason = since ? memory_format("signed since by the CA in %s/",
					     since->folder) :
			       compare(entry, own, &row, inventory->now);
	item->action = item->reason ? PLAN_REISSUE : PLAN_KEEP;
}

/* The first CA keeps a copy of what was put into bundles from elsewhere. */
static void decide_import(struct plan_item *item,
			  const struct authority *authority)
{
	char *path = memory_format(AUTHORITY_IMPORTED "/%s", item->entry->path);
	const char *chain;
	size_t length, old_length;
	char *old = authority->fd < 0 ?
			    NULL :
			    tree_read(authority->fd, path, &old_length);

	length = (size_t)BIO_get_mem_data(item->entry->import->chain,
					  (void *)&chain);
	item->action = PLAN_KEEP;
	if (!old || old_length != length || memcmp(old, chain, length) != 0) {
		item->action = PLAN_IMPORT;
		item->reason = memory_copy(old ? "another certificate" : "new");
	}
	free(old);
	free(path);
}

bool plan_has_work(const struct plan *plan, const struct inventory *inventory,
		   size_t place)
{
	const struct group *group = &inventory->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		if (plan->items[group->first_entry + i].action != PLAN_KEEP)
			return true;
	return plan->repacked[place] != NULL;
}

/* What makes the bundles of a group be made anew; NULL: nothing. Free it. */
static char *cause(const struct plan *plan, const struct group *group,
		   const char *repacked)
{
	size_t i;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];

		if (item->action != PLAN_KEEP)
			return memory_format("in one bundle with %s",
					     item->entry->file);
	}
	return repacked ? memory_copy(repacked) : NULL;
}

/* A bundle is made whole, and what is kept needs its key for that, which may
 * be gone from here since. */
static void join_bundle(struct plan *plan, const struct inventory *inventory,
			size_t place, const struct plan_basis *basis)
{
	const struct group *group = &inventory->groups[place];
	char *why;
	size_t i;

	for (i = 0; i < group->n_holders && !plan->repacked[place]; i++)
		plan->repacked[place] = manifest_compare(
			basis->manifest, group->first_holder + i);
	why = cause(plan, group, plan->repacked[place]);
	for (i = 0; why && i < group->n_entries; i++) {
		struct plan_item *item = &plan->items[group->first_entry + i];

		/* what is imported is read again */
		if (item->action != PLAN_KEEP || item->entry->import ||
		    held_check(basis->folder, item->entry,
			       basis->authorities[item->entry->ca -
						  inventory->cas]))
			continue;
		item->action = PLAN_REISSUE;
		item->reason = memory_format(
			"%s, and its key is not here any more", why);
	}
	free(why);
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

/* Valid certificates of a CA that no host or user of the topology has from
 * it; CA is NULL where the topology does not have the CA itself. */
static void find_unwanted(struct plan *plan, const struct ca_entry *ca,
			  const struct authority *authority, time_t now)
{
	const struct index *index = authority->index;
	size_t n = index_count(index), n_wanted = 0, i;
	const char **wanted = memory_zeroed(plan->n_items, sizeof(*wanted));
	struct plan_unwanted *unwanted;

	for (i = 0; i < plan->n_items; i++)
		if (ca && plan->items[i].entry->ca == ca)
			wanted[n_wanted++] = plan->items[i].entry->path;
	if (n_wanted)
		qsort(wanted, n_wanted, sizeof(*wanted), path_order);
	for (i = 0; i < n; i++) {
		struct index_row row = index_get(index, i), last;

		if (row.type != 'V' || !strchr(row.file, '/') ||
		    bsearch(&row.file, wanted, n_wanted, sizeof(*wanted),
			    path_order) ||
		    has_expired(&row, now))
			continue;
		/* one report a path, at its latest certificate */
		if (!index_find(index, row.file, &last) ||
		    strcmp(last.serial, row.serial) != 0)
			continue;
		unwanted = memory_append(&plan->unwanted, &plan->n_unwanted,
					 sizeof(*unwanted));
		unwanted->path = memory_copy(row.file);
		unwanted->folder = memory_copy(authority->folder);
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
		       const struct ca_entry *ca, const struct record *record,
		       struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const struct setting *name, *key;

	if (!ca->section)
		return;
	name = &ca->section->common_name;
	key = &ca->section->own.key;
	if (name->text && (!record->common_name ||
			   strcmp(name->text, record->common_name) != 0))
		diag_warning(diag, topology->path, name->line,
			     "common_name = %s: the CA that is there is '%s'; "
			     "a CA is not renamed, only replaced",
			     name->text,
			     record->common_name ? record->common_name : "");
	if (key->text && strcmp(ca->key->text, record->key) != 0)
		diag_warning(diag, topology->path, key->line,
			     "key = %s: the CA that is there has %s; it takes "
			     "another key only when it is replaced",
			     key->text, record->key);
}

/* The CA's configuration, with all sections that the plan needs. */
static void try_ca_conf(struct plan *plan, const struct inventory *inventory,
			const struct ca_entry *ca,
			const struct rendered *rendered)
{
	const char *path = template_path(ca->type->template);
	CONF *conf = conf_load(rendered, path);
	size_t i;

	plan->broken = plan->broken || !conf ||
		       certificate_check_conf(conf, path);
	for (i = 0; i < plan->n_items && !plan->broken; i++) {
		const struct entry *entry = plan->items[i].entry;
		char *section;

		if (plan->items[i].action == PLAN_KEEP || entry->ca != ca)
			continue;
		section = rendering_section(inventory, entry);
		if (certificate_check_sections(conf, entry->type->policy.text,
					       section, path))
			plan->broken = true;
		free(section);
	}
	NCONF_free(conf);
}

/* Compare the CA's configuration with the one on disk. */
static void plan_ca_conf(struct plan *plan, const struct inventory *inventory,
			 size_t place, const struct authority *authority,
			 struct diag *diag)
{
	const struct ca_entry *ca = &inventory->cas[place];
	struct rendered *rendered = rendering_of_ca(inventory, ca, diag);
	size_t length;
	char *old = NULL;

	if (!rendered)
		return;
	if (authority->fd >= 0)
		old = tree_read(authority->fd, AUTHORITY_CONF, &length);
	plan->cas[place].render = !old || strcmp(old, rendered->text) != 0;
	if (!plan_is_empty(plan))
		try_ca_conf(plan, inventory, ca, rendered);
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
	const struct profile_certificate **tried = NULL;
	size_t i, k, n = 0;

	for (i = 0; i < plan->n_items; i++) {
		const struct entry *entry = plan->items[i].entry;
		struct rendered *rendered;

		if (plan->items[i].action == PLAN_KEEP || entry->import)
			continue;
		rendered = rendering_of_entry(inventory, entry, diag);
		for (k = 0; k < n && tried[k] != entry->type;)
			k++;
		if (rendered && k == n) {
			try_request_conf(plan, entry, rendered);
			*(const struct profile_certificate **)memory_append(
				&tried, &n, sizeof(*tried)) = entry->type;
		}
		rendered_free(rendered);
	}
	free(tried);
}

static void plan_items(struct plan *plan, const struct inventory *inventory,
		       const struct plan_basis *basis)
{
	size_t i;

	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];

		item->entry = &inventory->entries[i];
		if (item->entry->import)
			decide_import(item, basis->authorities[0]);
		else
			decide(item, inventory, basis);
	}
	for (i = 0; i < inventory->n_groups; i++)
		join_bundle(plan, inventory, i, basis);
}

/* What there is to do, and whether its CA lives long enough for it. */
static void count_work(struct plan *plan, const struct inventory *inventory,
		       const struct plan_basis *basis, struct diag *diag)
{
	size_t i, place;

	for (i = 0; i < plan->n_items; i++) {
		const struct entry *entry = plan->items[i].entry;

		if (plan->items[i].action == PLAN_KEEP)
			continue;
		plan->n_work++;
		if (entry->import)
			continue;
		place = (size_t)(entry->ca - inventory->cas);
		plan->cas[place].signs = true;
		if (basis->authorities[place]->exists && !basis->looks)
			check_lifetime(entry, inventory,
				       basis->authorities[place]->record,
				       inventory->now, diag);
	}
	for (i = 0; i < inventory->n_groups; i++) {
		const struct group *group = &inventory->groups[i];
		size_t k, work = 0;

		for (k = 0; k < group->n_entries; k++)
			work += plan->items[group->first_entry + k].action !=
				PLAN_KEEP;
		plan->n_repacked += plan->repacked[i] && !work;
	}
}

/* What the CAs themselves need, and what they signed for nobody. */
static void plan_cas(struct plan *plan, const struct inventory *inventory,
		     const struct plan_basis *basis, struct diag *diag)
{
	size_t i;

	for (i = 0; i < plan->n_cas; i++) {
		const struct authority *authority = basis->authorities[i];

		if (authority->exists)
			compare_ca(inventory, &inventory->cas[i],
				   authority->record, diag);
		find_unwanted(plan, &inventory->cas[i], authority,
			      inventory->now);
	}
	for (i = 0; i < basis->n_strays; i++)
		find_unwanted(plan, NULL, basis->strays[i], inventory->now);
	plan_requests(plan, inventory, diag);
	for (i = 0; i < plan->n_cas; i++)
		plan_ca_conf(plan, inventory, i, basis->authorities[i], diag);
}

struct plan *plan_new(const struct inventory *inventory,
		      const struct plan_basis *basis, struct diag *diag)
{
	struct plan *plan = memory_zeroed(1, sizeof(*plan));
	size_t i;

	plan->n_cas = inventory->n_cas;
	plan->cas = memory_zeroed(plan->n_cas, sizeof(*plan->cas));
	plan->n_items = inventory->n_entries;
	plan->items = memory_zeroed(plan->n_items, sizeof(*plan->items));
	plan->n_groups = inventory->n_groups;
	plan->repacked = memory_zeroed(plan->n_groups, sizeof(char *));
	for (i = 0; i < plan->n_cas; i++)
		plan->cas[i].create = !basis->authorities[i]->exists;
	plan_items(plan, inventory, basis);
	count_work(plan, inventory, basis, diag);
	plan_cas(plan, inventory, basis, diag);
	return plan;
}

void plan_free(struct plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->n_items; i++)
		free(plan->items[i].reason);
	for (i = 0; i < plan->n_groups; i++)
		free(plan->repacked[i]);
	for (i = 0; i < plan->n_unwanted; i++) {
		free(plan->unwanted[i].path);
		free(plan->unwanted[i].folder);
	}
	free(plan->repacked);
	free(plan->cas);
	free(plan->items);
	free(plan->unwanted);
	free(plan);
}
