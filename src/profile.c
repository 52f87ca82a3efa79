/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "authority.h"
#include "datafile.h"
#include "distinguished.h"
#include "key.h"
#include "memory.h"
#include "profile.h"
#include "suggest.h"
#include "usage.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key profile_keys[] = {
	{ "description", offsetof(struct profile, description), 0 },
	{ "organization", offsetof(struct profile, organization), 0 },
	{ "dns_names_are_logins",
	  offsetof(struct profile, dns_names_are_logins), 0 },
	{ "principals", offsetof(struct profile, principals), 1 },
};

static const struct setting_key bundle_keys[] = {
	{ "folder", offsetof(struct profile, folder), 0 },
	{ "folder_mode", offsetof(struct profile, folder_mode), 0 },
	{ "tar_owner", offsetof(struct profile, tar_owner), 0 },
	{ "tar_group", offsetof(struct profile, tar_group), 0 },
};

static const struct setting_key ca_keys[] = {
	{ "common_name", offsetof(struct profile_ca, common_name), 0 },
	{ "key", offsetof(struct profile_ca, key), 0 },
	{ "days", offsetof(struct profile_ca, days), 0 },
	{ "template", offsetof(struct profile_ca, template_name), 0 },
	{ "file", offsetof(struct profile_ca, file), 0 },
	{ "mode", offsetof(struct profile_ca, mode), 0 },
};

#define CERTIFICATE(key, member, list)                                  \
	{                                                               \
		key, offsetof(struct profile_certificate, member), list \
	}

static const struct setting_key certificate_keys[] = {
	CERTIFICATE("owner", owner, 0),
	CERTIFICATE("common_name", common_name, 0),
	CERTIFICATE("names", names, 0),
	CERTIFICATE("key", key, 0),
	CERTIFICATE("days", days, 0),
	CERTIFICATE("template", template_name, 0),
	CERTIFICATE("policy", policy, 0),
	CERTIFICATE("extensions", extensions, 0),
	CERTIFICATE("key_usage", key_usage, 1),
	CERTIFICATE("extended_key_usage", extended_key_usage, 1),
	CERTIFICATE("file", file, 0),
	CERTIFICATE("mode", mode, 0),
	CERTIFICATE("key_file", key_file, 0),
	CERTIFICATE("key_mode", key_mode, 0),
};

struct reading {
	struct profile *profile;
	const struct inifile *file;
	const char *templates; /* the user's folder of templates, or NULL */
	size_t taken; /* templates that came from there */
	struct diag *diag;
};

/* All keys of a section but those in OPTIONAL have to be there. */
static void require(const struct reading *in, const char *title, int line,
		    const struct setting_key *keys, size_t n_keys,
		    const void *base, const char *optional)
{
	size_t i;

	for (i = 0; i < n_keys; i++) {
		const void *place = (const char *)base + keys[i].offset;
		bool given = keys[i].list ?
				     ((const struct setting_list *)place)->n :
				     ((const struct setting *)place)->text != 0;

		if (!given && !strstr(optional, keys[i].name))
			diag_error(in->diag, in->file->path, line,
				   "[%s] without %s", title, keys[i].name);
	}
}

static mode_t read_mode(const struct reading *in, const char *key,
			const struct setting *setting, mode_t most,
			mode_t least)
{
	char *end;
	unsigned long mode;

	if (!setting->text)
		return 0;
	mode = strtoul(setting->text, &end, 8);
	if (*setting->text != '0' || *end || (mode & ~(unsigned long)most) ||
	    (mode & least) != least)
		diag_error(in->diag, in->file->path, setting->line,
			   "%s = %s: wanted an octal mode from %04o to %04o",
			   key, setting->text, (unsigned int)least,
			   (unsigned int)most);
	return (mode_t)mode;
}

static void check_key_and_days(const struct reading *in,
			       const struct setting *key,
			       const struct setting *days)
{
	struct key_spec spec;
	const char *why;

	if (key->text && (why = key_parse(key->text, &spec)))
		diag_error(in->diag, in->file->path, key->line, "key = %s: %s",
			   key->text, why);
	if (days->text)
		setting_number(days, in->file->path, "days", 1,
			       SETTING_DAYS_MAX, in->diag);
}

bool profile_plain_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	return *text && *text != '.' && *text != '-' &&
	       strspn(text, allowed) == strlen(text);
}

static void check_file(const struct reading *in, const char *key,
		       const struct setting *file)
{
	if (file->text && !profile_plain_name(file->text))
		diag_error(in->diag, in->file->path, file->line,
			   "%s = %s: wanted a plain name of letters, digits, "
			   "'_', '-' and '.'",
			   key, file->text);
}

static struct template *read_template(struct reading *in,
				      const struct setting *name)
{
	struct template *template;
	char *path;

	if (!name->text)
		return NULL;
	path = datafile_template(name->text, in->templates, in->file->path);
	if (access(path, R_OK) != 0) {
		diag_error(in->diag, in->file->path, name->line,
			   "template = %s: cannot read %s", name->text, path);
		template = NULL;
	} else {
		template = template_load(path, in->diag);
		if (in->templates &&
		    strncmp(path, in->templates, strlen(in->templates)) == 0)
			in->taken++;
	}
	free(path);
	return template;
}

static void read_profile(struct reading *in,
			 const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	const char *why;

	setting_fill(in->file, section, profile_keys, COUNT(profile_keys),
		     profile, in->diag);
	require(in, "profile", section->line, profile_keys, COUNT(profile_keys),
		profile, "dns_names_are_logins principals");
	profile->logins = setting_yes(&profile->dns_names_are_logins,
				      in->file->path, "dns_names_are_logins",
				      false, in->diag);
	if (profile->organization.text &&
	    (why = distinguished_check(profile->organization.text)))
		diag_error(in->diag, in->file->path, profile->organization.line,
			   "organization = %s: %s", profile->organization.text,
			   why);
}

static void read_bundle(struct reading *in,
			const struct inifile_section *section)
{
	struct profile *profile = in->profile;

	setting_fill(in->file, section, bundle_keys, COUNT(bundle_keys),
		     profile, in->diag);
	require(in, "bundle", section->line, bundle_keys, COUNT(bundle_keys),
		profile, "");
	check_file(in, "folder", &profile->folder);
	if (profile->folder.text &&
	    strcasecmp(profile->folder.text, "conf") == 0)
		diag_error(in->diag, in->file->path, profile->folder.line,
			   "folder = %s: the configuration files lie in conf/: "
			   "wanted another name, as certs",
			   profile->folder.text);
	check_file(in, "tar_owner", &profile->tar_owner);
	check_file(in, "tar_group", &profile->tar_group);
	profile->bundle_mode =
		read_mode(in, "folder_mode", &profile->folder_mode, 0777, 0700);
}

/* The CA's certificate lies among the other files of its folder. */
static void refuse_taken(const struct reading *in, const struct setting *file)
{
	static const char *const taken[] = {
		AUTHORITY_KEY,        AUTHORITY_CONF,   AUTHORITY_INDEX,
		AUTHORITY_INDEX_ATTR, AUTHORITY_SERIAL, AUTHORITY_CRL_NUMBER,
		AUTHORITY_NEW_CERTS,
	};
	size_t i;

	for (i = 0; file->text && i < COUNT(taken); i++)
		if (strcasecmp(file->text, taken[i]) == 0)
			diag_error(in->diag, in->file->path, file->line,
				   "file = %s: the CA's folder has a file of "
				   "that name: wanted another, as ca.crt",
				   file->text);
}

static void read_ca(struct reading *in, const struct inifile_section *section)
{
	struct profile_ca *ca = &in->profile->ca;

	ca->line = section->line;
	setting_fill(in->file, section, ca_keys, COUNT(ca_keys), ca, in->diag);
	require(in, "ca", section->line, ca_keys, COUNT(ca_keys), ca, "");
	check_key_and_days(in, &ca->key, &ca->days);
	check_file(in, "file", &ca->file);
	refuse_taken(in, &ca->file);
	ca->file_mode = read_mode(in, "mode", &ca->mode, 0777, 0400);
	ca->template = read_template(in, &ca->template_name);
}

static void read_usages(const struct reading *in,
			struct profile_certificate *certificate)
{
	size_t i, j;

	for (i = 0; i < certificate->key_usage.n; i++) {
		const struct setting *item = &certificate->key_usage.items[i];
		unsigned int bit = usage_bit(item->text);

		if (!bit)
			diag_error(in->diag, in->file->path, item->line,
				   "key_usage = %s: wanted digitalSignature, "
				   "keyEncipherment or another of RFC 5280",
				   item->text);
		if (bit & (KU_KEY_CERT_SIGN | KU_CRL_SIGN))
			diag_error(in->diag, in->file->path, item->line,
				   "key_usage = %s: only a CA has it",
				   item->text);
		certificate->usage |= bit;
	}
	for (i = 0; i < certificate->extended_key_usage.n; i++) {
		const struct setting *item =
			&certificate->extended_key_usage.items[i];
		int nid = usage_extended(item->text), *place;

		for (j = 0; j < certificate->n_extended; j++)
			if (nid != NID_undef && certificate->extended[j] == nid)
				diag_error(in->diag, in->file->path, item->line,
					   "extended_key_usage = %s: twice",
					   item->text);
		if (nid == NID_undef)
			diag_error(in->diag, in->file->path, item->line,
				   "extended_key_usage = %s: wanted "
				   "serverAuth, clientAuth or another that "
				   "OpenSSL knows",
				   item->text);
		place = memory_append(&certificate->extended,
				      &certificate->n_extended, sizeof(int));
		*place = nid;
		for (j = certificate->n_extended - 1;
		     j > 0 && certificate->extended[j - 1] > nid; j--) {
			certificate->extended[j] = certificate->extended[j - 1];
			certificate->extended[j - 1] = nid;
		}
	}
}

static void read_owner_kind(const struct reading *in,
			    struct profile_certificate *certificate)
{
	const struct setting *owner = &certificate->owner;

	if (!owner->text)
		return;
	if (strcmp(owner->text, "host") == 0)
		certificate->owner_kind = OWNER_HOST;
	else if (strcmp(owner->text, "user") == 0)
		certificate->owner_kind = OWNER_USER;
	else
		diag_error(in->diag, in->file->path, owner->line,
			   "owner = %s: wanted host or user", owner->text);
}

static void read_certificate(struct reading *in,
			     const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	struct profile_certificate *certificate;

	certificate = memory_zeroed(1, sizeof(*certificate));
	*(struct profile_certificate **)memory_append(
		&profile->certificates, &profile->n_certificates,
		sizeof(certificate)) = certificate;
	certificate->name = memory_copy(section->name);
	certificate->line = section->line;
	/* it names files, too */
	if (!profile_plain_name(section->name))
		diag_error(in->diag, in->file->path, section->line,
			   "[certificate %s]: wanted [certificate NAME] with "
			   "a plain name of letters, digits, '_', '-' and '.'",
			   section->name);
	setting_fill(in->file, section, certificate_keys,
		     COUNT(certificate_keys), certificate, in->diag);
	require(in, "certificate", section->line, certificate_keys,
		COUNT(certificate_keys), certificate, "names");
	read_owner_kind(in, certificate);
	certificate->has_names = setting_yes(
		&certificate->names, in->file->path, "names", false, in->diag);
	check_key_and_days(in, &certificate->key, &certificate->days);
	certificate->file_mode =
		read_mode(in, "mode", &certificate->mode, 0777, 0400);
	certificate->key_file_mode =
		read_mode(in, "key_mode", &certificate->key_mode, 0740, 0400);
	certificate->template = read_template(in, &certificate->template_name);
	read_usages(in, certificate);
}

static void read_sections(struct reading *in)
{
	static const struct {
		const char *name;
		void (*read)(struct reading *in,
			     const struct inifile_section *section);
		bool named;
	} kinds[] = {
		{ "profile", read_profile, false },
		{ "ca", read_ca, false },
		{ "bundle", read_bundle, false },
		{ "certificate", read_certificate, true },
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
		if (!kinds[k].named && *section->name)
			diag_error(in->diag, in->file->path, section->line,
				   "[%s %s]: wanted [%s]", section->kind,
				   section->name, section->kind);
		else
			kinds[k].read(in, section);
	}
	for (k = 0; k < COUNT(kinds); k++)
		if (!seen[k])
			diag_error(in->diag, in->file->path, 0,
				   "no [%s] section", kinds[k].name);
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
	struct reading in;

	if (access(path, R_OK) != 0 || is_folder(path)) {
		report_unreadable(name, path, from, line, diag);
		free(path);
		return NULL;
	}
	profile = memory_zeroed(1, sizeof(*profile));
	file = inifile_read(path, diag);
	profile->path = path;
	in = (struct reading){ profile, file, templates, 0, diag };
	if (file->n_sections)
		read_sections(&in);
	else if (diag_errors(diag) == errors)
		diag_error(diag, path, 0, "empty: no [profile] section");
	inifile_free(file);
	if (templates && !in.taken)
		diag_error(diag, templates, 0,
			   "--templates: none of the profile's templates is "
			   "here: wanted %s or another that it names",
			   profile->ca.template_name.text ?
				   profile->ca.template_name.text :
				   "ca.conf");
	if (diag_errors(diag) == errors)
		return profile;
	profile_free(profile);
	return NULL;
}

void profile_free(struct profile *profile)
{
	size_t i;

	if (!profile)
		return;
	for (i = 0; i < profile->n_certificates; i++) {
		struct profile_certificate *certificate =
			profile->certificates[i];

		setting_clear(certificate_keys, COUNT(certificate_keys),
			      certificate);
		template_free(certificate->template);
		free(certificate->extended);
		free(certificate->name);
		free(certificate);
	}
	setting_clear(ca_keys, COUNT(ca_keys), &profile->ca);
	setting_clear(profile_keys, COUNT(profile_keys), profile);
	setting_clear(bundle_keys, COUNT(bundle_keys), profile);
	template_free(profile->ca.template);
	free(profile->certificates);
	free(profile->path);
	free(profile);
}
