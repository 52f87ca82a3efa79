/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "crl.h"
#include "inspect.h"
#include "manifest.h"
#include "memory.h"
#include "report.h"
#include "run.h"
#include "sums.h"
#include "tree.h"

/* Everything made again, as by the first run into an empty folder. */
struct regeneration {
	struct inspection *in;
	pthread_mutex_t lock; /* of all that is counted in IN */
};

/* Of a CA's folder, what goes on after it was made. */
static bool goes_on(const char *name)
{
	static const char *const names[] = {
		AUTHORITY_SERIAL,  AUTHORITY_CRL_NUMBER, AUTHORITY_CRL_PEM,
		AUTHORITY_CRL_DER, AUTHORITY_INDEX_ATTR,
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A list of lines, to which runs have added since. */
static bool is_list(const char *name)
{
	return strcmp(name, AUTHORITY_INDEX) == 0 ||
	       strcmp(name, SUMS_FILE) == 0 || strcmp(name, MANIFEST_FILE) == 0;
}

static int line_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The lines of TEXT, which is cut at their ends, sorted; free them. */
static char **sorted_lines(char *text, size_t *n)
{
	char **lines = NULL, *next = text, *line;

	*n = 0;
	while ((line = strsep(&next, "\n")))
		*(char **)memory_append(&lines, n, sizeof(line)) = line;
	qsort(lines, *n, sizeof(*lines), line_order);
	return lines;
}

/* The first line of WANTED that IS has not, in WANTED; NULL: it has all. */
static const char *missing_line(char *wanted, char *is)
{
	size_t n_wanted, n_is, i;
	char **lines = sorted_lines(wanted, &n_wanted);
	char **found = sorted_lines(is, &n_is);
	const char *missing = NULL;

	for (i = 0; i < n_wanted && !missing; i++)
		if (!bsearch(&lines[i], found, n_is, sizeof(*found),
			     line_order))
			missing = lines[i];
	free(lines);
	free(found);
	return missing;
}

static const char mend[] = "restore it from a backup, or, where the topology "
			   "was changed back, raise generation";

static void compare_lists(struct regeneration *again, const char *path,
			  const void *data, size_t length, char *is)
{
	char *wanted = memory_copy_part(data, length);
	const char *missing = missing_line(wanted, is);

	if (missing)
		faults_add(again->in->faults, path, mend,
			   "lacks a line that topology and seed give: %s",
			   missing);
	free(wanted);
}

/* Where they differ; nothing of either is told, for it may be a key. */
static void compare_octets(struct regeneration *again, const char *path,
			   const char *wanted, size_t length, const char *is,
			   size_t is_length)
{
	size_t i = 0;

	while (i < length && i < is_length && wanted[i] == is[i])
		i++;
	if (i < length || i < is_length)
		faults_add(again->in->faults, path, mend,
			   "is not what topology and seed give, from octet "
			   "%zu on",
			   i + 1);
}

/* What is not there any more may have gone to its owner; what a CA needs may
 * not, but for its key. */
static void note_absent(struct regeneration *again, const char *path,
			const char *name)
{
	if (strncmp(path, AUTHORITY_FOLDER, strlen(AUTHORITY_FOLDER)) == 0 &&
	    strcmp(name, AUTHORITY_KEY) != 0)
		faults_add(again->in->faults, path, mend, "is missing");
	else
		again->in->n_absent++;
}

static void see(void *context, const char *path, const void *data,
		size_t length)
{
	struct regeneration *again = context;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t is_length;
	char *is;

	if (goes_on(name))
		return;
	pthread_mutex_lock(&again->lock);
	is = tree_read(again->in->job->output->fd, path, &is_length);
	if (!is && errno == ENOENT)
		note_absent(again, path, name);
	else if (!is)
		faults_add(again->in->faults, path, mend, "cannot be read: %s",
			   strerror(errno));
	else if (is_list(name))
		compare_lists(again, path, data, length, is);
	else
		compare_octets(again, path, data, length, is, is_length);
	if (is) {
		again->in->n_regenerated++;
		OPENSSL_cleanse(is, is_length);
	}
	free(is);
	pthread_mutex_unlock(&again->lock);
}

/* Bundles hold the revocation list that there is now, whose time nothing but
 * the clock gives. */
static void take_lists(struct job *job, const struct job *present)
{
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++)
		crl_load_from(job->authorities[i], present->authorities[i]->fd);
	job_take_authorities(job);
}

static int make_all(struct job *job, struct regeneration *again)
{
	const struct witness witness = { see, again };
	struct outcome *outcomes = NULL;
	int status;

	take_lists(job, again->in->job);
	status = job_plan(job);
	if (status == STATUS_DONE)
		status = run_make(job, publish_new_shown(job->output, &witness),
				  &outcomes);
	free(outcomes);
	return status;
}

/* Bundles then have more than a first run gives. */
static int refuse_rotation(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->inventory->n_cas; i++) {
		if (job->authorities[i]->stage == LINEAGE_SETTLED)
			continue;
		report_error("%s: a rotation is under way: --regenerate can "
			     "compare when that is finished",
			     job->authorities[i]->path);
		return -1;
	}
	return 0;
}

int inspect_regenerated(struct inspection *in)
{
	struct regeneration again = { .in = in };
	struct job job;
	int status;

	if (refuse_rotation(in->job))
		return STATUS_FAILED;
	if (pthread_mutex_init(&again.lock, NULL))
		abort();
	status = job_read(&job, in->job->options, JOB_MAKES | JOB_DERIVES);
	if (status == STATUS_DONE)
		status = job_open_nothing(&job);
	if (status == STATUS_DONE)
		status = make_all(&job, &again);
	job_clear(&job);
	pthread_mutex_destroy(&again.lock);
	return status;
}
