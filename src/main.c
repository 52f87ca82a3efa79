/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory.h"
#include "report.h"
#include "signals.h"
#include "suggest.h"

struct command {
	const char *name;
	int (*run)(const struct options *options);
	unsigned int takes;
	bool needs_operand;
	size_t n_words; /* in front of it */
	bool takes_names; /* behind it */
	const char *synopsis;
	const char *summary;
};

static const struct command commands[] = {
	{ "crl", cmd_crl, TAKES_OUTPUT | TAKES_JSON | TAKES_QUIET, true, 0,
	  false, "crl [-o DIR] [--json] [--quiet] TOPOLOGY",
	  "make the CAs' revocation lists" },
	{ "csr", cmd_csr,
	  TAKES_NAMES | TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_JSON |
		  TAKES_QUIET | TAKES_JOBS,
	  true, 0, false,
	  "csr [-o DIR] [--templates DIR] [--only NAME...]\n"
	  "       [--renew NAME...] [--jobs N] [--json] [--quiet] TOPOLOGY",
	  "make keys, and requests for others to sign" },
	{ "generate", cmd_generate,
	  TAKES_NAMES | TAKES_PRUNE | TAKES_OUTPUT | TAKES_TEMPLATES |
		  TAKES_JSON | TAKES_QUIET | TAKES_JOBS,
	  true, 0, false,
	  "generate [-o DIR] [--templates DIR] [--only NAME...]\n"
	  "       [--renew NAME...] [--prune] [--jobs N] [--json] [--quiet]\n"
	  "       TOPOLOGY",
	  "make all that is missing or out of date" },
	{ "import", cmd_import,
	  TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_JSON | TAKES_QUIET, true, 0,
	  true,
	  "import [-o DIR] [--templates DIR] [--json] [--quiet]\n"
	  "       TOPOLOGY FILE|DIR...",
	  "take certificates that others have signed" },
	{ "init", cmd_init, TAKES_PROFILE | TAKES_QUIET, false, 0, false,
	  "init [--profile NAME] [--quiet] [FILE]",
	  "write a commented starter topology" },
	{ "list", cmd_list,
	  TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_LIST | TAKES_JSON |
		  TAKES_QUIET,
	  true, 0, false,
	  "list [-o DIR] [--templates DIR] [--current]\n"
	  "       [--json | --prometheus | --graph | --html FILE]\n"
	  "       [--warn AGE] [--crit AGE] [--quiet] TOPOLOGY",
	  "every certificate, its names, its expiry" },
	{ "plan", cmd_plan,
	  TAKES_NAMES | TAKES_PRUNE | TAKES_OUTPUT | TAKES_TEMPLATES |
		  TAKES_JSON | TAKES_QUIET,
	  true, 0, false,
	  "plan [-o DIR] [--templates DIR] [--only NAME...]\n"
	  "       [--renew NAME...] [--prune] [--json] [--quiet] TOPOLOGY",
	  "say what generate would do, and why" },
	{ "profiles", cmd_profiles, TAKES_JSON, false, 0, false,
	  "profiles [--json] [NAME]",
	  "list the kinds of systems, or show one" },
	{ "render", cmd_render, TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_QUIET,
	  true, 0, false,
	  "render [-o DIR] [--templates DIR] [--quiet] TOPOLOGY",
	  "write only the configuration files" },
	{ "revoke", cmd_revoke,
	  TAKES_OUTPUT | TAKES_REASON | TAKES_JSON | TAKES_QUIET, true, 0, true,
	  "revoke [-o DIR] [--reason REASON] [--json] [--quiet]\n"
	  "       TOPOLOGY NAME...",
	  "declare certificates to be good no more" },
	{ "rotate", cmd_rotate,
	  TAKES_ROTATION | TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_JSON |
		  TAKES_QUIET | TAKES_JOBS,
	  true, 2, false,
	  "rotate ca begin|switch|finish|abort [-o DIR] [--templates DIR]\n"
	  "       [--ca NAME] [--reuse-key] [--force] [--jobs N] [--json]\n"
	  "       [--quiet] TOPOLOGY",
	  "replace a CA, stage by stage" },
	{ "seed", cmd_seed, TAKES_QUIET, true, 0, false, "seed [--quiet] FILE",
	  "make a seed, from which all keys can be derived" },
	{ "sign", cmd_sign,
	  TAKES_OWNERS | TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_JSON |
		  TAKES_QUIET,
	  true, 0, true,
	  "sign [-o DIR] [--templates DIR] [--only NAME] [--json] [--quiet]\n"
	  "       TOPOLOGY CSR...",
	  "sign requests of hosts that keep their keys" },
	{ "uri", cmd_uri, TAKES_OUTPUT | TAKES_URI | TAKES_JSON | TAKES_QUIET,
	  true, 0, false,
	  "uri [-o DIR] [--user NAME] [--host NAME] [--port NUMBER]\n"
	  "       [--database NAME] [--certs-dir PATH] [--changefeed BROKER]\n"
	  "       [--show] [--json] [--quiet] TOPOLOGY",
	  "print how users connect, one URI a line" },
	{ "verify", cmd_verify,
	  TAKES_OUTPUT | TAKES_TEMPLATES | TAKES_VERIFY | TAKES_JSON |
		  TAKES_QUIET | TAKES_JOBS,
	  true, 0, false,
	  "verify [-o DIR] [--templates DIR] [--at DATE | --regenerate]\n"
	  "       [--connect [HOST[:PORT]]...] [--starttls PROTOCOL]\n"
	  "       [--jobs N] [--json] [--quiet] TOPOLOGY",
	  "check what lies on disk, or what servers show" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out, const struct command *command)
{
	size_t i;

	if (command) {
		fprintf(out, "usage: topocert %s\n%s.\n\n", command->synopsis,
			command->summary);
		arguments_print(out, command->takes);
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

static int check_operands(const struct command *command,
			  const struct options *given)
{
	if (given->names.n && !command->takes_names) {
		report_error("%s: one file at a time, '%s' is too much",
			     command->name, given->names.items[0]);
		return usage_error(command);
	}
	if (command->needs_operand && !given->operand) {
		report_error("%s: which %s?", command->name,
			     strstr(command->synopsis, "TOPOLOGY") ?
				     "topology" :
				     "file");
		return usage_error(command);
	}
	return STATUS_DONE;
}

static int run_with(const struct command *command, const struct options *given)
{
	int status;

	if (given->help)
		print_help(stdout, command);
	else if (given->version)
		puts(PACKAGE_STRING);
	if (given->help || given->version)
		return finish(STATUS_DONE);
	status = check_operands(command, given);
	if (status == STATUS_DONE)
		status = finish(command->run(given));
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options given;
	int status;

	if (arguments_read(&given, command->name, command->takes,
			   command->n_words, argc, argv))
		status = usage_error(command);
	else
		status = run_with(command, &given);
	arguments_clear(&given);
	signals_raise();
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *name = argc > 1 ? argv[1] : "";

	memory_wipe_freed();
	memory_keep_private();
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
