/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "datafile.h"
#include "distinguished.h"
#include "filename.h"
#include "guide.h"
#include "memory.h"
#include "profile-section.h"
#include "suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key profile_keys[] = {
	{ "description", offsetof(struct profile, description), 0 },
	{ "organization", offsetof(struct profile, organization), 0 },
	{ "dns_names_are_logins",
	  offsetof(struct profile, dns_names_are_logins), 0 },
	{ "principals", offsetof(struct profile, principals), 1 },
	{ "services", offsetof(struct profile, services), 1 },
};

static const struct setting_key bundle_keys[] = {
	{ "folder", offsetof(struct profile, folder), 0 },
	{ "folder_mode", offsetof(struct profile, folder_mode), 0 },
	{ "tar_owner", offsetof(struct profile, tar_owner), 0 },
	{ "tar_group", offsetof(struct profile, tar_group), 0 },
	{ "directory", offsetof(struct profile, directory), 0 },
	{ "user_directory", offsetof(struct profile, user_directory), 0 },
};

static void read_profile(struct profile_reading *in,
			 const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	const char *why;

	setting_fill(in->file, section, profile_keys, COUNT(profile_keys),
		     profile, NULL, in->diag);
	profile_require(in, "profile", section->line, profile_keys,
			COUNT(profile_keys), profile,
			"dns_names_are_logins principals services");
	profile->logins = setting_yes(&profile->dns_names_are_logins,
				      in->file->path, "dns_names_are_logins",
				      false, in->diag);
	if (profile->organization.text &&
	    (why = distinguished_check(profile->organization.text)))
		diag_error(in->diag, in->file->path, profile->organization.line,
			   "organization = %s: %s", profile->organization.text,
			   why);
}

static void read_bundle(struct profile_reading *in,
			const struct inifile_section *section)
{
	struct profile *profile = in->profile;

	setting_fill(in->file, section, bundle_keys, COUNT(bundle_keys),
		     profile, NULL, in->diag);
	profile_require(in, "bundle", section->line, bundle_keys,
			COUNT(bundle_keys), profile,
			"directory user_directory");
	profile_check_file(in, "folder", &profile->folder);
	if (profile->folder.text &&
	    (strcasecmp(profile->folder.text, "conf") == 0 ||
	     strcasecmp(profile->folder.text, GUIDE_FILE) == 0))
		diag_error(in->diag, in->file->path, profile->folder.line,
			   "folder = %s: the configuration files lie in conf/: "
			   "wanted another name, as certs",
			   profile->folder.text);
	profile_check_file(in, "tar_owner", &profile->tar_owner);
	profile_check_file(in, "tar_group", &profile->tar_group);
	profile->bundle_mode = profile_mode(in, "folder_mode",
					    &profile->folder_mode, 0777, 0700);
}

static void read_option(struct profile_reading *in,
			const struct inifile_section *section)
{
	option_read(&in->profile->options, in->file, section, in->diag);
}

static void read_sections(struct profile_reading *in)
{
	static const struct {
		const char *name;
		void (*read)(struct profile_reading *in,
			     const struct inifile_section *section);
		bool may_be_named;
		bool needed;
	} kinds[] = {
		{ "profile", read_profile, false, true },
		{ "ca", profile_read_ca, true, true },
		{ "bundle", read_bundle, false, true },
		{ "certificate", profile_read_certificate, true, true },
		{ "option", read_option, true, false },
		{ "file", profile_read_file, true, false },
		{ "config", profile_read_config, true, false },
		{ "uri", profile_read_uri, true, false },
	};
	bool seen[COUNT(kinds)] = { false };
	size_t i, k;

	for (i = 0; i < in->file->n_sections; i++) {
		const struct inifile_section *section = &in->file->sections[i];

		for (k = 0; k < COUNT(kinds); k++)
			if (strcmp(kinds[k].name, section->kind) == 0)
				break;
		if (k == COUNT(kinds)) {
			diag_error(in->diag, in->file->path, section->line,
				   "unknown section [%s]: nearest is [%s]",
				   section->kind,
				   suggest_nearest(section->kind, kinds,
						   COUNT(kinds),
						   sizeof(kinds[0])));
			continue;
		}
		seen[k] = true;
		if (!kinds[k].may_be_named && *section->name)
			diag_error(in->diag, in->file->path, section->line,
				   "[%s %s]: wanted [%s]", section->kind,
				   section->name, section->kind);
		else
			kinds[k].read(in, section);
	}
	for (k = 0; k < COUNT(kinds); k++)
		if (!seen[k] && kinds[k].needed)
			diag_error(in->diag, in->file->path, 0,
				   "no [%s] section", kinds[k].name);
}

/* What names other sections, once all of them are read. */
static void resolve(const struct profile_reading *in)
{
	struct profile *profile = in->profile;
	const char *path = in->file->path;
	size_t i;

	option_resolve(&profile->options, path, in->diag);
	for (i = 0; i < profile->n_cas; i++)
		condition_read(&profile->cas[i]->condition,
			       &profile->cas[i]->when, "when",
			       &profile->options, path, in->diag);
	profile_resolve_certificates(in);
	profile_resolve_files(in);
	profile_resolve_uris(in);
	for (i = 0; i < profile->n_configs; i++)
		profile_resolve_scope(in, &profile->configs[i]->scope);
	for (i = 0; i < profile->options.n; i++) {
		struct profile_option *option = profile->options.items[i];

		condition_read(&option->needs, &option->needed, "needs",
			       &profile->options, path, in->diag);
	}
}

bool profile_has_service(const struct profile *profile, const char *name)
{
	size_t i;

	for (i = 0; i < profile->services.n; i++)
		if (strcmp(profile->services.items[i].text, name) == 0)
			return true;
	return false;
}

/* "NAME" of "profiles/NAME.ini". */
static char *label_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base);

	if (length > 4 && strcmp(base + length - 4, ".ini") == 0)
		length -= 4;
	return memory_copy_part(base, length);
}

/* Sets errno where it is one. */
static bool is_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return false;
	errno = EISDIR;
	return true;
}

/* PATH, that NAME stands for, cannot be read. */
static void report_unreadable(const char *name, const char *path,
			      const char *from, int line, struct diag *diag)
{
	const char *reason = strerror(errno), *nearest;
	char **names;
	size_t n, i;

	if (strcmp(path, name) == 0) {
		diag_error(diag, from, line, "profile = %s: %s", name, reason);
		return;
	}
	if (strchr(name, '/')) {
		diag_error(diag, from, line, "profile = %s: %s: %s", name, path,
			   reason);
		return;
	}
	names = datafile_profiles(&n);
	nearest = suggest_nearest(name, names, n, sizeof(*names));
	if (nearest)
		diag_error(diag, from, line,
			   "profile = %s: no such profile; nearest is %s", name,
			   nearest);
	else
		diag_error(diag, from, line,
			   "profile = %s: there are no profiles: %s: %s", name,
			   path, reason);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

struct profile *profile_read(const char *name, const char *from, int line,
			     const char *templates, struct diag *diag)
{
	char *path = datafile_profile(name, from);
	size_t errors = diag_errors(diag);
	struct profile *profile;
	struct inifile *file;
	struct profile_reading in;

	if (access(path, R_OK) != 0 || is_folder(path)) {
		report_unreadable(name, path, from, line, diag);
		free(path);
		return NULL;
	}
	profile = memory_zeroed(1, sizeof(*profile));
	file = inifile_read(path, diag);
	profile->path = path;
	profile->label = label_of(path);
	in = (struct profile_reading){ profile, file, templates, 0, diag };
	if (file->n_sections)
		read_sections(&in), resolve(&in);
	else if (diag_errors(diag) == errors)
		diag_error(diag, path, 0, "empty: no [profile] section");
	inifile_free(file);
	profile->templates_taken = in.taken;
	if (diag_errors(diag) == errors)
		return profile;
	profile_free(profile);
	return NULL;
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	profile_free_configs(profile);
	profile_free_files(profile);
	profile_free_certificates(profile);
	profile_free_cas(profile);
	option_list_clear(&profile->options);
	setting_clear(profile_keys, COUNT(profile_keys), profile);
	setting_clear(bundle_keys, COUNT(bundle_keys), profile);
	free(profile->label);
	free(profile->path);
	free(profile);
}
