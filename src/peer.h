/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PEER_H
#define TOPOCERT_PEER_H

#include <stdbool.h>

#include "job.h"
#include "presented.h"
#include "target.h"

/* How what a server shows compares with what was issued to it. */
enum peer_status {
	PEER_CURRENT,
	PEER_IMPORTED, /* the same, from elsewhere */
	PEER_REPLACED, /* there is a newer one */
	PEER_REVOKED,
	PEER_EXPIRED,
	PEER_EARLY, /* not valid yet */
	PEER_OTHER, /* issued to somebody else */
	PEER_UNNAMED, /* not made out to the name that it was called by */
	PEER_UNWANTED, /* nobody of the topology has it any more */
	PEER_FOREIGN, /* not issued here */
	PEER_UNREACHED,
};

struct peer {
	const struct target *target;
	char address[80]; /* "" where there was no connection */
	enum peer_status status;
	const char *reason; /* of PEER_UNREACHED */
	struct presented presented;
	struct record *record; /* of the leaf; NULL: it cannot be read */
	const struct authority *signer; /* the generation; NULL: foreign */
	char *path; /* whose certificate it is; NULL: foreign */
};

/* Compare what is in PEER->presented with what JOB knows of the target. */
void peer_judge(struct peer *peer, const struct job *job);
void peer_clear(struct peer *peer);

/* "current", "replaced" ... */
const char *peer_status_name(enum peer_status status);
bool peer_is_good(const struct peer *peer);

/* What the server shows, in words, and what to do about it (NULL: nothing);
 * free both. */
char *peer_says(const struct peer *peer);
char *peer_mend(const struct peer *peer);

#endif
