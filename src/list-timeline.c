/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "dates.h"
#include "html.h"
#include "list-group.h"
#include "list-timeline.h"
#include "list.h"
#include "memory.h"

/* Lines in the picture; the table below it has all. */
#define LINES_MAX 18

/* In units of the picture. */
#define WIDTH 1000
#define NOW 330 /* where the axis begins; what has expired is left of it */
#define PAST 40 /* how far */
#define END 862
#define TOP 34
#define LINE 36

/* Characters that fit beside the axis. */
#define TITLE_MAX 34
#define NAMES_MAX 42

/* The axis: as much room for the next day as for some later years. */
static const struct tick {
	long days;
	const char *label;
} ticks[] = {
	{ 0, "now" },         { 1, "1 day" },         { 7, "7 days" },
	{ 30, "30 days" },    { 91, "91 days" },      { 365, "1 year" },
	{ 730, "2 years" },   { 1826, "5 years" },    { 3652, "10 years" },
	{ 7305, "20 years" }, { 36525, "a century" },
};

#define N_TICKS (sizeof(ticks) / sizeof(ticks[0]))

/* The last tick is the year, or the first one behind all that is shown, with
 * some leap days. */
static size_t last_tick(const struct list_groups *groups, size_t shown)
{
	size_t last = 5;

	if (!shown)
		return last;
	while (last + 1 < N_TICKS &&
	       ticks[last].days + ticks[last].days / 99 <
		       groups->items[shown - 1].rows[0]->days_left)
		last++;
	return last;
}

static int tick_place(size_t tick, size_t last)
{
	return NOW + (int)tick * (END - NOW) / (int)last;
}

static int place(const struct ledger_row *row, size_t last)
{
	long days = row->days_left;
	size_t i = 1;
	long from, to;

	if (row->status == LEDGER_EXPIRED)
		return NOW - PAST;
	while (i < last && ticks[i].days < days)
		i++;
	from = ticks[i - 1].days;
	to = ticks[i].days;
	if (days > to)
		days = to;
	return tick_place(i - 1, last) +
	       (int)((tick_place(i, last) - tick_place(i - 1, last)) *
		     (days - from) / (to - from));
}

static bool is_current(const struct ledger_row *row)
{
	return !ledger_is_past(row);
}

/* The same day, kind and status. */
static int group_order(const struct ledger_row *a, const struct ledger_row *b)
{
	if (a->not_after / DAY != b->not_after / DAY)
		return a->not_after < b->not_after ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (int)a->status - (int)b->status;
}

static void print_axis(FILE *out, size_t last, int bottom)
{
	size_t i;

	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
		"class=\"gone\"/>\n",
		NOW - PAST - 12, TOP - 8, PAST + 12, bottom - TOP + 8);
	for (i = 0; i <= last; i++) {
		int x = tick_place(i, last);

		fprintf(out,
			"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
			"class=\"%s\"/>\n",
			x, TOP - 8, x, bottom, i ? "tick" : "now");
		html_svg_text(out, x, TOP - 14, "tiny mid", ticks[i].label, 20);
	}
}

static void print_group(FILE *out, const struct list_group *group, size_t last,
			int y)
{
	const struct ledger_row *row = group->rows[0];
	const char *status = ledger_status_name(row->status);
	char *title = list_group_title(group);
	char *names = list_group_names(group, NAMES_MAX - 16);
	char *when = list_when(row), day[DATES_DAY];
	int x = place(row, last), from = x < NOW ? x : NOW;

	html_svg_text(out, 0, y + 14, "strong", title, TITLE_MAX);
	html_svg_text(out, 0, y + 29, "small", names, NAMES_MAX);
	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"6\" "
		"class=\"bar %s\"/>\n"
		"<circle cx=\"%d\" cy=\"%d\" r=\"7\" class=\"dot %s\"/>\n",
		from, y + 13, x < NOW ? NOW - x : x - NOW, status, x, y + 16,
		status);
	html_svg_text(out, END + 16, y + 14, "strong", when, 20);
	html_svg_text(out, END + 16, y + 29, "small",
		      dates_day(row->not_after, day), 20);
	free(title);
	free(names);
	free(when);
}

/* What the picture has no room for. */
static void print_rest(FILE *out, const struct list_groups *groups, int y)
{
	char *text, day[DATES_DAY];
	size_t i, n = 0;

	for (i = LINES_MAX; i < groups->n; i++)
		n += groups->items[i].n;
	text = memory_format(
		"... and %zu more certificate%s, the first of them until %s "
		"(all are in the table)",
		n, list_plural(n),
		dates_day(groups->items[LINES_MAX].rows[0]->not_after, day));
	html_svg_text(out, 0, y + 20, "small", text, 200);
	free(text);
}

void list_timeline(FILE *out, const struct ledger *ledger)
{
	struct list_groups *groups =
		list_groups_new(ledger, is_current, group_order);
	size_t shown = groups->n < LINES_MAX ? groups->n : LINES_MAX, i;
	size_t last = last_tick(groups, shown);
	int bottom = TOP + (int)shown * LINE;

	fprintf(out,
		"<svg id=\"timeline\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"When certificates expire\">\n",
		WIDTH, bottom + (groups->n > shown ? LINE : 8));
	print_axis(out, last, bottom);
	for (i = 0; i < shown; i++)
		print_group(out, &groups->items[i], last, TOP + (int)i * LINE);
	if (groups->n > shown)
		print_rest(out, groups, bottom);
	fputs("</svg>\n", out);
	list_groups_free(groups);
}
