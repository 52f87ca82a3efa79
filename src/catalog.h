/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CATALOG_H
#define TOPOCERT_CATALOG_H

#include <stdbool.h>

#include "profile.h"
#include "topology.h"

/* The profiles that a topology names, each once: first those of [cluster]. */
struct catalog {
	struct profile **profiles;
	char **names; /* as the topology names them */
	size_t n;
	bool complete; /* none is missing or wrong */
};

/* Read them; see profile_read(). Never NULL; free with catalog_free(). */
struct catalog *catalog_read(const struct topology *topology,
			     const char *templates, struct diag *diag);
void catalog_free(struct catalog *catalog);

/* The profile that the topology calls NAME, of a complete catalog. */
const struct profile *catalog_profile(const struct catalog *catalog,
				      const char *name);

/*
 * Check what the sections say to their profiles: keys that none knows, values
 * that an option does not take, services that do not exist.
 */
void catalog_check(const struct catalog *catalog,
		   const struct topology *topology, struct diag *diag);

#endif
