/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "setting.h"
#include "suggest.h"

static const struct setting_key *find_key(const struct setting_key *keys,
					  size_t n_keys, const char *name)
{
	size_t i;

	for (i = 0; i < n_keys; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static void add_items(struct setting_list *list, const char *path,
		      const struct inifile_value *value, struct diag *diag)
{
	const char *p = value->text, *end;

	for (;; p = end + 1) {
		struct setting *item;
		size_t length;

		p += strspn(p, " \t");
		end = p + strcspn(p, ",");
		length = (size_t)(end - p);
		while (length > 0 &&
		       (p[length - 1] == ' ' || p[length - 1] == '\t'))
			length--;
		if (length > 0) {
			item = memory_append(&list->items, &list->n,
					     sizeof(*item));
			item->text = memory_copy_part(p, length);
			item->line = value->line;
		} else if (*end || p == value->text) {
			/* a comma at the end leads over to the next line */
			diag_error(diag, path, value->line,
				   "empty item in the list of %s", value->key);
		}
		if (!*end)
			break;
	}
}

static void fill_one(const struct inifile *file,
		     const struct inifile_value *value,
		     const struct setting_key *key, void *base,
		     struct diag *diag)
{
	struct setting *setting;

	if (key->list) {
		add_items((void *)((char *)base + key->offset), file->path,
			  value, diag);
		return;
	}
	setting = (void *)((char *)base + key->offset);
	if (setting->text) {
		diag_error(diag, file->path, value->line,
			   "%s has a value already (line %d): it takes one",
			   key->name, setting->line);
		return;
	}
	setting->text = memory_copy(value->text);
	setting->line = value->line;
}

void setting_unknown(const char *path, int line, const char *key,
		     const char *title, const void *known, size_t n_known,
		     size_t stride, struct diag *diag)
{
	diag_error(diag, path, line,
		   "unknown key '%s' in [%s]: nearest is '%s'", key, title,
		   suggest_nearest(key, known, n_known, stride));
}

static void keep_other(struct setting_others *others,
		       const struct inifile_value *value)
{
	struct setting_other *other;

	other = memory_append(&others->items, &others->n, sizeof(*other));
	other->key = memory_copy(value->key);
	other->value.text = memory_copy(value->text);
	other->value.line = value->line;
}

void setting_fill(const struct inifile *file,
		  const struct inifile_section *section,
		  const struct setting_key *keys, size_t n_keys, void *base,
		  struct setting_others *others, struct diag *diag)
{
	char *title = memory_format("%s%s%s", section->kind,
				    *section->name ? " " : "", section->name);
	size_t i;

	for (i = 0; i < section->n_values; i++) {
		const struct inifile_value *value = &section->values[i];
		const struct setting_key *key =
			find_key(keys, n_keys, value->key);

		if (key)
			fill_one(file, value, key, base, diag);
		else if (others)
			keep_other(others, value);
		else if (i == 0 ||
			 strcmp(value->key, section->values[i - 1].key) != 0)
			setting_unknown(file->path, value->line, value->key,
					title, keys, n_keys, sizeof(*keys),
					diag);
	}
	free(title);
}

void setting_others_clear(struct setting_others *others)
{
	size_t i;

	for (i = 0; i < others->n; i++) {
		free(others->items[i].key);
		free(others->items[i].value.text);
	}
	free(others->items);
	memset(others, 0, sizeof(*others));
}

void setting_forget(struct setting *setting)
{
	free(setting->text);
	setting->text = NULL;
}

void setting_clear(const struct setting_key *keys, size_t n_keys, void *base)
{
	size_t i, j;

	for (i = 0; i < n_keys; i++) {
		void *place = (char *)base + keys[i].offset;

		if (keys[i].list) {
			struct setting_list *list = place;

			for (j = 0; j < list->n; j++)
				free(list->items[j].text);
			free(list->items);
			memset(list, 0, sizeof(*list));
		} else {
			setting_forget(place);
		}
	}
}

char *setting_join(const struct setting_list *list, const char *between)
{
	char *text = memory_copy(""), *longer;
	size_t i;

	for (i = 0; i < list->n; i++) {
		longer = memory_format("%s%s%s", text, i ? between : "",
				       list->items[i].text);
		free(text);
		text = longer;
	}
	return text;
}

long setting_number(const struct setting *value, const char *path,
		    const char *key, long min, long max, struct diag *diag)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value->text, &end, 10);
	if (errno || *end || strspn(value->text, "0123456789") == 0 ||
	    number < min || number > max) {
		diag_error(diag, path, value->line,
			   "%s = %s: wanted a whole number from %ld to %ld",
			   key, value->text, min, max);
		return -1;
	}
	return number;
}

bool setting_yes(const struct setting *value, const char *path, const char *key,
		 bool fallback, struct diag *diag)
{
	if (!value->text)
		return fallback;
	if (strcmp(value->text, "yes") == 0)
		return true;
	if (strcmp(value->text, "no") != 0)
		diag_error(diag, path, value->line, "%s = %s: wanted yes or no",
			   key, value->text);
	return false;
}

const struct setting *setting_first(const struct setting *a,
				    const struct setting *b,
				    const struct setting *c)
{
	if (a->text)
		return a;
	return b->text ? b : c;
}

long setting_number_or(const struct setting *setting, long fallback)
{
	if (!setting->text)
		return fallback;
	if (strspn(setting->text, "0123456789") != strlen(setting->text))
		return -1;
	return atol(setting->text);
}
