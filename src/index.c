/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/lhash.h>
#include <openssl/txt_db.h>

#include "index.h"
#include "memory.h"
#include "report.h"
#include "tree.h"

/* The columns, see CA_DB in openssl-ca(1). */
enum { TYPE, EXPIRES, REVOKED, SERIAL, NAME_OF_FILE, SUBJECT, COLUMNS };

struct place {
	const char *file;
	int row;
};

struct index {
	TXT_DB *db;
	struct place *places; /* by file, then row; of the rows as loaded */
	size_t n_places;
	pthread_mutex_t *lock; /* while rows are added, serial numbers are
				* looked up by other threads */
};

static unsigned long serial_hash(const OPENSSL_CSTRING *row)
{
	return OPENSSL_LH_strhash(row[SERIAL]);
}

static int serial_cmp(const OPENSSL_CSTRING *a, const OPENSSL_CSTRING *b)
{
	return strcmp(a[SERIAL], b[SERIAL]);
}

static IMPLEMENT_LHASH_HASH_FN(
	serial, OPENSSL_CSTRING) static IMPLEMENT_LHASH_COMP_FN(serial,
								OPENSSL_CSTRING)

	static int place_order(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = strcmp(a->file, b->file);

	return order ? order : a->row - b->row;
}

static struct index *index_wrap(TXT_DB *db)
{
	struct index *index = memory_zeroed(1, sizeof(*index));
	int i, n = sk_OPENSSL_PSTRING_num(db->data);

	index->db = db;
	index->lock = memory_zeroed(1, sizeof(*index->lock));
	if (pthread_mutex_init(index->lock, NULL))
		abort();
	for (i = 0; i < n; i++) {
		struct place *place = memory_append(
			&index->places, &index->n_places, sizeof(*place));

		place->file =
			sk_OPENSSL_PSTRING_value(db->data, i)[NAME_OF_FILE];
		place->row = i;
	}
	if (index->n_places)
		qsort(index->places, index->n_places, sizeof(struct place),
		      place_order);
	return index;
}

static bool is_row(char *const *row)
{
	size_t length = strlen(row[SERIAL]);
	ASN1_TIME *expires = ASN1_TIME_new();
	bool good;

	good = expires && ASN1_TIME_set_string_X509(expires, row[EXPIRES]) &&
	       strlen(row[TYPE]) == 1 && strchr("VRE", *row[TYPE]) &&
	       (*row[TYPE] == 'R') == (*row[REVOKED] != '\0') && length >= 2 &&
	       length % 2 == 0 &&
	       strspn(row[SERIAL], "0123456789ABCDEFabcdef") == length;
	ASN1_TIME_free(expires);
	return good;
}

/* The columns from LINE to its end, which is at END; "\\\t" is no separator. */
static int count_columns(const char *line, const char *end)
{
	bool escaped = false;
	int n = 1;

	for (; line < end; line++) {
		n += *line == '\t' && !escaped;
		escaped = *line == '\\';
	}
	return n;
}

/*
 * How many lines TEXT has, if each of them is complete; -1 otherwise.
 * TXT_DB_read() would drop a last one without newline, and loses memory when
 * it finds another number of columns.
 */
static int count_lines(const char *text, size_t length)
{
	const char *line, *end;
	int n = 0;

	if (strlen(text) != length)
		return -1;
	for (line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end || count_columns(line, end) != COLUMNS)
			return -1;
		n++;
	}
	return n;
}

static TXT_DB *parse(const char *text, size_t length, const char *where)
{
	BIO *bio = BIO_new_mem_buf(text, (int)length);
	TXT_DB *db = NULL;
	int i, lines = count_lines(text, length);

	if (lines >= 0)
		db = TXT_DB_read(bio, COLUMNS);
	BIO_free(bio);
	if (!db || sk_OPENSSL_PSTRING_num(db->data) != lines) {
		report_error("%s: damaged: wanted lines of 6 columns as "
			     "openssl ca writes them; restore it from a backup",
			     where);
		goto fail;
	}
	for (i = 0; i < lines; i++)
		if (!is_row(sk_OPENSSL_PSTRING_value(db->data, i))) {
			report_error("%s:%d: damaged: type, date or serial "
				     "number is not as openssl ca writes it; "
				     "restore it from a backup",
				     where, i + 1);
			goto fail;
		}
	if (TXT_DB_create_index(db, SERIAL, NULL, LHASH_HASH_FN(serial),
				LHASH_COMP_FN(serial)))
		return db;
	report_error("%s: damaged: a serial number stands there twice; restore "
		     "it from a backup",
		     where);
fail:
	TXT_DB_free(db);
	return NULL;
}

struct index *index_load(int folder, const char *name, const char *where)
{
	size_t length;
	char *text = tree_read(folder, name, &length);
	TXT_DB *db = NULL;

	if (!text)
		report_error("%s: %s", where, strerror(errno));
	else
		db = parse(text, length, where);
	free(text);
	return db ? index_wrap(db) : NULL;
}

struct index *index_new(void)
{
	return index_wrap(parse("", 0, "index.txt"));
}

void index_free(struct index *index)
{
	if (!index)
		return;
	TXT_DB_free(index->db);
	pthread_mutex_destroy(index->lock);
	free(index->lock);
	free(index->places);
	free(index);
}

size_t index_count(const struct index *index)
{
	return (size_t)sk_OPENSSL_PSTRING_num(index->db->data);
}

struct index_row index_get(const struct index *index, size_t i)
{
	char **row = sk_OPENSSL_PSTRING_value(index->db->data, (int)i);

	return (struct index_row){ .type = *row[TYPE],
				   .expires = row[EXPIRES],
				   .revoked = row[REVOKED],
				   .serial = row[SERIAL],
				   .file = row[NAME_OF_FILE],
				   .subject = row[SUBJECT] };
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

bool index_find(const struct index *index, const char *file,
		struct index_row *row)
{
	size_t low = 0, high = index->n_places;

	/* the first place behind all of FILE */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->places[middle].file, file) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == 0 || strcmp(index->places[low - 1].file, file) != 0)
		return false;
	*row = index_get(index, (size_t)index->places[low - 1].row);
	return true;
}

bool index_has_expired(const struct index_row *row, time_t now)
{
	return index_expires(row) <= now;
}

bool index_has_serial(const struct index *index, const char *serial)
{
	OPENSSL_STRING row[COLUMNS + 1] = { NULL };
	bool found;

	row[SERIAL] = (char *)serial;
	pthread_mutex_lock(index->lock);
	found = TXT_DB_get_by_index(index->db, SERIAL, row) != NULL;
	pthread_mutex_unlock(index->lock);
	return found;
}

int index_add(struct index *index, const struct index_row *row)
{
	const char *columns[COLUMNS] = {
		[TYPE] = "V",
		[EXPIRES] = row->expires,
		[REVOKED] = "",
		[SERIAL] = row->serial,
		[NAME_OF_FILE] = row->file,
		[SUBJECT] = row->subject,
	};
	OPENSSL_STRING *copy;
	int i, inserted;

	copy = OPENSSL_zalloc(sizeof(*copy) * (COLUMNS + 1));
	if (!copy)
		abort();
	for (i = 0; i < COLUMNS; i++)
		copy[i] = OPENSSL_strdup(columns[i]);
	pthread_mutex_lock(index->lock);
	inserted = TXT_DB_insert(index->db, copy);
	pthread_mutex_unlock(index->lock);
	if (inserted)
		return 0;
	report_error("serial number %s was issued already", row->serial);
	for (i = 0; i < COLUMNS; i++)
		OPENSSL_free(copy[i]);
	OPENSSL_free(copy);
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
	OPENSSL_STRING key[COLUMNS + 1] = { NULL }, *row;
	char *text = revocation(time, reason);

	key[SERIAL] = (char *)serial;
	row = TXT_DB_get_by_index(index->db, SERIAL, key);
	if (row) {
		/* a row that was read lies in one piece of memory */
		if (!row[COLUMNS])
			OPENSSL_free(row[REVOKED]);
		*row[TYPE] = 'R';
		row[REVOKED] = OPENSSL_strdup(text);
	}
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

BIO *index_text(const struct index *index)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && TXT_DB_write(bio, index->db) >= 0)
		return bio;
	report_openssl("index.txt");
	BIO_free(bio);
	return NULL;
}
