/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory.h"
#include "report.h"
#include "signals.h"
#include "suggest.h"

/* Which options a command takes. */
enum {
	TAKES_OUTPUT = 1 << 0,
	TAKES_TEMPLATES = 1 << 1,
	TAKES_PROFILE = 1 << 2,
	TAKES_JSON = 1 << 3,
	TAKES_QUIET = 1 << 4,
	TAKES_URI = 1 << 5,
};

struct command {
	const char *name;
	int (*run)(const struct options *options);
	unsigned int takes;
	bool needs_operand;
	const char *synopsis;
	const char *summary;
};

static const struct command commands[] = {
	{ "generate", cmd_generate,
	  TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_JSON | TAKES_QUIET, true,
	  "generate [-o DIR] [--templates DIR] [--json] [--quiet] TOPOLOGY",
	  "make all that is missing or out of date" },
	{ "init", cmd_init, TAKES_PROFILE | TAKES_QUIET, false,
	  "init [--profile NAME] [--quiet] [FILE]",
	  "write a commented starter topology" },
	{ "plan", cmd_plan,
	  TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_JSON | TAKES_QUIET, true,
	  "plan [-o DIR] [--templates DIR] [--json] [--quiet] TOPOLOGY",
	  "say what generate would do, and why" },
	{ "profiles", cmd_profiles, TAKES_JSON, false,
	  "profiles [--json] [NAME]",
	  "list the kinds of systems, or show one" },
	{ "render", cmd_render, TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_QUIET,
	  true, "render [-o DIR] [--templates DIR] [--quiet] TOPOLOGY",
	  "write only the configuration files" },
	{ "uri", cmd_uri, TAKES_OUTPUT | TAKES_URI | TAKES_JSON | TAKES_QUIET,
	  true,
	  "uri [-o DIR] [--user NAME] [--host NAME] [--port NUMBER]\n"
	  "       [--database NAME] [--certs-dir PATH] [--changefeed BROKER]\n"
	  "       [--show] [--json] [--quiet] TOPOLOGY",
	  "print how users connect, one URI a line" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct {
	const char *name;
	const char *argument;
	int value;
	unsigned int takes;
	const char *summary;
} option_table[] = {
	{ "output", "DIR", 'o', TAKES_OUTPUT,
	  "the output folder, by default the cluster's name" },
	{ "templates", "DIR", 't', TAKES_TEMPLATES,
	  "take templates from DIR where it has them" },
	{ "profile", "NAME", 'p', TAKES_PROFILE,
	  "the kind of system, by default " USUAL_PROFILE },
	{ "user", "NAME", 'U', TAKES_URI, "only of this user" },
	{ "host", "NAME", 'H', TAKES_URI, "to this host or address" },
	{ "port", "NUMBER", 'P', TAKES_URI, "instead of the usual port" },
	{ "database", "NAME", 'D', TAKES_URI, "instead of the usual one" },
	{ "certs-dir", "PATH", 'C', TAKES_URI, "where the user's files lie" },
	{ "changefeed", "BROKER", 'F', TAKES_URI,
	  "the URI of a changefeed, with its key, into a file" },
	{ "show", NULL, 'S', TAKES_URI, "print it even though it is secret" },
	{ "json", NULL, 'j', TAKES_JSON, "print facts as JSON" },
	{ "quiet", NULL, 'q', TAKES_QUIET, "print nothing but errors" },
	{ "help", NULL, 'h', 0, "print this" },
	{ "version", NULL, 'V', 0, "print the version" },
};

#define N_OPTIONS (sizeof(option_table) / sizeof(option_table[0]))

static void print_options(FILE *out, unsigned int takes)
{
	char text[64];
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const char *argument = option_table[i].argument;
		char letter[] = { '-', (char)option_table[i].value, ',', ' ',
				  '\0' };

		if (option_table[i].takes && !(option_table[i].takes & takes))
			continue;
		snprintf(text, sizeof(text), "%s--%s%s%s",
			 strchr("oqhV", option_table[i].value) ? letter :
								 "    ",
			 option_table[i].name, argument ? " " : "",
			 argument ? argument : "");
		fprintf(out, "  %-24s %s\n", text, option_table[i].summary);
	}
}

static void print_help(FILE *out, const struct command *command)
{
	size_t i;

	if (command) {
		fprintf(out, "usage: topocert %s\n%s.\n\n", command->synopsis,
			command->summary);
		print_options(out, command->takes);
		return;
	}
	fputs("usage: topocert COMMAND [OPTION]... [FILE]\n"
	      "Make all certificates of a database cluster from one topology "
	      "file.\n\n",
	      out);
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\ntopocert COMMAND --help says more; so do topocert(1) and "
	      "topocert.ini(5).\n",
	      out);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The long options of COMMAND for getopt_long(3); returns how many. */
static size_t fill_options(const struct command *command,
			   struct option options[N_OPTIONS + 1])
{
	size_t i, n = 0;

	for (i = 0; i < N_OPTIONS; i++) {
		if (option_table[i].takes &&
		    !(option_table[i].takes & command->takes))
			continue;
		options[n].name = option_table[i].name;
		options[n].has_arg = option_table[i].argument ?
					     required_argument :
					     no_argument;
		options[n].flag = NULL;
		options[n++].val = option_table[i].value;
	}
	memset(&options[n], 0, sizeof(options[n]));
	return n;
}

/* What getopt_long(3) did not like about WORD. */
static void report_option(const struct command *command, int problem,
			  const char *word)
{
	struct option options[N_OPTIONS + 1];
	size_t n;

	if (problem == ':') {
		report_error("%s: %s needs an argument", command->name, word);
		return;
	}
	n = fill_options(command, options);
	report_error("%s: option '%s' does not exist or takes no argument: "
		     "nearest is '--%s'",
		     command->name, word,
		     suggest_nearest(word + strspn(word, "-"), options, n,
				     sizeof(options[0])));
}

static int usage_error(const struct command *command)
{
	fprintf(stderr, "usage: topocert %s\n", command->synopsis);
	return STATUS_USAGE;
}

/* Flush what was printed: a full disk or a closed pipe is a failure, too. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	report_error("standard output: %s", strerror(errno));
	return status == STATUS_DONE || status == STATUS_WORK ? STATUS_FAILED :
								status;
}

static int take_operand(const struct command *command, int argc, char **argv,
			struct options *given)
{
	if (optind < argc)
		given->operand = argv[optind++];
	if (optind < argc) {
		report_error("%s: one file at a time, '%s' is too much",
			     command->name, argv[optind]);
		return usage_error(command);
	}
	if (command->needs_operand && !given->operand) {
		report_error("%s: which topology?", command->name);
		return usage_error(command);
	}
	return STATUS_DONE;
}

/* Where the argument of option C goes; NULL: it has none. */
static const char **text_option(struct options *given, int c)
{
	const struct {
		int value;
		const char **place;
	} places[] = {
		{ 'o', &given->output },     { 't', &given->templates },
		{ 'p', &given->profile },    { 'U', &given->user },
		{ 'H', &given->host },       { 'P', &given->port },
		{ 'D', &given->database },   { 'C', &given->certs_dir },
		{ 'F', &given->changefeed },
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].value == c)
			return places[i].place;
	return NULL;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct option options[N_OPTIONS + 1];
	struct options given = { 0 };
	const char *letters = command->takes & TAKES_OUTPUT ? ":o:qhV" : ":qhV";
	int c, status;

	fill_options(command, options);
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		const char **text = text_option(&given, c);

		if (text) {
			*text = optarg;
			continue;
		}
		switch (c) {
		case 'S':
			given.show = true;
			break;
		case 'j':
			given.json = true;
			break;
		case 'q':
			given.quiet = true;
			break;
		case 'h':
			print_help(stdout, command);
			return finish(STATUS_DONE);
		case 'V':
			puts(PACKAGE_STRING);
			return finish(STATUS_DONE);
		default:
			report_option(command, c, argv[optind - 1]);
			return usage_error(command);
		}
	}
	status = take_operand(command, argc, argv, &given);
	if (status == STATUS_DONE)
		status = finish(command->run(&given));
	signals_raise();
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *name = argc > 1 ? argv[1] : "";

	memory_wipe_freed();
	argv[0] = (char *)"topocert";
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0) {
		print_help(stdout, NULL);
		return finish(STATUS_DONE);
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		puts(PACKAGE_STRING);
		return finish(STATUS_DONE);
	}
	command = find_command(name);
	if (command)
		return run(command, argc - 1, argv + 1);
	if (!*name)
		print_help(stderr, NULL);
	else
		report_error("unknown command '%s': nearest is '%s'", name,
			     suggest_nearest(name, commands, N_COMMANDS,
					     sizeof(commands[0])));
	return STATUS_USAGE;
}
