/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REPORT_H
#define TOPOCERT_REPORT_H

#include <stdio.h>

/*
 * What is said outside of the topology's own errors (those are in diag.h):
 * one line each on standard error, with the program's name before it. What
 * could steer a terminal or mislead a reader is shown as \xHH or \uHHHH.
 */
void report_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void report_warning(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* As report_error(), with the reason that OpenSSL left in its error queue. */
void report_openssl(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Where that goes for this thread: to STREAM from now on, or, where it is NULL,
 * to standard error. */
void report_to(FILE *stream);
FILE *report_stream(void);

/* Write TEXT in this way. */
void report_text(FILE *out, const char *text);

/* The same as a copy; free it. */
char *report_plain(const char *text);

#endif
