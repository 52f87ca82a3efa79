/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "connect.h"
#include "dates.h"
#include "memory.h"
#include "peer.h"
#include "report.h"
#include "starttls.h"
#include "summary.h"

int connect_check(const struct options *options)
{
	const char *nearest;

	if (options->starttls && !options->connect.given) {
		report_error("verify: --starttls goes with --connect");
		return -1;
	}
	if (options->starttls && !starttls_find(options->starttls, &nearest)) {
		report_error("verify: --starttls %s: nearest is '%s'",
			     options->starttls, nearest);
		return -1;
	}
	return targets_check(&options->connect);
}

/* The name by which clients ask for it in the handshake; free it. NULL: it
 * has none. */
static char *server_name(const struct job *job, const struct target *target)
{
	const struct owner *owner;
	char *fqdn;

	if (!target_is_address(target->name))
		return memory_copy(target->name);
	if (!target->holder)
		return NULL;
	owner = target->holder->owner;
	fqdn = topology_fqdn(job->topology, owner->name);
	return fqdn ? fqdn : memory_copy(owner->name);
}

/* Names may not be known here: then the addresses of the topology are. */
static const char *reach(struct wire *wire, const struct target *target)
{
	const char *why = wire_open(wire, target->name, target->port);
	const struct owner *owner;
	size_t i;

	if (!why || !target->holder || target_is_address(target->name))
		return why;
	owner = target->holder->owner;
	for (i = 0; i < owner->n_names; i++)
		if (owner->names[i].type == SAN_IP &&
		    strncmp(owner->names[i].text, "127.", 4) != 0 &&
		    strcmp(owner->names[i].text, "::1") != 0 &&
		    !wire_open(wire, owner->names[i].text, target->port))
			return NULL;
	return why;
}

static void look(struct peer *peer, const struct job *job)
{
	const char *nearest, *protocol = job->options->starttls;
	char *name = server_name(job, peer->target);
	struct wire wire;

	peer->status = PEER_UNREACHED;
	peer->reason = reach(&wire, peer->target);
	if (!peer->reason) {
		snprintf(peer->address, sizeof(peer->address), "%s",
			 wire.address);
		peer->reason = presented_take(
			&peer->presented, &wire,
			protocol ? starttls_find(protocol, &nearest) : NULL,
			name);
	}
	wire_close(&wire);
	if (!peer->reason)
		peer_judge(peer, job);
	free(name);
}

/* Whom the server belongs to, or what it was called. */
static const char *label_of(const struct peer *peer)
{
	return peer->target->holder ? peer->target->holder->owner->name :
				      peer->target->name;
}

static void print_chain(const struct peer *peer)
{
	int i;

	for (i = 1; i < sk_X509_num(peer->presented.chain); i++) {
		char *line =
			X509_NAME_oneline(X509_get_subject_name(sk_X509_value(
						  peer->presented.chain, i)),
					  NULL, 0);

		fputs(i == 1 ? ", chain " : " ", stdout);
		report_text(stdout, line ? line : "");
		OPENSSL_free(line);
	}
}

static void print(const struct peer *peer)
{
	const char *address = *peer->address ? peer->address :
					       peer->target->name;
	bool brackets = strchr(address, ':') != NULL;
	char *says = peer_says(peer), *mend = peer_mend(peer);

	report_text(stdout, label_of(peer));
	printf(" %s%s%s:%s ", brackets ? "[" : "", address, brackets ? "]" : "",
	       peer->target->port);
	report_text(stdout, says);
	print_chain(peer);
	if (mend) {
		fputs(": ", stdout);
		report_text(stdout, mend);
	}
	fputc('\n', stdout);
	/* the next one may take its time */
	fflush(stdout);
	free(says);
	free(mend);
}

static json_t *chain_json(const struct peer *peer)
{
	json_t *list = json_array();
	int i;

	for (i = 1; i < sk_X509_num(peer->presented.chain); i++) {
		char *line =
			X509_NAME_oneline(X509_get_subject_name(sk_X509_value(
						  peer->presented.chain, i)),
					  NULL, 0);

		json_array_append_new(list, json_string(line ? line : ""));
		OPENSSL_free(line);
	}
	return list;
}

static json_t *peer_json(const struct peer *peer)
{
	char *says = peer_says(peer), *mend = peer_mend(peer);
	const struct record *record = peer->record;
	char date[DATES_FULL];
	json_t *object;

	object = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s*, s:s*, s:s*}",
			   "host", label_of(peer), "name", peer->target->name,
			   "port", peer->target->port, "status",
			   peer_status_name(peer->status), "good",
			   peer_is_good(peer), "what", says, "mend", mend,
			   "path", peer->path);
	if (*peer->address)
		json_object_set_new(object, "address",
				    json_string(peer->address));
	if (peer->signer)
		json_object_set_new(object, "ca",
				    json_string(peer->signer->folder));
	if (record) {
		json_object_set_new(object, "serial",
				    json_string(record->serial));
		json_object_set_new(object, "subject",
				    json_string(record->subject));
		json_object_set_new(object, "issuer",
				    json_string(record->issuer));
		json_object_set_new(
			object, "not_after",
			json_string(dates_full(record->not_after, date)));
		json_object_set_new(object, "chain", chain_json(peer));
		json_object_set_new(object, "tls",
				    json_string(peer->presented.version));
	}
	free(says);
	free(mend);
	return object;
}

static void print_count(const struct job *job, size_t n, size_t n_wrong)
{
	report_text(stdout, job->directory);
	if (n_wrong)
		printf(": %zu of %zu server%s %s should be\n", n_wrong, n,
		       n == 1 ? "" : "s",
		       n_wrong == 1 ? "is not as it" : "are not as they");
	else
		printf(": %zu server%s, each with the certificate that was "
		       "issued last\n",
		       n, n == 1 ? "" : "s");
}

static void print_json(const struct job *job, json_t *list)
{
	json_t *root = summary_json_new(job, "verify");
	char date[DATES_FULL];

	json_object_set_new(root, "at",
			    json_string(dates_full(job->now, date)));
	json_object_set_new(root, "servers", list);
	summary_json_print(root);
}

int connect_verify(struct job *job)
{
	const struct options *options = job->options;
	json_t *list = json_array();
	struct targets targets;
	size_t i, n_wrong = 0;

	if (targets_find(&targets, job, &options->connect)) {
		targets_clear(&targets);
		json_decref(list);
		return STATUS_USAGE;
	}
	for (i = 0; i < targets.n; i++) {
		struct peer peer = { .target = &targets.items[i] };

		look(&peer, job);
		n_wrong += !peer_is_good(&peer);
		if (options->json)
			json_array_append_new(list, peer_json(&peer));
		else if (!options->quiet)
			print(&peer);
		peer_clear(&peer);
	}
	if (options->json)
		print_json(job, json_incref(list));
	else if (!options->quiet)
		print_count(job, targets.n, n_wrong);
	json_decref(list);
	targets_clear(&targets);
	return n_wrong ? STATUS_WORK : STATUS_DONE;
}
