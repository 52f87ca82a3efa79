/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "profile-section.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key config_keys[] = {
	{ "owner", offsetof(struct profile_config, scope.owner), 0 },
	{ "service", offsetof(struct profile_config, scope.service), 0 },
	{ "when", offsetof(struct profile_config, scope.when), 1 },
	{ "template", offsetof(struct profile_config, template_name), 0 },
};

static const struct setting_key uri_keys[] = {
	{ "base", offsetof(struct profile_uri, base), 0 },
	{ "query", offsetof(struct profile_uri, query), 1 },
	{ "servers", offsetof(struct profile_uri, servers), 1 },
	{ "port", offsetof(struct profile_uri, port), 0 },
	{ "database", offsetof(struct profile_uri, database), 0 },
	{ "secret", offsetof(struct profile_uri, secret), 0 },
};

void profile_read_config(struct profile_reading *in,
			 const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	struct profile_config *config = memory_zeroed(1, sizeof(*config));

	*(struct profile_config **)memory_append(&profile->configs,
						 &profile->n_configs,
						 sizeof(config)) = config;
	config->name = memory_copy(section->name);
	config->line = section->line;
	profile_check_name(in, section);
	setting_fill(in->file, section, config_keys, COUNT(config_keys), config,
		     NULL, in->diag);
	profile_require(in, "config", section->line, config_keys,
			COUNT(config_keys), config, "service when");
	profile_read_kind(in, &config->scope.owner, &config->scope.kind);
	config->snippet = profile_snippet(in, &config->template_name);
}

void profile_read_uri(struct profile_reading *in,
		      const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	struct profile_uri *uri = memory_zeroed(1, sizeof(*uri));

	*(struct profile_uri **)memory_append(&profile->uris, &profile->n_uris,
					      sizeof(uri)) = uri;
	uri->name = memory_copy(section->name);
	uri->line = section->line;
	if (*section->name)
		profile_check_name(in, section);
	setting_fill(in->file, section, uri_keys, COUNT(uri_keys), uri, NULL,
		     in->diag);
	profile_require(in, "uri", section->line, uri_keys, COUNT(uri_keys),
			uri, "query servers port database secret");
	uri->is_secret = setting_yes(&uri->secret, in->file->path, "secret",
				     false, in->diag);
	if (uri->port.text)
		setting_number(&uri->port, in->file->path, "port", 1, 65535,
			       in->diag);
}

void profile_resolve_uris(const struct profile_reading *in)
{
	const struct profile *profile = in->profile;
	size_t i, k;

	for (i = 0; i < profile->n_uris; i++)
		for (k = 0; k < profile->uris[i]->servers.n; k++) {
			const struct setting *name =
				&profile->uris[i]->servers.items[k];

			if (!profile_certificate(profile, name->text))
				diag_error(in->diag, in->file->path, name->line,
					   "servers = %s: the profile has no "
					   "[certificate %s]",
					   name->text, name->text);
		}
}

const struct profile_uri *profile_uri(const struct profile *profile,
				      const char *name)
{
	size_t i;

	for (i = 0; i < profile->n_uris; i++)
		if (strcmp(profile->uris[i]->name, name) == 0)
			return profile->uris[i];
	return NULL;
}

void profile_free_configs(struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->n_configs; i++) {
		struct profile_config *config = profile->configs[i];

		setting_clear(config_keys, COUNT(config_keys), config);
		profile_free_scope(&config->scope);
		snippet_free(config->snippet);
		free(config->name);
		free(config);
	}
	for (i = 0; i < profile->n_uris; i++) {
		setting_clear(uri_keys, COUNT(uri_keys), profile->uris[i]);
		free(profile->uris[i]->name);
		free(profile->uris[i]);
	}
	free(profile->configs);
	free(profile->uris);
}
