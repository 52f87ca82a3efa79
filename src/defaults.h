/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DEFAULTS_H
#define TOPOCERT_DEFAULTS_H

#include <time.h>

#include "setting.h"

/* What [cluster] sets for all, and a section may set for itself. */
struct defaults {
	struct setting organization;
	struct setting key;
	struct setting days;
	struct setting backdate;
	struct setting generation, not_before; /* of what comes from a seed */
	struct setting renew_before, reuse_key; /* not of a CA */
};

/* What the profiles of a section are, and what it says to them. */
struct membership {
	struct setting_list profiles; /* empty: those of [cluster] */
	struct setting directory; /* where the files lie on the host */
	struct setting_others options; /* keys that the profiles may know */
};

/* Lines of a table of keys for TYPE that has these as a MEMBER. */
#define DEFAULTS_KEYS(type, member)                                     \
	{ "organization", offsetof(type, member.organization), 0 },     \
		{ "key", offsetof(type, member.key), 0 },               \
		{ "days", offsetof(type, member.days), 0 },             \
		{ "generation", offsetof(type, member.generation), 0 }, \
		{ "not_before", offsetof(type, member.not_before), 0 }, \
	{                                                               \
		"backdate", offsetof(type, member.backdate), 0          \
	}

#define RENEWAL_KEYS(type, member)                                  \
	{ "renew_before", offsetof(type, member.renew_before), 0 }, \
	{                                                           \
		"reuse_key", offsetof(type, member.reuse_key), 0    \
	}

#define MEMBERSHIP_KEYS(type, member)                            \
	{ "profile", offsetof(type, member.profiles), 1 },       \
	{                                                        \
		"directory", offsetof(type, member.directory), 0 \
	}

/* How many days before its end a certificate is renewed that is made for so
 * many, where nothing else is asked for. */
long defaults_renew_before(long days);

/* The highest generation of what comes from a seed; the first is 1. */
#define GENERATION_MAX 9999

/* What not_before says, which was checked before, in Unix time; 0: nothing. */
time_t defaults_start(const struct defaults *own);

/* Report to DIAG what is wrong with them in the topology PATH. */
void defaults_check(const struct defaults *own, const char *path,
		    struct diag *diag);
void membership_check(const struct membership *membership, const char *path,
		      struct diag *diag);

#endif
