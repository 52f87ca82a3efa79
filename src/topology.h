/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_TOPOLOGY_H
#define TOPOCERT_TOPOLOGY_H

#include <stddef.h>

#include "ca-section.h"
#include "diag.h"
#include "owner.h"

/* The [cluster] section. */
struct cluster {
	int line;
	struct setting name;
	struct setting domain;
	struct setting keygen; /* what makes RSA keys */
	struct setting seed_file; /* what all that is random is derived from */
	struct defaults defaults;
	struct membership membership;
};

struct topology {
	char *path;
	struct cluster cluster;
	struct ca_section **cas;
	size_t n_cas;
	struct owners owners;
};

/*
 * Read the topology PATH and check all that can be checked without its
 * profile. What is wrong goes to DIAG. Never NULL; free with topology_free().
 */
struct topology *topology_read(const char *path, struct diag *diag);
void topology_free(struct topology *topology);

/* The section [ca NAME], or [ca] for ""; NULL: there is none. */
const struct ca_section *topology_ca(const struct topology *topology,
				     const char *name);

/* The keys that [cluster] may have. */
const struct setting_key *topology_cluster_keys(size_t *n);

/* The name of the host that NAME is within the cluster's domain; free it.
 * NULL where there is no domain or NAME ends in it already. */
char *topology_fqdn(const struct topology *topology, const char *name);

/* The name or address, out of those of the certificate, by which others best
 * reach OWNER; free it. */
char *topology_reach(const struct topology *topology,
		     const struct owner *owner);

#endif
