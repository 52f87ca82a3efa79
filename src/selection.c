/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "selection.h"

struct name {
	char *text;
	bool used;
};

struct selection {
	struct name *items;
	size_t n;
};

struct selection *selection_new(const struct words *words)
{
	struct selection *selection = memory_zeroed(1, sizeof(*selection));
	size_t i;

	for (i = 0; i < words->n; i++) {
		const char *text = words->items[i], *end;
		struct name *name;

		for (; text; text = *end ? end + 1 : NULL) {
			end = text + strcspn(text, ",");
			name = memory_append(&selection->items, &selection->n,
					     sizeof(*name));
			name->text =
				memory_copy_part(text, (size_t)(end - text));
		}
	}
	return selection;
}

void selection_free(struct selection *selection)
{
	size_t i;

	if (!selection)
		return;
	for (i = 0; i < selection->n; i++)
		free(selection->items[i].text);
	free(selection->items);
	free(selection);
}

bool selection_is_empty(const struct selection *selection)
{
	return selection->n == 0;
}

/* PATH, or a folder that it is in, is what NAME says; FNM_LEADING_DIR of
 * fnmatch(3) is not in POSIX. */
static bool matches(const char *name, const char *path)
{
	char *part = memory_copy(path), *slash;
	bool found;

	while (!(found = fnmatch(name, part, FNM_PATHNAME) == 0)) {
		slash = strrchr(part, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	free(part);
	return found;
}

size_t selection_count(const struct selection *selection)
{
	return selection->n;
}

const char *selection_name(const struct selection *selection, size_t i)
{
	return selection->items[i].text;
}

bool selection_picks(const struct selection *selection, size_t i,
		     const char *path)
{
	const char *name = selection->items[i].text, *slash = strchr(path, '/');

	return matches(name, path) || (slash && matches(name, slash + 1));
}

bool selection_has(struct selection *selection, const char *path)
{
	bool found = false;
	size_t i;

	for (i = 0; i < selection->n; i++) {
		if (!selection_picks(selection, i, path))
			continue;
		selection->items[i].used = true;
		found = true;
	}
	return found;
}

const char *selection_unused(const struct selection *selection, size_t i)
{
	size_t k;

	for (k = 0; k < selection->n; k++)
		if (!selection->items[k].used && i-- == 0)
			return selection->items[k].text;
	return NULL;
}
