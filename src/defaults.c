/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include "dates.h"
#include "defaults.h"
#include "distinguished.h"
#include "filename.h"
#include "key.h"

#define BACKDATE_MAX 8760

/* Longer lifetimes end with so many days in which they are renewed. */
#define LONG_LIFETIME 90
#define RENEWAL_DAYS 30

long defaults_renew_before(long days)
{
	return days > LONG_LIFETIME ? RENEWAL_DAYS : days / 3;
}

time_t defaults_start(const struct defaults *own)
{
	time_t start;

	if (!own->not_before.text || dates_parse(own->not_before.text, &start))
		return 0;
	return start;
}

static void check_seeded(const struct defaults *own, const char *path,
			 struct diag *diag)
{
	const struct setting *start = &own->not_before;

	if (own->generation.text)
		setting_number(&own->generation, path, "generation", 1,
			       GENERATION_MAX, diag);
	if (start->text && defaults_start(own) <= 0)
		diag_error(diag, path, start->line,
			   "not_before = %s: wanted a date as 2027-03-01 or "
			   "2027-03-01T12:00:00Z",
			   start->text);
}

void defaults_check(const struct defaults *own, const char *path,
		    struct diag *diag)
{
	const char *why;
	struct key_spec spec;

	if (own->organization.text) {
		why = distinguished_check(own->organization.text);
		if (why)
			diag_error(diag, path, own->organization.line,
				   "organization = %s: %s",
				   own->organization.text, why);
	}
	if (own->key.text) {
		why = key_parse(own->key.text, &spec);
		if (why)
			diag_error(diag, path, own->key.line, "key = %s: %s",
				   own->key.text, why);
	}
	if (own->days.text)
		setting_number(&own->days, path, "days", 1, SETTING_DAYS_MAX,
			       diag);
	if (own->backdate.text)
		setting_number(&own->backdate, path, "backdate", 0,
			       BACKDATE_MAX, diag);
	if (own->renew_before.text)
		setting_number(&own->renew_before, path, "renew_before", 0,
			       SETTING_DAYS_MAX, diag);
	setting_yes(&own->reuse_key, path, "reuse_key", false, diag);
	check_seeded(own, path, diag);
}

void membership_check(const struct membership *membership, const char *path,
		      struct diag *diag)
{
	const struct setting_list *profiles = &membership->profiles;
	const struct setting *directory = &membership->directory;
	size_t i, j;

	for (i = 0; i < profiles->n; i++)
		for (j = 0; j < i; j++)
			if (strcmp(profiles->items[i].text,
				   profiles->items[j].text) == 0)
				diag_error(diag, path, profiles->items[i].line,
					   "profile = %s: twice in the list",
					   profiles->items[i].text);
	if (directory->text && !filename_is_plain_path(directory->text))
		diag_error(diag, path, directory->line,
			   "directory = %s: wanted a path of letters, digits, "
			   "'_', '-', '.', '~' and '/'",
			   directory->text);
}
