/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "profile-section.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key keys[] = {
	{ "owner", offsetof(struct profile_file, scope.owner), 0 },
	{ "service", offsetof(struct profile_file, scope.service), 0 },
	{ "when", offsetof(struct profile_file, scope.when), 1 },
	{ "content", offsetof(struct profile_file, content), 1 },
	{ "certificate", offsetof(struct profile_file, certificate_name), 0 },
	{ "ca", offsetof(struct profile_file, ca_name), 0 },
	{ "format", offsetof(struct profile_file, format_name), 0 },
	{ "file", offsetof(struct profile_file, file), 0 },
	{ "mode", offsetof(struct profile_file, mode), 0 },
	{ "alias", offsetof(struct profile_file, alias), 0 },
	{ "password_file", offsetof(struct profile_file, password_file), 0 },
	{ "password", offsetof(struct profile_file, password), 0 },
};

static const char *const parts[] = {
	[PART_KEY] = "key",
	[PART_TRADITIONAL_KEY] = "traditional_key",
	[PART_CERTIFICATE] = "certificate",
	[PART_CHAIN] = "chain",
	[PART_FULLCHAIN] = "fullchain",
	[PART_CA] = "ca",
	[PART_CRL] = "crl",
};

static const char *const formats[] = {
	[FORMAT_PEM] = "pem",
	[FORMAT_DER] = "der",
	[FORMAT_PKCS12] = "pkcs12",
	[FORMAT_PKCS12_LEGACY] = "pkcs12_legacy",
};

bool profile_file_has(const struct profile_file *file, enum profile_part part)
{
	size_t i;

	for (i = 0; i < file->n_parts; i++)
		if (file->parts[i] == part)
			return true;
	return false;
}

static void read_parts(const struct profile_reading *in,
		       struct profile_file *file)
{
	size_t i, k;

	for (i = 0; i < file->content.n; i++) {
		const struct setting *item = &file->content.items[i];

		for (k = 0; k < COUNT(parts); k++)
			if (strcmp(parts[k], item->text) == 0)
				break;
		if (k < COUNT(parts))
			*(enum profile_part *)memory_append(
				&file->parts, &file->n_parts,
				sizeof(*file->parts)) = (enum profile_part)k;
		else
			diag_error(in->diag, in->file->path, item->line,
				   "content = %s: wanted key, "
				   "traditional_key, certificate, chain, "
				   "fullchain, ca or crl",
				   item->text);
	}
}

static void read_format(const struct profile_reading *in,
			struct profile_file *file)
{
	const struct setting *name = &file->format_name;
	size_t i;

	if (!name->text)
		return;
	for (i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i], name->text) == 0)
			break;
	if (i < COUNT(formats))
		file->format = (enum profile_format)i;
	else
		diag_error(in->diag, in->file->path, name->line,
			   "format = %s: wanted pem, der, pkcs12 or "
			   "pkcs12_legacy",
			   name->text);
}

static bool is_trust_store(const struct profile_file *file)
{
	return file->n_parts == 1 && profile_file_has(file, PART_CA);
}

static bool is_key_store(const struct profile_file *file)
{
	return profile_file_has(file, PART_KEY) &&
	       (profile_file_has(file, PART_CERTIFICATE) ||
		profile_file_has(file, PART_FULLCHAIN)) &&
	       !profile_file_has(file, PART_TRADITIONAL_KEY) &&
	       !profile_file_has(file, PART_CA) &&
	       !profile_file_has(file, PART_CRL);
}

/* What content and format have to do with one another. */
static const char *check_format(const struct profile_file *file)
{
	bool store = file->format >= FORMAT_PKCS12;
	bool key = profile_file_has(file, PART_KEY);

	if (file->format == FORMAT_DER && file->n_parts != 1)
		return "format = der holds one part";
	if (store && !(key ? is_key_store(file) : is_trust_store(file)))
		return "a pkcs12 holds a key with its certificate and perhaps "
		       "the chain, or ca alone, which makes it a trust store";
	if (store && !file->password_file.text)
		return "a pkcs12 has a password: wanted password_file = NAME";
	if (!store && (file->password_file.text || file->password.text ||
		       file->alias.text))
		return "only a pkcs12 has a password and an alias";
	return NULL;
}

void profile_read_file(struct profile_reading *in,
		       const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	struct profile_file *file = memory_zeroed(1, sizeof(*file));
	const char *why;
	bool secret;

	*(struct profile_file **)memory_append(
		&profile->files, &profile->n_files, sizeof(file)) = file;
	file->name = memory_copy(section->name);
	file->line = section->line;
	profile_check_name(in, section);
	setting_fill(in->file, section, keys, COUNT(keys), file, NULL,
		     in->diag);
	profile_require(in, "file", section->line, keys, COUNT(keys), file,
			"service when certificate ca format alias "
			"password_file password");
	profile_read_kind(in, &file->scope.owner, &file->scope.kind);
	read_parts(in, file);
	read_format(in, file);
	secret = profile_file_has(file, PART_KEY) ||
		 profile_file_has(file, PART_TRADITIONAL_KEY);
	file->file_mode = profile_mode(in, "mode", &file->mode,
				       secret ? 0740 : 0777, 0400);
	why = check_format(file);
	if (why)
		diag_error(in->diag, in->file->path, section->line,
			   "[file %s]: %s", file->name, why);
}

/* The certificate that FILE speaks of has to be known, if it needs one. */
static void check_certificate(const struct profile_reading *in,
			      const struct profile_file *file)
{
	const struct setting *name = &file->certificate_name;
	bool needed = file->n_parts >
		      (size_t)profile_file_has(file, PART_CA) +
			      (size_t)profile_file_has(file, PART_CRL);

	if (needed && !name->text)
		diag_error(in->diag, in->file->path, file->line,
			   "[file %s]: of which certificate? wanted "
			   "certificate = NAME",
			   file->name);
	else if (name->text && !profile_certificate(in->profile, name->text))
		diag_error(in->diag, in->file->path, name->line,
			   "certificate = %s: the profile has no "
			   "[certificate %s]",
			   name->text, name->text);
}

void profile_resolve_files(const struct profile_reading *in)
{
	const struct profile *profile = in->profile;
	size_t i;

	for (i = 0; i < profile->n_files; i++) {
		struct profile_file *file = profile->files[i];

		profile_resolve_scope(in, &file->scope);
		check_certificate(in, file);
		file->password_option =
			profile_resolve_option(in, "password", &file->password);
		if (profile_file_has(file, PART_CA) ||
		    profile_file_has(file, PART_CRL))
			file->ca = profile_resolve_ca(in, &file->ca_name,
						      file->line);
	}
}

void profile_free_files(struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->n_files; i++) {
		struct profile_file *file = profile->files[i];

		setting_clear(keys, COUNT(keys), file);
		profile_free_scope(&file->scope);
		free(file->parts);
		free(file->name);
		free(file);
	}
	free(profile->files);
}
