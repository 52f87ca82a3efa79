/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "report.h"

static void put(FILE *out, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		switch (text[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			putc(text[i], out);
		}
}

void html_text(FILE *out, const char *text)
{
	char *copy = report_plain(text);

	put(out, copy, strlen(copy));
	free(copy);
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

void html_svg_text(FILE *out, int x, int y, const char *class, const char *text,
		   size_t max)
{
	char *copy = report_plain(text);
	size_t i, n = 0;

	/* behind MAX characters, not within one */
	for (i = 0; copy[i] && (n < max || continues(copy[i])); i++)
		n += !continues(copy[i]);
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	if (copy[i]) {
		fputs("<title>", out);
		put(out, copy, strlen(copy));
		fputs("</title>", out);
	}
	put(out, copy, i);
	fputs(copy[i] ? "\xe2\x80\xa6</text>\n" : "</text>\n", out);
	free(copy);
}
