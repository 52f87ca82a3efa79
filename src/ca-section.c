/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ca-section.h"
#include "constraints.h"
#include "distinguished.h"
#include "filename.h"
#include "memory.h"
#include "passphrase.h"
#include "san.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct setting_key keys[] = {
	{ "common_name", offsetof(struct ca_section, common_name), 0 },
	{ "ocsp", offsetof(struct ca_section, ocsp), 1 },
	{ "crl", offsetof(struct ca_section, crl), 1 },
	{ "ca_issuers", offsetof(struct ca_section, ca_issuers), 1 },
	{ "next_update", offsetof(struct ca_section, next_update), 0 },
	{ "cert_file", offsetof(struct ca_section, cert_file), 0 },
	{ "key_file", offsetof(struct ca_section, key_file), 0 },
	{ "passphrase", offsetof(struct ca_section, passphrase), 0 },
	{ "issuer", offsetof(struct ca_section, issuer), 0 },
	{ "name_constraints", offsetof(struct ca_section, name_constraints),
	  1 },
	{ "external", offsetof(struct ca_section, external), 0 },
	DEFAULTS_KEYS(struct ca_section, own),
};

struct ca_reading {
	const struct inifile *file;
	struct diag *diag;
};

/* What a client can ask over the network (RFC 5280, section 4.2.1.13). */
static bool is_fetched(const char *uri)
{
	static const char *const schemes[] = { "http://", "https://",
					       "ldap://" };
	size_t i, length;

	for (i = 0; i < COUNT(schemes); i++) {
		length = strlen(schemes[i]);
		if (strncasecmp(uri, schemes[i], length) == 0)
			return uri[length] && uri[length] != '/';
	}
	return false;
}

/* Addresses for authorityInfoAccess and crlDistributionPoints. */
static void check_uris(const struct ca_reading *in, const char *key,
		       const struct setting_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct setting *item = &list->items[i];
		struct san san;
		const char *why = san_parse(SAN_URI, item->text, &san);

		if (!why && !is_fetched(item->text)) {
			san_clear(&san);
			why = "wanted http://HOST/..., https:// or ldap://";
		}
		if (why)
			diag_error(in->diag, in->file->path, item->line,
				   "%s = %s: %s", key, item->text, why);
		else
			san_clear(&san);
	}
}

/* KEY and OTHER of one section do not go together. */
static void exclude(const struct ca_reading *in, const char *key,
		    const struct setting *value, const char *other,
		    const struct setting *other_value)
{
	if (value->text && other_value->text)
		diag_error(in->diag, in->file->path, value->line,
			   "%s = %s: not together with %s in line %d: wanted "
			   "one of them",
			   key, value->text, other, other_value->line);
}

static void require(const struct ca_reading *in, const char *key,
		    const struct setting *value, const char *other,
		    const struct setting *other_value)
{
	if (value->text && !other_value->text)
		diag_error(in->diag, in->file->path, value->line,
			   "%s = %s: wanted %s, too", key, value->text, other);
}

/* Secrets that were written where they have no place are not printed. */
static void check_secrets(const struct ca_reading *in, struct ca_section *ca)
{
	struct setting *passphrase = &ca->passphrase;
	const char *why = NULL;

	if (passphrase->text)
		why = passphrase_check(passphrase->text);
	if (why) {
		diag_error(in->diag, in->file->path, passphrase->line,
			   "passphrase: %s", why);
		setting_forget(passphrase);
	}
	if (ca->key_file.text && strcasestr(ca->key_file.text, "pin-value=")) {
		diag_error(in->diag, in->file->path, ca->key_file.line,
			   "key_file: a PIN has no place in this file: wanted "
			   "the URI without it, and passphrase");
		setting_forget(&ca->key_file);
		setting_forget(&ca->cert_file);
	}
}

/* Where its certificate and its key come from. */
static void check_origin(const struct ca_reading *in, struct ca_section *ca)
{
	static const struct setting none;
	const bool external = setting_yes(&ca->external, in->file->path,
					  "external", false, in->diag);
	const struct setting *constraints =
		ca->name_constraints.n ? &ca->name_constraints.items[0] : &none;

	exclude(in, "issuer", &ca->issuer, "cert_file", &ca->cert_file);
	exclude(in, "generation", &ca->own.generation, "cert_file",
		&ca->cert_file);
	exclude(in, "not_before", &ca->own.not_before, "cert_file",
		&ca->cert_file);
	exclude(in, "name_constraints", constraints, "cert_file",
		&ca->cert_file);
	require(in, "key_file", &ca->key_file, "cert_file", &ca->cert_file);
	if (external) {
		exclude(in, "key_file", &ca->key_file, "external",
			&ca->external);
		exclude(in, "passphrase", &ca->passphrase, "external",
			&ca->external);
		exclude(in, "issuer", &ca->issuer, "external", &ca->external);
		exclude(in, "generation", &ca->own.generation, "external",
			&ca->external);
		exclude(in, "not_before", &ca->own.not_before, "external",
			&ca->external);
		exclude(in, "name_constraints", constraints, "external",
			&ca->external);
	} else if (ca->cert_file.text && !ca->key_file.text) {
		diag_error(in->diag, in->file->path, ca->cert_file.line,
			   "cert_file = %s: wanted key_file, too, or external "
			   "= yes where others sign",
			   ca->cert_file.text);
	}
}

bool ca_section_is_external(const struct ca_section *ca)
{
	return ca->external.text && strcmp(ca->external.text, "yes") == 0;
}

struct ca_section *ca_section_read(const struct inifile *file,
				   const struct inifile_section *section,
				   struct diag *diag)
{
	const struct ca_reading in = { file, diag };
	struct ca_section *ca = memory_zeroed(1, sizeof(*ca));
	const char *why;
	size_t i;

	ca->name = memory_copy(section->name);
	ca->line = section->line;
	setting_fill(file, section, keys, COUNT(keys), ca, NULL, diag);
	if (*ca->name && (why = filename_check(ca->name)))
		diag_error(diag, file->path, ca->line, "[ca %s]: %s", ca->name,
			   why);
	if (ca->common_name.text &&
	    (why = distinguished_check(ca->common_name.text)))
		diag_error(diag, file->path, ca->common_name.line,
			   "common_name = %s: %s", ca->common_name.text, why);
	check_uris(&in, "ocsp", &ca->ocsp);
	check_uris(&in, "crl", &ca->crl);
	check_uris(&in, "ca_issuers", &ca->ca_issuers);
	if (ca->next_update.text)
		setting_number(&ca->next_update, file->path, "next_update", 1,
			       CRL_DAYS_MAX, diag);
	for (i = 0; i < ca->name_constraints.n; i++) {
		const struct setting *item = &ca->name_constraints.items[i];

		why = constraints_check_item(item->text);
		if (why)
			diag_error(diag, file->path, item->line,
				   "name_constraints = %s: %s", item->text,
				   why);
	}
	check_secrets(&in, ca);
	check_origin(&in, ca);
	defaults_check(&ca->own, file->path, diag);
	return ca;
}

void ca_section_free(struct ca_section *ca)
{
	setting_clear(keys, COUNT(keys), ca);
	free(ca->name);
	free(ca);
}
