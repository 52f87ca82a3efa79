/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "certificate.h"
#include "dates.h"
#include "issue.h"
#include "kept.h"
#include "key.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "rotation.h"
#include "tree.h"

/* Certificates shown of a longer list. */
#define LINES_SHOWN 10

/* Characters of a common name (RFC 5280, appendix A.1, ub-common-name). */
#define NAME_MAXIMUM 64

static struct authority *own_of(const struct rotation *rotation)
{
	return rotation->job->authorities[rotation->place];
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
	const struct key_spec *wanted =
		rotation->job->inventory->cas[rotation->place].key;

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
	const struct ca_entry *ca =
		&rotation->job->inventory->cas[rotation->place];
	const struct record *record = own_of(rotation)->record;
	const char *is = record->common_name ? record->common_name : "CA";
	char *base = memory_copy_part(is, lineage_base_length(is));
	char *name = NULL;
	size_t n;

	if (ca->section && ca->section->common_name.text) {
		free(base);
		base = memory_copy(ca->section->common_name.text);
		if (!is_taken(rotation, base))
			return base;
	}
	for (n = own_of(rotation)->n_old + 2; !name; n++) {
		name = memory_format("%s G%zu", base, n);
		if (is_taken(rotation, name)) {
			free(name);
			name = NULL;
		}
	}
	free(base);
	return name;
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

static int publish_next(const struct rotation *rotation,
			const struct issuer *issuer,
			const struct issued *issued)
{
	struct publish *publish = rotation->publish;

	return publish_authority(publish, issuer->authority, issued) ||
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
	struct ca_entry *ca = &job->inventory->cas[rotation->place];
	struct issuer issuer = { .inventory = job->inventory,
				 .ca = ca,
				 .authority = next,
				 .now = job->now };
	struct issued issued = { 0 };
	struct ca_entry present = *ca;
	int status = STATUS_FAILED;

	ca->common_name = check_name(rotation);
	ca->folder = next->folder;
	if (!ca->common_name) {
		status = STATUS_FAILED;
	} else if (issuer_prepare(&issuer, job->diag)) {
		diag_flush(job->diag, stderr);
		status = STATUS_TOPOLOGY;
	} else if (issue_authority(&issuer, &issued) == 0 &&
		   publish_next(rotation, &issuer, &issued) == 0) {
		status = STATUS_DONE;
	}
	issuer_clear(&issuer);
	issued_clear(&issued);
	free(ca->common_name);
	*ca = present;
	return status;
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
	status = make_next(rotation, next);
	own->next = next;
	own->stage = LINEAGE_BEGUN;
	if (status == STATUS_DONE && publish_state(rotation, own->stage))
		status = STATUS_FAILED;
	return status;
}

/* Files that do not belong to one generation. */
static bool is_shared(const char *name)
{
	return strcmp(name, MANIFEST_FILE) == 0 ||
	       strcmp(name, LINEAGE_STATE) == 0;
}

static int copy_file(const struct rotation *rotation, const char *from,
		     const char *to, const char *name)
{
	int output = rotation->job->output->fd, ret = -1;
	char *path = memory_format("%s/%s", from, name);
	struct stat st;
	size_t length;
	char *data = tree_read(output, path, &length);

	if (data && fstatat(output, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		ret = publish_file(rotation->publish, to, name, data, length,
				   st.st_mode & 07777);
	else
		report_error("%s/%s: %s", rotation->job->output->path, path,
			     strerror(errno));
	free(data);
	free(path);
	return ret;
}

/* The files of FROM, as far as they belong to one generation. */
static int copy_files(const struct rotation *rotation, const char *from,
		      const char *to)
{
	struct tree_entry *list;
	size_t i, n;
	int ret = 0;

	list = tree_list(rotation->job->output->fd, from, &n);
	if (!list && errno == ENOENT)
		return 0;
	if (!list) {
		report_error("%s/%s: %s", rotation->job->output->path, from,
			     strerror(errno));
		return -1;
	}
	for (i = 0; i < n && ret == 0; i++)
		if (!list[i].is_folder && !is_shared(list[i].name))
			ret = copy_file(rotation, from, to, list[i].name);
	tree_list_free(list, n);
	return ret;
}

int rotation_retire(const struct rotation *rotation, const char *from,
		    const char *to)
{
	static const char *const below[] = { AUTHORITY_NEW_CERTS, KEPT_FOLDER };
	int ret = copy_files(rotation, from, to);
	size_t i;

	for (i = 0; i < sizeof(below) / sizeof(below[0]) && ret == 0; i++) {
		char *present = memory_format("%s/%s", from, below[i]);
		char *old = memory_format("%s/%s", to, below[i]);

		ret = copy_files(rotation, present, old);
		free(present);
		free(old);
	}
	return ret;
}

/* What the run writes anew in the folder of the CA that signs. */
static bool is_rewritten(const char *name)
{
	static const char *const names[] = { AUTHORITY_CONF, AUTHORITY_INDEX,
					     AUTHORITY_SERIAL };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool has(const struct tree_entry *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return true;
	return false;
}

/* A file that a generation has for itself, and the run does not write. */
static bool moves(const struct tree_entry *file)
{
	return !file->is_folder && !is_shared(file->name) &&
	       !is_rewritten(file->name);
}

/* The next CA's files take the place of the present one's in FOLDER, where
 * nothing else of that may stay. */
static int move_in(const struct rotation *rotation, const char *folder)
{
	int output = rotation->job->output->fd, ret = 0;
	char *from = memory_format("%s/" LINEAGE_NEXT, folder);
	struct tree_entry *ours, *theirs;
	size_t i, n_ours = 0, n_theirs = 0;

	theirs = tree_list(output, from, &n_theirs);
	ours = tree_list(output, folder, &n_ours);
	if (!theirs || !ours) {
		report_error("%s/%s: %s", rotation->job->output->path, from,
			     strerror(errno));
		ret = -1;
	}
	for (i = 0; i < n_theirs && ret == 0; i++)
		if (moves(&theirs[i]))
			ret = copy_file(rotation, from, folder, theirs[i].name);
	for (i = 0; i < n_ours && ret == 0; i++)
		if (moves(&ours[i]) && !has(theirs, n_theirs, ours[i].name))
			ret = publish_drop(rotation->publish, folder,
					   ours[i].name);
	if (ret == 0)
		ret = publish_drop(rotation->publish, folder, LINEAGE_NEXT);
	if (theirs)
		tree_list_free(theirs, n_theirs);
	if (ours)
		tree_list_free(ours, n_ours);
	free(from);
	return ret;
}

/* The next generation becomes the one that signs, also in memory. */
static void succeed(struct rotation *rotation, char *retired)
{
	struct authority *own = own_of(rotation), *next = own->next;
	char *folder = own->folder;
	size_t i;

	*(struct authority **)memory_append(&next->old, &next->n_old,
					    sizeof(own)) = own;
	for (i = 0; i < own->n_old; i++)
		*(struct authority **)memory_append(&next->old, &next->n_old,
						    sizeof(own)) = own->old[i];
	free(own->old);
	own->old = NULL;
	own->n_old = 0;
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
	return false;
}

int rotation_switch(struct rotation *rotation)
{
	struct authority *own = own_of(rotation);
	int status = require(rotation, LINEAGE_BEGUN, "switch");
	char *retired;

	if (status != STATUS_DONE)
		return status;
	if (authority_load_signer(own->next, rotation->job->now))
		return STATUS_FAILED;
	retired = lineage_retired_folder(own);
	if (rotation_retire(rotation, own->folder, retired) ||
	    move_in(rotation, own->folder) ||
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

int rotation_abort(struct rotation *rotation)
{
	struct authority *own = own_of(rotation);
	int status = require(rotation, LINEAGE_BEGUN, "abort");

	if (status != STATUS_DONE)
		return status;
	authority_free(own->next);
	own->next = NULL;
	own->stage = LINEAGE_SETTLED;
	if (publish_state(rotation, own->stage) ||
	    publish_drop(rotation->publish, own->folder, LINEAGE_NEXT))
		return STATUS_FAILED;
	return STATUS_DONE;
}
