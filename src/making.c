/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acceptance.h"
#include "held.h"
#include "keystore.h"
#include "lineage.h"
#include "making.h"
#include "memory.h"
#include "pool.h"
#include "progress.h"
#include "signals.h"

/* What is made for a group. */
struct batch {
	struct issued *issued; /* one for each entry; NULL: not begun */
	atomic_uint left; /* entries that are not made ahead yet, but will */
	atomic_bool failed; /* one of them could not be made */
};

struct making {
	struct job *job;
	const struct issuer *issuers; /* one for each CA */
	struct publish *publish;
	struct progress *progress;
	struct outcome *outcomes;
	size_t done;
	struct batch *batches; /* one for each group */
	/* For each group those of its entries, then those of its holders: it is
	 * made ahead. */
	bool *ahead;
	struct pool *pool; /* NULL: all is made when its turn comes */
	pthread_mutex_t lock; /* of all that follows, and of who makes
			       * batch->issued */
	struct packer **packers; /* that no thread works with */
	size_t n_packers;
};

/* Of the group and its first entry; then the others follow. */
static size_t place_of(const struct group *group)
{
	return group->first_entry + group->first_holder;
}

static size_t holder_place(const struct group *group, size_t i)
{
	return place_of(group) + group->n_entries + i;
}

/* The number of the group that PLACE is in. */
static size_t group_at(const struct inventory *inventory, size_t place)
{
	size_t low = 0, high = inventory->n_groups;

	/* the last one that does not begin behind it */
	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (place_of(&inventory->groups[middle]) <= place)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static struct issued *open_batch(struct making *making, size_t number)
{
	struct batch *batch = &making->batches[number];
	const size_t n = making->job->inventory->groups[number].n_entries;

	pthread_mutex_lock(&making->lock);
	if (!batch->issued)
		batch->issued = memory_zeroed(n, sizeof(*batch->issued));
	pthread_mutex_unlock(&making->lock);
	return batch->issued;
}

static void clear_batch(struct making *making, size_t number)
{
	struct batch *batch = &making->batches[number];
	size_t i;

	if (!batch->issued)
		return;
	for (i = 0; i < making->job->inventory->groups[number].n_entries; i++)
		issued_clear(&batch->issued[i]);
	free(batch->issued);
	batch->issued = NULL;
}

static struct packer *take_packer(struct making *making)
{
	struct packer *packer = NULL;

	pthread_mutex_lock(&making->lock);
	if (making->n_packers)
		packer = making->packers[--making->n_packers];
	pthread_mutex_unlock(&making->lock);
	return packer ? packer : packer_new();
}

static void return_packer(struct making *making, struct packer *packer)
{
	pthread_mutex_lock(&making->lock);
	*(struct packer **)memory_append(&making->packers, &making->n_packers,
					 sizeof(packer)) = packer;
	pthread_mutex_unlock(&making->lock);
}

static struct materials materials_of(struct making *making, size_t number)
{
	const struct job *job = making->job;

	return (struct materials){
		.inventory = job->inventory,
		.authorities = job->authorities,
		.group = &job->inventory->groups[number],
		.issued = open_batch(making, number),
		.partial = job->plan->groups[number].partial,
	};
}

static struct package *make_package(struct making *making, size_t number,
				    size_t i)
{
	const struct materials materials = materials_of(making, number);
	const struct inventory *inventory = materials.inventory;
	struct packer *packer = take_packer(making);
	struct package *package = package_new(
		&materials,
		&inventory->holders[materials.group->first_holder + i],
		making->job->guides, packer);

	return_packer(making, packer);
	return package;
}

static int issue_ahead(struct making *making, size_t number, size_t i)
{
	const struct inventory *inventory = making->job->inventory;
	const struct entry *entry =
		&inventory->entries[inventory->groups[number].first_entry + i];
	const size_t ca = (size_t)(entry->ca - inventory->cas);
	struct batch *batch = &making->batches[number];
	int ret = issue_entry(&making->issuers[ca], entry, NULL,
			      &open_batch(making, number)[i]);

	if (ret)
		atomic_store(&batch->failed, true);
	atomic_fetch_sub(&batch->left, 1);
	return ret;
}

/* By any thread: the package of a holder; of an entry, which its batch gets,
 * an empty one. */
static void *make_ahead(void *context, size_t place)
{
	struct making *making = context;
	const struct inventory *inventory = making->job->inventory;
	const size_t number = group_at(inventory, place);
	const struct group *group = &inventory->groups[number];
	const size_t i = place - place_of(group);

	if (signals_caught())
		return NULL;
	if (i >= group->n_entries)
		return atomic_load(&making->batches[number].failed) ?
			       NULL :
			       make_package(making, number,
					    i - group->n_entries);
	return issue_ahead(making, number, i) == 0 ?
		       memory_zeroed(1, sizeof(struct package)) :
		       NULL;
}

static void drop_ahead(void *made)
{
	package_free(made);
}

/* Packages have to wait for what is in them. */
static bool is_ready(void *context, size_t place)
{
	const struct making *making = context;
	const struct inventory *inventory = making->job->inventory;
	const size_t number = group_at(inventory, place);
	const struct group *group = &inventory->groups[number];

	return place - place_of(group) < group->n_entries ||
	       atomic_load(&making->batches[number].left) == 0;
}

static void note_outcome(struct outcome *outcome, const struct issued *issued)
{
	if (!issued->record || !issued->signer)
		return;
	outcome->serial =
		index_kept_serial(issued->signer->index, issued->serial);
	outcome->not_after = issued->record->not_after;
}

static int take_issued(struct making *making, size_t place)
{
	struct package *made = pool_take(making->pool, place);

	package_free(made);
	return made ? 0 : -1;
}

/* ITEM is made now. */
static int make_item(const struct making *making, const struct plan_item *item,
		     struct issued *issued)
{
	const struct job *job = making->job;
	const struct entry *entry = item->entry;
	const struct issuer *issuer;
	EVP_PKEY *key = NULL;
	int ret;

	if (item->absent)
		return 0;
	if (entry->import)
		return issue_import(entry, issued);
	if (item->action == PLAN_IMPORT)
		return acceptance_issue(job->accepted,
					(size_t)(item - job->plan->items),
					issued);
	/* what others have to sign anew goes on as it is */
	if (!plan_works(item))
		return item->keyless ?
			       held_load_certificate(entry, item->signer,
						     issued) :
			       held_load(job->output->fd, entry, item->signer,
					 issued);
	issuer = &making->issuers[entry->ca - job->inventory->cas];
	if (item->request)
		return issue_request(issuer, entry, item->request, issued);
	if (entry->reuse_key && !item->revoked)
		key = held_key(job->output->fd, entry, item->signer);
	ret = issue_entry(issuer, entry, key, issued);
	EVP_PKEY_free(key);
	return ret;
}

/* For a bundle without keys: the certificate, where the CAs that go with it may
 * be others than before. */
static int load_certificate(struct making *making, size_t place,
			    struct issued *issued)
{
	const struct plan_item *item = &making->job->plan->items[place];
	const struct entry *entry = item->entry;

	if (entry->import || !*entry->ca->chain)
		return 0;
	return held_load_certificate(entry, item->signer, issued);
}

/* Its bundles are made, without what needs keys. */
static bool is_partial(const struct making *making, size_t number)
{
	const struct plan_group *group = &making->job->plan->groups[number];

	return group->partial && !group->blocked;
}

/* Entry I of the group NUMBER, for its batch. */
static int make_entry(struct making *making, size_t number, size_t i)
{
	const struct group *group = &making->job->inventory->groups[number];
	const size_t place = group->first_entry + i;
	struct issued *issued = &open_batch(making, number)[i];
	int ret;

	if (signals_caught())
		return -1;
	if (making->pool && making->ahead[place_of(group) + i])
		ret = take_issued(making, place_of(group) + i);
	else if (is_partial(making, number))
		ret = load_certificate(making, place, issued);
	else
		ret = make_item(making, &making->job->plan->items[place],
				issued);
	return ret;
}

static int publish_entries(struct making *making, size_t number)
{
	const struct materials materials = materials_of(making, number);
	const struct group *group = materials.group;
	const struct entry *entries =
		&materials.inventory->entries[group->first_entry];
	int ret = 0;
	size_t i;

	for (i = 0; i < group->n_entries && ret == 0; i++) {
		ret = publish_entry(making->publish, &materials, &entries[i],
				    &materials.issued[i]);
		if (ret == 0)
			note_outcome(&making->outcomes[group->first_entry + i],
				     &materials.issued[i]);
	}
	return ret;
}

/* What has arrived for bundles that are not complete yet. */
static int record_group(struct making *making, size_t number)
{
	const struct group *group = &making->job->inventory->groups[number];
	const struct plan_item *items =
		&making->job->plan->items[group->first_entry];
	int ret = 0;
	size_t i;

	for (i = 0; i < group->n_entries && ret == 0; i++)
		if (plan_works(&items[i])) {
			ret = make_entry(making, number, i);
			making->done++;
		}
	return ret ? ret : publish_entries(making, number);
}

static int publish_holder(struct making *making, size_t number, size_t i)
{
	const struct inventory *inventory = making->job->inventory;
	const struct group *group = &inventory->groups[number];
	const size_t place = holder_place(group, i);
	struct package *package = making->pool && making->ahead[place] ?
					  pool_take(making->pool, place) :
					  make_package(making, number, i);
	int ret = -1;

	if (package)
		ret = publish_package(
			making->publish,
			&inventory->holders[group->first_holder + i], package);
	package_free(package);
	return ret;
}

static int bundle_group(struct making *making, size_t number)
{
	const struct group *group = &making->job->inventory->groups[number];
	const struct plan *plan = making->job->plan;
	int ret = 0;
	size_t i;

	for (i = 0; i < group->n_entries && ret == 0; i++) {
		ret = make_entry(making, number, i);
		making->done +=
			plan_works(&plan->items[group->first_entry + i]);
	}
	if (ret == 0 && !plan->groups[number].partial)
		ret = publish_entries(making, number);
	for (i = 0; i < group->n_holders && ret == 0; i++) {
		ret = publish_holder(making, number, i);
		manifest_set(making->job->manifest, group->first_holder + i);
	}
	return ret;
}

static int make_group(struct making *making, size_t number)
{
	const struct plan *plan = making->job->plan;

	if ((plan->groups[number].blocked ? record_group :
					    bundle_group)(making, number))
		return -1;
	clear_batch(making, number);
	progress_show(making->progress, making->done);
	return 0;
}

/* A token may have one door only: then one thread goes through it. */
static size_t count_threads(const struct making *making)
{
	const struct job *job = making->job;
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++) {
		const char *place = job->authorities[i]->key_place;

		if (job->plan->cas[i].signs && place && keystore_is_uri(place))
			return 1;
	}
	return arguments_jobs(job->options);
}

/* Nothing is needed for it but the CA. */
static bool can_be_ahead(const struct plan_item *item)
{
	const struct entry *entry = item->entry;

	return plan_works(item) && !item->absent && !item->request &&
	       !entry->import && item->action != PLAN_IMPORT &&
	       (!entry->reuse_key || item->revoked);
}

/* Note what of the group NUMBER is made ahead; returns how many entries. */
static size_t note_ahead(struct making *making, size_t number)
{
	const struct group *group = &making->job->inventory->groups[number];
	const struct plan *plan = making->job->plan;
	bool whole = plan_has_work(plan, making->job->inventory, number) &&
		     !plan->groups[number].blocked &&
		     !plan->groups[number].partial;
	size_t i, n = 0;

	for (i = 0; i < group->n_entries; i++) {
		const struct plan_item *item =
			&plan->items[group->first_entry + i];
		const bool ahead = can_be_ahead(item);

		making->ahead[place_of(group) + i] = ahead;
		n += ahead;
		whole = whole && (ahead || item->absent);
	}
	for (i = 0; i < group->n_holders; i++)
		making->ahead[holder_place(group, i)] = whole;
	atomic_init(&making->batches[number].left, (unsigned int)n);
	return n;
}

/* Texts that are kept once they are known are not for several threads to make.
 */
static void prepare_texts(const struct making *making)
{
	size_t i;

	for (i = 0; i < making->job->inventory->n_cas; i++)
		if (making->job->authorities[i]->record)
			lineage_trust(making->job->authorities[i]);
}

static void begin_ahead(struct making *making)
{
	const struct inventory *inventory = making->job->inventory;
	const struct pool_work work = {
		.n = inventory->n_entries + inventory->n_holders,
		.wanted = making->ahead,
		.make = make_ahead,
		.is_ready = is_ready,
		.drop = drop_ahead,
		.context = making,
	};
	size_t jobs = count_threads(making), n = 0, i;

	for (i = 0; i < inventory->n_groups; i++)
		n += note_ahead(making, i);
	if (plan_makes(making->job->plan))
		prepare_texts(making);
	making->pool = pool_new(&work, jobs < n ? jobs : n);
}

struct making *making_new(struct job *job, const struct issuer *issuers,
			  struct publish *publish, struct outcome *outcomes)
{
	const struct inventory *inventory = job->inventory;
	struct making *making = memory_zeroed(1, sizeof(*making));

	making->job = job;
	making->issuers = issuers;
	making->publish = publish;
	making->outcomes = outcomes;
	making->progress = progress_new(job->plan->n_work, job->options->quiet);
	making->batches =
		memory_zeroed(inventory->n_groups, sizeof(*making->batches));
	making->ahead =
		memory_zeroed(inventory->n_entries + inventory->n_holders,
			      sizeof(*making->ahead));
	if (pthread_mutex_init(&making->lock, NULL))
		abort();
	return making;
}

void making_free(struct making *making)
{
	size_t i;

	if (!making)
		return;
	/* its threads work with the rest */
	pool_free(making->pool);
	for (i = 0; i < making->job->inventory->n_groups; i++)
		clear_batch(making, i);
	for (i = 0; i < making->n_packers; i++)
		packer_free(making->packers[i]);
	progress_free(making->progress);
	pthread_mutex_destroy(&making->lock);
	free(making->packers);
	free(making->batches);
	free(making->ahead);
	free(making);
}

int making_carry_out(struct making *making)
{
	const struct inventory *inventory = making->job->inventory;
	size_t i;

	begin_ahead(making);
	for (i = 0; i < inventory->n_groups; i++)
		if (plan_has_work(making->job->plan, inventory, i) &&
		    make_group(making, i))
			return -1;
	return 0;
}
