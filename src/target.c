/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "report.h"
#include "target.h"
#include "uri.h"

#define PORT_MAX 65535

bool target_is_address(const char *name)
{
	struct in6_addr address;

	return inet_pton(AF_INET, name, &address) == 1 ||
	       inet_pton(AF_INET6, name, &address) == 1;
}

static bool is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 5 && !text[n] && atol(text) >= 1 &&
	       atol(text) <= PORT_MAX;
}

/* Cut WORD; an address of version 6 has brackets where a port follows. *HOST
 * is "" and *PORT NULL where they are not given; free both. -1: it is none. */
static int split(const char *word, char **host, char **port)
{
	const char *colon = strrchr(word, ':'), *end = strchr(word, ']');
	size_t length = strlen(word), skip = 0;

	*port = NULL;
	if (*word == '[' && end) {
		skip = 1;
		length = (size_t)(end - word) - 1;
		colon = end[1] ? end + 1 : NULL;
	} else if (colon && strchr(word, ':') != colon) {
		colon = NULL; /* "::1" */
	} else if (colon) {
		length = (size_t)(colon - word);
	}
	*host = memory_copy_part(word + skip, length);
	if (colon && *colon == ':' && is_port(colon + 1))
		*port = memory_copy(colon + 1);
	return (colon && !*port) || (!colon && !**host) ||
			       (**host && !uri_is_host(*host)) ?
		       -1 :
		       0;
}

int targets_check(const struct words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++) {
		char *host, *port;
		int wrong = split(words->items[i], &host, &port);

		free(host);
		free(port);
		if (!wrong)
			continue;
		report_error("verify: --connect %s: wanted HOST, HOST:PORT or, "
			     "for all hosts, :PORT",
			     words->items[i]);
		return -1;
	}
	return 0;
}

/* The usual port of the system of HOLDER, or of the cluster; NULL: it has
 * none. */
static const char *usual_port(const struct job *job,
			      const struct holder *holder)
{
	const struct profile_uri *uri;
	size_t i;

	for (i = 0; holder && i < holder->n_members; i++) {
		uri = profile_uri(holder->members[i].profile, "");
		if (uri && uri->port.text)
			return uri->port.text;
	}
	uri = holder ? NULL : profile_uri(job->inventory->profile, "");
	return uri ? uri->port.text : NULL;
}

/* Takes NAME over. */
static int add(struct targets *targets, const struct job *job,
	       const struct holder *holder, char *name, const char *port)
{
	struct target *target;

	if (!port)
		port = usual_port(job, holder);
	if (!port) {
		report_error("verify: --connect %s: which port? The profile "
			     "does not say: wanted %s:PORT, or :PORT for all "
			     "hosts",
			     name, name);
		free(name);
		return -1;
	}
	target = memory_append(&targets->items, &targets->n, sizeof(*target));
	target->holder = holder;
	target->name = name;
	target->port = memory_copy(port);
	return 0;
}

static int add_all(struct targets *targets, const struct job *job,
		   const char *port)
{
	const struct inventory *inventory = job->inventory;
	size_t i;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		if (holder->owner->kind == OWNER_HOST &&
		    add(targets, job, holder,
			topology_reach(job->topology, holder->owner), port))
			return -1;
	}
	if (targets->n)
		return 0;
	report_error("verify: --connect: the topology has no host");
	return -1;
}

/* A name or an address that the certificates of OWNER are made out to. */
static bool has_name(const struct job *job, const struct owner *owner,
		     const char *name)
{
	char *fqdn = topology_fqdn(job->topology, owner->name);
	bool found = fqdn && strcasecmp(fqdn, name) == 0;
	struct san address;
	size_t i;

	free(fqdn);
	for (i = 0; i < owner->n_names && !found; i++)
		found = strcasecmp(owner->names[i].text, name) == 0;
	/* other ways to write it */
	if (found || san_parse(SAN_IP, name, &address))
		return found;
	for (i = 0; i < owner->n_names && !found; i++)
		found = san_equal(&owner->names[i], &address);
	san_clear(&address);
	return found;
}

/* The host with that very name, or the only one with it among its names. */
static const struct holder *find_holder(const struct job *job, const char *name)
{
	const struct inventory *inventory = job->inventory;
	const struct holder *found = NULL;
	size_t i, n = 0;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];

		if (holder->owner->kind != OWNER_HOST)
			continue;
		if (strcasecmp(holder->owner->name, name) == 0)
			return holder;
		if (has_name(job, holder->owner, name)) {
			found = holder;
			n++;
		}
	}
	return n == 1 ? found : NULL;
}

static int add_host(struct targets *targets, const struct job *job, char *host,
		    const char *port)
{
	const struct holder *holder = find_holder(job, host);

	if (holder && strcasecmp(holder->owner->name, host) == 0) {
		free(host);
		host = topology_reach(job->topology, holder->owner);
	}
	return add(targets, job, holder, host, port);
}

int targets_find(struct targets *targets, const struct job *job,
		 const struct words *words)
{
	size_t i;
	int ret = 0;

	memset(targets, 0, sizeof(*targets));
	if (!words->n)
		return add_all(targets, job, NULL);
	for (i = 0; i < words->n && ret == 0; i++) {
		char *host, *port;

		split(words->items[i], &host, &port);
		if (*host) {
			ret = add_host(targets, job, host, port);
		} else {
			ret = add_all(targets, job, port);
			free(host);
		}
		free(port);
	}
	return ret;
}

void targets_clear(struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->n; i++) {
		free(targets->items[i].name);
		free(targets->items[i].port);
	}
	free(targets->items);
	memset(targets, 0, sizeof(*targets));
}
