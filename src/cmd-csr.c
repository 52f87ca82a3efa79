/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "check.h"
#include "conf.h"
#include "dates.h"
#include "held.h"
#include "issue.h"
#include "job.h"
#include "memory.h"
#include "pending.h"
#include "pool.h"
#include "progress.h"
#include "publish.h"
#include "rendering.h"
#include "report.h"
#include "request.h"
#include "requests.h"
#include "seeding.h"
#include "signals.h"
#include "summary.h"
#include "takeover.h"

#define MODE_SECRET 0600

struct asked {
	struct job *job;
	struct publish *publish;
	struct progress *progress;
	struct requests *requests;
	bool *ahead; /* for each item: its key is made by this */
	struct pool *keys; /* NULL: they are made one by one */
};

/* The request asks for just what the topology grants, and is signed by KEY,
 * which is its own. -1: reported. */
static int check(const struct entry *entry, X509_REQ *request, EVP_PKEY *key)
{
	struct record *record = record_of_request(request);
	char *fault;

	if (!record || X509_REQ_verify(request, key) != 1) {
		report_openssl("%s: refused: the request does not verify",
			       entry->path);
		record_free(record);
		return -1;
	}
	fault = check_request(entry, record);
	record_free(record);
	if (!fault)
		return 0;
	report_error("%s: refused: the request that %s makes is not what the "
		     "topology asks for: %s",
		     entry->path, template_path(entry->type->template), fault);
	free(fault);
	return -1;
}

static EVP_PKEY *new_key(const struct asked *asked, size_t place)
{
	const struct entry *entry = asked->job->plan->items[place].entry;
	struct derivation derivation;

	return key_generate(entry->key, seeding_of(asked->job->inventory, entry,
						   &derivation));
}

static EVP_PKEY *find_key(const struct asked *asked, size_t place)
{
	const struct plan_item *item = &asked->job->plan->items[place];
	int folder = asked->job->output->fd;
	EVP_PKEY *key = NULL;
	X509_REQ *request;
	struct record *record;

	if (asked->keys && asked->ahead[place])
		return pool_take(asked->keys, place);
	if (!item->entry->reuse_key || item->revoked)
		return new_key(asked, place);
	key = held_key(folder, item->entry, item->signer);
	request = pending_request(asked->job->pending, place);
	if (key || !request)
		return key ? key : new_key(asked, place);
	record = record_of_request(request);
	if (record && strcmp(record->key, item->entry->key->text) == 0)
		key = pending_key(folder, item->entry);
	record_free(record);
	return key ? key : new_key(asked, place);
}

/* A file of pending/, in memory that is wiped. */
static int keep(struct asked *asked, const struct entry *entry, const char *end,
		BIO *bio)
{
	char *folder = pending_folder(entry), *name = pending_name(entry, end);
	const char *data;
	long length = BIO_get_mem_data(bio, &data);
	int ret = publish_file(asked->publish, folder, name, data,
			       (size_t)length, MODE_SECRET);

	free(folder);
	free(name);
	return ret;
}

static int stage(struct asked *asked, size_t place, EVP_PKEY *key,
		 const struct rendered *rendered)
{
	const struct entry *entry = asked->job->plan->items[place].entry;
	BIO *secret = key_to_pem(key);
	BIO *conf = BIO_new_mem_buf(rendered->text, -1);
	int ret = -1;

	if (secret && conf && keep(asked, entry, PENDING_KEY, secret) == 0 &&
	    keep(asked, entry, PENDING_CONF, conf) == 0)
		ret = keep(asked, entry, PENDING_REQUEST,
			   asked->requests->items[place].pem);
	BIO_free(secret);
	BIO_free(conf);
	return ret;
}

static int make_with(struct asked *asked, size_t place,
		     const struct rendered *rendered)
{
	const struct entry *entry = asked->job->plan->items[place].entry;
	const char *path = template_path(entry->type->template);
	CONF *conf = conf_load(rendered, path);
	EVP_PKEY *key = conf ? find_key(asked, place) : NULL;
	struct derivation derivation;
	X509_REQ *request = key ? request_new(conf, key, path,
					      seeding_of(asked->job->inventory,
							 entry, &derivation)) :
				  NULL;
	int ret = -1;

	if (request && check(entry, request, key) == 0) {
		requests_set(asked->requests, place, request, true);
		ret = stage(asked, place, key, rendered);
	}
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	NCONF_free(conf);
	return ret;
}

static int make(struct asked *asked, size_t place)
{
	struct job *job = asked->job;
	const struct entry *entry = job->plan->items[place].entry;
	struct rendered *rendered =
		rendering_of_entry(job->inventory, entry, job->diag);
	int ret = rendered ? make_with(asked, place, rendered) : -1;

	rendered_free(rendered);
	diag_flush(job->diag, stderr);
	progress_show(asked->progress, asked->requests->n_made);
	return ret;
}

/* The request that is out goes on: it fits, or nobody asked about it. */
static bool goes_on(const struct asked *asked, size_t place)
{
	const struct job *job = asked->job;

	return pending_request(job->pending, place) &&
	       (job->plan->items[place].action == PLAN_WAIT ||
		asked->requests->groups[place]->left);
}

static void *make_key(void *context, size_t place)
{
	const struct asked *asked = context;

	return new_key(asked, place);
}

static void drop_key(void *key)
{
	EVP_PKEY_free(key);
}

/* Keys that will be made in any case are begun with now. */
static void begin_keys(struct asked *asked)
{
	const struct plan *plan = asked->job->plan;
	struct pool_work work = { .n = plan->n_items,
				  .make = make_key,
				  .drop = drop_key,
				  .context = asked };
	size_t i;

	asked->ahead = memory_zeroed(plan->n_items, sizeof(*asked->ahead));
	for (i = 0; i < plan->n_items; i++) {
		const struct plan_item *item = &plan->items[i];
		const struct entry *entry = item->entry;

		asked->ahead[i] = item->action == PLAN_REQUEST && entry->ca &&
				  entry->ca->is_external &&
				  (!entry->reuse_key || item->revoked);
	}
	work.wanted = asked->ahead;
	asked->keys = pool_new(&work, arguments_jobs(asked->job->options));
}

static int make_requests(struct asked *asked)
{
	const struct job *job = asked->job;
	size_t i;

	begin_keys(asked);
	for (i = 0; i < job->plan->n_items; i++) {
		const struct plan_item *item = &job->plan->items[i];

		if (!item->entry->ca || !item->entry->ca->is_external)
			continue;
		if (item->action == PLAN_REQUEST) {
			if (signals_caught() || make(asked, i))
				return -1;
		} else if (goes_on(asked, i)) {
			requests_set(asked->requests, i,
				     pending_request(job->pending, i), false);
		}
	}
	return 0;
}

/* The folder of a CA that comes here for the first time. What else changes
 * about one changes bundles, too, and so is generate's. */
static int adopt(struct asked *asked, size_t place)
{
	struct job *job = asked->job;
	const struct authority *authority = job->authorities[place];
	const struct ca_entry *ca = &job->inventory->cas[place];
	struct rendered *rendered;
	int ret;

	if (!ca->is_external || (authority->adopted && authority->moves_in))
		return 0;
	rendered = rendering_of_ca(job->inventory, ca, job->diag);
	ret = rendered && publish_ca_conf(asked->publish, ca, rendered) >= 0 ?
		      0 :
		      -1;
	rendered_free(rendered);
	if (ret == 0 && authority->adopted && !index_count(authority->index))
		ret = takeover_publish(job, asked->publish, place, false) ||
				      publish_index(asked->publish, authority) ?
			      -1 :
			      0;
	return ret;
}

static int make_all(struct asked *asked)
{
	const struct job *job = asked->job;
	size_t i;

	if (make_requests(asked) ||
	    requests_publish(asked->requests, asked->publish))
		return -1;
	for (i = 0; i < job->inventory->n_cas; i++)
		if (adopt(asked, i))
			return -1;
	return signals_caught() ? -1 : publish_commit(asked->publish);
}

static void print_request(const struct asked *asked, size_t place)
{
	const struct job *job = asked->job;
	const struct plan_item *item = &job->plan->items[place];
	char day[DATES_DAY];

	printf("  " PENDING_REQUESTS "/%s  ", asked->requests->names[place]);
	if (asked->requests->items[place].made)
		report_text(stdout, item->reason);
	else
		printf("waits since %s",
		       dates_day(pending_since(job->pending, place), day));
	fputc('\n', stdout);
}

/* The new ones first: they are what has to be done. */
static void print_requests(const struct asked *asked)
{
	const size_t n = asked->job->plan->n_items;
	size_t i, shown = 0;
	int made;

	for (made = 1; made >= 0; made--)
		for (i = 0; i < n && shown < LINES_SHOWN; i++)
			if (asked->requests->items[i].pem &&
			    asked->requests->items[i].made == (made == 1)) {
				print_request(asked, i);
				shown++;
			}
	if (asked->requests->n > shown)
		printf("  ... and %zu more (--json has all)\n",
		       asked->requests->n - shown);
}

static bool has_external(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++)
		if (job->inventory->cas[i].is_external)
			return true;
	return false;
}

static void print_text(const struct asked *asked)
{
	const struct job *job = asked->job;

	if (!asked->requests->n) {
		printf("%s: nothing to request%s\n", job->directory,
		       has_external(job) ? "" :
					   ": no CA of the topology has "
					   "external = yes");
		return;
	}
	printf("%s: %zu request%s to be signed, %zu of them new\n",
	       job->directory, asked->requests->n,
	       asked->requests->n == 1 ? "" : "s", asked->requests->n_made);
	print_requests(asked);
	printf("\nHand over %s/" PENDING_ARCHIVE
	       " or the files in " PENDING_REQUESTS
	       "/; no key is in\nthem. The keys wait in "
	       "%s/" PENDING_FOLDER "/: they go to nobody, and without\nthem "
	       "what is signed is of no use. When it comes back:\n"
	       "  topocert import ",
	       job->directory, job->directory);
	if (job->options->output) {
		fputs("-o ", stdout);
		report_text(stdout, job->options->output);
		fputc(' ', stdout);
	}
	report_text(stdout, job->options->operand);
	puts(" FILE...");
}

static json_t *request_json(const struct asked *asked, size_t place)
{
	const struct job *job = asked->job;
	const struct plan_item *item = &job->plan->items[place];
	const struct entry *entry = item->entry;
	const bool made = asked->requests->items[place].made;
	char *folder = pending_folder(entry);
	char *key = pending_name(entry, PENDING_KEY);
	char date[DATES_FULL];
	json_t *object;

	object = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:o}", "path", entry->path,
		"kind", owner_kind_name(entry->owner->kind), "owner",
		entry->owner->name, "ca", entry->ca->folder, "made", made,
		"since",
		dates_full(made ? job->now : pending_since(job->pending, place),
			   date),
		"request",
		json_sprintf(PENDING_REQUESTS "/%s",
			     asked->requests->names[place]),
		"key", json_sprintf("%s/%s", folder, key));
	if (item->reason)
		json_object_set_new(object, "reason",
				    summary_json_text(item->reason));
	free(folder);
	free(key);
	return object;
}

static void print_json(const struct asked *asked)
{
	json_t *root = summary_json_new(asked->job, "csr");
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < asked->job->plan->n_items; i++)
		if (asked->requests->items[i].pem)
			json_array_append_new(list, request_json(asked, i));
	json_object_set_new(root, "requests", list);
	json_object_set_new(root, "made",
			    json_integer((json_int_t)asked->requests->n_made));
	json_object_set_new(root, "archive",
			    asked->requests->n ? json_string(PENDING_ARCHIVE) :
						 json_null());
	summary_json_print(root);
}

static int csr(struct job *job)
{
	struct asked asked = {
		.job = job,
		.publish = publish_new(job->output),
		.progress = progress_new(job->plan->n_requests,
					 job->options->quiet),
		.requests = requests_new(job),
	};
	int status = make_all(&asked) ? STATUS_FAILED : STATUS_DONE;

	pool_free(asked.keys);
	free(asked.ahead);
	progress_free(asked.progress);
	if (signals_caught() && status != STATUS_DONE)
		report_error("interrupted: %s is as it was", job->directory);
	if (status == STATUS_DONE && job->options->json)
		print_json(&asked);
	else if (status == STATUS_DONE && !job->options->quiet)
		print_text(&asked);
	requests_free(asked.requests);
	publish_free(asked.publish);
	return status;
}

int cmd_csr(const struct options *options)
{
	struct job job;
	int status = job_begin(&job, options, JOB_MAKES | JOB_DERIVES);

	if (status == STATUS_DONE)
		status = job_plan(&job);
	if (status == STATUS_DONE)
		status = csr(&job);
	job_clear(&job);
	return status;
}
