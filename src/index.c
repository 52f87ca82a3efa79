/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/lhash.h>

#include "arena.h"
#include "index.h"
#include "memory.h"
#include "report.h"
#include "tree.h"

/* The columns, see CA_DB in openssl-ca(1). */
enum { TYPE, EXPIRES, REVOKED, SERIAL, NAME_OF_FILE, SUBJECT, COLUMNS };

/*
 * What TXT_DB of OpenSSL does, with a third of its memory: a row is its
 * columns, one after the other, each up to its NUL.
 */
struct index {
	char *loaded; /* the file, which rows lie in */
	struct arena *added; /* and all others */
	const char **rows;
	size_t n;
	unsigned int *serials; /* a hash table of rows, from 1; 0: free */
	size_t room; /* a power of two */
	unsigned int *places; /* rows by file, then row; those as loaded */
	size_t n_places;
	pthread_mutex_t *lock; /* while rows are added, serial numbers are
				* looked up by other threads */
};

/* Set the columns of ROW. */
static void take_columns(const char *row, const char *columns[COLUMNS])
{
	int i;

	for (i = 0; i < COLUMNS; i++) {
		columns[i] = row;
		row += strlen(row) + 1;
	}
}

static const char *column(const struct index *index, size_t row, int wanted)
{
	const char *columns[COLUMNS];

	take_columns(index->rows[row], columns);
	return columns[wanted];
}

/* The place of SERIAL in the table, or the free one where it belongs. */
static unsigned int *find_serial(const struct index *index, const char *serial)
{
	size_t i = OPENSSL_LH_strhash(serial) & (index->room - 1);

	while (index->serials[i] &&
	       strcmp(column(index, index->serials[i] - 1, SERIAL), serial) !=
		       0)
		i = (i + 1) & (index->room - 1);
	return &index->serials[i];
}

/* Put ROW into the table, which has room. False: its serial number is there
 * already. */
static bool enter(struct index *index, size_t row)
{
	unsigned int *place = find_serial(index, column(index, row, SERIAL));

	if (*place)
		return false;
	*place = (unsigned int)row + 1;
	return true;
}

/* Make the table large enough for N rows; those of ENTERED are in it. */
static void make_room(struct index *index, size_t n, size_t entered)
{
	size_t i;

	if (index->room && 3 * index->room >= 4 * n)
		return;
	while (!index->room || 3 * index->room < 4 * n)
		index->room = index->room ? 2 * index->room : 64;
	free(index->serials);
	index->serials = memory_zeroed(index->room, sizeof(*index->serials));
	for (i = 0; i < entered; i++)
		enter(index, i);
}

/* Put COLUMNS together. */
static const char *make_row(struct index *index,
			    const char *const columns[COLUMNS])
{
	size_t length = 0;
	char *row, *p;
	int i;

	for (i = 0; i < COLUMNS; i++)
		length += strlen(columns[i]) + 1;
	p = row = arena_bytes(index->added, length);
	for (i = 0; i < COLUMNS; i++)
		p = stpcpy(p, columns[i]) + 1;
	return row;
}

static int place_order(const void *left, const void *right, void *context)
{
	const struct index *index = context;
	const unsigned int a = *(const unsigned int *)left;
	const unsigned int b = *(const unsigned int *)right;
	int order = strcmp(column(index, a, NAME_OF_FILE),
			   column(index, b, NAME_OF_FILE));

	return order ? order : a < b ? -1 : a > b;
}

static void fill_places(struct index *index)
{
	size_t i;

	index->n_places = index->n;
	index->places = memory_zeroed(index->n, sizeof(*index->places));
	for (i = 0; i < index->n; i++)
		index->places[i] = (unsigned int)i;
	qsort_r(index->places, index->n, sizeof(*index->places), place_order,
		index);
}

static bool is_row(const char *row)
{
	ASN1_TIME *expires = ASN1_TIME_new();
	const char *is[COLUMNS];
	size_t length;
	bool good;

	take_columns(row, is);
	length = strlen(is[SERIAL]);
	good = expires && ASN1_TIME_set_string_X509(expires, is[EXPIRES]) &&
	       strlen(is[TYPE]) == 1 && strchr("VRE", *is[TYPE]) &&
	       (*is[TYPE] == 'R') == (*is[REVOKED] != '\0') && length >= 2 &&
	       length % 2 == 0 &&
	       strspn(is[SERIAL], "0123456789ABCDEFabcdef") == length;
	ASN1_TIME_free(expires);
	return good;
}

/* Make a row of LINE, in its place, as TXT_DB_read() does: a tab behind a
 * backslash is one of the text. Returns what is behind it; NULL: it is no
 * complete line. */
static char *split_line(char *line)
{
	bool escaped = false;
	char *to = line;
	int n = 1;

	for (; *line && *line != '\n'; line++) {
		if (*line == '\t' && escaped)
			to--;
		else if (*line == '\t')
			n++;
		*to++ = (char)(*line == '\t' && !escaped ? '\0' : *line);
		escaped = *line == '\\';
	}
	if (!*line || n != COLUMNS)
		return NULL;
	*to = '\0';
	return line + 1;
}

/* A comment, which TXT_DB_read() would skip, is not written by anybody. */
static bool parse(struct index *index, size_t length)
{
	char *line = index->loaded, *next;

	if (strlen(line) != length)
		return false;
	for (; *line; line = next) {
		next = *line == '#' ? NULL : split_line(line);
		if (!next)
			return false;
		*(const char **)memory_append(&index->rows, &index->n,
					      sizeof(line)) = line;
	}
	return true;
}
/* What is wrong is reported. */
static int read_rows(struct index *index, size_t length, const char *where)
{
	size_t i;

	if (!parse(index, length)) {
		report_error("%s: damaged: wanted lines of 6 columns as "
			     "openssl ca writes them; restore it from a backup",
			     where);
		return -1;
	}
	for (i = 0; i < index->n; i++)
		if (!is_row(index->rows[i])) {
			report_error("%s:%zu: damaged: type, date or serial "
				     "number is not as openssl ca writes it; "
				     "restore it from a backup",
				     where, i + 1);
			return -1;
		}
	make_room(index, index->n, 0);
	for (i = 0; i < index->n; i++)
		if (!enter(index, i)) {
			report_error("%s: damaged: a serial number stands "
				     "there twice; restore it from a backup",
				     where);
			return -1;
		}
	fill_places(index);
	return 0;
}

struct index *index_load(int folder, const char *name, const char *where)
{
	struct index *index;
	size_t length;
	char *text = tree_read(folder, name, &length);

	if (!text) {
		report_error("%s: %s", where, strerror(errno));
		return NULL;
	}
	index = index_new();
	memory_resize(&text, length + 1, 1);
	index->loaded = text;
	if (read_rows(index, length, where) == 0)
		return index;
	index_free(index);
	return NULL;
}

struct index *index_new(void)
{
	struct index *index = memory_zeroed(1, sizeof(*index));

	index->added = arena_new();
	index->lock = memory_zeroed(1, sizeof(*index->lock));
	if (pthread_mutex_init(index->lock, NULL))
		abort();
	return index;
}

void index_free(struct index *index)
{
	if (!index)
		return;
	pthread_mutex_destroy(index->lock);
	free(index->lock);
	arena_free(index->added);
	free(index->loaded);
	free(index->rows);
	free(index->serials);
	free(index->places);
	free(index);
}

size_t index_count(const struct index *index)
{
	return index->n;
}

struct index_row index_get(const struct index *index, size_t i)
{
	const char *columns[COLUMNS];

	take_columns(index->rows[i], columns);
	return (struct index_row){ .type = *columns[TYPE],
				   .expires = columns[EXPIRES],
				   .revoked = columns[REVOKED],
				   .serial = columns[SERIAL],
				   .file = columns[NAME_OF_FILE],
				   .subject = columns[SUBJECT] };
}

time_t index_expires(const struct index_row *row)
{
	ASN1_TIME *time = ASN1_TIME_new();
	struct tm tm;
	time_t expires = 0;

	/* it was read before, in is_row() */
	if (time && ASN1_TIME_set_string_X509(time, row->expires) &&
	    ASN1_TIME_to_tm(time, &tm))
		expires = timegm(&tm);
	ASN1_TIME_free(time);
	return expires;
}

static const char *file_at(const struct index *index, size_t place)
{
	return column(index, index->places[place], NAME_OF_FILE);
}

bool index_find(const struct index *index, const char *file,
		struct index_row *row)
{
	size_t low = 0, high = index->n_places;

	/* the first place behind all of FILE */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(file_at(index, middle), file) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == 0 || strcmp(file_at(index, low - 1), file) != 0)
		return false;
	*row = index_get(index, index->places[low - 1]);
	return true;
}

bool index_has_expired(const struct index_row *row, time_t now)
{
	return index_expires(row) <= now;
}

const char *index_kept_serial(const struct index *index, const char *serial)
{
	const unsigned int *place = index->room ? find_serial(index, serial) :
						  NULL;

	return place && *place ? column(index, *place - 1, SERIAL) : NULL;
}

bool index_has_serial(const struct index *index, const char *serial)
{
	bool found;

	pthread_mutex_lock(index->lock);
	found = index->room && *find_serial(index, serial);
	pthread_mutex_unlock(index->lock);
	return found;
}

/* Under the lock. */
static bool append(struct index *index, const char *row)
{
	size_t n = index->n;

	make_room(index, n + 1, n);
	*(const char **)memory_append(&index->rows, &index->n, sizeof(row)) =
		row;
	if (enter(index, n))
		return true;
	index->n--;
	return false;
}

/* ROW is there, and valid: it becomes the last one with its file, in exchange
 * for that. False: it is not. */
static bool reinstate(struct index *index, const struct index_row *row)
{
	unsigned int *place = find_serial(index, row->serial), *last;
	size_t own = *place - 1, i = index->n - 1;
	const char *columns[COLUMNS], *moved;

	take_columns(index->rows[own], columns);
	if (*columns[TYPE] != 'V' ||
	    strcmp(columns[NAME_OF_FILE], row->file) != 0 ||
	    strcmp(columns[EXPIRES], row->expires) != 0)
		return false;
	while (strcmp(column(index, i, NAME_OF_FILE), row->file) != 0)
		i--;
	last = find_serial(index, column(index, i, SERIAL));
	moved = index->rows[i];
	index->rows[i] = index->rows[own];
	index->rows[own] = moved;
	*place = (unsigned int)i + 1;
	*last = (unsigned int)own + 1;
	return true;
}

int index_add(struct index *index, const struct index_row *row)
{
	const char *const columns[COLUMNS] = {
		[TYPE] = "V",
		[EXPIRES] = row->expires,
		[REVOKED] = "",
		[SERIAL] = row->serial,
		[NAME_OF_FILE] = row->file,
		[SUBJECT] = row->subject,
	};
	const char *added = make_row(index, columns);
	bool is_new;

	pthread_mutex_lock(index->lock);
	is_new = append(index, added) || reinstate(index, row);
	pthread_mutex_unlock(index->lock);
	if (is_new)
		return 0;
	report_error("serial number %s was issued already", row->serial);
	return -1;
}

static char *revocation(time_t time, const char *reason)
{
	ASN1_TIME *date = ASN1_TIME_set(NULL, time);
	char *text;

	if (!date)
		abort();
	text = memory_format("%s%s%s",
			     (const char *)ASN1_STRING_get0_data(date),
			     reason ? "," : "", reason ? reason : "");
	ASN1_TIME_free(date);
	return text;
}

void index_revoke(struct index *index, const char *serial, time_t time,
		  const char *reason)
{
	unsigned int *place = index->room ? find_serial(index, serial) : NULL;
	const char *columns[COLUMNS];
	char *text;

	if (!place || !*place)
		return;
	text = revocation(time, reason);
	take_columns(index->rows[*place - 1], columns);
	columns[TYPE] = "R";
	columns[REVOKED] = text;
	index->rows[*place - 1] = make_row(index, columns);
	free(text);
}

char *index_serial(const ASN1_INTEGER *serial)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = number ? BN_bn2hex(number) : NULL, *copy;

	if (!hex)
		abort();
	copy = memory_copy(BN_is_zero(number) ? "00" : hex);
	OPENSSL_free(hex);
	BN_free(number);
	return copy;
}

/* As TXT_DB_write(), to the end of BIO. */
static void write_row(FILE *out, const char *row)
{
	const char *columns[COLUMNS], *p;
	int i;

	take_columns(row, columns);
	for (i = 0; i < COLUMNS; i++) {
		while ((p = strchr(columns[i], '\t'))) {
			fprintf(out, "%.*s\\\t", (int)(p - columns[i]),
				columns[i]);
			columns[i] = p + 1;
		}
		fputs(columns[i], out);
		putc(i + 1 < COLUMNS ? '\t' : '\n', out);
	}
}

void index_write(FILE *out, const void *of)
{
	const struct index *index = of;
	size_t i;

	for (i = 0; i < index->n; i++)
		write_row(out, index->rows[i]);
}
