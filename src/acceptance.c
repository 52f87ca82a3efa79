/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "acceptance.h"
#include "adoption.h"
#include "chain.h"
#include "check.h"
#include "dates.h"
#include "held.h"
#include "key.h"
#include "lineage.h"
#include "memory.h"
#include "pending.h"
#include "reference.h"
#include "rendering.h"
#include "report.h"
#include "verdict.h"

/* A key that a certificate may be for. */
struct candidate {
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t place;
	bool waits; /* for this one; otherwise it has a certificate */
};

struct matching {
	struct judging judging;
	struct candidate *candidates; /* sorted */
	size_t n_candidates;
};

/* Of the bits of the key alone, in whatever form its algorithm is written. */
static void digest_of(const X509_PUBKEY *key,
		      unsigned char digest[SHA256_DIGEST_LENGTH])
{
	const unsigned char *bits;
	int length;

	if (!X509_PUBKEY_get0_param(NULL, &bits, &length, NULL, key) ||
	    !EVP_Digest(bits, (size_t)length, digest, NULL, EVP_sha256(), NULL))
		abort();
}

static void add_candidate(struct matching *in, const X509_PUBKEY *key,
			  size_t place, bool waits)
{
	struct candidate *candidate = memory_append(
		&in->candidates, &in->n_candidates, sizeof(*candidate));

	digest_of(key, candidate->digest);
	candidate->place = place;
	candidate->waits = waits;
}

static int candidate_order(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	return memcmp(a->digest, b->digest, sizeof(a->digest));
}

/* The keys that wait come first where it is the same one. */
static void find_candidates(struct matching *in)
{
	const struct job *job = in->judging.acceptance->job;
	const struct inventory *inventory = job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_entries; i++) {
		const struct entry *entry = &inventory->entries[i];
		X509_REQ *request = pending_request(job->pending, i);
		struct reference reference;

		if (!entry->ca || !entry->ca->is_external)
			continue;
		if (request)
			add_candidate(in, X509_REQ_get_X509_PUBKEY(request), i,
				      true);
		if (reference_find(&reference, job, entry))
			add_candidate(
				in, X509_get_X509_PUBKEY(reference.certificate),
				i, false);
		reference_clear(&reference);
	}
	if (in->n_candidates)
		qsort(in->candidates, in->n_candidates, sizeof(*in->candidates),
		      candidate_order);
}

/* Of several the one that waits; NULL: nobody has the key. */
static const struct candidate *find_candidate(const struct matching *in,
					      X509 *certificate)
{
	const struct candidate *found = NULL, *last;
	struct candidate key;

	digest_of(X509_get_X509_PUBKEY(certificate), key.digest);
	last = in->candidates + in->n_candidates;
	if (in->n_candidates)
		found = bsearch(&key, in->candidates, in->n_candidates,
				sizeof(key), candidate_order);
	if (!found)
		return NULL;
	while (found > in->candidates && candidate_order(found - 1, &key) == 0)
		found--;
	while (!found->waits && found + 1 < last &&
	       candidate_order(found + 1, &key) == 0)
		found++;
	return found;
}

static const struct entry *entry_at(const struct matching *in, size_t place)
{
	return &in->judging.acceptance->job->inventory->entries[place];
}

static size_t ca_of(const struct matching *in, const struct entry *entry)
{
	return (size_t)(entry->ca -
			in->judging.acceptance->job->inventory->cas);
}

static void refuse(struct matching *in, const struct arrival *arrival,
		   char *reason)
{
	struct acceptance *acceptance = in->judging.acceptance;
	struct refusal *refusal = memory_append(&acceptance->refusals,
						&acceptance->n_refusals,
						sizeof(*refusal));

	refusal->arrival = arrival;
	refusal->reason = reason;
}

/* The very same certificate is on record, or taken. */
static bool is_known(const struct matching *in, const struct arrival *arrival,
		     size_t place)
{
	const struct job *job = in->judging.acceptance->job;
	const struct arrival *taken = in->judging.acceptance->items[place];
	const struct authority *authority, *generation;
	const size_t length = sizeof(arrival->record->fingerprint);
	size_t i;
	bool known = false;

	if (taken && memcmp(taken->record->fingerprint,
			    arrival->record->fingerprint, length) == 0)
		return true;
	authority = job->authorities[ca_of(in, entry_at(in, place))];
	for (i = 0; (generation = lineage_get(authority, i)) && !known; i++) {
		struct record *record =
			authority_record(generation, arrival->record->serial);

		known = record &&
			memcmp(record->fingerprint,
			       arrival->record->fingerprint, length) == 0;
		record_free(record);
	}
	return known;
}

/* Somebody else's, or made for another key than that of the request. */
static char *stranger(const struct matching *in, const struct arrival *arrival)
{
	const struct job *job = in->judging.acceptance->job;
	const char *name = arrival->record->common_name;
	const struct entry *alike = NULL;
	size_t i;

	for (i = 0; name && !alike && i < job->inventory->n_entries; i++) {
		const struct entry *entry = entry_at(in, i);

		if (pending_request(job->pending, i) &&
		    strcmp(entry->common_name, name) == 0)
			alike = entry;
	}
	if (!alike)
		return memory_copy("no request that waits is for its key");
	return memory_format("no request that waits is for its key, though one "
			     "has the common name '%s'",
			     name);
}

/* Of two for one key the one that lasts longer. */
static void take(struct matching *in, const struct arrival *arrival,
		 size_t place)
{
	struct acceptance *acceptance = in->judging.acceptance;
	const struct arrival **item = &acceptance->items[place];
	const struct arrival *loser = NULL;

	if (!*item) {
		*item = arrival;
		acceptance->n++;
		return;
	}
	loser = (*item)->record->not_after >= arrival->record->not_after ?
			arrival :
			*item;
	if (loser == *item)
		*item = arrival;
	refuse(in, loser,
	       memory_format("another one for the same key lasts as long or "
			     "longer: %s",
			     (*item)->source));
}

static void judge(struct matching *in, const struct arrival *arrival)
{
	const struct candidate *candidate =
		find_candidate(in, arrival->certificate);
	char *fault;

	if (!candidate && arrival->record->is_ca)
		return; /* it is here to build chains with */
	if (!candidate) {
		refuse(in, arrival, stranger(in, arrival));
	} else if (is_known(in, arrival, candidate->place)) {
		in->judging.acceptance->n_known++;
	} else {
		fault = verdict(&in->judging, arrival, candidate->place,
				candidate->waits);
		if (fault)
			refuse(in, arrival, fault);
		else
			take(in, arrival, candidate->place);
	}
}

static void gather(struct matching *in)
{
	const struct arrivals *arrivals = in->judging.acceptance->arrivals;
	size_t i;

	for (i = 0; i < arrivals->n; i++)
		if (arrivals->items[i].record->is_ca) {
			sk_X509_push(in->judging.pool,
				     arrivals->items[i].certificate);
			in->judging.acceptance->n_authorities++;
		}
}

static void load_chains(struct matching *in)
{
	const struct job *job = in->judging.acceptance->job;
	size_t i;

	in->judging.chains = memory_zeroed(job->inventory->n_cas,
					   sizeof(*in->judging.chains));
	for (i = 0; i < job->inventory->n_cas; i++) {
		struct authority *authority = job->authorities[i];

		if (job->inventory->cas[i].is_external && authority->exists &&
		    authority_load_certificate(authority) == 0)
			in->judging.chains[i] = chain_read(
				authority->pem, strlen(authority->pem));
	}
}

struct acceptance *acceptance_new(struct job *job,
				  const struct arrivals *arrivals)
{
	struct acceptance *acceptance = memory_zeroed(1, sizeof(*acceptance));
	struct matching in = { .judging = { .acceptance = acceptance,
					    .pool = sk_X509_new_null() } };
	size_t i;

	acceptance->job = job;
	acceptance->arrivals = arrivals;
	acceptance->items = memory_zeroed(job->inventory->n_entries,
					  sizeof(*acceptance->items));
	ERR_set_mark();
	gather(&in);
	load_chains(&in);
	find_candidates(&in);
	for (i = 0; i < arrivals->n; i++)
		judge(&in, &arrivals->items[i]);
	ERR_pop_to_mark();
	for (i = 0; i < job->inventory->n_cas; i++)
		chain_free(in.judging.chains[i]);
	free(in.judging.chains);
	sk_X509_free(in.judging.pool);
	free(in.candidates);
	return acceptance;
}

void acceptance_free(struct acceptance *acceptance)
{
	size_t i;

	if (!acceptance)
		return;
	for (i = 0; i < acceptance->n_refusals; i++)
		free(acceptance->refusals[i].reason);
	free(acceptance->refusals);
	free(acceptance->items);
	free(acceptance);
}

/* The key that waits, or the one that the certificate before had. */
static EVP_PKEY *find_key(const struct job *job, const struct entry *entry,
			  X509 *certificate)
{
	EVP_PKEY *key = pending_key(job->output->fd, entry);
	struct reference reference;

	if (key && X509_check_private_key(certificate, key) == 1)
		return key;
	EVP_PKEY_free(key);
	key = NULL;
	ERR_clear_error();
	if (reference_find(&reference, job, entry))
		key = held_key(job->output->fd, entry, reference.signer);
	reference_clear(&reference);
	if (key && X509_check_private_key(certificate, key) == 1)
		return key;
	EVP_PKEY_free(key);
	report_error("%s: its key was here, and is not any more", entry->path);
	return NULL;
}

int acceptance_issue(const struct acceptance *acceptance, size_t place,
		     struct issued *issued)
{
	struct job *job = acceptance->job;
	const struct entry *entry = &job->inventory->entries[place];
	X509 *certificate = acceptance->items[place]->certificate;
	X509_REQ *request = pending_request(job->pending, place);
	EVP_PKEY *key = find_key(job, entry, certificate);
	int ret = -1;

	if (key)
		issued->key = key_to_pem(key);
	if (issued->key && issue_foreign(certificate, issued) == 0)
		ret = 0;
	if (ret == 0 && request &&
	    X509_REQ_check_private_key(request, key) == 1) {
		issued->conf =
			rendering_of_entry(job->inventory, entry, job->diag);
		issued->request = BIO_new(BIO_s_mem());
		if (!issued->conf || !issued->request ||
		    !PEM_write_bio_X509_REQ(issued->request, request))
			ret = -1;
	}
	ERR_clear_error();
	EVP_PKEY_free(key);
	return ret;
}

char *acceptance_note(const struct acceptance *acceptance, size_t place)
{
	const struct job *job = acceptance->job;
	const struct entry *entry = &job->inventory->entries[place];
	const struct record *record = acceptance->items[place]->record;
	const struct authority *authority =
		job->authorities[entry->ca - job->inventory->cas];
	long days = (long)(record->not_after - record->not_before) / DAY;
	char day[DATES_DAY];

	if (record->not_after > authority->record->not_after)
		return memory_format("its CA ends before it, on %s",
				     dates_day(authority->record->not_after,
					       day));
	if (record->not_after - job->now < check_renewal(entry, record) * DAY)
		return memory_format("to be renewed at once: renew_before is "
				     "%ld days",
				     check_renewal(entry, record));
	if (days > entry->days + 1)
		return memory_format("valid for %ld days, and the topology has "
				     "days = %ld",
				     days, entry->days);
	if (strcmp(record->other_subject, "") != 0)
		return memory_format("its subject has more than was asked for: "
				     "%s",
				     record->other_subject);
	return NULL;
}
