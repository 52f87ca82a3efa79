/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_INVENTORY_H
#define TOPOCERT_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "key.h"
#include "profile.h"
#include "san.h"
#include "template.h"
#include "topology.h"

/* A certificate that should exist. */
struct entry {
	const struct owner *owner;
	const struct profile_certificate *type;
	const char *organization;
	const struct key_spec *key;
	long days; /* of lifetime, from now */
	long backdate; /* hours that notBefore lies before now */
	int days_line; /* of the topology, where days is set; 0: profile */
	char *common_name;
	struct san *names; /* the SAN in the order of the request */
	size_t n_names;
	char *file; /* names in the bundle */
	char *key_file;
	char *path; /* of the certificate, relative to the output folder */
};

/* The CA as it should be. */
struct ca_entry {
	const struct profile_ca *type;
	const char *organization;
	const struct key_spec *key;
	long days;
	long backdate;
	char *common_name;
};

/* A key as it was written, and what that means. */
struct known_key {
	char *text;
	struct key_spec spec;
};

struct inventory {
	const struct topology *topology;
	const struct profile *profile;
	struct known_key **keys; /* each that occurs */
	size_t n_keys;
	struct ca_entry ca;
	struct entry *entries; /* those of one owner lie together */
	size_t n_entries;
};

/*
 * Join topology and profile, which have to outlive the inventory. What does
 * not fit together goes to DIAG. Never NULL; free with inventory_free().
 */
struct inventory *inventory_new(const struct topology *topology,
				const struct profile *profile,
				struct diag *diag);
void inventory_free(struct inventory *inventory);

/* "hosts/node1" or "users/root": the folder of an owner; free it. */
char *inventory_folder(const struct owner *owner);

/* The keyUsage bits that fit the kind of key, out of those of the profile. */
unsigned int inventory_usage(const struct profile_certificate *type,
			     const struct key_spec *key);

/*
 * The section of the CA's configuration that signs ENTRY: the one of the
 * profile, or for a key of another kind than the rest of the cluster has,
 * that one with "_rsa" or "_sign" behind its name. Free it.
 */
char *inventory_section(const struct inventory *inventory,
			const struct entry *entry);

/* The request's configuration of ENTRY, or the CA's where ENTRY is NULL;
 * NULL: reported to DIAG. */
struct rendered *inventory_render(const struct inventory *inventory,
				  const struct entry *entry, struct diag *diag);

#endif
