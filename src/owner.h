/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_OWNER_H
#define TOPOCERT_OWNER_H

#include "arena.h"
#include "defaults.h"
#include "inifile.h"
#include "san.h"

enum owner_kind { OWNER_HOST, OWNER_USER };

/* One [host NAME] or [user NAME]; a range in NAME makes several owners. */
struct owner_section {
	enum owner_kind kind;
	char *title;
	int line;
	size_t place; /* among all sections */
	struct defaults own;
	struct membership membership;
	struct setting_list services;
};

/* A host or a user: whoever holds certificates. */
struct owner {
	enum owner_kind kind : 8;
	unsigned int n_names : 24;
	int line;
	char *name; /* safe as a file name */
	const struct owner_section *section; /* where it is described */
	struct san *names; /* as written; what follows from name is not here */
};

struct owners {
	struct owner_section **sections;
	size_t n_sections;
	struct owner *items; /* in the order of the file */
	size_t n;
	struct arena *texts; /* the names of all, and their arrays */
};

/* "host" or "user", as in section headers. */
const char *owner_kind_name(enum owner_kind kind);

/* The keys that such a section may have. */
const struct setting_key *owner_keys(enum owner_kind kind, size_t *n);

/* Read the SECTION of FILE and add what owners it makes. What is wrong goes
 * to DIAG. */
void owners_read(struct owners *owners, enum owner_kind kind,
		 const struct inifile *file,
		 const struct inifile_section *section, struct diag *diag);

/* All are read. */
void owners_complete(struct owners *owners);

/* Folders are named after owners, and not every disk tells A from a. */
void owners_refuse_repeated(const struct owners *owners, const char *path,
			    struct diag *diag);
void owners_clear(struct owners *owners);

#endif
