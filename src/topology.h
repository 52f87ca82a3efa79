/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_TOPOLOGY_H
#define TOPOCERT_TOPOLOGY_H

#include <stddef.h>

#include "diag.h"
#include "san.h"
#include "setting.h"

/* What [cluster] sets for all, and a section may set for itself. */
struct defaults {
	struct setting organization;
	struct setting key;
	struct setting days;
	struct setting backdate;
};

enum owner_kind { OWNER_HOST, OWNER_USER };

/* A host or a user: whoever holds certificates. */
struct owner {
	enum owner_kind kind;
	char *name; /* safe as a file name */
	int line;
	const struct owner_section *section; /* where it is described */
	struct san *names; /* as written; what follows from name is not here */
	size_t n_names;
};

/* The [cluster] section. */
struct cluster {
	int line;
	struct setting name;
	struct setting profile;
	struct setting domain;
	struct defaults defaults;
};

/* The [ca] section. */
struct ca_section {
	int line;
	struct setting common_name;
	struct defaults own;
};

/* One [host NAME] or [user NAME]; a range in NAME makes several owners. */
struct owner_section {
	char *title;
	struct defaults own;
	struct setting_list ip, dns, uri, email, services;
};

struct topology {
	char *path;
	struct cluster cluster;
	struct ca_section ca;
	struct owner_section **sections;
	size_t n_sections;
	struct owner *owners; /* in the order of the file */
	size_t n_owners;
};

/*
 * Read the topology PATH and check all that can be checked without its
 * profile. What is wrong goes to DIAG. Never NULL; free with topology_free().
 */
struct topology *topology_read(const char *path, struct diag *diag);
void topology_free(struct topology *topology);

/* "host" or "user", as in section headers. */
const char *owner_kind_name(enum owner_kind kind);

/* The name of the host that NAME is within the cluster's domain; free it.
 * NULL where there is no domain or NAME ends in it already. */
char *topology_fqdn(const struct topology *topology, const char *name);

#endif
