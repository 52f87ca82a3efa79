/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PROFILE_H
#define TOPOCERT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "condition.h"
#include "diag.h"
#include "option.h"
#include "owner.h"
#include "san.h"
#include "setting.h"
#include "snippet.h"
#include "template.h"

/* Whom a part of a profile is for. */
struct profile_scope {
	struct setting owner, service;
	struct setting_list when;
	/* the same as read */
	enum owner_kind kind;
	struct condition condition;
};

/* A CA that signs, and its file in the bundles: [ca] or [ca NAME]. */
struct profile_ca {
	char *name; /* "" */
	int line;
	struct setting common_name; /* with placeholders */
	struct setting key;
	struct setting days;
	struct setting template_name;
	struct setting file; /* with placeholders */
	struct setting mode;
	struct setting_list owners, when;
	bool for_kind[2]; /* by enum owner_kind: whose bundles get the file */
	struct condition condition;
	mode_t file_mode;
	struct template *template;
};

/* A kind of certificate that each host or each user gets. */
struct profile_certificate {
	char *name;
	int line;
	struct profile_scope scope;
	struct setting_list ca_names;
	struct setting common_name; /* with placeholders */
	struct setting organizational_unit; /* the same */
	struct setting names;
	struct setting_list dns, ip; /* names that are added */
	struct setting key;
	struct setting days;
	struct setting browsers;
	struct setting chain;
	struct setting template_name;
	struct setting policy; /* sections of the CA's template */
	struct setting extensions;
	struct setting_list key_usage;
	struct setting_list extended_key_usage;
	struct setting file, mode; /* file and key_file with placeholders */
	struct setting key_file, key_mode;
	struct setting_list shared; /* one for all hosts of the service */
	struct setting import, import_key; /* options that name the files */
	/* the same as read */
	const struct profile_ca **cas; /* the first that exists signs */
	size_t n_cas;
	bool has_names; /* the owner's names become its SAN */
	bool for_browsers;
	bool is_chained; /* its file also has the CAs below the root */
	struct san *added;
	size_t n_added;
	unsigned int usage; /* KU_* bits */
	int *extended; /* numeric identifiers, sorted */
	size_t n_extended;
	mode_t file_mode, key_file_mode;
	struct condition is_shared;
	long import_option, import_key_option; /* -1: it is issued */
	struct template *template;
};

/* What a further file of a bundle is made of. */
enum profile_part {
	PART_KEY,
	PART_TRADITIONAL_KEY,
	PART_CERTIFICATE,
	PART_CHAIN, /* the CAs from the issuer to the root */
	PART_FULLCHAIN, /* the leaf, then the CAs below the root */
	PART_CA, /* what is trusted */
	PART_CRL, /* what is revoked, of that */
};

enum profile_format {
	FORMAT_PEM,
	FORMAT_DER,
	FORMAT_PKCS12,
	FORMAT_PKCS12_LEGACY,
};

/* A further file: [file NAME]. */
struct profile_file {
	char *name;
	int line;
	struct profile_scope scope;
	struct setting_list content;
	struct setting certificate_name, ca_name, format_name;
	struct setting file, mode; /* file with placeholders */
	struct setting alias;
	struct setting password_file; /* with placeholders */
	struct setting password; /* an option */
	/* the same as read */
	enum profile_part *parts;
	size_t n_parts;
	enum profile_format format;
	const struct profile_ca *ca;
	long password_option; /* -1: none */
	mode_t file_mode;
};

/* A part of CONFIG.txt: [config NAME]. */
struct profile_config {
	char *name;
	int line;
	struct profile_scope scope;
	struct setting template_name;
	struct snippet *snippet;
};

/* How clients are told to connect: [uri] or [uri NAME]. */
struct profile_uri {
	char *name; /* "" */
	int line;
	struct setting base, port, database, secret;
	struct setting_list query;
	struct setting_list servers; /* certificates of hosts to connect to */
	bool is_secret;
};

/* What a kind of system needs: a file in profiles/. */
struct profile {
	char *path;
	char *label; /* the file's name without folder and ".ini" */
	struct setting description;
	struct setting organization;
	struct setting dns_names_are_logins;
	struct setting_list principals;
	struct setting_list services;
	struct setting folder, folder_mode;
	struct setting tar_owner, tar_group;
	struct setting directory, user_directory;
	bool logins;
	mode_t bundle_mode;
	size_t templates_taken; /* that lay in the user's own folder */
	struct option_list options;
	struct profile_ca **cas;
	size_t n_cas;
	struct profile_certificate **certificates;
	size_t n_certificates;
	struct profile_file **files;
	size_t n_files;
	struct profile_config **configs;
	size_t n_configs;
	struct profile_uri **uris;
	size_t n_uris;
};

/*
 * Read and check the profile NAME (see datafile.h; FROM is the topology, in
 * whose line LINE it is named) and its templates, those in the folder
 * TEMPLATES first (may be NULL). Errors go to DIAG; NULL where there is no
 * such profile or it cannot be used. Free with profile_free().
 */
struct profile *profile_read(const char *name, const char *from, int line,
			     const char *templates, struct diag *diag);
void profile_free(struct profile *profile);

/* In a list of CAs: the one that has no name. */
#define PROFILE_PLAIN_CA "ca"

/* The CA, certificate or URI of that NAME; NULL: there is none. */
const struct profile_ca *profile_ca(const struct profile *profile,
				    const char *name);
const struct profile_certificate *
profile_certificate(const struct profile *profile, const char *name);
const struct profile_uri *profile_uri(const struct profile *profile,
				      const char *name);

bool profile_file_has(const struct profile_file *file, enum profile_part part);

/* The profile has a service of that name. */
bool profile_has_service(const struct profile *profile, const char *name);

#endif
