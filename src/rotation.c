/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "adoption.h"
#include "certificate.h"
#include "chain.h"
#include "dates.h"
#include "handover.h"
#include "issue.h"
#include "key.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "rotation.h"
#include "serial.h"
#include "tree.h"

/* Certificates shown of a longer list. */
#define LINES_SHOWN 10

/* Characters of a common name (RFC 5280, appendix A.1, ub-common-name). */
#define NAME_MAXIMUM 64

static struct authority *own_of(const struct rotation *rotation)
{
	return rotation->job->authorities[rotation->place];
}

static struct ca_entry *ca_of(const struct rotation *rotation)
{
	return &rotation->job->inventory->cas[rotation->place];
}

/* The stage has to be one in which this can be done. */
static int require(const struct rotation *rotation, enum lineage_stage stage,
		   const char *what)
{
	const struct authority *own = own_of(rotation);
	char is[DATES_FULL], first[DATES_FULL];
	static const char *const next[] = {
		[LINEAGE_SETTLED] = "no rotation is under way; it starts with "
				    "begin",
		[LINEAGE_BEGUN] = "the rotation has begun; next is switch, or "
				  "abort",
		[LINEAGE_SWITCHED] = "the new CA signs already; next is finish",
	};

	if (!own->exists) {
		report_error("%s: there is no CA yet: topocert generate makes "
			     "it",
			     own->path);
		return STATUS_FAILED;
	}
	if (own->stage != stage) {
		report_error("%s: cannot %s: %s", own->path, what,
			     next[own->stage]);
		return STATUS_FAILED;
	}
	if (own->record->not_before <= rotation->job->now)
		return STATUS_DONE;
	report_error("%s/" AUTHORITY_CERTIFICATE ": valid from %s, but the "
		     "clock of this machine says %s: set it",
		     own->path, dates_full(own->record->not_before, first),
		     dates_full(rotation->job->now, is));
	return STATUS_FAILED;
}

/* The present CA may have lost its key, but it has no other one's. */
static int check_key(const struct rotation *rotation)
{
	struct authority *own = own_of(rotation);
	const struct ca_entry *ca = ca_of(rotation);
	const struct key_spec *wanted = ca->key;

	if (rotation->reuse_key && ca->derivation) {
		report_error("%s: cannot reuse the key: what comes from a seed "
			     "has another one in each generation",
			     own->path);
		return -1;
	}
	if (rotation->reuse_key && (ca->origin || own->key_place)) {
		report_error("%s: cannot reuse the key: it is kept elsewhere, "
			     "and is never copied",
			     own->path);
		return -1;
	}
	/* the passphrase is that of the next CA's key */
	if (ca->origin)
		return 0;
	if (!rotation->reuse_key &&
	    faccessat(own->fd, AUTHORITY_KEY, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (authority_load_signer(own, rotation->job->now))
		return -1;
	if (!rotation->reuse_key || strcmp(own->record->key, wanted->text) == 0)
		return 0;
	report_error("%s: cannot reuse the key: it is %s, and the topology "
		     "wants key = %s",
		     own->path, own->record->key, wanted->text);
	return -1;
}

static bool is_taken(const struct rotation *rotation, const char *name)
{
	const struct job *job = rotation->job;
	const struct authority *generation;
	size_t i, k;

	for (i = 0; i < job->inventory->n_cas; i++)
		for (k = 0; (generation = lineage_get(job->authorities[i], k));
		     k++)
			if (generation->record &&
			    generation->record->common_name &&
			    strcmp(generation->record->common_name, name) == 0)
				return true;
	return false;
}

/* "Own CA G2", then "Own CA G3"; or what the topology calls the CA, if
 * that is another name than before. Free it. */
static char *next_name(const struct rotation *rotation)
{
	const struct ca_entry *ca = ca_of(rotation);
	const struct record *record = own_of(rotation)->record;
	const char *is = record->common_name ? record->common_name : "CA";
	char *base = memory_copy_part(is, lineage_base_length(is));
	char *name = NULL;
	size_t n;

	if (ca->section && ca->section->common_name.text) {
		free(base);
		base = memory_copy(ca->section->common_name.text);
		if (!ca->derivation && !is_taken(rotation, base))
			return base;
	}
	n = ca->derivation && ca->generation > 1 ? (size_t)ca->generation :
						   own_of(rotation)->n_old + 2;
	for (; !name; n++) {
		name = memory_format("%s G%zu", base, n);
		if (is_taken(rotation, name)) {
			free(name);
			name = NULL;
		}
	}
	free(base);
	return name;
}

/* What comes from a seed is the same until the topology says otherwise; and one
 * that comes first is called otherwise than one that comes next. */
static int check_generation(const struct rotation *rotation)
{
	const struct ca_entry *ca = ca_of(rotation);
	const struct topology *topology = rotation->job->topology;
	const struct setting *stated =
		ca->section ? &ca->section->own.generation : NULL;

	if (!ca->derivation || ca->origin ||
	    (ca->generation > 1 &&
	     !serial_is_of(ca->derivation, own_of(rotation)->record->serial)))
		return 0;
	report_error("%s:%d: generation = %ld: the one that follows the CA in "
		     "%s/ has a higher one: wanted that in [ca%s%s]",
		     topology->path,
		     stated && stated->text ? stated->line :
		     ca->section            ? ca->section->line :
					      topology->cluster.line,
		     ca->generation, ca->folder, *ca->name ? " " : "",
		     ca->name);
	return -1;
}

/* Octets that begin a character of UTF-8. */
static size_t count_characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* What next_name() says, if it fits into a certificate. NULL: reported. */
static char *check_name(const struct rotation *rotation)
{
	char *name = next_name(rotation);

	if (count_characters(name) <= NAME_MAXIMUM)
		return name;
	report_error("%s: cannot begin: the next CA would be called '%s', and "
		     "a common name has %d characters at most: wanted another "
		     "common_name in the topology",
		     own_of(rotation)->path, name, NAME_MAXIMUM);
	free(name);
	return NULL;
}

static int publish_state(const struct rotation *rotation,
			 enum lineage_stage stage)
{
	const char *text = lineage_state(stage);
	const char *folder =
		rotation->job->inventory->cas[rotation->place].folder;

	if (text)
		return publish_text(rotation->publish, folder, LINEAGE_STATE,
				    text);
	return publish_drop(rotation->publish, folder, LINEAGE_STATE);
}

/* The CA that signs the next one, if that does not sign itself. */
static int prepare_above(const struct rotation *rotation, struct issuer *issuer,
			 struct issuer *above)
{
	const struct job *job = rotation->job;
	const struct ca_entry *ca = issuer->ca->issuer;

	if (!ca)
		return 0;
	above->ca = ca;
	above->authority = job->authorities[ca - job->inventory->cas];
	if (!above->authority->exists) {
		report_error("%s: there is no CA yet: topocert generate makes "
			     "it",
			     above->authority->path);
		return -1;
	}
	issuer->above = above;
	return issuer_prepare(above, job->diag) ||
			       authority_load_signer(above->authority,
						     job->now) ?
		       -1 :
		       0;
}

/* It stands in the database of the one that signed it, under the name that it
 * will have. */
static int record_next(const struct rotation *rotation,
		       const struct issuer *issuer, const struct issued *issued)
{
	char *path;
	int ret;

	if (!issuer->above)
		return 0;
	path = memory_format("%s/" AUTHORITY_CERTIFICATE,
			     own_of(rotation)->folder);
	ret = publish_subordinate(rotation->publish, issuer->above->authority,
				  issuer->authority, path, issued);
	free(path);
	return ret ? ret :
		     publish_index(rotation->publish, issuer->above->authority);
}

static int publish_next(const struct rotation *rotation,
			const struct issuer *issuer,
			const struct issued *issued)
{
	struct publish *publish = rotation->publish;

	return record_next(rotation, issuer, issued) ||
			       publish_authority(publish, issuer->authority,
						 issued) ||
			       publish_index(publish, issuer->authority) ||
			       publish_ca_conf(publish, issuer->ca,
					       issuer->rendered) < 0 ?
		       -1 :
		       0;
}

/* Make the next CA in the place of the present one in the inventory. */
static int make_next(const struct rotation *rotation, struct authority *next)
{
	const struct job *job = rotation->job;
	struct ca_entry *ca = ca_of(rotation);
	struct issuer issuer = { .inventory = job->inventory,
				 .ca = ca,
				 .authority = next,
				 .now = job->now };
	struct issuer above = { .inventory = job->inventory, .now = job->now };
	struct issued issued = { 0 };
	struct ca_entry present = *ca;
	int status = STATUS_FAILED;

	ca->common_name = ca->origin ? memory_copy(ca->common_name) :
				       check_name(rotation);
	ca->folder = next->folder;
	ca->key_place = next->key_place;
	if (!ca->common_name) {
		status = STATUS_FAILED;
	} else if (issuer_prepare(&issuer, job->diag)) {
		diag_flush(job->diag, stderr);
		status = STATUS_TOPOLOGY;
	} else if (prepare_above(rotation, &issuer, &above)) {
		diag_flush(job->diag, stderr);
	} else if ((ca->origin ? adoption_open(next, ca->origin, job->now) :
				 issue_authority(&issuer, &issued)) == 0 &&
		   publish_next(rotation, &issuer, &issued) == 0) {
		status = STATUS_DONE;
	}
	issuer_clear(&issuer);
	issuer_clear(&above);
	issued_clear(&issued);
	free(ca->common_name);
	*ca = present;
	return status;
}

/* Where the next CA comes from elsewhere, it has to be another one. */
static int check_origin(const struct rotation *rotation)
{
	const struct authority *own = own_of(rotation);
	const struct origin *origin = ca_of(rotation)->origin;
	struct job *job = rotation->job;
	X509 *certificate;
	bool same;

	if (!origin)
		return STATUS_DONE;
	if (origin->n_faults) {
		origin_report(origin, job->diag);
		diag_flush(job->diag, stderr);
		return STATUS_TOPOLOGY;
	}
	certificate = chain_load_first(own->fd, AUTHORITY_CERTIFICATE);
	same = origin_is(origin, certificate);
	X509_free(certificate);
	if (!same)
		return STATUS_DONE;
	report_error("%s: cannot begin: %s:%d: cert_file = %s is this CA: "
		     "wanted that of the next one, and its key_file",
		     own->path, origin->topology,
		     origin->section->cert_file.line,
		     origin->section->cert_file.text);
	return STATUS_FAILED;
}

/* Its database would become that of the next CA. */
static int refuse_leftover(const struct authority *own,
			   const struct authority *next)
{
	if (!next->exists)
		return 0;
	report_error("%s: there is a CA in it, though no rotation is under "
		     "way: move it away, or restore %s/" LINEAGE_STATE
		     " from a backup",
		     next->path, own->path);
	return -1;
}

int rotation_begin(struct rotation *rotation)
{
	struct authority *own = own_of(rotation), *next;
	char *folder;
	int status = require(rotation, LINEAGE_SETTLED, "begin");

	if (status != STATUS_DONE)
		return status;
	status = check_origin(rotation);
	if (status != STATUS_DONE)
		return status;
	if (check_generation(rotation))
		return STATUS_TOPOLOGY;
	if (check_key(rotation))
		return STATUS_FAILED;
	folder = memory_format("%s/" LINEAGE_NEXT, own->folder);
	next = authority_open(rotation->job->output, folder, "-");
	free(folder);
	if (!next || refuse_leftover(own, next)) {
		authority_free(next);
		return STATUS_FAILED;
	}
	if (rotation->reuse_key && EVP_PKEY_up_ref(own->key))
		next->key = own->key;
	next->passphrase = own->passphrase;
	next->from = own->from;
	if (ca_of(rotation)->origin)
		adoption_fill(next, ca_of(rotation)->origin);
	status = make_next(rotation, next);
	own->next = next;
	own->stage = LINEAGE_BEGUN;
	if (status == STATUS_DONE && publish_state(rotation, own->stage))
		status = STATUS_FAILED;
	return status;
}

/* The next generation becomes the one that signs, also in memory. */
static void succeed(struct rotation *rotation, char *retired)
{
	struct authority *own = own_of(rotation), *next = own->next;
	char *folder = own->folder;

	lineage_succeed(own, next);
	own->next = NULL;
	own->stage = LINEAGE_SETTLED;
	own->folder = retired;
	free(next->folder);
	next->folder = folder;
	next->stage = LINEAGE_SWITCHED;
	next->moves_in = true;
	rotation->job->authorities[rotation->place] = next;
}

static bool signs_anything(const struct rotation *rotation)
{
	const struct inventory *inventory = rotation->job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_entries; i++)
		if (inventory->entries[i].ca ==
		    &inventory->cas[rotation->place])
			return true;
	/* nor does it stay without a record where it signs CAs */
	return inventory->cas[rotation->place].path_length > 0;
}

int rotation_switch(struct rotation *rotation)
{
	struct authority *own = own_of(rotation);
	const struct handover handover = { rotation->job->output,
					   rotation->publish };
	int status = require(rotation, LINEAGE_BEGUN, "switch");
	char *retired;

	if (status != STATUS_DONE)
		return status;
	if (authority_load_signer(own->next, rotation->job->now))
		return STATUS_FAILED;
	retired = lineage_retired_folder(own);
	if (handover_retire(&handover, own->folder, retired) ||
	    handover_move_in(&handover, own->folder) ||
	    publish_state(rotation, LINEAGE_SWITCHED) ||
	    /* else the new ones take its place as a whole */
	    (!signs_anything(rotation) &&
	     publish_drop(rotation->publish, own->folder,
			  AUTHORITY_NEW_CERTS))) {
		free(retired);
		return STATUS_FAILED;
	}
	succeed(rotation, retired);
	return STATUS_DONE;
}

/* Valid certificates of the former CA that nothing has replaced. */
static size_t report_unreplaced(const struct rotation *rotation)
{
	const struct authority *own = own_of(rotation), *old = own->old[0];
	size_t n = index_count(old->index), i, found = 0;

	for (i = 0; i < n; i++) {
		struct index_row row = index_get(old->index, i), since;

		if (row.type != 'V' ||
		    index_has_expired(&row, rotation->job->now) ||
		    index_find(own->index, row.file, &since))
			continue;
		if (++found <= LINES_SHOWN)
			report_error("%s: signed by the former CA, serial "
				     "number %s, still valid and not replaced",
				     row.file, row.serial);
	}
	if (found > LINES_SHOWN)
		report_error("... and %zu more", found - LINES_SHOWN);
	return found;
}

int rotation_finish(struct rotation *rotation)
{
	struct authority *own = own_of(rotation);
	int status = require(rotation, LINEAGE_SWITCHED, "finish");

	if (status != STATUS_DONE)
		return status;
	if (!rotation->force && report_unreplaced(rotation)) {
		report_error("%s: cannot finish: whoever uses these would be "
			     "shut out: wanted them revoked (topocert revoke, "
			     "or generate --prune), or --force",
			     own->path);
		return STATUS_FAILED;
	}
	own->stage = LINEAGE_SETTLED;
	return publish_state(rotation, own->stage) ? STATUS_FAILED :
						     STATUS_DONE;
}

/* Its key is thrown away: nobody needs what the CA above signed. */
static int revoke_next(const struct rotation *rotation)
{
	const struct job *job = rotation->job;
	const struct ca_entry *ca = job->inventory->cas[rotation->place].issuer;
	const struct record *next = own_of(rotation)->next->record;
	struct authority *above;

	if (!ca)
		return 0;
	above = job->authorities[ca - job->inventory->cas];
	if (!above->exists || !index_has_serial(above->index, next->serial))
		return 0;
	index_revoke(above->index, next->serial, job->now,
		     "cessationOfOperation");
	return publish_revoked(rotation->publish, above);
}

int rotation_abort(struct rotation *rotation)
{
	struct authority *own = own_of(rotation);
	int status = require(rotation, LINEAGE_BEGUN, "abort");

	if (status != STATUS_DONE)
		return status;
	if (revoke_next(rotation))
		return STATUS_FAILED;
	authority_free(own->next);
	own->next = NULL;
	own->stage = LINEAGE_SETTLED;
	if (publish_state(rotation, own->stage) ||
	    publish_drop(rotation->publish, own->folder, LINEAGE_NEXT))
		return STATUS_FAILED;
	return STATUS_DONE;
}
