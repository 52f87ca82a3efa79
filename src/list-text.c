/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dates.h"
#include "list.h"
#include "memory.h"
#include "report.h"

#define WIDTH_USUAL 80

/* A column is not made wider than this for a few long words. */
#define COLUMN_MAX 32

/* Columns for names without which none of them would be shown whole. */
#define NAMES_MIN 12

struct layout {
	bool colour;
	size_t width; /* of the terminal; 0: there is none */
	size_t days, owner, file; /* widths of columns */
};

/* How status and dates, or all of a line, look. */
static const struct {
	const char *begin;
	bool whole;
} colours[] = {
	[LEDGER_VALID] = { NULL, false },
	[LEDGER_EXPIRING] = { "\033[33m", false },
	[LEDGER_EXPIRED] = { "\033[31m", false },
	[LEDGER_REVOKED] = { "\033[31m", false },
	[LEDGER_REPLACED] = { "\033[2m", true },
};

#define COLOUR_END "\033[0m"

/* Columns that TEXT takes on a terminal, wide characters apart. */
static size_t columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void widen(size_t *column, const char *text)
{
	char *plain = report_plain(text);
	size_t n = columns(plain);

	if (n > *column && n <= COLUMN_MAX)
		*column = n;
	free(plain);
}

static struct layout lay_out(const struct ledger *ledger)
{
	const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
	struct layout layout = { .days = strlen("DAYS"),
				 .owner = strlen("OWNER"),
				 .file = strlen("FILE") };
	struct winsize size;
	char days[32];
	size_t i;

	for (i = 0; i < ledger->n; i++) {
		char *owner = list_owner(&ledger->rows[i]);

		snprintf(days, sizeof(days), "%ld", ledger->rows[i].days_left);
		widen(&layout.days, days);
		widen(&layout.owner, owner);
		widen(&layout.file, list_short_file(&ledger->rows[i]));
		free(owner);
	}
	if (!isatty(STDOUT_FILENO))
		return layout;
	layout.width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
				       size.ws_col ?
			       size.ws_col :
			       WIDTH_USUAL;
	layout.colour = term && strcmp(term, "dumb") != 0 &&
			(!no_colour || !*no_colour);
	return layout;
}

/* TEXT in a column WIDTH wide, and the gap to the next one; returns what was
 * taken in all. */
static size_t put(const char *text, size_t width)
{
	char *plain = report_plain(text);
	size_t n = columns(plain);

	printf("%s%*s", plain, (int)(n < width ? width - n : 0) + 2, "");
	free(plain);
	return (n < width ? width : n) + 2;
}

/* How many names fit into ROOM, with what has to be said of the others. */
static size_t fitting(const struct ledger_row *row, size_t room)
{
	size_t i, n = 0, used = 0, total = 0;
	const char *name;

	while (list_name(row, total))
		total++;
	for (i = 0; (name = list_name(row, i)); i++) {
		char *plain = report_plain(name);
		size_t more = total - i - 1, figures = 0;

		used += columns(plain) + (i ? 2 : 0);
		free(plain);
		for (; more; more /= 10)
			figures++;
		if (used + (figures ? strlen(", and  more") + figures : 0) <=
		    room)
			n = i + 1;
	}
	/* one of them says more than a number, even if the line breaks */
	return n ? n : 1;
}

static void print_names(const struct ledger_row *row, size_t room)
{
	const char *note = list_note(row), *name;
	size_t i, taken = note ? strlen(note) + 3 : 0, shown = SIZE_MAX;

	if (note)
		printf("(%s) ", note);
	if (room)
		shown = fitting(row, room > taken + NAMES_MIN ? room - taken :
								NAMES_MIN);
	for (i = 0; (name = list_name(row, i)) && i < shown; i++) {
		char *plain = report_plain(name);

		printf("%s%s", i ? ", " : "", plain);
		free(plain);
	}
	while (name && list_name(row, i))
		i++;
	if (i > shown)
		printf(", and %zu more", i - shown);
}

static void print_row(const struct ledger_row *row, const struct layout *layout)
{
	const char *begin = layout->colour ? colours[row->status].begin : NULL;
	bool whole = colours[row->status].whole;
	char *owner = list_owner(row), day[DATES_DAY];
	size_t used;

	printf("%s%-8s  %*ld  %s  %s", begin ? begin : "",
	       ledger_status_name(row->status), (int)layout->days,
	       row->days_left, dates_day(row->not_after, day),
	       begin && !whole ? COLOUR_END : "");
	used = 8 + 2 + layout->days + 2 + strlen(day) + 2;
	used += put(owner, layout->owner);
	used += put(list_short_file(row), layout->file);
	/* a pipe gets all names; so do those who look with --json */
	print_names(row, !layout->width       ? 0 :
			 layout->width > used ? layout->width - used :
						1);
	puts(begin && whole ? COLOUR_END : "");
	free(owner);
}

/* "c: 3 valid, 1 replaced; the next to expire: ...", and how CAs are doing. */
static void print_summary(const struct job *job, const struct ledger *ledger)
{
	const char *separator = " ";
	size_t i;

	printf("%s:", job->directory);
	for (i = 0; i < LEDGER_STATUSES; i++) {
		size_t n = ledger_count(ledger, (enum ledger_status)i);

		if (!n)
			continue;
		printf("%s%zu %s", separator, n,
		       ledger_status_name((enum ledger_status)i));
		separator = ", ";
	}
	fputs(ledger->n ? "\n" : " no certificates yet\n", stdout);
	for (i = 0; i < ledger->n_lineages; i++) {
		char *line = list_rotation(job, ledger->lineages[i]);

		if (line)
			puts(line);
		free(line);
	}
}

int list_text(const struct job *job, const struct ledger *ledger)
{
	struct layout layout;
	size_t i;

	if (job->options->quiet)
		return STATUS_DONE;
	layout = lay_out(ledger);
	if (ledger->n)
		printf("%-8s  %*s  %-10s  %-*s  %-*s  NAMES\n", "STATUS",
		       (int)layout.days, "DAYS", "NOT AFTER", (int)layout.owner,
		       "OWNER", (int)layout.file, "FILE");
	for (i = 0; i < ledger->n; i++)
		print_row(&ledger->rows[i], &layout);
	print_summary(job, ledger);
	return STATUS_DONE;
}
