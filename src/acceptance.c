/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

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

#define CHAIN_MAX 8

/* The most that a serial number may have, in hexadecimal (RFC 5280, section
 * 4.1.2.2). */
#define SERIAL_DIGITS 40

/* A key that a certificate may be for. */
struct candidate {
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t place;
	bool waits; /* for this one; otherwise it has a certificate */
};

struct judging {
	struct acceptance *acceptance;
	struct candidate *candidates; /* sorted */
	size_t n_candidates;
	STACK_OF(X509) * pool; /* of CAs that came along; not owned */
	STACK_OF(X509) * *chains; /* of each CA, its own certificate first */
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

static void add_candidate(struct judging *in, const X509_PUBKEY *key,
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
static void find_candidates(struct judging *in)
{
	const struct job *job = in->acceptance->job;
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
			add_candidate(in,
				      X509_get_X509_PUBKEY(
					      reference.certificate),
				      i, false);
		reference_clear(&reference);
	}
	if (in->n_candidates)
		qsort(in->candidates, in->n_candidates, sizeof(*in->candidates),
		      candidate_order);
}

/* Of several the one that waits; NULL: nobody has the key. */
static const struct candidate *find_candidate(const struct judging *in,
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
	while (found > in->candidates &&
	       candidate_order(found - 1, &key) == 0)
		found--;
	while (!found->waits && found + 1 < last &&
	       candidate_order(found + 1, &key) == 0)
		found++;
	return found;
}

static const struct entry *entry_at(const struct judging *in, size_t place)
{
	return &in->acceptance->job->inventory->entries[place];
}

static size_t ca_of(const struct judging *in, const struct entry *entry)
{
	return (size_t)(entry->ca - in->acceptance->job->inventory->cas);
}

static void refuse(struct judging *in, const struct arrival *arrival,
		   char *reason)
{
	struct acceptance *acceptance = in->acceptance;
	struct refusal *refusal =
		memory_append(&acceptance->refusals, &acceptance->n_refusals,
			      sizeof(*refusal));

	refusal->arrival = arrival;
	refusal->reason = reason;
}

static bool is_weakly_signed(X509 *certificate)
{
	int bits = 0;

	return !X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) ||
	       bits < KEY_SECURITY_BITS_MIN;
}

static char *check_form(const struct record *record, X509 *certificate)
{
	size_t digits = strlen(record->serial);

	if (record->version != 3)
		return memory_format("X.509 version %d, wanted 3",
				     record->version);
	if (record->is_ca)
		return memory_copy("the certificate of a CA (basicConstraints "
				   "is CA:TRUE)");
	if (chain_is_root(certificate) &&
	    X509_verify(certificate, X509_get0_pubkey(certificate)) == 1)
		return memory_copy("signed by its own key and not by the CA");
	if (is_weakly_signed(certificate))
		return memory_format("its signature has less than %d bits of "
				     "security, as with SHA-1 or MD5",
				     KEY_SECURITY_BITS_MIN);
	if (digits > SERIAL_DIGITS || digits % 2 ||
	    strspn(record->serial, "0123456789ABCDEF") != digits ||
	    strspn(record->serial, "0") == digits)
		return memory_copy("its serial number is not positive, or of "
				   "more than 20 octets");
	return NULL;
}

/* What check_foreign() says is in the words of a topology that changed. */
static char *check_wishes(const struct entry *entry,
			  const struct record *record)
{
	static const char names[] = "names changed:";
	char *fault = check_foreign(entry, record), *better;

	if (!fault || strncmp(fault, names, strlen(names)) != 0)
		return fault;
	better = memory_format("not the names that were asked for (+ is "
			       "missing, - is too much):%s",
			       fault + strlen(names));
	free(fault);
	return better;
}

static char *check_dates(const struct record *record, time_t now)
{
	char date[DATES_FULL];

	if (record->not_after <= now)
		return memory_format("expired at %s",
				     dates_full(record->not_after, date));
	if (record->not_before > now)
		return memory_format("not valid before %s: wait, or set this "
				     "machine's clock",
				     dates_full(record->not_before, date));
	return NULL;
}

/* The one among LIST that signed CERTIFICATE; NULL: none did. */
static X509 *find_issuer(const STACK_OF(X509) * list, X509 *certificate)
{
	int i;

	for (i = 0; i < sk_X509_num(list); i++)
		if (!chain_link(certificate, sk_X509_value(list, i)))
			return sk_X509_value(list, i);
	return NULL;
}

/*
 * CERTIFICATE's issuers that came along, up to the first of CHAIN, and CHAIN
 * behind them; NULL: there is a gap. Free with chain_free().
 */
static STACK_OF(X509) * bridge(const struct judging *in, X509 *certificate,
			       STACK_OF(X509) * chain)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	X509 *top = sk_X509_value(chain, 0);
	int i;

	while (chain_link(certificate, top)) {
		certificate = find_issuer(in->pool, certificate);
		if (!certificate || sk_X509_num(list) == CHAIN_MAX) {
			chain_free(list);
			return NULL;
		}
		X509_up_ref(certificate);
		sk_X509_push(list, certificate);
	}
	for (i = 0; i < sk_X509_num(chain); i++) {
		X509_up_ref(sk_X509_value(chain, i));
		sk_X509_push(list, sk_X509_value(chain, i));
	}
	return list;
}

/* As servers and clients will, who know only what is topmost. */
static char *verify(const struct judging *in, X509 *leaf,
		    STACK_OF(X509) * chain)
{
	STACK_OF(X509) *trusted = sk_X509_new_null();
	struct chain_terms terms = { .leaf = leaf,
				     .others = chain,
				     .trusted = trusted,
				     .now = in->acceptance->job->now };
	int n = sk_X509_num(chain), i, depth, error;

	sk_X509_push(trusted, sk_X509_value(chain, n - 1));
	error = chain_verify(&terms, &depth);
	sk_X509_free(trusted);
	if (error)
		return memory_format("does not verify%s: %s",
				     depth ? ", as a certificate above it does "
					     "not" :
					     "",
				     X509_verify_cert_error_string(error));
	for (i = 0; i + 1 < n; i++)
		if (is_weakly_signed(sk_X509_value(chain, i)))
			return memory_copy("a certificate above it has a weak "
					   "signature, as with SHA-1");
	return NULL;
}

static char *another_ca(const struct judging *in, const struct arrival *arrival,
			const struct entry *entry)
{
	return memory_format("signed by '%s', not by '%s', the CA in %s/",
			     arrival->record->issuer,
			     in->acceptance->job
				     ->authorities[ca_of(in, entry)]
				     ->record->subject,
			     entry->ca->folder);
}

static bool has_taken(const struct judging *in, const struct ca_entry *ca)
{
	size_t i;

	for (i = 0; i < in->acceptance->job->inventory->n_entries; i++)
		if (in->acceptance->items[i] && entry_at(in, i)->ca == ca)
			return true;
	return false;
}

/* Signed by the CA of ENTRY; or, as long as that has signed nothing, by one
 * below it. */
static char *check_chain(struct judging *in, const struct arrival *arrival,
			 const struct entry *entry)
{
	struct acceptance *acceptance = in->acceptance;
	const size_t ca = ca_of(in, entry);
	struct authority *authority = acceptance->job->authorities[ca];
	STACK_OF(X509) *chain = in->chains[ca], *longer;
	X509 *leaf = arrival->certificate;
	char *fault;

	if (!chain)
		return memory_format("nothing is known of the CA that signed "
				     "it ('%s'): wanted its certificate, in "
				     "the cert_file of [ca%s%s]",
				     arrival->record->issuer,
				     *entry->ca->name ? " " : "",
				     entry->ca->name);
	if (!chain_link(leaf, sk_X509_value(chain, 0)))
		return verify(in, leaf, chain);
	longer = index_count(authority->index) ? NULL :
						 bridge(in, leaf, chain);
	if (!longer)
		return another_ca(in, arrival, entry);
	fault = verify(in, leaf, longer);
	if (!fault && has_taken(in, entry->ca)) {
		/* the first one that was taken has decided it */
		chain_free(longer);
		return another_ca(in, arrival, entry);
	}
	if (fault) {
		chain_free(longer);
		return fault;
	}
	chain_free(chain);
	in->chains[ca] = longer;
	adoption_take(acceptance->job, ca, longer);
	return NULL;
}

/* Another certificate has the serial number. */
static char *check_serial(const struct judging *in,
			  const struct arrival *arrival,
			  const struct entry *entry)
{
	const struct acceptance *acceptance = in->acceptance;
	const struct job *job = acceptance->job;
	const struct authority *authority = job->authorities[ca_of(in, entry)];
	const char *serial = arrival->record->serial;
	size_t i;

	if (index_has_serial(authority->index, serial))
		return memory_format("its serial number %s is that of another "
				     "certificate of this CA",
				     serial);
	for (i = 0; i < job->inventory->n_entries; i++) {
		const struct arrival *other = acceptance->items[i];

		if (other && entry_at(in, i)->ca == entry->ca &&
		    entry_at(in, i) != entry &&
		    strcmp(other->record->serial, serial) == 0)
			return memory_format("its serial number %s is that of "
					     "the certificate for %s",
					     serial, entry_at(in, i)->path);
	}
	return NULL;
}

/* For a key that has a certificate already: that is revoked, or just as
 * good. */
static char *check_progress(const struct judging *in,
			    const struct arrival *arrival,
			    const struct entry *entry)
{
	const struct job *job = in->acceptance->job;
	struct reference reference;
	struct record *present = NULL;
	char *fault = NULL, day[DATES_DAY];

	if (!reference_find(&reference, job, entry))
		return NULL;
	present = authority_record(reference.signer, reference.row.serial);
	if (reference.row.type == 'R')
		fault = memory_copy("for the key of a certificate that was "
				    "revoked: wanted one for a new request");
	else if (!held_check(job->output->fd, entry, reference.signer))
		fault = memory_copy("its key is not here any more: wanted one "
				    "for a new request");
	else if (present && present->not_after >= arrival->record->not_after)
		fault = memory_format("the one that is there lasts as long or "
				      "longer, until %s",
				      dates_day(present->not_after, day));
	record_free(present);
	reference_clear(&reference);
	return fault;
}

static char *find_fault(struct judging *in, const struct arrival *arrival,
			const struct candidate *candidate)
{
	const struct entry *entry = entry_at(in, candidate->place);
	char *fault = check_form(arrival->record, arrival->certificate);

	if (!fault)
		fault = check_wishes(entry, arrival->record);
	if (!fault)
		fault = check_dates(arrival->record, in->acceptance->job->now);
	if (!fault)
		fault = check_serial(in, arrival, entry);
	if (!fault && !candidate->waits)
		fault = check_progress(in, arrival, entry);
	if (!fault)
		fault = check_chain(in, arrival, entry);
	return fault;
}

/* The very same certificate is on record, or taken. */
static bool is_known(const struct judging *in, const struct arrival *arrival,
		     size_t place)
{
	const struct job *job = in->acceptance->job;
	const struct arrival *taken = in->acceptance->items[place];
	const struct authority *authority, *generation;
	const size_t length = sizeof(arrival->record->fingerprint);
	size_t i;
	bool known = false;

	if (taken && memcmp(taken->record->fingerprint,
			    arrival->record->fingerprint, length) == 0)
		return true;
	authority = job->authorities[ca_of(in, entry_at(in, place))];
	for (i = 0; (generation = lineage_get(authority, i)) && !known; i++) {
		struct record *record = authority_record(
			generation, arrival->record->serial);

		known = record &&
			memcmp(record->fingerprint,
			       arrival->record->fingerprint, length) == 0;
		record_free(record);
	}
	return known;
}

/* Somebody else's, or made for another key than that of the request. */
static char *stranger(const struct judging *in, const struct arrival *arrival)
{
	const struct job *job = in->acceptance->job;
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
static void take(struct judging *in, const struct arrival *arrival,
		 size_t place)
{
	struct acceptance *acceptance = in->acceptance;
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

static void judge(struct judging *in, const struct arrival *arrival)
{
	const struct candidate *candidate =
		find_candidate(in, arrival->certificate);
	char *fault;

	if (!candidate && arrival->record->is_ca)
		return; /* it is here to build chains with */
	if (!candidate) {
		refuse(in, arrival, stranger(in, arrival));
	} else if (is_known(in, arrival, candidate->place)) {
		in->acceptance->n_known++;
	} else {
		fault = find_fault(in, arrival, candidate);
		if (fault)
			refuse(in, arrival, fault);
		else
			take(in, arrival, candidate->place);
	}
}

static void gather(struct judging *in)
{
	const struct arrivals *arrivals = in->acceptance->arrivals;
	size_t i;

	for (i = 0; i < arrivals->n; i++)
		if (arrivals->items[i].record->is_ca) {
			sk_X509_push(in->pool, arrivals->items[i].certificate);
			in->acceptance->n_authorities++;
		}
}

static void load_chains(struct judging *in)
{
	const struct job *job = in->acceptance->job;
	size_t i;

	in->chains = memory_zeroed(job->inventory->n_cas, sizeof(*in->chains));
	for (i = 0; i < job->inventory->n_cas; i++) {
		struct authority *authority = job->authorities[i];

		if (job->inventory->cas[i].is_external && authority->exists &&
		    authority_load_certificate(authority) == 0)
			in->chains[i] = chain_read(authority->pem,
						   strlen(authority->pem));
	}
}

struct acceptance *acceptance_new(struct job *job,
				  const struct arrivals *arrivals)
{
	struct acceptance *acceptance = memory_zeroed(1, sizeof(*acceptance));
	struct judging in = { .acceptance = acceptance,
			      .pool = sk_X509_new_null() };
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
		chain_free(in.chains[i]);
	free(in.chains);
	sk_X509_free(in.pool);
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
