/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SNIPPET_H
#define TOPOCERT_SNIPPET_H

#include <stdbool.h>

#include <jansson.h>

#include "diag.h"

/*
 * Text with Mustache tags (mustache(5)): {{x}}, {{#x}}...{{/x}},
 * {{^x}}...{{/x}} and {{! comment }}. Nothing is escaped. A section's tag or
 * a comment alone on its line leaves no line.
 *
 * The values are a JSON object. A name is one of its keys as it stands, dots
 * and all; inside a section it is looked for in the section's item first,
 * then outwards. A section is shown once for true, a number, a text that is
 * not empty or an object, and once for each object of an array. null and
 * false are known, but have no value: they hide a section, and to print them
 * is an error, as is a name that does not exist at all. What a hidden section
 * holds is not looked at. Sections nest up to 16 deep.
 */
struct snippet;

/* NULL: the errors are in DIAG. */
struct snippet *snippet_load(const char *path, struct diag *diag);

void snippet_free(struct snippet *snippet);

/* It has a tag with NAME, or, where that ends in a dot, one that begins so. */
bool snippet_names(const struct snippet *snippet, const char *name);

/* The text, to be freed with free(); COMMON are values that are looked at
 * behind VALUES. NULL: the errors are in DIAG. */
char *snippet_render(const struct snippet *snippet, const json_t *values,
		     const json_t *common, struct diag *diag);

/*
 * The same for one TEXT that stands at FILE:LINE, with VALUES alone. ENCODE (or
 * NULL) makes of each value what is put in its place, to be freed with free().
 */
char *snippet_expand(const char *text, const char *file, int line,
		     const json_t *values, char *(*encode)(const char *value),
		     struct diag *diag);

#endif
