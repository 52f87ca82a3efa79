/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "contents.h"
#include "dates.h"
#include "lineage.h"
#include "memory.h"
#include "peer.h"
#include "reference.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All CAs, also those that the topology has no more; NULL: no more. */
static const struct authority *lineage_at(const struct job *job, size_t i)
{
	if (i < job->inventory->n_cas)
		return job->authorities[i];
	i -= job->inventory->n_cas;
	return i < job->n_strays ? job->strays[i] : NULL;
}

static bool signed_by(const struct authority *authority, X509 *leaf)
{
	X509 *ca = authority->fd < 0 ? NULL :
				       chain_load_first(authority->fd,
							AUTHORITY_CERTIFICATE);
	bool good;

	ERR_set_mark();
	good = ca &&
	       X509_NAME_cmp(X509_get_subject_name(ca),
			     X509_get_issuer_name(leaf)) == 0 &&
	       X509_verify(leaf, X509_get0_pubkey(ca)) == 1;
	ERR_pop_to_mark();
	X509_free(ca);
	return good;
}

/* The generation of a CA that signed it. */
static void find_signer(struct peer *peer, const struct job *job)
{
	const struct authority *lineage, *generation;
	size_t i, k;

	for (i = 0; (lineage = lineage_at(job, i)) && !peer->signer; i++)
		for (k = 0; lineage->exists && !peer->signer &&
			    (generation = lineage_get(lineage, k));
		     k++)
			if (signed_by(generation, peer->presented.leaf))
				peer->signer = generation;
}

static bool find_row(const struct authority *authority, const char *serial,
		     struct index_row *row)
{
	size_t i, n = index_count(authority->index);

	for (i = 0; i < n; i++) {
		*row = index_get(authority->index, i);
		if (strcmp(row->serial, serial) == 0)
			return true;
	}
	return false;
}

/* No CA signed the same path since. */
static bool is_last(const struct job *job, const struct authority *signer,
		    const struct index_row *row)
{
	const struct authority *lineage, *other;
	struct index_row last;
	size_t i;

	for (i = 0; (lineage = lineage_at(job, i)); i++)
		if (lineage->exists &&
		    reference_last(lineage, row->file, &other, &last) &&
		    strcmp(last.serial, row->serial) != 0 &&
		    (other == signer ||
		     authority_is_later(other, last.serial, signer,
					row->serial)))
			return false;
	return true;
}

/* PATH is one of HOLDER's certificates, its own or a shared one. */
static bool is_of(const struct job *job, const struct holder *holder,
		  const char *path)
{
	const struct group *group = &job->inventory->groups[holder->group];
	size_t i;

	for (i = 0; i < holder->n_contents; i++)
		if (holder->contents[i].entry != SIZE_MAX &&
		    strcmp(content_entry(job->inventory, group,
					 &holder->contents[i])
				   ->path,
			   path) == 0)
			return true;
	return false;
}

static bool is_wanted(const struct job *job, const char *path)
{
	size_t i;

	for (i = 0; i < job->inventory->n_entries; i++)
		if (strcmp(job->inventory->entries[i].path, path) == 0)
			return true;
	return false;
}

static bool find_import(struct peer *peer, const struct job *job)
{
	size_t i;

	for (i = 0; i < job->inventory->n_entries && !peer->path; i++) {
		const struct entry *entry = &job->inventory->entries[i];

		if (entry->import &&
		    (!peer->target->holder ||
		     is_of(job, peer->target->holder, entry->path)) &&
		    X509_cmp(entry->import->certificate,
			     peer->presented.leaf) == 0)
			peer->path = memory_copy(entry->path);
	}
	return peer->path != NULL;
}

static bool has_name(X509 *leaf, const char *name)
{
	if (target_is_address(name))
		return X509_check_ip_asc(leaf, name, 0) == 1;
	return X509_check_host(leaf, name, 0,
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

/* What else may be wrong with a certificate, whoever signed it. */
static enum peer_status judge_leaf(const struct peer *peer,
				   const struct job *job, enum peer_status good)
{
	if (peer->record && peer->record->not_after <= job->now)
		return PEER_EXPIRED;
	if (peer->record && peer->record->not_before > job->now)
		return PEER_EARLY;
	if (!has_name(peer->presented.leaf, peer->target->name))
		return PEER_UNNAMED;
	return good;
}

static enum peer_status judge_row(struct peer *peer, const struct job *job,
				  const struct index_row *row)
{
	const struct holder *holder = peer->target->holder;

	peer->path = memory_copy(row->file);
	if (holder && !is_of(job, holder, row->file))
		return PEER_OTHER;
	if (row->type == 'R')
		return PEER_REVOKED;
	if (!is_wanted(job, row->file))
		return PEER_UNWANTED;
	if (!is_last(job, peer->signer, row))
		return PEER_REPLACED;
	return judge_leaf(peer, job, PEER_CURRENT);
}

void peer_judge(struct peer *peer, const struct job *job)
{
	unsigned char *der = NULL;
	struct index_row row;
	int length;

	length = i2d_X509(peer->presented.leaf, &der);
	if (length > 0)
		peer->record = record_parse(der, (size_t)length);
	OPENSSL_free(der);
	find_signer(peer, job);
	if (find_import(peer, job))
		peer->status = judge_leaf(peer, job, PEER_IMPORTED);
	else if (peer->signer && peer->record &&
		 find_row(peer->signer, peer->record->serial, &row))
		peer->status = judge_row(peer, job, &row);
	else
		peer->status = PEER_FOREIGN;
}

void peer_clear(struct peer *peer)
{
	presented_clear(&peer->presented);
	record_free(peer->record);
	free(peer->path);
	memset(peer, 0, sizeof(*peer));
}

/* WORDS say it of a certificate on record. */
static const struct {
	const char *name, *words;
	bool good;
} states[] = {
	[PEER_CURRENT] = { "current", "current", true },
	[PEER_IMPORTED] = { "imported", "imported", true },
	[PEER_REPLACED] = { "replaced", "was replaced since", false },
	[PEER_REVOKED] = { "revoked", "was revoked", false },
	[PEER_EXPIRED] = { "expired", "has expired", false },
	[PEER_EARLY] = { "not_yet_valid", "is not valid yet", false },
	[PEER_OTHER] = { "other_host", "is not this host's", false },
	[PEER_UNNAMED] = { "wrong_name", "is not made out to that name",
			   false },
	[PEER_UNWANTED] = { "unwanted", "is no longer in the topology", false },
	[PEER_FOREIGN] = { "foreign", NULL, false },
	[PEER_UNREACHED] = { "unreachable", NULL, false },
};

const char *peer_status_name(enum peer_status status)
{
	return states[status].name;
}

bool peer_is_good(const struct peer *peer)
{
	return states[peer->status].good;
}

static char *foreign_text(const struct peer *peer)
{
	if (!peer->record)
		return memory_copy("serves a certificate that cannot be read");
	if (peer->signer)
		return memory_format("serves a certificate that the CA in %s/ "
				     "signed but has no record of (serial "
				     "number %s, subject %s)",
				     peer->signer->folder, peer->record->serial,
				     peer->record->subject);
	return memory_format("serves a certificate that topocert did not issue "
			     "(subject %s, issuer %s)",
			     peer->record->subject, peer->record->issuer);
}

char *peer_says(const struct peer *peer)
{
	const char *words = states[peer->status].words;
	const char *signed_in = peer->signer ? ", signed in " : "";
	const char *folder = peer->signer ? peer->signer->folder : "";
	const char *end = peer->signer ? "/" : "";
	char day[DATES_DAY];

	if (peer->status == PEER_UNREACHED)
		return memory_format("%s: %s",
				     *peer->address ? "no TLS" : "not reached",
				     peer->reason);
	if (!peer->path)
		return foreign_text(peer);
	if (peer_is_good(peer))
		return memory_format("serves the certificate of %s, valid from "
				     "%s (%s)%s%s%s",
				     peer->path,
				     dates_day(peer->record->not_before, day),
				     words, signed_in, folder, end);
	return memory_format("serves a certificate of %s that %s (serial "
			     "number %s, until %s)%s%s%s",
			     peer->path, words, peer->record->serial,
			     dates_day(peer->record->not_after, day), signed_in,
			     folder, end);
}

char *peer_mend(const struct peer *peer)
{
	const struct holder *holder = peer->target->holder;
	char *folder, *mend = NULL;

	if (peer_is_good(peer))
		return NULL;
	if (peer->status == PEER_UNREACHED)
		return memory_copy(
			*peer->address ?
				"is it the right port, and does it speak TLS "
				"from the start (--starttls)?" :
				"is it up, and is this its address?");
	folder = holder ? inventory_folder(holder->owner) :
			  memory_copy("hosts/NAME");
	if (peer->status == PEER_UNNAMED)
		mend = memory_format("add the name to [host] in the topology, "
				     "topocert generate, upload %s.tar.gz and "
				     "reload",
				     folder);
	else
		mend = memory_format("upload %s.tar.gz and reload", folder);
	free(folder);
	return mend;
}
