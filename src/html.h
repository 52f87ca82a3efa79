/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_HTML_H
#define TOPOCERT_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Write TEXT as report_text() does, and so that it is nothing but text, also
 * in an attribute. */
void html_text(FILE *out, const char *text);

/*
 * Text in an SVG with its baseline at X, Y, in the CSS classes CLASS; what is
 * longer than about MAX characters is cut off and shows when pointed at.
 */
void html_svg_text(FILE *out, int x, int y, const char *class, const char *text,
		   size_t max);

#endif
