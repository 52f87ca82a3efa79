/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "memory.h"
#include "report.h"
#include "summary.h"

/* The part of a guide that says how a system is told of new files. */
#define RELOAD "# --- reload ---\n"

/* The lines of TEXT's part on reloading, without their comment signs. */
static void print_reload(const char *text)
{
	const char *line = strstr(text, RELOAD);

	line = line ? line + strlen(RELOAD) : "";
	while (*line && strncmp(line, "# ---", 5) != 0 && *line != '\n') {
		size_t length = strcspn(line, "\n");
		char *copy = memory_copy_part(line, length);

		fputs("  ", stdout);
		report_text(stdout, copy + (strncmp(copy, "# ", 2) ? 0 : 2));
		fputc('\n', stdout);
		free(copy);
		line += length + (line[length] == '\n');
	}
}

/* As the first host of PROFILE has it that gets a new bundle. */
static void print_profile(const struct job *job, const struct profile *profile)
{
	const struct inventory *inventory = job->inventory;
	size_t i;
	char *text;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		if (holder->owner->kind != OWNER_HOST ||
		    holder->members[0].profile != profile ||
		    !plan_has_work(job->plan, inventory, holder->group))
			continue;
		text = guides_text(job->guides, holder, job->diag);
		if (text && strstr(text, RELOAD)) {
			printf("\nThen reload there (%s; CONFIG.txt says "
			       "more):\n",
			       profile->label);
			print_reload(text);
		}
		free(text);
		return;
	}
}

/* The command for the next stage, with the options of this one that name what
 * it works on. */
static void print_next(const struct job *job, const struct ca_entry *ca,
		       const char *stage)
{
	const struct options *options = job->options;

	printf("  topocert rotate ca %s", stage);
	if (options->output)
		printf(" -o %s", options->output);
	if (options->templates)
		printf(" --templates %s", options->templates);
	if (*ca->name)
		printf(" --ca %s", ca->name);
	printf(" %s\n", job->topology->path);
}

void summary_rotation(const struct job *job, size_t place,
		      const struct rotation_text *text)
{
	const struct ca_entry *ca = &job->inventory->cas[place];
	const struct authority *own = job->authorities[place];
	const struct record *record = (own->next ? own->next : own)->record;
	const struct catalog *catalog = job->inventory->catalog;
	char day[DATES_DAY];
	size_t i;

	for (i = 0; i < catalog->n && job->guides; i++)
		print_profile(job, catalog->profiles[i]);
	printf("\n%s/: \"", ca->folder);
	report_text(stdout, record->common_name ? record->common_name : "");
	printf("\", until %s, %s\n%s\n", dates_day(record->not_after, day),
	       text->done,
	       ca->issuer && text->below ? text->below : text->then);
	if (text->next)
		print_next(job, ca, text->next);
}
