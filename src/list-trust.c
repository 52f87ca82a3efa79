/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "html.h"
#include "lineage.h"
#include "list-group.h"
#include "list-trust.h"
#include "list.h"
#include "memory.h"

/* In units of the picture. */
#define WIDTH 1000
#define ISSUER_WIDTH 400
#define OWNERS_X 540
#define BOX 58
#define ISSUER_BOX 74
#define GAP 14

/* Characters that fit into a box. */
#define ISSUER_MAX 46
#define OWNERS_MAX 54

struct picture {
	FILE *out;
	const struct ledger *ledger;
	const struct list_groups *groups;
	int y; /* how far down it has come */
};

static bool is_shown(const struct ledger_row *row)
{
	return row->kind != LEDGER_CA && !row->superseded;
}

/* One issuer, kind of owner and status. */
static int group_order(const struct ledger_row *a, const struct ledger_row *b)
{
	int order;

	/* those from elsewhere come last */
	if (!a->authority || !b->authority)
		order = a->authority ? -1 :
			b->authority ? 1 :
				       strcmp(a->issuer, b->issuer);
	else
		order = strcmp(a->authority->folder, b->authority->folder);
	if (order)
		return order;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (int)a->status - (int)b->status;
}

static void print_box(struct picture *picture, int x, int y, int width,
		      int height, const char *class)
{
	fprintf(picture->out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" "
		"class=\"box %s\"/>\n",
		x, y, width, height, class);
}

/* One group, and the line to it from the middle of the issuer's box. */
static void print_group(struct picture *picture, const struct list_group *group,
			int y, int issuer)
{
	const char *status = ledger_status_name(group->rows[0]->status);
	char *title = list_group_title(group);
	char *whole = memory_format("%s: %s", title, status);
	char *names = list_group_names(group, OWNERS_MAX - 16);
	int middle = y + BOX / 2, half = (ISSUER_WIDTH + OWNERS_X) / 2;

	fprintf(picture->out,
		"<path d=\"M%d %d C%d %d %d %d %d %d\" class=\"edge %s\"/>\n",
		ISSUER_WIDTH, issuer, half, issuer, half, middle, OWNERS_X,
		middle, status);
	print_box(picture, OWNERS_X, y, WIDTH - OWNERS_X - 2, BOX, status);
	html_svg_text(picture->out, OWNERS_X + 14, y + 24, "strong", whole,
		      OWNERS_MAX);
	html_svg_text(picture->out, OWNERS_X + 14, y + 44, "small", names,
		      OWNERS_MAX);
	free(title);
	free(whole);
	free(names);
}

static bool is_signed_by(const struct list_group *group,
			 const struct authority *authority, const char *issuer)
{
	const struct ledger_row *row = group->rows[0];

	if (authority)
		return row->authority == authority;
	return !row->authority && strcmp(row->issuer, issuer) == 0;
}

/* How many groups from FIRST on have this issuer. */
static size_t count_groups(const struct list_groups *groups, size_t first,
			   const struct authority *authority,
			   const char *issuer)
{
	size_t n = 0;

	while (first + n < groups->n &&
	       is_signed_by(&groups->items[first + n], authority, issuer))
		n++;
	return n;
}

/* What an issuer's box says, and all groups of it beside it. */
static void print_issuer(struct picture *picture, size_t first, size_t n,
			 const char *class, const char *const lines[3])
{
	int height = n ? (int)n * (BOX + GAP) - GAP : 0, top = picture->y;
	int y, i;

	if (height < ISSUER_BOX)
		height = ISSUER_BOX;
	y = top + (height - ISSUER_BOX) / 2;
	for (i = 0; i < (int)n; i++)
		print_group(picture, &picture->groups->items[first + (size_t)i],
			    top + i * (BOX + GAP) +
				    (n == 1 ? (height - BOX) / 2 : 0),
			    y + ISSUER_BOX / 2);
	print_box(picture, 1, y, ISSUER_WIDTH - 1, ISSUER_BOX, class);
	html_svg_text(picture->out, 14, y + 23, "strong", lines[0], ISSUER_MAX);
	html_svg_text(picture->out, 14, y + 42, "small", lines[1], ISSUER_MAX);
	html_svg_text(picture->out, 14, y + 60, "small", lines[2], ISSUER_MAX);
	picture->y = top + height + 2 * GAP;
}

/* "signs for 3 certificates, 2 more were replaced or revoked" */
static char *work_done(const struct ledger *ledger,
		       const struct authority *authority)
{
	size_t i, n = 0, past = 0;

	for (i = 0; i < ledger->n; i++) {
		const struct ledger_row *row = &ledger->rows[i];

		if (row->kind == LEDGER_CA || row->authority != authority)
			continue;
		if (ledger_is_past(row))
			past++;
		else
			n++;
	}
	if (past)
		return memory_format("%zu certificate%s in use, %zu replaced "
				     "or revoked",
				     n, list_plural(n), past);
	return memory_format("%zu certificate%s in use", n, list_plural(n));
}

static const char *role(const struct ledger_row *row)
{
	const struct authority *lineage = row->lineage;

	return row->authority == lineage       ? "signs" :
	       row->authority == lineage->next ? "signs next" :
	       row->wanted                     ? "is still trusted" :
						 "is past";
}

static void print_generation(struct picture *picture,
			     const struct ledger_row *row)
{
	const char *status = ledger_status_name(row->status);
	char day[DATES_DAY], *dates, *work;
	size_t n, first = 0;

	while (first < picture->groups->n &&
	       !is_signed_by(&picture->groups->items[first], row->authority,
			     ""))
		first++;
	n = count_groups(picture->groups, first, row->authority, "");
	dates = memory_format("%s/ %s, not after %s", row->authority->folder,
			      role(row), dates_day(row->not_after, day));
	work = work_done(picture->ledger, row->authority);
	print_issuer(picture, first, n, status,
		     (const char *const[3]){ list_ca_name(row->authority),
					     dates, work });
	free(dates);
	free(work);
}

/* The row of a generation; NULL: it was left out. */
static const struct ledger_row *find(const struct ledger *ledger,
				     const struct authority *authority)
{
	size_t i;

	for (i = 0; i < ledger->n; i++)
		if (ledger->rows[i].kind == LEDGER_CA &&
		    ledger->rows[i].authority == authority)
			return &ledger->rows[i];
	return NULL;
}

static void print_lineage(struct picture *picture, struct authority *lineage)
{
	const struct authority *generation;
	const struct ledger_row *row;
	size_t i;

	/* the youngest first */
	row = lineage->next ? find(picture->ledger, lineage->next) : NULL;
	if (row)
		print_generation(picture, row);
	for (i = 0; (generation = lineage_get(lineage, i)); i++) {
		row = generation == lineage->next ?
			      NULL :
			      find(picture->ledger, generation);
		if (row)
			print_generation(picture, row);
	}
}

/* What was imported, by who signed it. */
static void print_foreign(struct picture *picture)
{
	const struct list_groups *groups = picture->groups;
	size_t i = 0, n;

	while (i < groups->n && groups->items[i].rows[0]->authority)
		i++;
	for (; i < groups->n; i += n) {
		const char *issuer = groups->items[i].rows[0]->issuer;

		n = count_groups(groups, i, NULL, issuer);
		print_issuer(picture, i, n, "",
			     (const char *const[3]){ issuer, "imported",
						     "not renewed from here" });
	}
}

void list_trust(FILE *out, const struct ledger *ledger)
{
	struct list_groups *groups =
		list_groups_new(ledger, is_shown, group_order);
	struct picture picture = { .ledger = ledger, .groups = groups, .y = 2 };
	char *text = NULL;
	size_t i, length;

	/* how high it is shows when it is done */
	picture.out = open_memstream(&text, &length);
	if (!picture.out)
		abort();
	for (i = 0; i < ledger->n_lineages; i++)
		print_lineage(&picture, ledger->lineages[i]);
	print_foreign(&picture);
	fclose(picture.out);
	fprintf(out,
		"<svg id=\"trust\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"Who signed for whom\">\n%s</svg>\n",
		WIDTH, picture.y, text);
	free(text);
	list_groups_free(groups);
}
