/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "memory.h"
#include "profile-section.h"
#include "usage.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CERTIFICATE(key, member, list)                                  \
	{                                                               \
		key, offsetof(struct profile_certificate, member), list \
	}

static const struct setting_key keys[] = {
	CERTIFICATE("owner", scope.owner, 0),
	CERTIFICATE("service", scope.service, 0),
	CERTIFICATE("when", scope.when, 1),
	CERTIFICATE("ca", ca_names, 1),
	CERTIFICATE("common_name", common_name, 0),
	CERTIFICATE("organizational_unit", organizational_unit, 0),
	CERTIFICATE("names", names, 0),
	CERTIFICATE("dns", dns, 1),
	CERTIFICATE("ip", ip, 1),
	CERTIFICATE("key", key, 0),
	CERTIFICATE("days", days, 0),
	CERTIFICATE("browsers", browsers, 0),
	CERTIFICATE("chain", chain, 0),
	CERTIFICATE("template", template_name, 0),
	CERTIFICATE("policy", policy, 0),
	CERTIFICATE("extensions", extensions, 0),
	CERTIFICATE("key_usage", key_usage, 1),
	CERTIFICATE("extended_key_usage", extended_key_usage, 1),
	CERTIFICATE("file", file, 0),
	CERTIFICATE("mode", mode, 0),
	CERTIFICATE("key_file", key_file, 0),
	CERTIFICATE("key_mode", key_mode, 0),
	CERTIFICATE("shared", shared, 1),
	CERTIFICATE("import", import, 0),
	CERTIFICATE("import_key", import_key, 0),
};

static const char optional[] = "service when ca organizational_unit names dns "
			       "ip browsers chain shared import import_key";

/* What says how a certificate is made means nothing for a ready one. */
static const char optional_import[] =
	"service when ca common_name organizational_unit names dns ip browsers "
	"chain shared key days template policy extensions key_usage";

static void read_usages(const struct profile_reading *in,
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

static void read_added(const struct profile_reading *in,
		       struct profile_certificate *certificate,
		       enum san_type type, const char *key,
		       const struct setting_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct setting *item = &list->items[i];
		struct san san = { .line = 0 };
		const char *why = san_parse(type, item->text, &san);

		if (why)
			diag_error(in->diag, in->file->path, item->line,
				   "%s = %s: %s", key, item->text, why);
		else
			*(struct san *)memory_append(&certificate->added,
						     &certificate->n_added,
						     sizeof(san)) = san;
		if (!certificate->has_names)
			diag_error(in->diag, in->file->path, item->line,
				   "%s = %s: without names = yes the "
				   "certificate has no names",
				   key, item->text);
	}
}

/* How it is made, or that it comes from elsewhere. */
static void read_origin(struct profile_reading *in,
			struct profile_certificate *certificate)
{
	bool imported = certificate->import.text ||
			certificate->import_key.text;
	char *title = memory_format("certificate %s", certificate->name);

	profile_require(in, "certificate", certificate->line, keys, COUNT(keys),
			certificate, imported ? optional_import : optional);
	profile_check_key_and_days(in, &certificate->key, &certificate->days);
	certificate->template =
		profile_template(in, &certificate->template_name);
	if (imported && certificate->shared.n)
		diag_error(in->diag, in->file->path, certificate->line,
			   "[%s]: shared and import do not go together", title);
	free(title);
}

void profile_read_certificate(struct profile_reading *in,
			      const struct inifile_section *section)
{
	struct profile *profile = in->profile;
	struct profile_certificate *certificate;
	const char *path = in->file->path;

	certificate = memory_zeroed(1, sizeof(*certificate));
	*(struct profile_certificate **)memory_append(
		&profile->certificates, &profile->n_certificates,
		sizeof(certificate)) = certificate;
	certificate->name = memory_copy(section->name);
	certificate->line = section->line;
	profile_check_name(in, section);
	setting_fill(in->file, section, keys, COUNT(keys), certificate, NULL,
		     in->diag);
	read_origin(in, certificate);
	profile_read_kind(in, &certificate->scope.owner,
			  &certificate->scope.kind);
	certificate->has_names = setting_yes(&certificate->names, path, "names",
					     false, in->diag);
	certificate->for_browsers = setting_yes(&certificate->browsers, path,
						"browsers", false, in->diag);
	certificate->is_chained =
		setting_yes(&certificate->chain, path, "chain", true, in->diag);
	certificate->file_mode =
		profile_mode(in, "mode", &certificate->mode, 0777, 0400);
	certificate->key_file_mode = profile_mode(
		in, "key_mode", &certificate->key_mode, 0740, 0400);
	read_added(in, certificate, SAN_DNS, "dns", &certificate->dns);
	read_added(in, certificate, SAN_IP, "ip", &certificate->ip);
	read_usages(in, certificate);
}

const struct profile_certificate *
profile_certificate(const struct profile *profile, const char *name)
{
	size_t i;

	for (i = 0; i < profile->n_certificates; i++)
		if (strcmp(profile->certificates[i]->name, name) == 0)
			return profile->certificates[i];
	return NULL;
}

static void resolve_cas(const struct profile_reading *in,
			struct profile_certificate *certificate)
{
	static const struct setting none;
	size_t n = certificate->ca_names.n, i;

	for (i = 0; i < (n ? n : 1); i++) {
		const struct profile_ca *ca = profile_resolve_ca(
			in, n ? &certificate->ca_names.items[i] : &none,
			certificate->line);

		if (ca)
			*(const struct profile_ca **)memory_append(
				&certificate->cas, &certificate->n_cas,
				sizeof(ca)) = ca;
	}
}

void profile_resolve_certificates(const struct profile_reading *in)
{
	const struct profile *profile = in->profile;
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		struct profile_certificate *certificate =
			profile->certificates[i];

		profile_resolve_scope(in, &certificate->scope);
		condition_read(&certificate->is_shared, &certificate->shared,
			       "shared", &profile->options, in->file->path,
			       in->diag);
		if (certificate->shared.n && !certificate->scope.service.text)
			diag_error(in->diag, in->file->path,
				   certificate->shared.items[0].line,
				   "shared: all hosts of which service? "
				   "wanted service = NAME");
		certificate->import_option = profile_resolve_option(
			in, "import", &certificate->import);
		certificate->import_key_option = profile_resolve_option(
			in, "import_key", &certificate->import_key);
		if (certificate->import_option < 0)
			resolve_cas(in, certificate);
	}
}

void profile_free_certificates(struct profile *profile)
{
	size_t i, j;

	for (i = 0; i < profile->n_certificates; i++) {
		struct profile_certificate *certificate =
			profile->certificates[i];

		setting_clear(keys, COUNT(keys), certificate);
		profile_free_scope(&certificate->scope);
		condition_clear(&certificate->is_shared);
		template_free(certificate->template);
		for (j = 0; j < certificate->n_added; j++)
			san_clear(&certificate->added[j]);
		free(certificate->added);
		free(certificate->cas);
		free(certificate->extended);
		free(certificate->name);
		free(certificate);
	}
	free(profile->certificates);
}
