/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "handover.h"
#include "memory.h"
#include "pending.h"
#include "requests.h"

struct requests *requests_new(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	struct requests *requests = memory_zeroed(1, sizeof(*requests));
	size_t i, k;

	requests->job = job;
	requests->items =
		memory_zeroed(inventory->n_entries, sizeof(*requests->items));
	requests->names = pending_names(inventory);
	requests->groups =
		memory_zeroed(inventory->n_entries, sizeof(*requests->groups));
	for (i = 0; i < inventory->n_groups; i++)
		for (k = 0; k < inventory->groups[i].n_entries; k++)
			requests->groups[inventory->groups[i].first_entry + k] =
				&job->plan->groups[i];
	return requests;
}

void requests_free(struct requests *requests)
{
	const struct inventory *inventory = requests->job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_entries; i++)
		BIO_free(requests->items[i].pem);
	pending_names_free(inventory, requests->names);
	free(requests->groups);
	free(requests->items);
	free(requests);
}

void requests_set(struct requests *requests, size_t place, X509_REQ *request,
		  bool made)
{
	struct requests_item *item = &requests->items[place];

	item->pem = BIO_new(BIO_s_mem());
	if (!item->pem || !PEM_write_bio_X509_REQ(item->pem, request))
		abort();
	item->made = made;
	requests->n++;
	requests->n_made += made;
}

static int path_order(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_path(char ***paths, size_t *n, const struct entry *entry,
		     const char *end)
{
	char *folder = pending_folder(entry), *name = pending_name(entry, end);

	*(char **)memory_append(paths, n, sizeof(char *)) =
		memory_format("%s/%s", folder, name);
	free(folder);
	free(name);
}

static int clean(const struct requests *requests, struct publish *publish)
{
	static const char *const ends[] = { PENDING_KEY, PENDING_CONF,
					    PENDING_REQUEST };
	const struct job *job = requests->job;
	char **paths = NULL;
	size_t i, k, n = 0;
	int ret;

	for (i = 0; i < job->inventory->n_entries; i++) {
		bool out = requests->items[i].pem;

		/* the first one is the key */
		for (k = 0; k < (out                          ? 3 :
				 requests->groups[i]->blocked ? 1 :
								0);
		     k++)
			add_path(&paths, &n, &job->inventory->entries[i],
				 ends[k]);
	}
	if (n)
		qsort(paths, n, sizeof(*paths), path_order);
	ret = handover_clean(publish, job->output, paths, n);
	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return ret;
}

int requests_publish(const struct requests *requests, struct publish *publish)
{
	const struct job *job = requests->job;
	struct handover_file *files =
		memory_zeroed(requests->n, sizeof(*files));
	size_t i, n = 0;
	int ret;

	for (i = 0; i < job->inventory->n_entries; i++) {
		const char *data;
		long length;

		if (!requests->items[i].pem)
			continue;
		length = BIO_get_mem_data(requests->items[i].pem, &data);
		files[n].name = requests->names[i];
		files[n++].pem = memory_copy_part(data, (size_t)length);
	}
	ret = handover_publish(publish, job->output, files, n, job->now);
	for (i = 0; i < n; i++)
		free((char *)files[i].pem);
	free(files);
	return ret < 0 || clean(requests, publish) ? -1 : 0;
}

int requests_settle(const struct job *job, struct publish *publish)
{
	struct requests *requests = requests_new(job);
	size_t i;
	int ret;

	for (i = 0; i < job->inventory->n_entries; i++) {
		X509_REQ *request = pending_request(job->pending, i);

		if (request && job->plan->items[i].action != PLAN_IMPORT)
			requests_set(requests, i, request, false);
	}
	ret = requests_publish(requests, publish);
	requests_free(requests);
	return ret;
}
