/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "distinguished.h"
#include "filename.h"
#include "memory.h"
#include "option.h"
#include "owner.h"
#include "topology.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key keys[] = {
	{ "summary", offsetof(struct profile_option, summary), 0 },
	{ "type", offsetof(struct profile_option, type_name), 0 },
	{ "choices", offsetof(struct profile_option, choices), 1 },
	{ "default", offsetof(struct profile_option, fallback), 0 },
	{ "sections", offsetof(struct profile_option, sections), 1 },
	{ "implies", offsetof(struct profile_option, implied), 1 },
	{ "needs", offsetof(struct profile_option, needed), 1 },
};

static const char *check_flag(const char *value)
{
	return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0 ?
		       NULL :
		       "wanted yes or no";
}

static const char *check_name(const char *value)
{
	return filename_is_plain(value) ? NULL :
					  "wanted a plain name of letters, "
					  "digits, '_', '-' and '.'";
}

static const char *check_number(const char *value)
{
	return *value && strlen(value) <= 18 &&
			       strspn(value, "0123456789") == strlen(value) ?
		       NULL :
		       "wanted a whole number";
}

static const char *check_file(const char *value)
{
	return *value ? NULL : "wanted the path of a file";
}

static const struct {
	const char *name;
	const char *(*check)(const char *value); /* NULL: by the choices */
} types[] = {
	[OPTION_FLAG] = { "flag", check_flag },
	[OPTION_CHOICE] = { "choice", NULL },
	[OPTION_NAME] = { "name", check_name },
	[OPTION_TEXT] = { "text", distinguished_check },
	[OPTION_NUMBER] = { "number", check_number },
	[OPTION_FILE] = { "file", check_file },
};

const char *option_type_name(enum option_type type)
{
	return types[type].name;
}

char *option_refuse(const struct profile_option *option, const char *value)
{
	const struct setting_list *choices = &option->choices;
	char *all = NULL, *longer;
	const char *why;
	size_t i;

	if (types[option->type].check) {
		why = types[option->type].check(value);
		return why ? memory_copy(why) : NULL;
	}
	for (i = 0; i < choices->n; i++)
		if (strcmp(choices->items[i].text, value) == 0)
			return NULL;
	all = memory_copy("wanted ");
	for (i = 0; i < choices->n; i++) {
		longer = memory_format("%s%s%s", all,
				       i == 0              ? "" :
				       i + 1 == choices->n ? " or " :
							     ", ",
				       choices->items[i].text);
		free(all);
		all = longer;
	}
	return all;
}

long option_find(const struct option_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->items[i]->name, name) == 0)
			return (long)i;
	return -1;
}

static void read_type(struct profile_option *option, const char *path,
		      struct diag *diag)
{
	const char *name = option->type_name.text;
	size_t i;

	if (!name) {
		diag_error(diag, path, option->line,
			   "[option %s] without type: wanted flag, choice, "
			   "name, text, number or file",
			   option->name);
		return;
	}
	for (i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].name, name) == 0)
			break;
	if (i == COUNT(types))
		diag_error(diag, path, option->type_name.line,
			   "type = %s: wanted flag, choice, name, text, "
			   "number or file",
			   name);
	else
		option->type = (enum option_type)i;
	if ((option->type == OPTION_CHOICE) != (option->choices.n > 0))
		diag_error(diag, path, option->line,
			   "[option %s]: choices belong to type = choice, and "
			   "there they have to be",
			   option->name);
}

static void read_sections(struct profile_option *option, const char *path,
			  struct diag *diag)
{
	size_t i;

	option->in_cluster = option->sections.n == 0;
	for (i = 0; i < option->sections.n; i++) {
		const struct setting *item = &option->sections.items[i];

		if (strcmp(item->text, "cluster") == 0)
			option->in_cluster = true;
		else if (strcmp(item->text, "host") == 0)
			option->in_host = true;
		else if (strcmp(item->text, "user") == 0)
			option->in_user = true;
		else
			diag_error(diag, path, item->line,
				   "sections = %s: wanted cluster, host or "
				   "user",
				   item->text);
	}
}

/* A key of the topology cannot mean two things. */
static bool is_topology_key(const char *name)
{
	size_t n[3], i, k;
	const struct setting_key *tables[] = {
		topology_cluster_keys(&n[0]),
		owner_keys(OWNER_HOST, &n[1]),
		owner_keys(OWNER_USER, &n[2]),
	};

	for (k = 0; k < COUNT(tables); k++)
		for (i = 0; i < n[k]; i++)
			if (strcmp(tables[k][i].name, name) == 0)
				return true;
	return false;
}

static void check_option_name(const struct option_list *list,
			      const struct inifile_section *section,
			      const char *path, struct diag *diag)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *name = section->name;

	if (!*name || strspn(name, allowed) != strlen(name))
		diag_error(diag, path, section->line,
			   "[option %s]: wanted [option NAME] with a name of "
			   "small letters, digits and '_'",
			   name);
	else if (is_topology_key(name))
		diag_error(diag, path, section->line,
			   "[option %s]: topologies have a key of that name: "
			   "wanted another",
			   name);
	else if (option_find(list, name) >= 0)
		diag_error(diag, path, section->line, "[option %s]: twice",
			   name);
}

void option_read(struct option_list *list, const struct inifile *file,
		 const struct inifile_section *section, struct diag *diag)
{
	struct profile_option *option = memory_zeroed(1, sizeof(*option));
	char *why = NULL;

	check_option_name(list, section, file->path, diag);
	*(struct profile_option **)memory_append(&list->items, &list->n,
						 sizeof(option)) = option;
	option->name = memory_copy(section->name);
	option->line = section->line;
	setting_fill(file, section, keys, COUNT(keys), option, NULL, diag);
	if (!option->summary.text)
		diag_error(diag, file->path, section->line,
			   "[option %s] without summary", option->name);
	read_type(option, file->path, diag);
	read_sections(option, file->path, diag);
	if (option->fallback.text &&
	    (option->type != OPTION_CHOICE || option->choices.n))
		why = option_refuse(option, option->fallback.text);
	if (why)
		diag_error(diag, file->path, option->fallback.line,
			   "default = %s: %s", option->fallback.text, why);
	free(why);
}

void option_resolve(struct option_list *list, const char *path,
		    struct diag *diag)
{
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		struct profile_option *option = list->items[i];

		for (j = 0; j < option->implied.n; j++) {
			const struct setting *item = &option->implied.items[j];
			long place = option_find(list, item->text);

			if (option->type == OPTION_FLAG && place >= 0 &&
			    list->items[place]->type == OPTION_FLAG)
				*(size_t *)memory_append(
					&option->implies, &option->n_implies,
					sizeof(size_t)) = (size_t)place;
			else
				diag_error(diag, path, item->line,
					   "implies = %s: wanted a flag, in "
					   "an option that is a flag itself",
					   item->text);
		}
	}
}

void option_list_clear(struct option_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		setting_clear(keys, COUNT(keys), list->items[i]);
		free(list->items[i]->implies);
		condition_clear(&list->items[i]->needs);
		free(list->items[i]->name);
		free(list->items[i]);
	}
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static void take(struct option_values *values, const struct option_list *list,
		 const struct setting_others *given, bool own)
{
	size_t i;

	for (i = 0; given && i < given->n; i++) {
		long place = option_find(list, given->items[i].key);

		if (place < 0)
			continue;
		values->items[place].text = given->items[i].value.text;
		values->items[place].line = given->items[i].value.line;
		values->items[place].own = own;
	}
}

/* A flag that is yes turns on others, and these may do so, too. */
static void turn_on(struct option_values *values,
		    const struct option_list *list, size_t place)
{
	const struct profile_option *option = list->items[place];
	size_t i;

	for (i = 0; i < option->n_implies; i++) {
		struct option_value *value = &values->items[option->implies[i]];

		if (value->text)
			continue;
		if (value->line)
			value->overruled = option;
		value->text = "yes";
		value->own = values->items[place].own;
		value->line = value->line ? value->line :
					    values->items[place].line;
		turn_on(values, list, option->implies[i]);
	}
}

void option_values_fill(struct option_values *values,
			const struct option_list *list,
			const struct setting_others *cluster,
			const struct setting_others *own)
{
	size_t i;

	values->n = list->n;
	values->items = memory_zeroed(list->n, sizeof(*values->items));
	for (i = 0; i < list->n; i++)
		values->items[i].text = list->items[i]->fallback.text;
	take(values, list, cluster, false);
	take(values, list, own, true);
	for (i = 0; i < list->n; i++)
		if (list->items[i]->type == OPTION_FLAG &&
		    values->items[i].text &&
		    strcmp(values->items[i].text, "yes") != 0)
			values->items[i].text = NULL;
	for (i = 0; i < list->n; i++)
		if (values->items[i].text)
			turn_on(values, list, i);
}

void option_values_clear(struct option_values *values)
{
	free(values->items);
	values->items = NULL;
	values->n = 0;
}

void option_check_values(const struct option_values *values,
			 const struct option_list *list, bool own,
			 const char *path, struct diag *diag)
{
	size_t i, k;

	for (i = 0; i < list->n; i++) {
		const struct profile_option *option = list->items[i];
		const struct option_value *value = &values->items[i];

		if (!value->text || !value->line || value->own != own)
			continue;
		if (value->overruled)
			diag_error(diag, path, value->line,
				   "%s = no: but %s = yes implies it",
				   option->name, value->overruled->name);
		else if (!condition_holds(&option->needs, values))
			for (k = 0; k < option->needed.n; k++)
				diag_error(diag, path, value->line,
					   "%s = %s: has no effect without %s",
					   option->name, value->text,
					   option->needed.items[k].text);
	}
}
