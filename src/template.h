/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_TEMPLATE_H
#define TOPOCERT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"

/*
 * What {{NAME}} stands for. VALUE NULL: known, but without a value here, for
 * the reason MISSING. A BLOCK is lines of "KEY = VALUE", with headers of
 * sections between them, and stands alone on its line.
 */
struct placeholder {
	const char *name;
	const char *value;
	const char *missing;
	bool block;
};

struct placeholders {
	struct placeholder *items;
	size_t n;
};

/* Add a placeholder; the strings are kept, not copied. */
void placeholders_add(struct placeholders *list, const char *name,
		      const char *value, const char *missing);
void placeholders_add_block(struct placeholders *list, const char *name,
			    const char *value, const char *missing);
void placeholders_clear(struct placeholders *list);

/* An OpenSSL configuration file with placeholders. */
struct template;

/*
 * Load the template PATH. NULL: reported to DIAG. Refused are NUL bytes,
 * .include and $ENV, because what they bring in is not in the file that
 * explains the certificate.
 */
struct template *template_load(const char *path, struct diag *diag);
void template_free(struct template *template);
const char *template_path(const struct template *template);

/* One value as it was put into a rendered file, to be found there again. */
struct template_put {
	char *section, *key, *value;
	bool whole; /* the value is all that the key has */
	int line;
};

struct rendered {
	char *text;
	struct template_put *puts;
	size_t n_puts;
};

/*
 * Put the values in, quoted for config(5) where they need it. Errors go to
 * DIAG with the template's line. Returns NULL then; free with rendered_free().
 */
struct rendered *template_render(const struct template *template,
				 const struct placeholders *values,
				 struct diag *diag);
void rendered_free(struct rendered *rendered);

/* As template_render() of the single TEXT at FILE:LINE, without quoting. */
char *template_expand(const char *text, const char *file, int line,
		      const struct placeholders *values, struct diag *diag);

#endif
