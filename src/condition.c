/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "memory.h"
#include "suggest.h"

static bool has_choice(const struct profile_option *option, const char *choice)
{
	size_t i;

	for (i = 0; i < option->choices.n; i++)
		if (strcmp(option->choices.items[i].text, choice) == 0)
			return true;
	return false;
}

/* Read "!NAME=CHOICE". Returns NULL, or what is wrong; free it. */
static char *read_term(struct condition_term *term, const char *text,
		       const struct option_list *options)
{
	const char *nearest, *equals;
	char *name, *why = NULL;
	long place;

	term->negated = *text == '!';
	text += term->negated;
	equals = strchr(text, '=');
	name = memory_copy_part(text, equals ? (size_t)(equals - text) :
					       strlen(text));
	place = option_find(options, name);
	if (place < 0) {
		const char **names = memory_zeroed(options->n, sizeof(*names));
		size_t i;

		for (i = 0; i < options->n; i++)
			names[i] = options->items[i]->name;
		nearest = suggest_nearest(name, names, options->n,
					  sizeof(*names));
		why = nearest ? memory_format("no option '%s': nearest is '%s'",
					      name, nearest) :
				memory_format("no option '%s': the profile has "
					      "no [option %s]",
					      name, name);
		free(names);
	} else if (equals && options->items[place]->type != OPTION_CHOICE) {
		why = memory_format("only an option of type choice is equal "
				    "to something");
	} else if (equals && !has_choice(options->items[place], equals + 1)) {
		why = memory_format("'%s' is no choice of option %s",
				    equals + 1, name);
	}
	free(name);
	if (why)
		return why;
	term->option = (size_t)place;
	term->choice = equals ? memory_copy(equals + 1) : NULL;
	return NULL;
}

void condition_read(struct condition *condition,
		    const struct setting_list *list, const char *key,
		    const struct option_list *options, const char *path,
		    struct diag *diag)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		struct condition_term term = { 0 };
		char *why = read_term(&term, list->items[i].text, options);

		if (why)
			diag_error(diag, path, list->items[i].line,
				   "%s = %s: %s", key, list->items[i].text,
				   why);
		else
			*(struct condition_term *)memory_append(
				&condition->terms, &condition->n,
				sizeof(term)) = term;
		free(why);
	}
}

void condition_clear(struct condition *condition)
{
	size_t i;

	for (i = 0; i < condition->n; i++)
		free(condition->terms[i].choice);
	free(condition->terms);
	condition->terms = NULL;
	condition->n = 0;
}

bool condition_holds(const struct condition *condition,
		     const struct option_values *values)
{
	size_t i;

	for (i = 0; i < condition->n; i++) {
		const struct condition_term *term = &condition->terms[i];
		const char *value = values->items[term->option].text;
		bool is = term->choice ?
				  value && strcmp(value, term->choice) == 0 :
				  value != NULL;

		if (is == term->negated)
			return false;
	}
	return true;
}
