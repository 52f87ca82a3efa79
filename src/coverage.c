/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <openssl/x509v3.h>

#include "coverage.h"
#include "diag.h"
#include "import.h"
#include "record.h"
#include "san.h"

/* Of names, by who certifies them. */
enum sort {
	SORT_PUBLIC,
	SORT_LOOPBACK,
	SORT_LABEL,
	SORT_RESERVED,
	SORT_PRIVATE,
	SORT_URI,
	SORT_EMAIL
};

struct asking {
	const struct import *import;
	unsigned int sorts; /* bits, of the names that the leaf has */
	const char *topology;
	int line;
	const char *who;
	struct diag *diag;
};

/* NAME is DOMAIN or lies under it. */
static bool is_under(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n >= d && strcasecmp(name + n - d, domain) == 0 &&
	       (n == d || name[n - d - 1] == '.');
}

/* RFC 6761, RFC 6762, RFC 8375, RFC 9476; .internal: ICANN, 2024. */
static enum sort sort_dns(const char *name)
{
	static const char *const reserved[] = {
		"alt",     "example", "home.arpa", "internal",
		"invalid", "local",   "test",
	};
	size_t i;

	if (is_under(name, "localhost"))
		return SORT_LOOPBACK;
	if (!strchr(name, '.'))
		return SORT_LABEL;
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (is_under(name, reserved[i]))
			return SORT_RESERVED;
	return SORT_PUBLIC;
}

/* RFC 6890 and RFC 4193, less the addresses that no host has. */
static enum sort sort_ip(const char *text)
{
	static const struct {
		int family;
		unsigned char first, mask_first, second, mask_second;
		enum sort sort;
	} networks[] = {
		{ AF_INET, 127, 0xff, 0, 0, SORT_LOOPBACK },
		{ AF_INET, 10, 0xff, 0, 0, SORT_PRIVATE },
		{ AF_INET, 100, 0xff, 64, 0xc0, SORT_PRIVATE },
		{ AF_INET, 169, 0xff, 254, 0xff, SORT_PRIVATE },
		{ AF_INET, 172, 0xff, 16, 0xf0, SORT_PRIVATE },
		{ AF_INET, 192, 0xff, 168, 0xff, SORT_PRIVATE },
		{ AF_INET6, 0xfc, 0xfe, 0, 0, SORT_PRIVATE },
		{ AF_INET6, 0xfe, 0xff, 0x80, 0xc0, SORT_PRIVATE },
	};
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	unsigned char bytes[16];
	size_t i;

	if (strcmp(text, "::1") == 0)
		return SORT_LOOPBACK;
	if (inet_pton(family, text, bytes) != 1)
		return SORT_PUBLIC;
	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (networks[i].family == family &&
		    (bytes[0] & networks[i].mask_first) == networks[i].first &&
		    (bytes[1] & networks[i].mask_second) == networks[i].second)
			return networks[i].sort;
	return SORT_PUBLIC;
}

static enum sort sort_name(const struct san *name)
{
	switch (name->type) {
	case SAN_DNS:
		return sort_dns(name->text);
	case SAN_IP:
		return sort_ip(name->text);
	case SAN_URI:
		return SORT_URI;
	case SAN_EMAIL:
		break;
	}
	return SORT_EMAIL;
}

static bool has_uri(const struct record *record, const struct san *name)
{
	size_t i;

	for (i = 0; i < record->n_names; i++)
		if (san_equal(&record->names[i], name))
			return true;
	return false;
}

static bool covers(const struct import *import, const struct san *name)
{
	unsigned int flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
			     X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	X509 *leaf = import->certificate;

	switch (name->type) {
	case SAN_DNS:
		return X509_check_host(leaf, name->text, 0, flags, NULL) == 1;
	case SAN_IP:
		return X509_check_ip_asc(leaf, name->text, flags) == 1;
	case SAN_EMAIL:
		return X509_check_email(leaf, name->text, 0, flags) == 1;
	case SAN_URI:
		break;
	}
	return has_uri(import->record, name);
}

static bool is_asked_for(const struct asking *asking, enum sort sort)
{
	return sort == SORT_PUBLIC ||
	       (sort != SORT_LOOPBACK && (asking->sorts & 1u << sort));
}

static void say_missing(const struct asking *asking, const struct san *name)
{
	enum sort sort = sort_name(name);

	if (is_asked_for(asking, sort))
		diag_error(asking->diag, asking->topology, asking->line,
			   "%s: does not cover %s:%s of %s: wanted it in the "
			   "certificate's subjectAltName",
			   asking->import->path, san_type_name(name->type),
			   name->text, asking->who);
	else if (sort == SORT_PRIVATE)
		diag_warning(asking->diag, asking->topology, asking->line,
			     "%s: does not cover %s:%s of %s (public CAs "
			     "certify no private addresses): clients that "
			     "connect to the address will refuse it",
			     asking->import->path, san_type_name(name->type),
			     name->text, asking->who);
}

void coverage_check(const struct import *import, const struct san *names,
		    size_t n_names, const char *topology, int line,
		    const char *who, struct diag *diag)
{
	const struct record *leaf = import->record;
	struct asking asking = { .import = import,
				 .topology = topology,
				 .line = line,
				 .who = who,
				 .diag = diag };
	size_t errors = diag_errors(diag), covered = 0, i;

	for (i = 0; i < leaf->n_names; i++)
		asking.sorts |= 1u << sort_name(&leaf->names[i]);
	for (i = 0; i < n_names; i++)
		if (covers(import, &names[i]))
			covered++;
		else
			say_missing(&asking, &names[i]);
	if (n_names && !covered && diag_errors(diag) == errors)
		diag_error(diag, topology, line,
			   "%s: covers no name of %s: wanted a certificate "
			   "that was made for it",
			   import->path, who);
}
