/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DIAG_H
#define TOPOCERT_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The errors of topology, profile and templates: collected while everything
 * is read and checked, then printed together as FILE:LINE: message.
 */
struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *diag);

/* LINE 0 speaks of the file as a whole. */
void diag_error(struct diag *diag, const char *file, int line,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_warning(struct diag *diag, const char *file, int line,
		  const char *format, ...)
	__attribute__((format(printf, 4, 5)));

bool diag_failed(const struct diag *diag);

/* How many errors there were so far. */
size_t diag_errors(const struct diag *diag);

/* Print by file (in the order first heard of) and line, then forget all. */
void diag_flush(struct diag *diag, FILE *out);

#endif
