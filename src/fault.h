/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_FAULT_H
#define TOPOCERT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Something that is not as it should be: where, what, and how to mend it. */
struct fault {
	char *file; /* relative to the output folder */
	char *what;
	char *mend; /* NULL: a note, nothing is wrong */
};

struct faults;

/* Never NULL; free with faults_free(). */
struct faults *faults_new(void);
void faults_free(struct faults *faults);

/* MEND is copied; FORMAT and what follows say what is wrong. */
void faults_add(struct faults *faults, const char *file, const char *mend,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What is worth to be said, but no fault; what was said is not repeated. */
void faults_note(struct faults *faults, const char *file, const char *format,
		 ...) __attribute__((format(printf, 3, 4)));

/* There is a fault of FILE: one cause is to be told once. */
bool faults_has(const struct faults *faults, const char *file);

/* How many there are, notes left out. */
size_t faults_count(const struct faults *faults);

/* On standard output, a line each: notes, then faults. */
void faults_print(const struct faults *faults);

/* The same as arrays of objects; free with json_decref(). */
json_t *faults_json(const struct faults *faults);
json_t *faults_notes_json(const struct faults *faults);

#endif
