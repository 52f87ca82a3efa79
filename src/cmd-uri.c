/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "job.h"
#include "memory.h"
#include "report.h"
#include "suggest.h"
#include "uri.h"

/* The [uri NAME] that holds a key, for changefeeds. */
#define CHANGEFEED "changefeed"

struct printing {
	struct job *job;
	struct guides *guides;
	struct uri_terms terms;
	json_t *list; /* for --json */
	size_t n;
};

/* A user's part in a system that has such a URI; NULL: none. */
static struct member *find_member(const struct printing *in,
				  const struct holder *holder,
				  const struct profile_uri **type)
{
	const char *name = in->job->options->changefeed ? CHANGEFEED : "";
	size_t i;

	for (i = 0; i < holder->n_members; i++) {
		*type = profile_uri(holder->members[i].profile, name);
		if (*type)
			return &holder->members[i];
	}
	return NULL;
}

/* The file of the user's folder, new and for nobody else. */
static int write_secret(const struct printing *in, const struct holder *holder,
			const char *uri)
{
	char *owner = inventory_folder(holder->owner);
	char *path = memory_format("%s/" CHANGEFEED ".uri", owner);
	int folder = in->terms.folder, fd, ret = -1;
	size_t length = strlen(uri);

	unlinkat(folder, path, 0);
	fd = openat(folder, path,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, uri, length) == (ssize_t)length &&
	    write(fd, "\n", 1) == 1 && fsync(fd) == 0)
		ret = 0;
	if (ret)
		report_error("%s/%s: %s", in->job->directory, path,
			     strerror(errno));
	if (fd >= 0 && close(fd) == 0 && ret)
		unlinkat(folder, path, 0);
	if (ret == 0 && in->job->options->json)
		json_array_append_new(in->list,
				      json_pack("{s:s, s:o}", "user",
						holder->owner->name, "file",
						json_sprintf("%s/%s",
							     in->job->directory,
							     path)));
	else if (ret == 0 && !in->job->options->quiet)
		printf("%s/%s: written, mode 0600: it holds a key\n",
		       in->job->directory, path);
	free(owner);
	free(path);
	return ret;
}

static int print_uri(struct printing *in, const struct holder *holder,
		     const struct member *member)
{
	const struct options *options = in->job->options;
	char *uri =
		uri_make(in->guides, holder, member, &in->terms, in->job->diag);
	int ret = 0;

	if (!uri)
		return -1;
	in->n++;
	if (in->terms.type->is_secret && !options->show)
		ret = write_secret(in, holder, uri);
	else if (options->json)
		json_array_append_new(in->list,
				      json_pack("{s:s, s:s*, s:s}", "user",
						holder->owner->name, "host",
						in->terms.host, "uri", uri));
	else
		puts(uri);
	OPENSSL_cleanse(uri, strlen(uri));
	free(uri);
	return ret;
}

/* The host is one that users of PROFILE connect to by TYPE. */
static bool serves(const struct inventory *inventory,
		   const struct holder *holder, const struct profile *profile,
		   const struct profile_uri *type)
{
	size_t i, k;

	for (i = 0; i < holder->n_members; i++) {
		if (holder->members[i].profile != profile)
			continue;
		for (k = 0; k < type->servers.n; k++)
			if (inventory_entry(inventory, holder,
					    &holder->members[i],
					    type->servers.items[k].text))
				return true;
		return type->servers.n == 0;
	}
	return false;
}

/* One for each host of the user's system. */
static int print_hosts(struct printing *in, const struct holder *holder,
		       const struct member *member)
{
	const struct inventory *inventory = in->job->inventory;
	size_t i, n = 0;
	int ret = 0;

	for (i = 0; i < inventory->n_holders && ret == 0; i++) {
		const struct holder *host = &inventory->holders[i];
		char *name;

		if (host->owner->kind != OWNER_HOST ||
		    !serves(inventory, host, member->profile, in->terms.type))
			continue;
		name = topology_reach(inventory->topology, host->owner);
		in->terms.host = name;
		ret = print_uri(in, holder, member);
		in->terms.host = NULL;
		free(name);
		n++;
	}
	if (ret == 0 && !n) {
		report_error("uri: the topology has no hosts: which one? "
			     "wanted --host NAME");
		ret = -1;
	}
	return ret;
}

static int print_user(struct printing *in, const struct holder *holder)
{
	const struct options *options = in->job->options;
	struct member *member = find_member(in, holder, &in->terms.type);

	if (!member)
		return 0;
	if (options->certs_dir)
		member->directory = options->certs_dir;
	if (options->changefeed || options->host) {
		in->terms.host = options->host;
		return print_uri(in, holder, member);
	}
	return print_hosts(in, holder, member);
}

static int print_users(struct printing *in)
{
	const struct inventory *inventory = in->job->inventory;
	const char *user = in->job->options->user;
	size_t i;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		if (holder->owner->kind == OWNER_USER &&
		    (!user || strcmp(holder->owner->name, user) == 0) &&
		    print_user(in, holder))
			return -1;
	}
	return 0;
}

/* The user has to be there, and with a key at stake has to be named. */
static int check_user(const struct job *job)
{
	const struct owners *owners = &job->topology->owners;
	const char *user = job->options->user, **names = NULL;
	bool found = false;
	size_t i, n = 0;
	int ret = -1;

	for (i = 0; i < owners->n; i++) {
		if (owners->items[i].kind != OWNER_USER)
			continue;
		found = found ||
			(user && strcmp(owners->items[i].name, user) == 0);
		*(const char **)memory_append(&names, &n, sizeof(*names)) =
			owners->items[i].name;
	}
	if (!n)
		report_error("uri: the topology has no users");
	else if (user && !found)
		report_error("uri: --user %s: no such user; nearest is %s",
			     user,
			     suggest_nearest(user, names, n, sizeof(*names)));
	else if (!user && job->options->changefeed && n > 1)
		report_error("uri: --changefeed: whose key? wanted --user "
			     "NAME");
	else
		ret = 0;
	free(names);
	return ret;
}

static int check_terms(const struct options *options)
{
	const char *wrong = NULL;

	if (options->host && !uri_is_host(options->host))
		wrong = "--host: wanted a host name or an address";
	else if (options->port &&
		 (strspn(options->port, "0123456789") !=
			  strlen(options->port) ||
		  atol(options->port) < 1 || atol(options->port) > 65535))
		wrong = "--port: wanted a number from 1 to 65535";
	else if (options->changefeed && !uri_is_broker(options->changefeed))
		wrong = "--changefeed: wanted HOST:PORT of the broker";
	else if (options->show && !options->changefeed)
		wrong = "--show: only with --changefeed is anything held back";
	if (!wrong)
		return 0;
	report_error("uri: %s", wrong);
	return -1;
}

/* What a secret URI is made of has to be there. */
static int open_folder(struct printing *in)
{
	struct job *job = in->job;

	in->terms.folder = -1;
	if (!job->options->changefeed)
		return 0;
	job->output = output_open_readonly(job->directory);
	if (!job->output)
		return -1;
	in->terms.folder = job->output->fd;
	return 0;
}

static int no_uri(const struct job *job)
{
	report_error("uri: the profile %s does not say how clients connect: "
		     "it has no [uri%s]",
		     job->inventory->profile->label,
		     job->options->changefeed ? " " CHANGEFEED : "");
	return STATUS_FAILED;
}

static int uri(struct job *job)
{
	struct printing in = { .job = job, .list = json_array() };
	int status = STATUS_DONE;

	in.terms.broker = job->options->changefeed;
	in.terms.port = job->options->port;
	in.terms.database = job->options->database;
	in.guides = guides_new(job->inventory, job->diag);
	if (check_user(job) || open_folder(&in) || print_users(&in))
		status = STATUS_FAILED;
	else if (!in.n)
		status = no_uri(job);
	if (diag_failed(job->diag))
		status = STATUS_TOPOLOGY;
	diag_flush(job->diag, stderr);
	if (status == STATUS_DONE && job->options->json)
		json_dumpf(in.list, stdout, JSON_INDENT(2));
	json_decref(in.list);
	guides_free(in.guides);
	return status;
}

int cmd_uri(const struct options *options)
{
	struct job job;
	int status;

	if (check_terms(options))
		return STATUS_USAGE;
	status = job_read(&job, options, 0);
	if (status == STATUS_DONE)
		status = uri(&job);
	job_clear(&job);
	return status;
}
