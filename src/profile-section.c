/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datafile.h"
#include "filename.h"
#include "key.h"
#include "memory.h"
#include "profile-section.h"

static bool is_word_of(const char *word, const char *list)
{
	size_t length = strlen(word);
	const char *p = list;

	while ((p = strstr(p, word))) {
		if ((p == list || p[-1] == ' ') &&
		    (p[length] == ' ' || !p[length]))
			return true;
		p += length;
	}
	return false;
}

void profile_require(const struct profile_reading *in, const char *title,
		     int line, const struct setting_key *keys, size_t n_keys,
		     const void *base, const char *optional)
{
	size_t i;

	for (i = 0; i < n_keys; i++) {
		const void *place = (const char *)base + keys[i].offset;
		bool given = keys[i].list ?
				     ((const struct setting_list *)place)->n :
				     ((const struct setting *)place)->text != 0;

		if (!given && !is_word_of(keys[i].name, optional))
			diag_error(in->diag, in->file->path, line,
				   "[%s] without %s", title, keys[i].name);
	}
}

mode_t profile_mode(const struct profile_reading *in, const char *key,
		    const struct setting *setting, mode_t most, mode_t least)
{
	char *end;
	unsigned long mode;

	if (!setting->text)
		return 0;
	mode = strtoul(setting->text, &end, 8);
	if (*setting->text != '0' || *end || (mode & ~(unsigned long)most) ||
	    (mode & least) != least)
		diag_error(in->diag, in->file->path, setting->line,
			   "%s = %s: wanted an octal mode from %04o to %04o",
			   key, setting->text, (unsigned int)least,
			   (unsigned int)most);
	return (mode_t)mode;
}

void profile_check_key_and_days(const struct profile_reading *in,
				const struct setting *key,
				const struct setting *days)
{
	struct key_spec spec;
	const char *why;

	if (key->text && (why = key_parse(key->text, &spec)))
		diag_error(in->diag, in->file->path, key->line, "key = %s: %s",
			   key->text, why);
	if (days->text)
		setting_number(days, in->file->path, "days", 1,
			       SETTING_DAYS_MAX, in->diag);
}

void profile_check_file(const struct profile_reading *in, const char *key,
			const struct setting *file)
{
	if (file->text && !filename_is_plain(file->text))
		diag_error(in->diag, in->file->path, file->line,
			   "%s = %s: wanted a plain name of letters, digits, "
			   "'_', '-' and '.'",
			   key, file->text);
}

void profile_check_name(const struct profile_reading *in,
			const struct inifile_section *section)
{
	if (!filename_is_plain(section->name))
		diag_error(in->diag, in->file->path, section->line,
			   "[%s%s%s]: wanted [%s NAME] with a plain name of "
			   "letters, digits, '_', '-' and '.'",
			   section->kind, *section->name ? " " : "",
			   section->name, section->kind);
}

void profile_read_kind(const struct profile_reading *in,
		       const struct setting *owner, enum owner_kind *kind)
{
	if (!owner->text)
		return;
	if (strcmp(owner->text, "host") == 0)
		*kind = OWNER_HOST;
	else if (strcmp(owner->text, "user") == 0)
		*kind = OWNER_USER;
	else
		diag_error(in->diag, in->file->path, owner->line,
			   "owner = %s: wanted host or user", owner->text);
}

/* Where the template NAME lies; NULL: not given, or reported. */
static char *find_template(struct profile_reading *in,
			   const struct setting *name)
{
	char *path;

	if (!name->text)
		return NULL;
	path = datafile_template(name->text, in->templates, in->file->path);
	if (access(path, R_OK) != 0) {
		diag_error(in->diag, in->file->path, name->line,
			   "template = %s: cannot read %s", name->text, path);
		free(path);
		return NULL;
	}
	if (in->templates &&
	    strncmp(path, in->templates, strlen(in->templates)) == 0)
		in->taken++;
	return path;
}

struct template *profile_template(struct profile_reading *in,
				  const struct setting *name)
{
	char *path = find_template(in, name);
	struct template *template = path ? template_load(path, in->diag) : NULL;

	free(path);
	return template;
}

struct snippet *profile_snippet(struct profile_reading *in,
				const struct setting *name)
{
	char *path = find_template(in, name);
	struct snippet *snippet = path ? snippet_load(path, in->diag) : NULL;

	free(path);
	return snippet;
}

void profile_resolve_scope(const struct profile_reading *in,
			   struct profile_scope *scope)
{
	const struct setting *service = &scope->service;

	condition_read(&scope->condition, &scope->when, "when",
		       &in->profile->options, in->file->path, in->diag);
	if (!service->text)
		return;
	if (!profile_has_service(in->profile, service->text))
		diag_error(in->diag, in->file->path, service->line,
			   "service = %s: not in the services of [profile]",
			   service->text);
	if (scope->kind != OWNER_HOST)
		diag_error(in->diag, in->file->path, service->line,
			   "service = %s: only hosts have services",
			   service->text);
}

const struct profile_ca *profile_resolve_ca(const struct profile_reading *in,
					    const struct setting *name,
					    int line)
{
	bool plain = !name->text || strcmp(name->text, PROFILE_PLAIN_CA) == 0;
	const struct profile_ca *ca =
		profile_ca(in->profile, plain ? "" : name->text);

	if (!ca && name->text)
		diag_error(in->diag, in->file->path, name->line,
			   "ca = %s: the profile has no [ca %s]", name->text,
			   name->text);
	else if (!ca && in->profile->n_cas)
		diag_error(in->diag, in->file->path, line,
			   "without ca, but the profile has no plain [ca]: "
			   "wanted ca = %s",
			   in->profile->cas[0]->name);
	return ca;
}

long profile_resolve_option(const struct profile_reading *in, const char *key,
			    const struct setting *setting)
{
	long place;

	if (!setting->text)
		return -1;
	place = option_find(&in->profile->options, setting->text);
	if (place < 0 ||
	    in->profile->options.items[place]->type != OPTION_FILE) {
		diag_error(in->diag, in->file->path, setting->line,
			   "%s = %s: wanted the name of an option of type "
			   "file",
			   key, setting->text);
		return -1;
	}
	return place;
}

void profile_free_scope(struct profile_scope *scope)
{
	condition_clear(&scope->condition);
}
