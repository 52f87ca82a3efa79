/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "report.h"

static _Thread_local FILE *stream; /* NULL: standard error */

void report_to(FILE *other)
{
	stream = other;
}

FILE *report_stream(void)
{
	return stream ? stream : stderr;
}

/* Controls, and what changes direction or is not seen. */
static bool is_plain(unsigned long point)
{
	return point >= 0x20 && (point < 0x7f || point >= 0xa0) &&
	       (point < 0x200b || point > 0x200f) &&
	       (point < 0x2028 || point > 0x202e) &&
	       (point < 0x2060 || point > 0x206f) && point != 0xfeff;
}

void report_text(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		unsigned long point;
		int n = UTF8_getc(p, left > 6 ? 6 : (int)left, &point);

		if (n < 1) {
			fprintf(out, "\\x%02x", *p);
			n = 1;
		} else if (!is_plain(point)) {
			fprintf(out, "\\%c%0*lx", point < 0x80 ? 'x' : 'u',
				point < 0x80 ? 2 : 4, point);
		} else {
			fwrite(p, 1, (size_t)n, out);
		}
		p += n;
		left -= (size_t)n;
	}
}

char *report_plain(const char *text)
{
	char *plain = NULL;
	size_t length;
	FILE *out = open_memstream(&plain, &length);

	if (!out)
		abort();
	report_text(out, text);
	fclose(out);
	return plain;
}

__attribute__((format(printf, 2, 0))) static void
report_line(const char *kind, const char *format, va_list args,
	    const char *reason)
{
	FILE *out = report_stream();
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		return;
	flockfile(out);
	fprintf(out, "topocert: %s", kind);
	report_text(out, text);
	if (reason) {
		fputs(": ", out);
		report_text(out, reason);
	}
	fputc('\n', out);
	funlockfile(out);
	free(text);
}

void report_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_line("", format, args, NULL);
	va_end(args);
}

void report_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_line("warning: ", format, args, NULL);
	va_end(args);
}

void report_openssl(const char *format, ...)
{
	const char *data = NULL, *reason = NULL;
	char line[512];
	unsigned long code;
	int flags = 0;
	va_list args;

	code = ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);
	if (code)
		reason = ERR_reason_error_string(code);
	snprintf(line, sizeof(line), "%s%s%s",
		 reason ? reason : "OpenSSL gave no reason",
		 (flags & ERR_TXT_STRING) && *data ? ": " : "",
		 flags & ERR_TXT_STRING ? data : "");
	va_start(args, format);
	report_line("", format, args, line);
	va_end(args);
	ERR_clear_error();
}
