/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PROFILE_SECTION_H
#define TOPOCERT_PROFILE_SECTION_H

#include "inifile.h"
#include "profile.h"

/* What the readers of a profile's sections share. */
struct profile_reading {
	struct profile *profile;
	const struct inifile *file;
	const char *templates; /* the user's folder of templates, or NULL */
	size_t taken; /* templates that came from there */
	struct diag *diag;
};

/* All keys of a section but those in OPTIONAL, separated by blanks, have to
 * be there. */
void profile_require(const struct profile_reading *in, const char *title,
		     int line, const struct setting_key *keys, size_t n_keys,
		     const void *base, const char *optional);

/* An octal mode with no bits but MOST and all of LEAST; 0: not given. */
mode_t profile_mode(const struct profile_reading *in, const char *key,
		    const struct setting *setting, mode_t most, mode_t least);

void profile_check_key_and_days(const struct profile_reading *in,
				const struct setting *key,
				const struct setting *days);

/* A file's name without placeholders. */
void profile_check_file(const struct profile_reading *in, const char *key,
			const struct setting *file);

/* The name of a section names files, too. */
void profile_check_name(const struct profile_reading *in,
			const struct inifile_section *section);

/* "host" or "user". */
void profile_read_kind(const struct profile_reading *in,
		       const struct setting *owner, enum owner_kind *kind);

/* A template of OpenSSL configuration; NULL: not given, or reported. */
struct template *profile_template(struct profile_reading *in,
				  const struct setting *name);

/* A template of CONFIG.txt. */
struct snippet *profile_snippet(struct profile_reading *in,
				const struct setting *name);

/* One reader for each kind of section; what names other sections waits until
 * all are read. */
void profile_read_ca(struct profile_reading *in,
		     const struct inifile_section *section);
void profile_read_certificate(struct profile_reading *in,
			      const struct inifile_section *section);
void profile_read_file(struct profile_reading *in,
		       const struct inifile_section *section);
void profile_read_config(struct profile_reading *in,
			 const struct inifile_section *section);
void profile_read_uri(struct profile_reading *in,
		      const struct inifile_section *section);

void profile_resolve_scope(const struct profile_reading *in,
			   struct profile_scope *scope);
const struct profile_ca *profile_resolve_ca(const struct profile_reading *in,
					    const struct setting *name,
					    int line);
/* The place of the option of type file that SETTING names; -1: none. */
long profile_resolve_option(const struct profile_reading *in, const char *key,
			    const struct setting *setting);
void profile_resolve_certificates(const struct profile_reading *in);
void profile_resolve_files(const struct profile_reading *in);
void profile_resolve_uris(const struct profile_reading *in);

void profile_free_scope(struct profile_scope *scope);
void profile_free_cas(struct profile *profile);
void profile_free_certificates(struct profile *profile);
void profile_free_files(struct profile *profile);
void profile_free_configs(struct profile *profile);

#endif
