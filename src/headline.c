/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "dates.h"
#include "headline.h"
#include "html.h"
#include "list.h"
#include "memory.h"

static void count(struct headline *headline, const struct ledger *ledger)
{
	size_t i;

	for (i = 0; i < ledger->n; i++) {
		const struct ledger_row *row = &ledger->rows[i];

		if (row->wanted && !row->superseded &&
		    row->status == LEDGER_REVOKED && !headline->lost++)
			headline->first_lost = row;
		if (!ledger_serves(row))
			continue;
		headline->serving++;
		headline->expired += row->status == LEDGER_EXPIRED;
		headline->expiring += row->status == LEDGER_EXPIRING;
		if (!headline->soonest)
			headline->soonest = row;
	}
}

/* "12 certificates have expired, 6 more expire soon" */
static char *describe(const struct headline *headline)
{
	const struct {
		size_t n;
		const char *one, *many;
	} parts[] = {
		{ headline->expired, " has expired", " have expired" },
		{ headline->lost, " is revoked and not issued again",
		  " are revoked and not issued again" },
		{ headline->expiring, " expires soon", " expire soon" },
	};
	char *text = NULL, *longer;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t n = parts[i].n;

		if (!n)
			continue;
		longer = text ? memory_format("%s, %zu more%s", text, n,
					      n == 1 ? parts[i].one :
						       parts[i].many) :
				memory_format("%zu certificate%s%s", n,
					      list_plural(n),
					      n == 1 ? parts[i].one :
						       parts[i].many);
		free(text);
		text = longer;
	}
	if (text)
		return text;
	return memory_copy(headline->serving ? "All certificates are good" :
					       "No certificates yet");
}

void headline_fill(struct headline *headline, const struct ledger *ledger)
{
	const struct headline empty = { 0 };

	*headline = empty;
	count(headline, ledger);
	headline->text = describe(headline);
	headline->level = headline->expired || headline->lost      ? "bad" :
			  headline->expiring || !headline->serving ? "warn" :
								     "good";
}

void headline_clear(struct headline *headline)
{
	free(headline->text);
}

/* "The soonest: host node1, node.crt, " */
static void write_whose(FILE *out, const char *id, const char *what,
			const struct ledger_row *row)
{
	char *owner = list_owner(row);

	fprintf(out, "<p id=\"%s\">%s: <b>", id, what);
	html_text(out, owner);
	fputs("</b>, ", out);
	html_text(out, list_short_file(row));
	free(owner);
}

static void write_soonest(FILE *out, const struct ledger_row *row)
{
	char *when = list_when(row), day[DATES_DAY];

	write_whose(out, "soonest", "The soonest", row);
	fprintf(out, ", %s <b>%s</b>, on %s.</p>\n",
		row->status == LEDGER_EXPIRED ? "expired" : "expires", when,
		dates_day(row->not_after, day));
	free(when);
}

static void write_lost(FILE *out, const struct headline *headline)
{
	write_whose(out, "revoked", "Revoked", headline->first_lost);
	if (headline->lost > 1)
		fprintf(out, ", and %zu more", headline->lost - 1);
	fputs(".</p>\n", out);
}

/* A CA is not issued again as others are. */
static void write_mend(FILE *out, const struct headline *headline,
		       const struct job *job, const struct ledger *ledger)
{
	bool leaf = headline->lost > 0, ca = false;
	size_t i;

	for (i = 0; i < ledger->n; i++) {
		const struct ledger_row *row = &ledger->rows[i];

		if (!ledger_serves(row) || row->status == LEDGER_VALID)
			continue;
		if (row->kind == LEDGER_CA)
			ca = true;
		else
			leaf = true;
	}
	if (leaf || !ledger->n) {
		fputs("<p>What to do: <code>topocert generate ", out);
		html_text(out, job->options->operand);
		fputs("</code> issues what is needed; then upload the "
		      "bundles.</p>\n",
		      out);
	}
	if (ca)
		fputs("<p>A CA has to be replaced: see <code>topocert "
		      "rotate</code>.</p>\n",
		      out);
}

static void write_figures(FILE *out, const struct job *job,
			  const struct ledger *ledger)
{
	char date[DATES_FULL];
	size_t i;

	fputs("<ul class=\"figures\">\n", out);
	for (i = 0; i < LEDGER_STATUSES; i++) {
		enum ledger_status status = (enum ledger_status)i;
		const char *name = ledger_status_name(status);
		size_t n = ledger_count(ledger, status);

		if (n)
			fprintf(out, "<li class=\"%s\"><b>%zu</b> %s</li>\n",
				name, n, name);
	}
	fputs("</ul>\n<p class=\"small\">", out);
	html_text(out, job->directory);
	fprintf(out, " as of %s</p>\n", dates_full(job->now, date));
}

void headline_write(FILE *out, const struct headline *headline,
		    const struct job *job, const struct ledger *ledger)
{
	size_t i;

	fprintf(out, "<header class=\"%s\">\n<p class=\"cluster\">",
		headline->level);
	html_text(out, job->topology->cluster.name.text);
	fprintf(out, "</p>\n<h1 id=\"headline\">%s</h1>\n", headline->text);
	if (headline->lost)
		write_lost(out, headline);
	if (headline->soonest)
		write_soonest(out, headline->soonest);
	if (ledger->incomplete)
		fputs("<p><b>Not everything can be read: see what list "
		      "reported.</b></p>\n",
		      out);
	write_mend(out, headline, job, ledger);
	for (i = 0; i < ledger->n_lineages; i++) {
		char *line = list_rotation(job, ledger->lineages[i]);

		if (line) {
			fputs("<p class=\"rotation\">", out);
			html_text(out, line);
			fputs("</p>\n", out);
		}
		free(line);
	}
	write_figures(out, job, ledger);
	fputs("</header>\n", out);
}
