/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_INVENTORY_H
#define TOPOCERT_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "arena.h"
#include "catalog.h"
#include "derivation.h"
#include "diag.h"
#include "import.h"
#include "key.h"
#include "member.h"
#include "origin.h"
#include "passphrase.h"
#include "profile.h"
#include "san.h"
#include "template.h"
#include "topology.h"

/* A CA as it should be. */
struct ca_entry {
	const char *name; /* as in [ca NAME]; "" */
	const char *role; /* which of the profile's it is; NULL: none, it only
			   * signs CAs */
	char *folder; /* "ca", "ca-NAME" */
	const struct profile *profile; /* the first one that has it */
	const struct profile_ca *type;
	const struct ca_section *section; /* of the topology; may be NULL */
	const struct ca_entry *issuer; /* NULL: it signs itself, or comes from
					* elsewhere */
	long path_length; /* how many CAs may come below it */
	bool is_external; /* others sign what it should */
	struct origin *origin; /* where it comes from; NULL: it is made here */
	char *key_place; /* where its key is (see keystore.h); NULL: in its
			  * folder */
	struct passphrase *passphrase; /* of that key; NULL: none */
	const char *organization;
	const struct key_spec *key;
	long days;
	long backdate;
	time_t start; /* notBefore; 0: when it is made, less the backdate */
	long generation; /* of what comes from a seed */
	struct derivation *derivation; /* whence comes what is random; NULL:
					* there is no seed */
	long crl_days; /* until the next revocation list */
	char *common_name;
	char *listed; /* the numbers of the revocation lists that bundles get
		       * for it; NULL: it is to be made */
	char *chain; /* which CAs stand between the root and what it signs, ""
		      * for none; NULL: as trusted */
	char *trusted; /* which certificates bundles get for it; NULL: it is to
			* be made */
};

/* A certificate that should exist. */
struct entry {
	const struct owner *owner; /* the first one, where it is shared */
	const struct member *member;
	const struct profile_certificate *type;
	const struct ca_entry *ca; /* NULL: it is imported */
	const char *service; /* one for all hosts that have it; NULL: OWNER's */
	const struct import *import; /* NULL: it is issued */
	const char *organization;
	const struct key_spec *key;
	long days; /* of lifetime, from now */
	int backdate; /* hours that notBefore lies before now */
	int renew_before; /* days before the end of its lifetime */
	bool reuse_key; /* renewed with the key that it has */
	int days_line; /* of the topology, where days is set; 0: profile */
	const char *common_name;
	const char *organizational_unit; /* NULL: none */
	const struct san *names; /* the SAN in the order of the request */
	size_t n_names;
	const char *label; /* names its configuration and its request */
	const char *folder; /* "hosts/node1", "users/root", "services/NAME" */
	const char *file; /* names in the bundle */
	const char *key_file;
	const char *path; /* of the certificate, in the output folder */
};

enum content_kind {
	CONTENT_CA,
	CONTENT_CERTIFICATE,
	CONTENT_KEY,
	CONTENT_FILE, /* a [file NAME] */
	CONTENT_PASSWORD, /* of such a file */
};

/* A file of somebody's bundle. */
struct content {
	enum content_kind kind;
	const struct member *member;
	const struct ca_entry *ca; /* also what a [file] trusts */
	size_t entry; /* its place in the group; SIZE_MAX: none */
	const struct profile_file *file;
	const char *alias; /* of a store; NULL: none is given */
	const char *name;
	mode_t mode;
	int line; /* of the profile */
};

/* A host or user with all that belongs into the bundle. */
struct holder {
	const struct owner *owner;
	struct member *members; /* of its section */
	const struct content *contents; /* perhaps of others, too */
	unsigned int n_members, n_contents;
	size_t group;
};

/* Holders that share certificates, and all certificates of theirs: mostly one
 * holder. */
struct group {
	unsigned int first_holder, n_holders;
	unsigned int first_entry, n_entries;
};

/* Hours that notBefore lies before now, against clocks that are behind. */
#define BACKDATE_HOURS 24

/* A key as it was written, and what that means. */
struct known_key {
	char *text;
	struct key_spec spec;
};

struct inventory {
	const struct topology *topology;
	const struct catalog *catalog;
	const struct profile *profile; /* the first of the catalog */
	time_t now;
	const struct seed *seed; /* NULL: there is none */
	struct known_key **keys; /* each that occurs */
	size_t n_keys;
	struct import **imports; /* the same */
	size_t n_imports;
	struct ca_entry *cas;
	size_t n_cas;
	struct members *members; /* for sections of owners, some together */
	size_t n_members;
	struct arena *texts; /* of entries and contents, and their arrays */
	struct holder *holders; /* those of one group lie together */
	size_t n_holders;
	struct entry *entries; /* the same */
	size_t n_entries;
	struct group *groups;
	size_t n_groups;
};

/*
 * Join topology and profiles, which have to outlive the inventory, and read
 * the certificates that are imported, valid at the time NOW. What does not
 * fit together goes to DIAG. Never NULL; free with inventory_free().
 */
struct inventory *inventory_new(const struct topology *topology,
				const struct catalog *catalog, time_t now,
				struct diag *diag);
void inventory_free(struct inventory *inventory);

/* "hosts/node1" or "users/root": the folder of an owner; free it. */
char *inventory_folder(const struct owner *owner);

/* The keyUsage bits that fit the kind of key, out of those of the profile. */
unsigned int inventory_usage(const struct profile_certificate *type,
			     const struct key_spec *key);

/* The CA that is ROLE of the profile ("" for the first); NULL: there is
 * none. */
const struct ca_entry *inventory_ca(const struct inventory *inventory,
				    const char *role);

/* Some bundle holds the revocation list of CA. */
bool inventory_lists(const struct inventory *inventory,
		     const struct ca_entry *ca);

/* The CA that signs TYPE: the first of those it names that is there with these
 * options; NULL: none is, or it is imported. */
const struct ca_entry *inventory_signer(const struct inventory *inventory,
					const struct profile_certificate *type);

/* The key for TEXT, parsed once; NULL where it is wrong, as reported. */
const struct key_spec *inventory_key(struct inventory *inventory,
				     const char *text);

/* The kind of key that owners have who ask for nothing else. */
const struct key_spec *
inventory_usual_key(const struct inventory *inventory,
		    const struct profile_certificate *type);

/* TEXT of MEMBER's profile with its placeholders replaced for OWNER; free it.
 * Empty: reported to DIAG. */
char *inventory_expand(const struct inventory *inventory,
		       const struct member *member, const struct owner *owner,
		       const struct setting *text, const char *organization,
		       struct diag *diag);

/* TEXT, which is freed, as it is kept once for the whole inventory. */
const char *inventory_share(struct inventory *inventory, char *text);

/* The certificate NAME of MEMBER, its own or one that it shares; NULL: it has
 * none. */
const struct entry *inventory_entry(const struct inventory *inventory,
				    const struct holder *holder,
				    const struct member *member,
				    const char *name);

#endif
