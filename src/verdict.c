/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "adoption.h"
#include "chain.h"
#include "check.h"
#include "dates.h"
#include "held.h"
#include "key.h"
#include "memory.h"
#include "reference.h"
#include "verdict.h"

#define CHAIN_MAX 8

/* The most that a serial number may have, in hexadecimal (RFC 5280, section
 * 4.1.2.2). */
#define SERIAL_DIGITS 40

static const struct entry *entry_at(const struct judging *in, size_t place)
{
	return &in->acceptance->job->inventory->entries[place];
}

static size_t ca_of(const struct judging *in, const struct entry *entry)
{
	return (size_t)(entry->ca - in->acceptance->job->inventory->cas);
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
	const struct job *job = in->acceptance->job;
	const struct record *ca = job->authorities[ca_of(in, entry)]->record;

	if (strcmp(arrival->record->issuer, ca->subject) == 0)
		return memory_format("its issuer has the name of the CA in "
				     "%s/, but another key",
				     entry->ca->folder);
	return memory_format("signed by '%s', not by '%s', the CA in %s/",
			     arrival->record->issuer, ca->subject,
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
static char *check_chain(const struct judging *in,
			 const struct arrival *arrival,
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
	longer = index_count(authority->index) ? NULL : bridge(in, leaf, chain);
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

char *verdict(const struct judging *in, const struct arrival *arrival,
	      size_t place, bool waits)
{
	const struct entry *entry = entry_at(in, place);
	char *fault = check_form(arrival->record, arrival->certificate);

	if (!fault)
		fault = check_wishes(entry, arrival->record);
	if (!fault)
		fault = check_dates(arrival->record, in->acceptance->job->now);
	if (!fault)
		fault = check_serial(in, arrival, entry);
	if (!fault && !waits)
		fault = check_progress(in, arrival, entry);
	if (!fault)
		fault = check_chain(in, arrival, entry);
	return fault;
}
