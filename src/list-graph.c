/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "lineage.h"
#include "list.h"
#include "memory.h"
#include "report.h"

/*
 * The graph of trust in the language of Graphviz: generations of CAs, grouped
 * by CA, and an edge from each certificate's issuer to its owner.
 */

static const struct {
	const char *fill, *edge, *style;
} looks[] = {
	[LEDGER_VALID] = { "#e6f4ea", "#4d4d4d", "solid" },
	[LEDGER_EXPIRING] = { "#ffe8a3", "#b26a00", "bold" },
	[LEDGER_EXPIRED] = { "#f8c0bc", "#b3261e", "bold" },
	[LEDGER_REVOKED] = { "#f8c0bc", "#b3261e", "dashed" },
	[LEDGER_REPLACED] = { "#eeeeee", "#aaaaaa", "dashed" },
};

/* TEXT within a string of DOT. */
static void print_text(const char *text)
{
	char *plain = report_plain(text);
	const char *p;

	for (p = plain; *p; p++) {
		if (*p == '"' || *p == '\\')
			putchar('\\');
		putchar(*p);
	}
	free(plain);
}

static void print_node(const char *kind, const char *name)
{
	printf("\"%s:", kind);
	print_text(name);
	putchar('"');
}

/* An owner that is not known is what the subject says. */
static void print_owner_node(const struct ledger_row *row)
{
	print_node(ledger_kind_name(row->kind),
		   row->owner ? row->owner : row->subject);
}

static void print_ca(const struct ledger_row *row)
{
	char day[DATES_DAY];

	fputs("    ", stdout);
	print_node("ca", row->authority->folder);
	fputs(" [shape=box, label=\"", stdout);
	print_text(list_ca_name(row->authority));
	fputs("\\n", stdout);
	print_text(row->file);
	printf("\\n%s, until %s\", fillcolor=\"%s\", color=\"%s\"];\n",
	       ledger_status_name(row->status), dates_day(row->not_after, day),
	       looks[row->status].fill, looks[row->status].edge);
}

static void print_succession(const struct authority *old,
			     const struct authority *young)
{
	fputs("  ", stdout);
	print_node("ca", old->folder);
	fputs(" -> ", stdout);
	print_node("ca", young->folder);
	fputs(" [style=dotted, label=\"followed by\"];\n", stdout);
}

/* It may have been left out. */
static bool is_listed(const struct ledger *ledger,
		      const struct authority *authority)
{
	size_t i;

	for (i = 0; i < ledger->n; i++)
		if (ledger->rows[i].kind == LEDGER_CA &&
		    ledger->rows[i].authority == authority)
			return true;
	return false;
}

static void print_lineage(const struct ledger *ledger, size_t place)
{
	struct authority *lineage = ledger->lineages[place];
	const struct authority *generation;
	size_t i;

	printf("  subgraph cluster_%zu {\n    label=\"", place);
	print_text(lineage->folder);
	printf("/ (%s)\";\n", lineage_stage_name(lineage->stage));
	for (i = 0; i < ledger->n; i++)
		if (ledger->rows[i].kind == LEDGER_CA &&
		    ledger->rows[i].lineage == lineage)
			print_ca(&ledger->rows[i]);
	fputs("  }\n", stdout);
	for (i = 1; (generation = lineage_get(lineage, i)); i++)
		if (generation == lineage->next)
			print_succession(lineage, generation);
		else if (is_listed(ledger, generation))
			print_succession(generation,
					 lineage_get(lineage, i - 1));
}

static int owner_order(const void *left, const void *right)
{
	const struct ledger_row *a = *(struct ledger_row *const *)left;
	const struct ledger_row *b = *(struct ledger_row *const *)right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->owner ? a->owner : a->subject,
		      b->owner ? b->owner : b->subject);
}

/* How bad a status is for whoever has such a certificate. */
static int badness(const struct ledger_row *row)
{
	if (row->superseded)
		return 0;
	return row->status == LEDGER_VALID    ? 1 :
	       row->status == LEDGER_EXPIRING ? 2 :
						3;
}

/* The N rows of one owner. */
static void print_owner(struct ledger_row *const *rows, size_t n)
{
	const struct ledger_row *worst = rows[0];
	size_t i;

	for (i = 1; i < n; i++)
		if (badness(rows[i]) > badness(worst))
			worst = rows[i];
	fputs("  ", stdout);
	print_owner_node(worst);
	fputs(" [label=\"", stdout);
	if (worst->owner)
		printf("%s ", ledger_kind_name(worst->kind));
	print_text(worst->owner ? worst->owner : worst->subject);
	printf("\", fillcolor=\"%s\", color=\"%s\"];\n",
	       looks[worst->status].fill, looks[worst->status].edge);
}

static void print_owners(const struct ledger *ledger)
{
	struct ledger_row **rows = memory_zeroed(ledger->n, sizeof(*rows));
	size_t i, n = 0, first;

	for (i = 0; i < ledger->n; i++)
		if (ledger->rows[i].kind != LEDGER_CA)
			rows[n++] = &ledger->rows[i];
	if (n)
		qsort(rows, n, sizeof(struct ledger_row *), owner_order);
	for (first = i = 0; i < n; i++)
		if (i + 1 == n || owner_order(&rows[i], &rows[i + 1])) {
			print_owner(rows + first, i + 1 - first);
			first = i + 1;
		}
	free(rows);
}

static void print_edge(const struct ledger_row *row)
{
	char day[DATES_DAY];

	fputs("  ", stdout);
	if (row->authority) {
		print_node("ca", row->authority->folder);
	} else {
		print_node("issuer", row->issuer);
		fputs(" [shape=box, label=\"", stdout);
		print_text(row->issuer);
		fputs("\"];\n  ", stdout);
		print_node("issuer", row->issuer);
	}
	fputs(" -> ", stdout);
	print_owner_node(row);
	fputs(" [label=\"", stdout);
	print_text(list_short_file(row));
	printf("\\n%s, until %s\", tooltip=\"", ledger_status_name(row->status),
	       dates_day(row->not_after, day));
	print_text(row->serial);
	printf("\", color=\"%s\", style=%s];\n", looks[row->status].edge,
	       looks[row->status].style);
}

int list_graph(const struct job *job, const struct ledger *ledger)
{
	size_t i;

	fputs("digraph \"", stdout);
	print_text(job->topology->cluster.name.text);
	fputs("\" {\n  rankdir=LR;\n"
	      "  node [shape=ellipse, style=filled, fontname=\"sans-serif\"];\n"
	      "  edge [fontname=\"sans-serif\", fontsize=10];\n",
	      stdout);
	for (i = 0; i < ledger->n_lineages; i++)
		print_lineage(ledger, i);
	print_owners(ledger);
	for (i = 0; i < ledger->n; i++)
		if (ledger->rows[i].kind != LEDGER_CA)
			print_edge(&ledger->rows[i]);
	fputs("}\n", stdout);
	return STATUS_DONE;
}
