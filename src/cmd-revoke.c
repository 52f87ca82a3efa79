/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "dates.h"
#include "job.h"
#include "lineage.h"
#include "memory.h"
#include "publish.h"
#include "report.h"
#include "revocation.h"
#include "selection.h"
#include "signals.h"
#include "suggest.h"
#include "summary.h"

/* A certificate that is to be revoked. */
struct target {
	const struct authority *authority;
	struct index_row row;
	bool external; /* others have the CA's key */
};

/* What a name on the command line has found. */
struct tally {
	size_t valid, revoked, expired;
	bool path, serial; /* it is one */
};

struct search {
	struct job *job;
	const char *reason;
	struct selection *names;
	struct tally *tallies; /* one for each name */
	struct target *targets;
	size_t n_targets;
	const char **known; /* paths of what is valid, to suggest */
	size_t n_known;
};

/* Serial numbers are written with small letters, too, and with "0x". */
static bool is_serial(const char *name, const char *serial)
{
	if (strncmp(name, "0x", 2) == 0)
		name += 2;
	return strcasecmp(name, serial) == 0;
}

static void count(struct tally *tally, const struct index_row *row, bool live)
{
	if (live)
		tally->valid++;
	else if (row->type == 'R')
		tally->revoked++;
	else
		tally->expired++;
}

static void try_row(struct search *search, const struct authority *authority,
		    const struct index_row *row, bool external)
{
	bool live = row->type == 'V' &&
		    !index_has_expired(row, search->job->now);
	bool found = false;
	size_t i;

	for (i = 0; i < selection_count(search->names); i++) {
		const char *name = selection_name(search->names, i);
		struct tally *tally = &search->tallies[i];
		bool path = selection_picks(search->names, i, row->file);
		bool serial = is_serial(name, row->serial);

		tally->path = tally->path || path;
		tally->serial = tally->serial || serial;
		if (!path && !serial)
			continue;
		count(tally, row, live);
		found = true;
	}
	if (live)
		*(const char **)memory_append(&search->known, &search->n_known,
					      sizeof(char *)) = row->file;
	if (live && found)
		*(struct target *)memory_append(&search->targets,
						&search->n_targets,
						sizeof(struct target)) =
			(struct target){ authority, *row, external };
}

/* Every certificate that any generation of the CA has signed: those that were
 * replaced are still good in the hands of a thief. */
static void try_family(struct search *search, struct authority *family,
		       bool external)
{
	const struct authority *authority;
	size_t i, k;

	for (i = 0; (authority = lineage_writable(family, i)); i++)
		for (k = 0; k < index_count(authority->index); k++) {
			struct index_row row = index_get(authority->index, k);

			try_row(search, authority, &row, external);
		}
}

static void try_all(struct search *search)
{
	const struct job *job = search->job;
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++)
		try_family(search, job->authorities[i],
			   job->inventory->cas[i].is_external);
	for (i = 0; i < job->n_strays; i++)
		try_family(search, job->strays[i], false);
}

/* Of "hosts/node1/certs/node.crt" as much as NAME has of such a path; free
 * it. */
static char *shorten(const char *path, const char *name)
{
	const char *slash = strchr(name, '/'), *first = strchr(path, '/');
	const char *second = first ? strchr(first + 1, '/') : NULL;

	if (!second || (slash && strchr(slash + 1, '/')))
		return memory_copy(path);
	if (!slash)
		path = first + 1;
	return memory_copy_part(path, (size_t)(second - path));
}

static void report_unknown(const struct search *search, const char *name)
{
	size_t n = search->n_known, i;
	char **known = memory_zeroed(n, sizeof(*known));

	for (i = 0; i < n; i++)
		known[i] = shorten(search->known[i], name);
	if (n)
		report_error("nothing valid is known by the name '%s': "
			     "nearest is '%s'",
			     name,
			     suggest_nearest(name, known, n, sizeof(*known)));
	else
		report_error("nothing valid is known by the name '%s', nor by "
			     "any other",
			     name);
	for (i = 0; i < n; i++)
		free(known[i]);
	free(known);
}

/* What NAME has found is not what can be revoked. */
static int check_name(const struct search *search, const char *name,
		      const struct tally *tally)
{
	if (tally->path && tally->serial)
		report_error("'%s' is a serial number, and also a name: wanted "
			     "0x%s for the one, or a path such as hosts/%s for "
			     "the other",
			     name, name, name);
	else if (tally->valid)
		return 0;
	else if (tally->revoked && search->n_targets) {
		report_warning("%s: revoked already", name);
		return 0;
	} else if (tally->revoked)
		report_error("%s: revoked already", name);
	else if (tally->expired)
		report_error("%s: expired already: there is nothing to revoke",
			     name);
	else
		report_unknown(search, name);
	return -1;
}

static int check_all(const struct search *search)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < search->n_targets && ret == 0; i++)
		ret = authority_check_clock(search->targets[i].authority,
					    search->job->now);
	if (ret)
		return ret;
	for (i = 0; i < selection_count(search->names); i++)
		if (check_name(search, selection_name(search->names, i),
			       &search->tallies[i]))
			ret = -1;
	return ret;
}

/* Targets of one CA lie together. */
static int revoke_all(struct search *search)
{
	struct publish *publish = publish_new(search->job->output);
	const char *reason = search->reason;
	int ret = 0;
	size_t i;

	/* RFC 5280, 5.3.1: none is better than this one */
	if (strcmp(reason, REVOCATION_UNSPECIFIED) == 0)
		reason = NULL;
	for (i = 0; i < search->n_targets && ret == 0; i++) {
		const struct target *target = &search->targets[i];
		const struct authority *authority = target->authority;

		index_revoke(authority->index, target->row.serial,
			     search->job->now, reason);
		if (i + 1 == search->n_targets ||
		    search->targets[i + 1].authority != authority)
			ret = publish_revoked(publish, authority);
	}
	if (ret == 0)
		ret = signals_caught() ? -1 : publish_commit(publish);
	if (ret && signals_caught())
		report_error("interrupted: %s is as it was",
			     search->job->directory);
	publish_free(publish);
	return ret;
}

/* A command to go on with. */
static void print_next(const struct job *job, const char *command)
{
	printf("  topocert %s ", command);
	if (job->options->output) {
		fputs("-o ", stdout);
		report_text(stdout, job->options->output);
		fputc(' ', stdout);
	}
	report_text(stdout, job->options->operand);
	fputc('\n', stdout);
}

static void print_text(const struct search *search)
{
	size_t i, external = 0;

	for (i = 0; i < search->n_targets; i++)
		external += search->targets[i].external;
	printf("%s: revoked %zu certificate%s (%s)\n", search->job->directory,
	       search->n_targets, search->n_targets == 1 ? "" : "s",
	       search->reason);
	for (i = 0; i < search->n_targets && i < LINES_SHOWN; i++) {
		fputs("  ", stdout);
		report_text(stdout, search->targets[i].row.file);
		printf("  %s\n", search->targets[i].row.serial);
	}
	if (search->n_targets > LINES_SHOWN)
		printf("  ... and %zu more (--json has all)\n",
		       search->n_targets - LINES_SHOWN);
	if (external)
		puts("\nIt is noted here alone: tell those who signed, by the "
		     "serial numbers, for\nnobody else knows of it before "
		     "their list says so.");
	if (external < search->n_targets) {
		puts("\nNobody knows of it before the CA's list says so:");
		print_next(search->job, "crl");
	}
	puts("New certificates, for what the topology still wants:");
	if (external)
		print_next(search->job, "csr");
	if (external < search->n_targets)
		print_next(search->job, "generate");
}

static void print_json(const struct search *search)
{
	json_t *root = summary_json_new(search->job, "revoke");
	json_t *list = json_array(), *already = json_array();
	char date[DATES_FULL];
	size_t i;

	for (i = 0; i < search->n_targets; i++) {
		const struct target *target = &search->targets[i];

		json_array_append_new(
			list,
			json_pack("{s:o, s:s, s:s, s:s}", "path",
				  summary_json_text(target->row.file), "ca",
				  target->authority->folder, "serial",
				  target->row.serial, "not_after",
				  dates_full(index_expires(&target->row),
					     date)));
	}
	for (i = 0; i < selection_count(search->names); i++)
		if (!search->tallies[i].valid)
			json_array_append_new(already,
					      summary_json_text(selection_name(
						      search->names, i)));
	json_object_set_new(root, "reason", json_string(search->reason));
	json_object_set_new(root, "revoked", list);
	json_object_set_new(root, "already", already);
	summary_json_print(root);
}

static int revoke(struct job *job, const char *reason)
{
	struct search search = { .job = job, .reason = reason };
	int status = STATUS_FAILED;

	search.names = selection_new(&job->options->names);
	search.tallies = memory_zeroed(selection_count(search.names),
				       sizeof(*search.tallies));
	try_all(&search);
	if (check_all(&search) == 0 && revoke_all(&search) == 0)
		status = STATUS_DONE;
	if (status == STATUS_DONE && job->options->json)
		print_json(&search);
	else if (status == STATUS_DONE && !job->options->quiet)
		print_text(&search);
	free(search.known);
	free(search.targets);
	free(search.tallies);
	selection_free(search.names);
	return status;
}

int cmd_revoke(const struct options *options)
{
	const char *reason = options->reason ?
				     revocation_reason(options->reason) :
				     REVOCATION_UNSPECIFIED;
	struct job job;
	int status;

	if (!options->names.n)
		report_error("revoke: whose certificates? wanted names of "
			     "hosts and users behind the topology");
	if (!options->names.n || !reason)
		return STATUS_USAGE;
	status = job_begin(&job, options, JOB_MAKES);
	if (status == STATUS_DONE)
		status = revoke(&job, reason);
	job_clear(&job);
	return status;
}
