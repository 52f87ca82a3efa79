/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "profile-section.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key keys[] = {
	{ "common_name", offsetof(struct profile_ca, common_name), 0 },
	{ "key", offsetof(struct profile_ca, key), 0 },
	{ "days", offsetof(struct profile_ca, days), 0 },
	{ "template", offsetof(struct profile_ca, template_name), 0 },
	{ "file", offsetof(struct profile_ca, file), 0 },
	{ "mode", offsetof(struct profile_ca, mode), 0 },
	{ "owner", offsetof(struct profile_ca, owners), 1 },
	{ "when", offsetof(struct profile_ca, when), 1 },
};

static void read_owners(const struct profile_reading *in, struct profile_ca *ca)
{
	size_t i;

	ca->for_kind[OWNER_HOST] = ca->for_kind[OWNER_USER] = !ca->owners.n;
	for (i = 0; i < ca->owners.n; i++) {
		enum owner_kind kind = OWNER_HOST;

		profile_read_kind(in, &ca->owners.items[i], &kind);
		ca->for_kind[kind] = true;
	}
}

void profile_read_ca(struct profile_reading *in,
		     const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	struct profile_ca *ca = memory_zeroed(1, sizeof(*ca));

	*(struct profile_ca **)memory_append(&profile->cas, &profile->n_cas,
					     sizeof(ca)) = ca;
	ca->name = memory_copy(section->name);
	ca->line = section->line;
	if (*section->name)
		profile_check_name(in, section);
	setting_fill(in->file, section, keys, COUNT(keys), ca, NULL, in->diag);
	profile_require(in, "ca", section->line, keys, COUNT(keys), ca,
			"owner when");
	profile_check_key_and_days(in, &ca->key, &ca->days);
	if (ca->file.text && !strstr(ca->file.text, "{{"))
		profile_check_file(in, "file", &ca->file);
	ca->file_mode = profile_mode(in, "mode", &ca->mode, 0777, 0400);
	ca->template = profile_template(in, &ca->template_name);
	read_owners(in, ca);
}

const struct profile_ca *profile_ca(const struct profile *profile,
				    const char *name)
{
	size_t i;

	for (i = 0; i < profile->n_cas; i++)
		if (strcmp(profile->cas[i]->name, name) == 0)
			return profile->cas[i];
	return NULL;
}

void profile_free_cas(struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->n_cas; i++) {
		struct profile_ca *ca = profile->cas[i];

		setting_clear(keys, COUNT(keys), ca);
		condition_clear(&ca->condition);
		template_free(ca->template);
		free(ca->name);
		free(ca);
	}
	free(profile->cas);
}
