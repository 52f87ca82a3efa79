/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_INDEX_H
#define TOPOCERT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <openssl/asn1.h>

/*
 * index.txt, the database of openssl-ca(1): a line for each certificate that
 * was ever issued. Its file column, in which openssl writes "unknown", holds
 * the path of the certificate in the output folder.
 */
struct index;

/* One line of it. Dates are as in ASN.1, the serial number in hexadecimal. */
struct index_row {
	char type; /* 'V', 'R' or 'E' */
	const char *expires;
	const char *revoked; /* date, perhaps with ",reason"; "" unless 'R' */
	const char *serial;
	const char *file;
	const char *subject;
};

struct index *index_new(void);
void index_free(struct index *index);

/* Read the file NAME of the open directory FOLDER. NULL: reported, also for
 * a file that openssl would read only in part. WHERE names it in messages. */
struct index *index_load(int folder, const char *name, const char *where);

/* When the certificate of ROW ends, in Unix time. */
time_t index_expires(const struct index_row *row);

size_t index_count(const struct index *index);
struct index_row index_get(const struct index *index, size_t i);

/* The certificate of ROW is past its end at the time NOW (Unix time). */
bool index_has_expired(const struct index_row *row, time_t now);

/* The last row with FILE in its file column. False: there is none. */
bool index_find(const struct index *index, const char *file,
		struct index_row *row);

/* SERIAL as it stands there; NULL: it does not. */
const char *index_kept_serial(const struct index *index, const char *serial);

/* Other threads may ask while index_add() is at work. */
bool index_has_serial(const struct index *index, const char *serial);

/*
 * Add a valid certificate; the strings are copied. What comes from a seed may
 * be there already, the same to the letter: then it is the last row with its
 * file again. -1: reported, as when the serial number is another one's.
 */
int index_add(struct index *index, const struct index_row *row);

/* Mark the valid certificate with SERIAL as revoked at TIME (Unix time) for
 * REASON, as openssl-ca(1) names it; NULL: none is given. */
void index_revoke(struct index *index, const char *serial, time_t time,
		  const char *reason);

/* A serial number as it stands there, hexadecimal; free it. */
char *index_serial(const ASN1_INTEGER *serial);

/* Write the whole file, OF an index. */
void index_write(FILE *out, const void *of);

#endif
