/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <idn2.h>

#include "memory.h"
#include "san.h"

#define LABEL_MAX 63
#define NAME_MAX_DNS 253
#define URI_MAX 2000
#define LOCAL_PART_MAX 64

static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const char *san_type_name(enum san_type type)
{
	static const char *const names[] = {
		[SAN_DNS] = "DNS",
		[SAN_IP] = "IP",
		[SAN_URI] = "URI",
		[SAN_EMAIL] = "email",
	};

	return names[type];
}

/* TEXT is made of letters, digits and the characters of MARKS alone. */
static bool only(const char *text, const char *marks)
{
	for (; *text; text++)
		if (!strchr(alphanumeric, *text) && !strchr(marks, *text))
			return false;
	return true;
}

static const char *check_labels(const char *name)
{
	const char *label, *end;

	for (label = name;; label = end + 1) {
		size_t length = strcspn(label, ".");

		end = label + length;
		if (length == 0)
			return "empty label: wanted names joined by single "
			       "dots, none at either end";
		if (length > LABEL_MAX)
			return "label of more than 63 octets";
		if (label[0] == '-' || end[-1] == '-')
			return "label that begins or ends with '-'";
		if (!*end)
			break;
	}
	if (strspn(label, "0123456789") == strlen(label))
		return "last label is a number: wanted a host name; addresses "
		       "go into ip";
	return NULL;
}

/* The A-label form of NAME, which need not be ASCII; NULL with *WHY set. */
static char *to_ascii(const char *name, const char **why)
{
	char *ascii = NULL, *back = NULL, *copy;
	int rc;

	*why = "not an international host name by IDNA2008";
	rc = idn2_to_ascii_8z(name, &ascii,
			      IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
	if (rc != IDN2_OK)
		return NULL;
	/* An "xn--" label that decodes to nothing fails only on the way back. */
	rc = idn2_to_unicode_8z8z(ascii, &back, 0);
	idn2_free(back);
	copy = rc == IDN2_OK ? memory_copy(ascii) : NULL;
	idn2_free(ascii);
	return copy;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

const char *san_parse_hostname(const char *text, char **name)
{
	const char *why = NULL;
	char *ascii;

	*name = NULL;
	if (!*text)
		return "empty name";
	if (is_ascii(text)) {
		if (!only(text, ".-"))
			return "character not allowed: wanted letters, "
			       "digits, '-' and '.'";
		why = check_labels(text);
		if (why)
			return why;
		if (strlen(text) > NAME_MAX_DNS)
			return "name of more than 253 octets";
		if (!strcasestr(text, "xn--")) {
			*name = memory_copy(text);
			return NULL;
		}
	}
	ascii = to_ascii(text, &why);
	if (!ascii)
		return why;
	why = only(ascii, ".-") ? check_labels(ascii) :
				  "character not allowed in a host name";
	if (!why && strlen(ascii) > NAME_MAX_DNS)
		why = "name of more than 253 octets";
	if (why)
		free(ascii);
	else
		*name = ascii;
	return why;
}

static const char *parse_dns(const char *text, char **canonical)
{
	bool wildcard = strncmp(text, "*.", 2) == 0;
	const char *why;
	char *name;

	why = san_parse_hostname(wildcard ? text + 2 : text, &name);
	if (why)
		return strchr(wildcard ? text + 2 : text, '*') ?
			       "'*' stands only for the whole first label, as "
			       "in *.db.example.com" :
			       why;
	if (wildcard && !strchr(name, '.')) {
		free(name);
		return "wildcard for a whole top level: wanted two labels "
		       "behind '*.'";
	}
	if (wildcard && strlen(name) + 2 > NAME_MAX_DNS) {
		free(name);
		return "name of more than 253 octets";
	}
	*canonical = memory_format("%s%s", wildcard ? "*." : "", name);
	free(name);
	return NULL;
}

static const char *parse_ipv4(const struct in_addr *address)
{
	unsigned long host = ntohl(address->s_addr);

	if (host >> 24 == 0)
		return "address of no host (0.0.0.0/8)";
	if (host >> 28 == 0xe)
		return "multicast address: wanted the address of one host";
	if (host == 0xffffffffUL)
		return "broadcast address: wanted the address of one host";
	return NULL;
}

static const char *parse_ipv6(const struct in6_addr *address)
{
	if (IN6_IS_ADDR_UNSPECIFIED(address))
		return "address of no host (::)";
	if (IN6_IS_ADDR_MULTICAST(address))
		return "multicast address: wanted the address of one host";
	if (IN6_IS_ADDR_V4MAPPED(address))
		return "IPv4 address in IPv6 form: wanted it as plain IPv4";
	return NULL;
}

static const char *parse_ip(const char *text, char **canonical)
{
	char written[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;
	const char *why;
	int family;
	void *bytes;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		why = parse_ipv4(&v4);
		family = AF_INET;
		bytes = &v4;
	} else if (inet_pton(AF_INET6, text, &v6) == 1) {
		why = parse_ipv6(&v6);
		family = AF_INET6;
		bytes = &v6;
	} else {
		return "not an IP address: wanted IPv4 as 10.0.0.11 or IPv6 "
		       "as fd00::11, without port, prefix length or zone";
	}
	if (why)
		return why;
	inet_ntop(family, bytes, written, sizeof(written));
	*canonical = memory_copy(written);
	return NULL;
}

static const char *parse_uri(const char *text, char **canonical)
{
	size_t scheme = strspn(text, alphanumeric), i;
	const char *p;

	scheme += strspn(text + scheme, "+.-");
	scheme += strspn(text + scheme, alphanumeric);
	if (!isalpha((unsigned char)*text) || text[scheme] != ':' ||
	    !text[scheme + 1])
		return "not an absolute URI: wanted SCHEME:REST, as in "
		       "spiffe://example.com/node1";
	if (!only(text, "-._~:/?@!&()*+=%"))
		return "character not allowed in a URI: wanted letters, "
		       "digits, %XX and -._~:/?@!&()*+=";
	for (p = strchr(text, '%'); p; p = strchr(p + 1, '%'))
		for (i = 1; i <= 2; i++)
			if (!isxdigit((unsigned char)p[i]))
				return "'%' without two hexadecimal digits";
	if (strlen(text) > URI_MAX)
		return "URI of more than 2000 octets";
	*canonical = memory_copy(text);
	return NULL;
}

static const char *parse_email(const char *text, char **canonical)
{
	const char *at = strchr(text, '@');
	const char *why;
	char *local, *domain;

	if (!at || at == text)
		return "not an email address: wanted NAME@DOMAIN";
	local = memory_copy_part(text, (size_t)(at - text));
	if (!only(local, "._+-") || *local == '.' || at[-1] == '.' ||
	    strstr(local, "..") || strlen(local) > LOCAL_PART_MAX) {
		free(local);
		return "name before '@' not allowed: wanted letters, digits "
		       "and ._+- (64 at most)";
	}
	why = san_parse_hostname(at + 1, &domain);
	if (!why)
		*canonical = memory_format("%s@%s", local, domain);
	free(local);
	free(domain);
	return why;
}

const char *san_parse(enum san_type type, const char *text, struct san *san)
{
	static const char *(*const parse[])(const char *, char **) = {
		[SAN_DNS] = parse_dns,
		[SAN_IP] = parse_ip,
		[SAN_URI] = parse_uri,
		[SAN_EMAIL] = parse_email,
	};
	char *canonical = NULL;
	const char *why = parse[type](text, &canonical);

	if (why)
		return why;
	san->type = type;
	san->text = canonical;
	return NULL;
}

void san_clear(struct san *san)
{
	free(san->text);
	san->text = NULL;
}

int san_order(const void *left, const void *right)
{
	const struct san *a = left, *b = right;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == SAN_DNS)
		return strcasecmp(a->text, b->text);
	return strcmp(a->text, b->text);
}

int san_place_order(const void *left, const void *right)
{
	const struct san *a = *(const struct san *const *)left;
	const struct san *b = *(const struct san *const *)right;
	int order = san_order(a, b);

	if (order == 0)
		order = a < b ? -1 : a > b;
	return order;
}

bool san_equal(const struct san *a, const struct san *b)
{
	return san_order(a, b) == 0;
}
