/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "list.h"
#include "memory.h"
#include "report.h"

/* One line and an exit status, as plugins for monitoring have them. */

enum level { OK, WARNING, CRITICAL, UNKNOWN };

static const char *const levels[] = {
	[OK] = "OK",
	[WARNING] = "WARNING",
	[CRITICAL] = "CRITICAL",
	[UNKNOWN] = "UNKNOWN",
};

#define USUAL_WARN (30 * DAY)
#define USUAL_CRIT (7 * DAY)

/* No certificate lives for so many days; and no overflow with these. */
#define DIGITS_MAX 6

struct ages {
	long warn, crit; /* in seconds */
};

/* "30d", "12h", "2w" or, in days, "30", into *SECONDS. */
static bool read_age(const char *text, long *seconds)
{
	static const struct {
		const char *unit;
		long seconds;
	} units[] = {
		{ "", DAY },
		{ "d", DAY },
		{ "h", HOUR },
		{ "w", 7 * DAY },
	};
	size_t i, digits = strspn(text, "0123456789");

	if (!digits || digits > DIGITS_MAX)
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text + digits, units[i].unit) == 0) {
			*seconds = atol(text) * units[i].seconds;
			return true;
		}
	return false;
}

/* What is wrong with them, free it; NULL: nothing. */
static char *read_ages(const struct options *options, struct ages *ages)
{
	static const char wanted[] = "wanted an age such as 30d, 12h or 2w";

	if (options->warn && !read_age(options->warn, &ages->warn))
		return memory_format("--warn %s: %s", options->warn, wanted);
	if (options->crit && !read_age(options->crit, &ages->crit))
		return memory_format("--crit %s: %s", options->crit, wanted);
	if (!options->warn)
		ages->warn = ages->crit > USUAL_WARN ? ages->crit : USUAL_WARN;
	if (!options->crit)
		ages->crit = ages->warn < USUAL_CRIT ? ages->warn : USUAL_CRIT;
	if (ages->crit > ages->warn)
		return memory_format("--crit %s is longer than --warn %s",
				     options->crit, options->warn);
	return NULL;
}

/* What the plugins' "|" begins is for machines. */
static void print_plain(const char *text)
{
	char *plain = report_plain(text);
	const char *p;

	for (p = plain; *p; p++)
		if (*p == '|')
			fputs("\\x7c", stdout);
		else
			putchar(*p);
	free(plain);
}

int list_check_unknown(const char *why)
{
	printf("TOPOCERT %s - ", levels[UNKNOWN]);
	print_plain(why);
	putchar('\n');
	return UNKNOWN;
}

int list_check_ages(const struct options *options)
{
	struct ages ages;
	char *wrong = read_ages(options, &ages);
	int status = OK;

	if (wrong) {
		report_error("list: %s", wrong);
		status = list_check_unknown(wrong);
	}
	free(wrong);
	return status;
}

struct counts {
	const struct ledger_row *soonest;
	size_t n, expired, at[UNKNOWN];
	long left; /* seconds of the soonest */
};

/* What serves now; rows are sorted, so the first one is the soonest. */
static struct counts count(const struct job *job, const struct ledger *ledger,
			   const struct ages *ages)
{
	struct counts counts = { 0 };
	size_t i;

	for (i = 0; i < ledger->n; i++) {
		const struct ledger_row *row = &ledger->rows[i];
		long left = (long)(row->not_after - job->now);

		if (!ledger_serves(row))
			continue;
		if (!counts.n++) {
			counts.soonest = row;
			counts.left = left;
		}
		counts.expired += left <= 0;
		counts.at[left <= 0 || left < ages->crit ? CRITICAL :
			  left < ages->warn              ? WARNING :
							   OK]++;
	}
	return counts;
}

static void print_soonest(const struct counts *counts)
{
	const struct ledger_row *row = counts->soonest;
	char *when = list_when(row), day[DATES_DAY];

	print_plain(row->file);
	printf(" %s %s (%s)", counts->left <= 0 ? "expired" : "expires", when,
	       dates_day(row->not_after, day));
	free(when);
}

static void print_figures(const struct counts *counts, const struct ages *ages)
{
	printf(" | soonest=%lds;%ld:;%ld: certificates=%zu;;;0 "
	       "expiring=%zu;;;0 expired=%zu;;;0\n",
	       counts->left, ages->warn, ages->crit, counts->n,
	       counts->at[WARNING] + counts->at[CRITICAL] - counts->expired,
	       counts->expired);
}

int list_check(const struct job *job, const struct ledger *ledger)
{
	struct counts counts;
	struct ages ages;
	enum level level;

	free(read_ages(job->options, &ages));
	counts = count(job, ledger, &ages);
	if (!counts.n)
		return list_check_unknown("no certificates yet");
	level = counts.at[CRITICAL] ? CRITICAL :
		counts.at[WARNING]  ? WARNING :
		ledger->incomplete  ? UNKNOWN :
				      OK;
	printf("TOPOCERT %s - ", levels[level]);
	print_plain(job->topology->cluster.name.text);
	fputs(": ", stdout);
	if (level == UNKNOWN)
		fputs("not all can be read; ", stdout);
	if (counts.expired)
		printf("%zu of %zu expired, ", counts.expired, counts.n);
	if (counts.at[WARNING] + counts.at[CRITICAL] > counts.expired)
		printf("%zu of %zu %s, ",
		       counts.at[WARNING] + counts.at[CRITICAL] -
			       counts.expired,
		       counts.n, "expiring");
	if (level == OK)
		printf("%zu certificate%s, ", counts.n, list_plural(counts.n));
	fputs("the soonest: ", stdout);
	print_soonest(&counts);
	print_figures(&counts, &ages);
	return level;
}
