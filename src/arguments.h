/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_ARGUMENTS_H
#define TOPOCERT_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Which options a command takes. */
enum arguments_group {
	TAKES_OUTPUT = 1 << 0,
	TAKES_TEMPLATES = 1 << 1,
	TAKES_PROFILE = 1 << 2,
	TAKES_JSON = 1 << 3,
	TAKES_QUIET = 1 << 4,
	TAKES_URI = 1 << 5,
	TAKES_NAMES = 1 << 6, /* what is to be made, of all */
	TAKES_REASON = 1 << 7, /* of a revocation */
	TAKES_ROTATION = 1 << 8,
	TAKES_LIST = 1 << 9,
	TAKES_VERIFY = 1 << 10,
	TAKES_PRUNE = 1 << 11,
	TAKES_OWNERS = 1 << 12,
	TAKES_JOBS = 1 << 13,
};

/* Words of the command line; the texts are not owned. */
struct words {
	const char **items;
	size_t n;
	bool given; /* the option, perhaps without words */
};

/* The options as given; NULL or false: not given. */
struct options {
	const char *output;
	const char *templates;
	const char *profile;
	const char *user, *host, *port, *database; /* of uri */
	const char *certs_dir;
	const char *changefeed; /* the broker */
	bool show; /* also what is secret */
	bool json;
	bool quiet;
	const char *jobs; /* how many threads */
	bool help, version;
	struct words only, renew; /* names of hosts and users */
	const char *owners; /* the same, of whom requests may be */
	bool prune;
	const char *reason; /* of a revocation */
	const char *ca; /* of rotate: the name of the CA */
	bool reuse_key, force;
	bool current, prometheus, graph; /* of list */
	const char *warn, *crit; /* ages */
	const char *html; /* the file to write */
	const char *at; /* a date */
	bool regenerate;
	struct words connect; /* servers */
	const char *starttls; /* a protocol */
	struct words
		words; /* in front of the topology, if the command has any */
	const char *operand; /* the topology; for init the file to write */
	struct words names; /* what follows it */
};

/*
 * Read the command line ARGV of the command NAME, which takes the groups of
 * options TAKES and has N_WORDS words in front of its operand. Options and
 * operands may stand in any order; an option that takes names takes all words
 * up to the next option, but leaves the last one where there is no other
 * operand. -1: reported. Free with arguments_clear().
 */
int arguments_read(struct options *options, const char *name,
		   unsigned int takes, size_t n_words, int argc, char **argv);
void arguments_clear(struct options *options);

/* How many threads are to make keys: as many as the option says, or processors
 * that there are. */
size_t arguments_jobs(const struct options *options);

/* The options of these groups, a line each. */
void arguments_print(FILE *out, unsigned int takes);

#endif
