/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "memory.h"
#include "processors.h"
#include "report.h"
#include "suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PLACE(member) offsetof(struct options, member)

/* What stands where an option is kept. */
enum kind {
	FLAG, /* bool */
	TEXT, /* const char * */
	NAMES, /* struct words: all words up to the next option */
	ANY_NAMES, /* the same, perhaps none */
};

static const struct row {
	const char *name;
	const char *argument;
	char letter; /* '\0': none */
	enum kind kind;
	size_t place;
	unsigned int takes; /* 0: all commands */
	const char *summary;
} table[] = {
	{ "output", "DIR", 'o', TEXT, PLACE(output), TAKES_OUTPUT,
	  "the output folder, by default the cluster's name" },
	{ "templates", "DIR", 0, TEXT, PLACE(templates), TAKES_TEMPLATES,
	  "take templates from DIR where it has them" },
	{ "profile", "NAME", 0, TEXT, PLACE(profile), TAKES_PROFILE,
	  "the kind of system, by default " USUAL_PROFILE },
	{ "user", "NAME", 0, TEXT, PLACE(user), TAKES_URI,
	  "only of this user" },
	{ "host", "NAME", 0, TEXT, PLACE(host), TAKES_URI,
	  "to this host or address" },
	{ "port", "NUMBER", 0, TEXT, PLACE(port), TAKES_URI,
	  "instead of the usual port" },
	{ "database", "NAME", 0, TEXT, PLACE(database), TAKES_URI,
	  "instead of the usual one" },
	{ "certs-dir", "PATH", 0, TEXT, PLACE(certs_dir), TAKES_URI,
	  "where the user's files lie" },
	{ "changefeed", "BROKER", 0, TEXT, PLACE(changefeed), TAKES_URI,
	  "the URI of a changefeed, with its key, into a file" },
	{ "show", NULL, 0, FLAG, PLACE(show), TAKES_URI,
	  "print it even though it is secret" },
	{ "only", "NAME...", 0, NAMES, PLACE(only), TAKES_NAMES,
	  "only for these hosts and users" },
	{ "only", "NAME", 0, TEXT, PLACE(owners), TAKES_OWNERS,
	  "requests of this host or user" },
	{ "renew", "NAME...", 0, NAMES, PLACE(renew), TAKES_NAMES,
	  "theirs anew, though nothing calls for it" },
	{ "prune", NULL, 0, FLAG, PLACE(prune), TAKES_PRUNE,
	  "revoke and remove what is no longer wanted" },
	{ "reason", "REASON", 0, TEXT, PLACE(reason), TAKES_REASON,
	  "why, such as keyCompromise or superseded" },
	{ "ca", "NAME", 0, TEXT, PLACE(ca), TAKES_ROTATION,
	  "which of several CAs" },
	{ "reuse-key", NULL, 0, FLAG, PLACE(reuse_key), TAKES_ROTATION,
	  "the next CA has the key of the present one" },
	{ "force", NULL, 0, FLAG, PLACE(force), TAKES_ROTATION,
	  "finish though certificates are shut out" },
	{ "current", NULL, 0, FLAG, PLACE(current), TAKES_LIST,
	  "only what was not replaced or revoked" },
	{ "warn", "AGE", 0, TEXT, PLACE(warn), TAKES_LIST,
	  "for monitoring: a warning below 30d, 12h, 2w" },
	{ "crit", "AGE", 0, TEXT, PLACE(crit), TAKES_LIST,
	  "the same: critical below this" },
	{ "prometheus", NULL, 0, FLAG, PLACE(prometheus), TAKES_LIST,
	  "metrics for the textfile collector" },
	{ "graph", NULL, 0, FLAG, PLACE(graph), TAKES_LIST,
	  "who signed for whom, for dot" },
	{ "html", "FILE", 0, TEXT, PLACE(html), TAKES_LIST,
	  "a page for a browser" },
	{ "at", "DATE", 0, TEXT, PLACE(at), TAKES_VERIFY,
	  "as of that day, as 2027-03-01" },
	{ "regenerate", NULL, 0, FLAG, PLACE(regenerate), TAKES_VERIFY,
	  "compare with what topology and seed give" },
	{ "connect", "HOST...", 0, ANY_NAMES, PLACE(connect), TAKES_VERIFY,
	  "what these servers show, or all hosts" },
	{ "starttls", "PROTOCOL", 0, TEXT, PLACE(starttls), TAKES_VERIFY,
	  "asked for TLS in their own protocol" },
	{ "jobs", "N", 'j', TEXT, PLACE(jobs), TAKES_JOBS,
	  "so many threads, by default the processors" },
	{ "json", NULL, 0, FLAG, PLACE(json), TAKES_JSON,
	  "print facts as JSON" },
	{ "quiet", NULL, 'q', FLAG, PLACE(quiet), TAKES_QUIET,
	  "print nothing but errors" },
	{ "help", NULL, 'h', FLAG, PLACE(help), 0, "print this" },
	{ "version", NULL, 'V', FLAG, PLACE(version), 0, "print the version" },
};

/* What getopt_long(3) returns for a row without letter: beyond all letters. */
#define CODE(row) ((row)->letter ? (row)->letter : 256 + (int)((row)-table))

static bool is_taken(const struct row *row, unsigned int takes)
{
	return !row->takes || (row->takes & takes);
}

void arguments_print(FILE *out, unsigned int takes)
{
	char text[64], letter[8];
	const struct row *row;

	for (row = table; row < table + COUNT(table); row++) {
		if (!is_taken(row, takes))
			continue;
		snprintf(letter, sizeof(letter), row->letter ? "-%c, " : "    ",
			 row->letter);
		snprintf(text, sizeof(text), "%s--%s%s%s", letter, row->name,
			 row->argument ? " " : "",
			 row->argument ? row->argument : "");
		fprintf(out, "  %-24s %s\n", text, row->summary);
	}
}

/* The long options for getopt_long(3), and the letters; returns how many. */
static size_t fill(unsigned int takes, struct option options[COUNT(table) + 1],
		   char letters[2 * COUNT(table) + 3])
{
	static const int arguments[] = {
		[FLAG] = no_argument,
		[TEXT] = required_argument,
		[NAMES] = optional_argument,
		[ANY_NAMES] = optional_argument,
	};
	const struct row *row;
	size_t n = 0;

	/* operands are told one by one; a missing argument is ':' */
	*letters++ = '-';
	*letters++ = ':';
	for (row = table; row < table + COUNT(table); row++) {
		if (!is_taken(row, takes))
			continue;
		options[n].name = row->name;
		options[n].has_arg = arguments[row->kind];
		options[n].flag = NULL;
		options[n++].val = CODE(row);
		if (row->letter)
			*letters++ = row->letter;
		if (row->letter && row->kind == TEXT)
			*letters++ = ':';
	}
	*letters = '\0';
	memset(&options[n], 0, sizeof(options[n]));
	return n;
}

static const struct row *find(int code)
{
	const struct row *row;

	for (row = table; row < table + COUNT(table); row++)
		if (CODE(row) == code)
			return row;
	return NULL;
}

static void add(struct words *words, const char *word)
{
	*(const char **)memory_append(&words->items, &words->n,
				      sizeof(*words->items)) = word;
}

/* What getopt_long(3) did not like about WORD. */
static void report_option(const char *command, int problem, const char *word,
			  const struct option *options, size_t n)
{
	if (problem == ':')
		report_error("%s: %s needs an argument", command, word);
	else
		report_error("%s: option '%s' does not exist or takes no "
			     "argument: nearest is '--%s'",
			     command, word,
			     suggest_nearest(word + strspn(word, "-"), options,
					     n, sizeof(options[0])));
}

/* The operands by their places; an option's names give the last one back
 * where the topology is missing. */
static void sort_operands(struct options *options, size_t n_words,
			  const struct words *operands, struct words *last)
{
	size_t i;

	for (i = 0; i < operands->n; i++)
		if (i < n_words)
			add(&options->words, operands->items[i]);
		else if (i == n_words)
			options->operand = operands->items[i];
		else
			add(&options->names, operands->items[i]);
	if (!options->operand && options->words.n == n_words && last && last->n)
		options->operand = last->items[--last->n];
}

/* An option for names was given, and none is left for it: to take that for
 * all of them could do much more than was meant. */
static bool lacks_names(const char *command, const struct options *options)
{
	const struct row *row;

	for (row = table; row < table + COUNT(table); row++) {
		const struct words *words =
			(const void *)((const char *)options + row->place);

		if (row->kind != NAMES || !words->given || words->n)
			continue;
		report_error("%s: --%s needs a name", command, row->name);
		return true;
	}
	return false;
}

/* 0: it is no number of threads. */
static size_t read_jobs(const char *text)
{
	if (!*text || strlen(text) > 4 ||
	    strspn(text, "0123456789") != strlen(text) ||
	    atoi(text) > PROCESSORS_MAX)
		return 0;
	return (size_t)atoi(text);
}

static bool has_bad_jobs(const char *command, const struct options *options)
{
	if (!options->jobs || read_jobs(options->jobs))
		return false;
	report_error("%s: --jobs %s: wanted a number from 1 to %d", command,
		     options->jobs, PROCESSORS_MAX);
	return true;
}

size_t arguments_jobs(const struct options *options)
{
	return options->jobs ? read_jobs(options->jobs) :
			       processors_available();
}

int arguments_read(struct options *options, const char *name,
		   unsigned int takes, size_t n_words, int argc, char **argv)
{
	struct words operands = { 0 }, *names = NULL, *last = NULL;
	struct option known[COUNT(table) + 1];
	char letters[2 * COUNT(table) + 3];
	size_t n = fill(takes, known, letters);
	int c;

	memset(options, 0, sizeof(*options));
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, known, NULL)) != -1) {
		const struct row *row = find(c);
		void *place = row ? (char *)options + row->place : NULL;

		if (c == 1) {
			add(names ? names : &operands, optarg);
			continue;
		}
		if (!row) {
			report_option(name, c, argv[optind - 1], known, n);
			free(operands.items);
			return -1;
		}
		names = NULL;
		switch (row->kind) {
		case FLAG:
			*(bool *)place = true;
			break;
		case TEXT:
			*(const char **)place = optarg;
			break;
		case NAMES:
		case ANY_NAMES:
			names = last = place;
			names->given = true;
			if (optarg)
				add(names, optarg);
			break;
		}
	}
	/* behind "--" */
	for (; optind < argc; optind++)
		add(&operands, argv[optind]);
	sort_operands(options, n_words, &operands, last);
	free(operands.items);
	return lacks_names(name, options) || has_bad_jobs(name, options) ? -1 :
									   0;
}

void arguments_clear(struct options *options)
{
	const struct row *row;

	for (row = table; row < table + COUNT(table); row++)
		if (row->kind >= NAMES)
			free(((struct words *)((char *)options + row->place))
				     ->items);
	free(options->words.items);
	free(options->names.items);
}
