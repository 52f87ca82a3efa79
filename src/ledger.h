/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LEDGER_H
#define TOPOCERT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "job.h"

/* All certificates that the CA directories record. */

enum ledger_status {
	LEDGER_VALID,
	LEDGER_EXPIRING, /* has to be renewed */
	LEDGER_EXPIRED,
	LEDGER_REVOKED,
	LEDGER_REPLACED, /* valid, but there is a later one */
	LEDGER_STATUSES,
};

/* Whose certificate it is. */
enum ledger_kind {
	LEDGER_CA,
	LEDGER_HOST,
	LEDGER_USER,
	LEDGER_SERVICE,
	LEDGER_UNKNOWN, /* issued by openssl-ca(1), or so it seems */
};

struct ledger_row {
	enum ledger_kind kind;
	char *owner; /* its name, a CA's folder; NULL: unknown */
	char *file; /* relative to the output folder */
	const char *serial; /* hexadecimal */
	const char *subject, *issuer; /* as X509_NAME_oneline(3) */
	time_t not_before, not_after; /* not_before is 0 where damaged */
	time_t revoked; /* 0: it is not */
	char *reason; /* for that, as openssl-ca(1) names it; NULL: none */
	long days_left; /* whole ones; negative: since it expired */
	enum ledger_status status;
	bool superseded; /* there is a later one, whatever the status */
	bool wanted; /* by the topology */
	bool damaged; /* its copy in newcerts/ is missing or cannot be read */
	struct record *record; /* NULL: damaged, or a CA */
	/* the generation of a CA that signed it, or is it, and the one that
	 * signs now; NULL: it is imported */
	const struct authority *authority, *lineage;
	const struct entry *entry; /* that has this path; NULL: none has */
	int generation; /* those of a lineage in the order of their age */
	size_t place; /* among all of that generation */
};

struct ledger {
	struct ledger_row *rows; /* what ends soonest first */
	size_t n;
	struct authority **lineages; /* the CAs that exist */
	size_t n_lineages;
	bool incomplete; /* something is left out, as reported */
};

/* Read all after job_open(). Never NULL; free with ledger_free(). */
struct ledger *ledger_new(const struct job *job);
void ledger_free(struct ledger *ledger);

/* Leave out what was replaced or revoked: it serves nobody. */
void ledger_keep_current(struct ledger *ledger);

/* How many have STATUS. */
size_t ledger_count(const struct ledger *ledger, enum ledger_status status);

/* The topology wants it, and nothing came after it: it should serve now. */
bool ledger_serves(const struct ledger_row *row);

/* It went out of use: replaced, or revoked. */
bool ledger_is_past(const struct ledger_row *row);

/* "valid", "expiring", "expired", "revoked", "replaced" */
const char *ledger_status_name(enum ledger_status status);

/* "ca", "host", "user", "service", "unknown" */
const char *ledger_kind_name(enum ledger_kind kind);

#endif
