/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "held.h"
#include "kept.h"
#include "lineage.h"
#include "memory.h"
#include "remote.h"

/* Where an item's certificate is on record. */
struct place {
	const struct plan *plan;
	struct plan_item *item;
	const struct inventory *inventory;
	const struct authority *own; /* the CA that signs it now */
	const struct authority *signer; /* NULL: nobody did */
	struct index_row row;
};

/* A generation of CA, other than ITEM's own, that signed the path later. */
static void look_at(struct place *at, const struct authority *ca)
{
	const struct authority *generation;
	struct index_row row;
	size_t i;

	for (i = 0; (generation = lineage_get(ca, i)); i++) {
		if (!index_find(generation->index, at->item->entry->path, &row))
			continue;
		if (!at->signer ||
		    authority_is_later(generation, row.serial, at->signer,
				       at->row.serial)) {
			at->signer = generation;
			at->row = row;
		}
		return;
	}
}

/* The last one counts, whichever CA signed it. */
static void look_around(struct place *at, const struct plan_basis *basis)
{
	const struct entry *entry = at->item->entry;
	size_t i;

	at->signer = at->item->signer;
	if (at->signer && !index_find(at->signer->index, entry->path, &at->row))
		at->signer = NULL;
	for (i = 0; i < at->inventory->n_cas; i++)
		if (basis->authorities[i] != at->own)
			look_at(at, basis->authorities[i]);
	for (i = 0; i < basis->n_strays; i++)
		look_at(at, basis->strays[i]);
}

/* It may go into a bundle, whatever else is to be said of it. */
static bool is_good(const struct plan_item *item, time_t now)
{
	struct record *record = NULL;
	struct index_row row;
	bool good;

	if (item->signer && !item->revoked &&
	    index_find(item->signer->index, item->entry->path, &row))
		record = authority_record(item->signer, row.serial);
	good = record && row.type == 'V' && record->not_after > now;
	record_free(record);
	return good;
}

/* The CA that signed it is not the one that does so now. */
static bool is_replaced(const struct place *at)
{
	struct record *record;
	bool replaced = true;

	if (at->signer != at->own)
		return true;
	record = authority_record(at->signer, at->row.serial);
	if (record)
		replaced = !record_issued_by(record, at->own->record);
	record_free(record);
	return replaced;
}

/* A certificate of the same owner with this key was revoked, be it another one
 * than the last. */
static bool was_revoked(const struct place *at, const struct record *asked)
{
	const char *folder = at->item->entry->folder;
	const struct authority *generation;
	struct record *record;
	bool found = false;
	size_t i, k;

	for (i = 0; (generation = lineage_get(at->own, i)); i++)
		for (k = 0; k < index_count(generation->index) && !found; k++) {
			struct index_row row = index_get(generation->index, k);

			if (row.type != 'R' ||
			    strncmp(row.file, folder, strlen(folder)) != 0)
				continue;
			record = authority_record(generation, row.serial);
			found = record &&
				memcmp(record->key_digest, asked->key_digest,
				       sizeof(asked->key_digest)) == 0;
			record_free(record);
		}
	return found;
}

/* The request that was signed, if it may be signed again. NULL: it may not, and
 * *WHY, where that is known, is to be freed. */
static X509_REQ *old_request(const struct place *at, char **why)
{
	const struct entry *entry = at->item->entry;
	struct record *asked;
	X509_REQ *request;

	*why = NULL;
	if (at->item->revoked || !(entry->reuse_key || is_replaced(at)))
		return NULL;
	request = kept_load(at->signer, at->row.serial, &asked);
	if (!request)
		*why = memory_copy("it is damaged");
	else if (was_revoked(at, asked))
		*why = memory_copy("its key was revoked");
	else
		*why = asked_check(asked, request, at->inventory, entry);
	record_free(asked);
	if (!*why)
		return request;
	X509_REQ_free(request);
	return NULL;
}

/* It is due. */
static void settle(const struct place *at)
{
	struct plan_item *item = at->item;
	char *why;

	item->request = old_request(at, &why);
	item->action = item->request ? PLAN_REISSUE : PLAN_REQUEST;
	if (!item->request)
		plan_reason(
			at->plan, item,
			memory_format("%s; its key is on its host%s%s",
				      item->reason,
				      why ? ", and the old request will not "
					    "do: " :
					    "",
				      why ? why : ""));
	free(why);
}

static void find(struct place *at, const struct plan_basis *basis)
{
	struct plan_item *item = at->item;

	look_around(at, basis);
	if (!at->signer || !kept_exists(at->signer, at->row.serial))
		return;
	if (at->signer != item->signer) {
		item->signer = at->signer;
		item->revoked = at->row.type == 'R';
		if (item->action == PLAN_ISSUE)
			item->reason = "issuer replaced";
	}
	item->remote = true;
	item->keyless = true;
	item->expired = index_has_expired(&at->row, at->inventory->now);
	item->absent = !is_good(item, at->inventory->now);
	if (item->action != PLAN_KEEP)
		settle(at);
	if (item->request)
		item->absent = false;
}

static bool keeps_any(const struct authority *ca)
{
	const struct authority *generation;
	bool found = false;
	size_t i;

	for (i = 0; !found && (generation = lineage_get(ca, i)); i++)
		found = kept_any(generation);
	return found;
}

/* Some CA has signed for a key on a host. */
static bool is_used(const struct inventory *inventory,
		    const struct plan_basis *basis)
{
	bool found = false;
	size_t i;

	for (i = 0; i < inventory->n_cas && !found; i++)
		found = keeps_any(basis->authorities[i]);
	for (i = 0; i < basis->n_strays && !found; i++)
		found = keeps_any(basis->strays[i]);
	return found;
}

void remote_find(struct plan *plan, const struct inventory *inventory,
		 const struct plan_basis *basis)
{
	size_t i;

	if (!is_used(inventory, basis))
		return;
	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];
		const struct entry *entry = item->entry;
		struct place at = { .plan = plan,
				    .item = item,
				    .inventory = inventory };

		if (entry->import || entry->ca->is_external)
			continue;
		at.own = basis->authorities[entry->ca - inventory->cas];
		find(&at, basis);
	}
}

/* The certificate that is there has the key of REQUEST. */
static bool is_answered(const struct plan_item *item, X509_REQ *request)
{
	struct record *asked = record_of_request(request), *record = NULL;
	struct index_row row;
	bool same;

	if (item->signer &&
	    index_find(item->signer->index, item->entry->path, &row))
		record = authority_record(item->signer, row.serial);
	same = asked && record &&
	       memcmp(asked->key_digest, record->key_digest,
		      sizeof(record->key_digest)) == 0;
	record_free(asked);
	record_free(record);
	return same;
}

static void answer(struct plan_item *item, X509_REQ *request)
{
	bool is_new = item->action == PLAN_ISSUE;

	item->answered = item->action == PLAN_KEEP &&
			 is_answered(item, request);
	if (item->answered)
		return;
	if (item->action == PLAN_KEEP)
		item->reason = "another key";
	X509_REQ_free(item->request);
	item->request = X509_REQ_dup(request);
	if (!item->request)
		abort();
	item->action = is_new ? PLAN_ISSUE : PLAN_REISSUE;
	item->absent = false;
}

void remote_answer(struct plan *plan, const struct inventory *inventory,
		   const struct plan_basis *basis)
{
	const time_t now = inventory->now;
	size_t i;

	for (i = 0; i < plan->n_items; i++) {
		struct plan_item *item = &plan->items[i];

		if (basis->requests[i]) {
			answer(item, basis->requests[i]);
			continue;
		}
		item->absent = !item->entry->import && !is_good(item, now);
		plan_keep(item);
	}
}

bool remote_join(struct plan *plan, const struct inventory *inventory,
		 size_t place, const struct plan_basis *basis)
{
	const struct group *group = &inventory->groups[place];
	struct plan_item *items = &plan->items[group->first_entry];
	bool found = false;
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		found = found || items[i].request;
	for (i = 0; i < group->n_entries && found; i++)
		if (!items[i].request && !items[i].entry->import)
			items[i].keyless = !held_check(
				basis->folder, items[i].entry, items[i].signer);
	return found;
}
