/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/asn1.h>

#include "check.h"
#include "dates.h"
#include "ledger.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "tree.h"

/* What is being filled, and from what. */
struct filling {
	const struct job *job;
	struct ledger *ledger;
	const struct entry **entries; /* of the inventory, by path */
};

static const struct {
	const char *folder;
	enum ledger_kind kind;
} folders[] = {
	{ "hosts/", LEDGER_HOST },
	{ "users/", LEDGER_USER },
	{ "services/", LEDGER_SERVICE },
};

const char *ledger_status_name(enum ledger_status status)
{
	static const char *const names[] = {
		[LEDGER_VALID] = "valid",       [LEDGER_EXPIRING] = "expiring",
		[LEDGER_EXPIRED] = "expired",   [LEDGER_REVOKED] = "revoked",
		[LEDGER_REPLACED] = "replaced",
	};

	return names[status];
}

const char *ledger_kind_name(enum ledger_kind kind)
{
	static const char *const names[] = {
		[LEDGER_CA] = "ca",           [LEDGER_HOST] = "host",
		[LEDGER_USER] = "user",       [LEDGER_SERVICE] = "service",
		[LEDGER_UNKNOWN] = "unknown",
	};

	return names[kind];
}

static int entry_order(const void *left, const void *right)
{
	const struct entry *const *a = left, *const *b = right;

	return strcmp((*a)->path, (*b)->path);
}

static const struct entry *find_entry(const struct filling *filling,
				      const char *path)
{
	struct entry key = { .path = (char *)path }, *wanted = &key;
	const struct entry **found;

	found = bsearch(&wanted, filling->entries,
			filling->job->inventory->n_entries,
			sizeof(*filling->entries), entry_order);
	return found ? *found : NULL;
}

/* The time that TEXT begins with, as index.txt has it; 0: there is none. */
static time_t read_time(const char *text)
{
	char *date = memory_copy_part(text, strcspn(text, ","));
	ASN1_TIME *time = ASN1_TIME_new();
	struct tm tm;
	time_t value = 0;

	if (time && ASN1_TIME_set_string_X509(time, date) &&
	    ASN1_TIME_to_tm(time, &tm))
		value = timegm(&tm);
	ASN1_TIME_free(time);
	free(date);
	return value;
}

static struct ledger_row *add_row(const struct filling *filling)
{
	return memory_append(&filling->ledger->rows, &filling->ledger->n,
			     sizeof(*filling->ledger->rows));
}

/* What the certificate itself says. */
static void take_record(struct ledger_row *row, struct record *record)
{
	row->record = record;
	row->serial = record->serial;
	row->subject = record->subject;
	row->issuer = record->issuer;
	row->not_before = record->not_before;
	row->not_after = record->not_after;
}

/* Whose PATH is: that stands in front of it. */
static void take_path(const struct filling *filling, struct ledger_row *row,
		      const char *path)
{
	size_t i, length;

	row->file = memory_copy(path);
	row->entry = find_entry(filling, path);
	row->wanted = row->entry != NULL;
	row->kind = LEDGER_UNKNOWN;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		length = strlen(folders[i].folder);
		if (strncmp(path, folders[i].folder, length) != 0 ||
		    !strchr(path + length, '/'))
			continue;
		row->kind = folders[i].kind;
		row->owner = memory_copy_part(path + length,
					      strcspn(path + length, "/"));
	}
}

static void add_issued(const struct filling *filling,
		       const struct ledger_row *like, struct index_row index)
{
	const struct authority *authority = like->authority;
	struct record *record = authority_record(authority, index.serial);
	struct ledger_row *row = add_row(filling);
	const char *comma = strchr(index.revoked, ',');

	*row = *like;
	if (strchr(index.file, '/')) {
		take_path(filling, row, index.file);
	} else {
		row->kind = LEDGER_UNKNOWN;
		row->file = memory_format("%s/" AUTHORITY_NEW_CERTS "/%s.pem",
					  authority->folder, index.serial);
	}
	row->serial = index.serial;
	row->subject = index.subject;
	row->issuer = authority->record->subject;
	row->not_after = read_time(index.expires);
	row->damaged = !record || strcasecmp(record->serial, index.serial) != 0;
	if (row->damaged)
		record_free(record);
	else
		take_record(row, record);
	if (index.type != 'R')
		return;
	row->status = LEDGER_REVOKED;
	row->revoked = read_time(index.revoked);
	row->reason =
		comma ? memory_copy_part(comma + 1, strcspn(comma + 1, ",")) :
			NULL;
}

/* The certificate of a generation. next/ is trusted as the one that signs is,
 * and the one before it until the rotation is finished. */
static void add_authority(const struct filling *filling,
			  const struct ledger_row *like, bool known)
{
	const struct authority *authority = like->authority;
	const struct authority *lineage = like->lineage;
	struct ledger_row *row = add_row(filling);
	bool is_old = authority != lineage && authority != lineage->next;

	*row = *like;
	row->kind = LEDGER_CA;
	row->owner = memory_copy(lineage->folder);
	row->file =
		memory_format("%s/" AUTHORITY_CERTIFICATE, authority->folder);
	row->serial = authority->record->serial;
	row->subject = authority->record->subject;
	row->issuer = authority->record->issuer;
	row->not_before = authority->record->not_before;
	row->not_after = authority->record->not_after;
	row->superseded = is_old && (lineage->stage != LINEAGE_SWITCHED ||
				     authority != lineage->old[0]);
	row->wanted = known && !row->superseded;
}

static void add_lineage(const struct filling *filling,
			struct authority *lineage, bool known)
{
	struct ledger *ledger = filling->ledger;
	struct ledger_row like = { .lineage = lineage };
	size_t i, k;

	if (!lineage->exists)
		return;
	*(struct authority **)memory_append(
		&ledger->lineages, &ledger->n_lineages,
		sizeof(*ledger->lineages)) = lineage;
	for (i = 0; (like.authority = lineage_get(lineage, i)); i++) {
		/* next/ is the newest, then the one that signs */
		like.generation = like.authority == lineage->next ? 1 : -(int)i;
		like.place = 0;
		add_authority(filling, &like, known);
		for (k = 0; k < index_count(like.authority->index); k++) {
			like.place = k;
			add_issued(filling, &like,
				   index_get(like.authority->index, k));
		}
	}
}

static void add_import(const struct filling *filling,
		       const struct authority *authority, const char *path)
{
	char *copy = memory_format(AUTHORITY_IMPORTED "/%s", path);
	struct record *record = record_load(authority->fd, copy);
	struct ledger_row *row;

	if (!record) {
		report_warning(
			"%s/%s: %s: not in the list", authority->path, copy,
			errno == EINVAL ? "no certificate" : strerror(errno));
		filling->ledger->incomplete = true;
	} else {
		row = add_row(filling);
		take_path(filling, row, path);
		take_record(row, record);
	}
	free(copy);
}

/* All below PATH of the copies of what was imported. */
static void add_imports(const struct filling *filling,
			const struct authority *authority, const char *path)
{
	char *folder = memory_format(AUTHORITY_IMPORTED "%s%s",
				     *path ? "/" : "", path);
	struct tree_entry *list;
	size_t i, n;

	list = tree_list(authority->fd, folder, &n);
	if (!list && errno != ENOENT) {
		report_warning("%s/%s: %s: not in the list", authority->path,
			       folder, strerror(errno));
		filling->ledger->incomplete = true;
	}
	free(folder);
	for (i = 0; i < n; i++) {
		char *below = memory_format("%s%s%s", path, *path ? "/" : "",
					    list[i].name);

		if (list[i].is_folder)
			add_imports(filling, authority, below);
		else
			add_import(filling, authority, below);
		free(below);
	}
	tree_list_free(list, n);
}

/* By path, CA and age: what comes later was signed later, if by one CA. */
static int age_order(const void *left, const void *right)
{
	const struct ledger_row *a = *(struct ledger_row *const *)left;
	const struct ledger_row *b = *(struct ledger_row *const *)right;
	int order = strcmp(a->file, b->file);

	if (order)
		return order;
	if (a->lineage != b->lineage)
		return a->lineage < b->lineage ? -1 : 1;
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* Of two CAs, or of a CA and somewhere else, where the topology has to say
 * what counts now. */
static bool comes_after(const struct ledger_row *first,
			const struct ledger_row *second)
{
	const struct entry *entry = first->entry;

	if (!first->authority || !second->authority)
		return entry && !entry->import == !!first->authority;
	return authority_is_later(first->authority, first->serial,
				  second->authority, second->serial);
}

/* N rows of one path, in the order of age_order(). */
static void supersede_path(struct ledger_row **rows, size_t n)
{
	size_t i, k;

	for (i = 0; i + 1 < n; i++)
		rows[i]->superseded = rows[i]->lineage == rows[i + 1]->lineage;
	/* the last ones of each CA: hardly ever more than one */
	for (i = k = 0; i < n; i++)
		if (!rows[i]->superseded)
			rows[k++] = rows[i];
	for (i = 0; i < k; i++)
		for (n = 0; n < k && !rows[i]->superseded; n++)
			rows[i]->superseded = n != i &&
					      comes_after(rows[n], rows[i]);
}

static void supersede(struct ledger *ledger)
{
	struct ledger_row **rows = memory_zeroed(ledger->n, sizeof(*rows));
	size_t i, n = 0, first;

	for (i = 0; i < ledger->n; i++)
		if (ledger->rows[i].kind != LEDGER_CA && ledger->rows[i].owner)
			rows[n++] = &ledger->rows[i];
	if (n)
		qsort(rows, n, sizeof(struct ledger_row *), age_order);
	for (first = i = 0; i < n; i++) {
		if (i + 1 < n && strcmp(rows[i + 1]->file, rows[i]->file) == 0)
			continue;
		supersede_path(rows + first, i + 1 - first);
		first = i + 1;
	}
	free(rows);
}

static long renew_before(const struct ledger_row *row,
			 const struct inventory *inventory)
{
	const struct entry *entry = row->entry;

	if (entry && entry->ca && row->lineage &&
	    strcmp(inventory->cas[entry->ca - inventory->cas].folder,
		   row->lineage->folder) == 0)
		return entry->ca->is_external && row->record ?
			       check_renewal(entry, row->record) :
			       entry->renew_before;
	return defaults_renew_before(
		row->damaged ? LONG_MAX :
			       (long)(row->not_after - row->not_before) / DAY);
}

static void judge(struct ledger_row *row, const struct job *job)
{
	long left = (long)(row->not_after - job->now);

	row->days_left = left / DAY;
	if (row->status == LEDGER_REVOKED)
		return;
	if (left <= 0)
		row->status = LEDGER_EXPIRED;
	else if (row->superseded)
		row->status = LEDGER_REPLACED;
	else if (left < renew_before(row, job->inventory) * DAY)
		row->status = LEDGER_EXPIRING;
}

static int row_order(const void *left, const void *right)
{
	const struct ledger_row *a = left, *b = right;
	int order;

	if (a->not_after != b->not_after)
		return a->not_after < b->not_after ? -1 : 1;
	order = strcmp(a->file, b->file);
	return order ? order : strcmp(a->serial, b->serial);
}

struct ledger *ledger_new(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	struct ledger *ledger = memory_zeroed(1, sizeof(*ledger));
	struct filling filling = { .job = job, .ledger = ledger };
	size_t i;

	filling.entries =
		memory_zeroed(inventory->n_entries, sizeof(*filling.entries));
	for (i = 0; i < inventory->n_entries; i++)
		filling.entries[i] = &inventory->entries[i];
	if (i)
		qsort(filling.entries, i, sizeof(*filling.entries),
		      entry_order);
	for (i = 0; i < inventory->n_cas; i++)
		add_lineage(&filling, job->authorities[i], true);
	for (i = 0; i < job->n_strays; i++)
		add_lineage(&filling, job->strays[i], false);
	for (i = 0; i < ledger->n_lineages; i++)
		add_imports(&filling, ledger->lineages[i], "");
	free(filling.entries);
	supersede(ledger);
	for (i = 0; i < ledger->n; i++)
		judge(&ledger->rows[i], job);
	if (ledger->n)
		qsort(ledger->rows, ledger->n, sizeof(*ledger->rows),
		      row_order);
	return ledger;
}

static void clear_row(struct ledger_row *row)
{
	record_free(row->record);
	free(row->owner);
	free(row->file);
	free(row->reason);
}

void ledger_free(struct ledger *ledger)
{
	size_t i;

	if (!ledger)
		return;
	for (i = 0; i < ledger->n; i++)
		clear_row(&ledger->rows[i]);
	free(ledger->rows);
	free(ledger->lineages);
	free(ledger);
}

bool ledger_is_past(const struct ledger_row *row)
{
	return row->superseded || row->status == LEDGER_REVOKED;
}

bool ledger_serves(const struct ledger_row *row)
{
	return row->wanted && !ledger_is_past(row);
}

void ledger_keep_current(struct ledger *ledger)
{
	size_t i, n = 0;

	for (i = 0; i < ledger->n; i++)
		if (ledger_is_past(&ledger->rows[i]))
			clear_row(&ledger->rows[i]);
		else
			ledger->rows[n++] = ledger->rows[i];
	ledger->n = n;
}

size_t ledger_count(const struct ledger *ledger, enum ledger_status status)
{
	size_t i, n = 0;

	for (i = 0; i < ledger->n; i++)
		n += ledger->rows[i].status == status;
	return n;
}
