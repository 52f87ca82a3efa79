/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PROFILE_H
#define TOPOCERT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "diag.h"
#include "setting.h"
#include "template.h"
#include "topology.h"

/* The CA that signs, and its file in every bundle. */
struct profile_ca {
	int line;
	struct setting common_name; /* with placeholders */
	struct setting key;
	struct setting days;
	struct setting template_name;
	struct setting file;
	struct setting mode;
	mode_t file_mode;
	struct template *template;
};

/* A kind of certificate that each host or each user gets. */
struct profile_certificate {
	char *name;
	int line;
	struct setting owner;
	struct setting common_name; /* with placeholders */
	struct setting names;
	struct setting key;
	struct setting days;
	struct setting template_name;
	struct setting policy; /* sections of the CA's template */
	struct setting extensions;
	struct setting_list key_usage;
	struct setting_list extended_key_usage;
	struct setting file, mode; /* file and key_file with placeholders */
	struct setting key_file, key_mode;
	/* the same as read */
	enum owner_kind owner_kind;
	bool has_names; /* the owner's names become its SAN */
	unsigned int usage; /* KU_* bits */
	int *extended; /* numeric identifiers, sorted */
	size_t n_extended;
	mode_t file_mode, key_file_mode;
	struct template *template;
};

/* What a kind of system needs: a file in profiles/. */
struct profile {
	char *path;
	struct setting description;
	struct setting organization;
	struct setting dns_names_are_logins;
	struct setting_list principals;
	struct setting folder, folder_mode;
	struct setting tar_owner, tar_group;
	bool logins;
	mode_t bundle_mode;
	struct profile_ca ca;
	struct profile_certificate **certificates;
	size_t n_certificates;
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

/* What may name a file of a bundle: letters, digits, '_', '-' and '.', the
 * last two not in front. */
bool profile_plain_name(const char *text);

#endif
