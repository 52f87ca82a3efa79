/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "chain.h"
#include "handover.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "takeover.h"
#include "tree.h"

static void fill(struct authority *authority, const STACK_OF(X509) * chain)
{
	authority_take(authority, sk_X509_value(chain, 0), chain_write(chain));
	authority->exists = true;
	authority->adopted = true;
}

/* All certificates of the CA, as its folder has them. */
static STACK_OF(X509) * chain_of(const struct authority *authority)
{
	size_t length = 0;
	char *text = tree_read(authority->fd, AUTHORITY_CERTIFICATE, &length);
	STACK_OF(X509) *chain = chain_read(text ? text : "", length);

	free(text);
	return chain;
}

/* CHAIN, or CHAIN behind those that came along with certificates. */
static bool ends_in(const STACK_OF(X509) * list, const STACK_OF(X509) * chain)
{
	int i, more = sk_X509_num(list) - sk_X509_num(chain);

	for (i = 0; more >= 0 && i < sk_X509_num(chain); i++)
		if (X509_cmp(sk_X509_value(list, more + i),
			     sk_X509_value(chain, i)) != 0)
			return false;
	return more >= 0;
}

/* One CA, perhaps with another certificate. */
static bool is_same(X509 *a, X509 *b)
{
	return X509_NAME_cmp(X509_get_subject_name(a),
			     X509_get_subject_name(b)) == 0 &&
	       EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

/* The next generation, in the folder of the present one. */
static void succeed(struct job *job, size_t place, const STACK_OF(X509) * chain)
{
	struct authority *own = job->authorities[place];
	struct authority *next = memory_zeroed(1, sizeof(*next));

	next->folder = own->folder;
	next->path = memory_copy(own->path);
	next->fd = dup(own->fd);
	next->index = index_new();
	next->stage = LINEAGE_SWITCHED;
	next->moves_in = true;
	fill(next, chain);
	own->folder = lineage_retired_folder(own);
	lineage_succeed(own, next);
	job->authorities[place] = next;
}

static bool has_key(const struct authority *authority)
{
	return faccessat(authority->fd, AUTHORITY_KEY, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

static int refuse_unfinished(const struct job *job, size_t place)
{
	const struct authority *own = job->authorities[place];
	const struct ca_entry *ca = &job->inventory->cas[place];

	if (own->stage == LINEAGE_SETTLED)
		return STATUS_DONE;
	report_error("%s:%d: cert_file = %s: another CA, but the rotation from "
		     "the former one is not finished: topocert rotate ca %s "
		     "comes first",
		     job->topology->path, ca->section->cert_file.line,
		     ca->section->cert_file.text,
		     own->stage == LINEAGE_SWITCHED ? "finish" :
						      "switch or abort");
	return STATUS_FAILED;
}

enum step { NOTHING, FILL, SUCCEED };

/* What CHAIN means for the CA that is there. */
static enum step next_step(const struct authority *own,
			   const STACK_OF(X509) * chain)
{
	STACK_OF(X509) * present;
	enum step step = SUCCEED;

	if (!own->exists)
		return FILL;
	present = chain_of(own);
	if (!sk_X509_num(present))
		step = FILL;
	else if (ends_in(present, chain))
		step = NOTHING;
	else if (is_same(sk_X509_value(present, 0), sk_X509_value(chain, 0)) ||
		 (!index_count(own->index) && !has_key(own)))
		step = FILL;
	chain_free(present);
	return step;
}

bool takeover_is_due(const struct job *job, size_t place)
{
	return job->foreign[place] && next_step(job->authorities[place],
						job->foreign[place]) != NOTHING;
}

static int adopt(struct job *job, size_t place, const STACK_OF(X509) * chain)
{
	struct authority *own = job->authorities[place];
	enum step step = next_step(own, chain);

	if (step == FILL)
		fill(own, chain);
	if (step != SUCCEED)
		return STATUS_DONE;
	if (refuse_unfinished(job, place) != STATUS_DONE)
		return STATUS_FAILED;
	succeed(job, place, chain);
	return STATUS_DONE;
}

int takeover_prepare(struct job *job)
{
	int status = STATUS_DONE;
	size_t i;

	for (i = 0; i < job->inventory->n_cas && status == STATUS_DONE; i++)
		if (job->foreign[i] && !job->authorities[i]->adopted)
			status = adopt(job, i, job->foreign[i]);
	if (status == STATUS_DONE)
		job_take_authorities(job);
	return status;
}

void takeover_take(struct job *job, size_t place, STACK_OF(X509) * chain)
{
	fill(job->authorities[place], chain);
	job_take_authorities(job);
}

/* What the former CA had that this one has not. */
static int drop_rest(struct publish *publish, const char *folder, bool signs)
{
	static const char *const names[] = { AUTHORITY_KEY, AUTHORITY_CRL_PEM,
					     AUTHORITY_CRL_DER };
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && ret == 0; i++)
		ret = publish_drop(publish, folder, names[i]);
	/* else the new ones take its place as a whole */
	if (ret == 0 && !signs)
		ret = publish_drop(publish, folder, AUTHORITY_NEW_CERTS);
	return ret;
}

int takeover_publish(struct job *job, struct publish *publish, size_t place,
		     bool signs)
{
	const struct authority *own = job->authorities[place];
	const struct handover handover = { job->output, publish };

	if (!own->adopted)
		return 0;
	if (own->moves_in &&
	    (handover_retire(&handover, own->folder, own->old[0]->folder) ||
	     drop_rest(publish, own->folder, signs) ||
	     publish_text(publish, own->folder, LINEAGE_STATE,
			  lineage_state(own->stage))))
		return -1;
	return publish_foreign(publish, own);
}
