/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "constraints.h"
#include "memory.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct constraints {
	NAME_CONSTRAINTS **items; /* each has to be met */
	size_t n;
};

/* The text of a list while it grows. */
struct words {
	char **items;
	size_t n;
};

static void add_word(struct words *words, char *word)
{
	*(char **)memory_append(&words->items, &words->n, sizeof(word)) = word;
}

static void clear_words(struct words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		free(words->items[i]);
	free(words->items);
}

static const struct kind {
	const char *prefix;
	enum san_type type;
} kinds[] = {
	{ "DNS:", SAN_DNS },
	{ "IP:", SAN_IP },
	{ "email:", SAN_EMAIL },
	{ "URI:", SAN_URI },
};

static const struct kind *find_kind(const char *item)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (strncasecmp(item, kinds[i].prefix,
				strlen(kinds[i].prefix)) == 0)
			return &kinds[i];
	return NULL;
}

/* A mask of BITS ones, as an address of FAMILY. */
static char *mask_text(int family, long bits)
{
	unsigned char mask[16] = { 0 };
	char text[INET6_ADDRSTRLEN];
	long i;

	for (i = 0; i < bits; i++)
		mask[i / 8] |= (unsigned char)(0x80 >> (i % 8));
	if (!inet_ntop(family, mask, text, sizeof(text)))
		abort();
	return memory_copy(text);
}

/* "10.0.0.0/24" as "10.0.0.0/255.255.255.0"; NULL: it is no such thing. Host
 * bits are refused, because somebody meant something else. */
static char *address_text(const char *text)
{
	const char *slash = strchr(text, '/');
	char *address = slash ? memory_copy_part(text, (size_t)(slash - text)) :
				memory_copy(text);
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	long whole = family == AF_INET ? 32 : 128, bits = whole, i;
	unsigned char octets[16];
	char *end = NULL, *mask, *result = NULL;
	bool good;

	if (slash)
		bits = strtol(slash + 1, &end, 10);
	good = inet_pton(family, address, octets) == 1 && bits >= 0 &&
	       bits <= whole &&
	       (!slash || (end != slash + 1 && !*end && slash[1] != '+'));
	for (i = bits; good && i < whole; i++)
		good = !(octets[i / 8] & (0x80 >> (i % 8)));
	if (good) {
		mask = mask_text(family, bits);
		result = memory_format("%s/%s", address, mask);
		free(mask);
	}
	free(address);
	return result;
}

/* The value of ITEM for OpenSSL, "DNS:db.example.com"; NULL: *WHY. */
static char *item_text(const char *item, const char **why)
{
	const struct kind *kind = find_kind(item);
	char *host = NULL, *text = NULL;
	const char *value;
	bool dotted;

	*why = "wanted DNS:NAME, IP:ADDRESS/BITS, email:DOMAIN or URI:DOMAIN";
	if (!kind)
		return NULL;
	value = item + strlen(kind->prefix);
	if (kind->type == SAN_IP) {
		host = address_text(value);
		*why = "wanted IP:ADDRESS or IP:ADDRESS/BITS, as in "
		       "IP:10.0.0.0/24";
		text = host ? memory_format("IP:%s", host) : NULL;
		free(host);
		return text;
	}
	/* a dot in front: only what is below */
	dotted = *value == '.' && kind->type != SAN_DNS;
	*why = san_parse_hostname(value + dotted, &host);
	if (*why)
		return NULL;
	text = memory_format("%s%s%s", kind->prefix, dotted ? "." : "", host);
	free(host);
	return text;
}

const char *constraints_check_item(const char *item)
{
	const char *why;
	char *text;

	if (strcmp(item, CONSTRAINTS_TOPOLOGY) == 0)
		return NULL;
	text = item_text(item, &why);
	if (!text)
		return why;
	free(text);
	return NULL;
}

static int word_order(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* NAME is DOMAIN, or within it. */
static bool is_within(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n >= d && strcasecmp(name + n - d, domain) == 0 &&
	       (n == d || name[n - d - 1] == '.');
}

static void add_name(struct words *words, const struct inventory *inventory,
		     const struct san *name)
{
	const char *domain = inventory->topology->cluster.domain.text;
	const char *text = name->text;
	char *address;

	if (name->type == SAN_DNS) {
		if (strncmp(text, "*.", 2) == 0)
			text += 2;
		if (!domain || !is_within(text, domain))
			add_word(words, memory_format("DNS:%s", text));
	} else if (name->type == SAN_IP) {
		address = address_text(text);
		add_word(words, memory_format("IP:%s", address));
		free(address);
	}
}

static bool has_addresses(const struct words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		if (strncmp(words->items[i], "IP:", 3) == 0)
			return true;
	return false;
}

/* Without a DNS name, a common name that looks like one counts (openssl). */
static void add_common_name(struct words *words, const struct entry *entry)
{
	char *host;
	size_t i;

	for (i = 0; i < entry->n_names; i++)
		if (entry->names[i].type == SAN_DNS)
			return;
	if (!strchr(entry->common_name, '.') ||
	    san_parse_hostname(entry->common_name, &host))
		return;
	add_word(words, memory_format("DNS:%s", host));
	free(host);
}

/* What the topology has now; without addresses, none is permitted. */
static void add_topology(struct words *words, const struct inventory *inventory)
{
	const char *domain = inventory->topology->cluster.domain.text;
	size_t i, k;

	if (domain)
		add_word(words, memory_format("DNS:%s", domain));
	for (i = 0; i < inventory->n_entries; i++) {
		const struct entry *entry = &inventory->entries[i];

		for (k = 0; k < entry->n_names; k++)
			add_name(words, inventory, &entry->names[k]);
		add_common_name(words, entry);
	}
}

/* "permitted;A,permitted;B" of what is sorted, each once. */
static char *join(struct words *words, bool addresses)
{
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	if (words->n)
		qsort(words->items, words->n, sizeof(*words->items),
		      word_order);
	fputs("critical", out);
	for (i = 0; i < words->n; i++)
		if (!i || strcmp(words->items[i], words->items[i - 1]) != 0)
			fprintf(out, ",permitted;%s", words->items[i]);
	if (!addresses)
		fputs(",excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::", out);
	fclose(out);
	return text;
}

char *constraints_text(const struct inventory *inventory,
		       const struct ca_entry *ca)
{
	struct words words = { 0 };
	const struct setting_list *list;
	bool addresses = true;
	const char *why;
	char *text;
	size_t i;

	if (!ca->section || !ca->section->name_constraints.n)
		return memory_copy("");
	list = &ca->section->name_constraints;
	for (i = 0; i < list->n; i++) {
		if (strcmp(list->items[i].text, CONSTRAINTS_TOPOLOGY) == 0) {
			add_topology(&words, inventory);
			addresses = has_addresses(&words);
			continue;
		}
		text = item_text(list->items[i].text, &why);
		if (text)
			add_word(&words, text);
	}
	addresses = addresses || has_addresses(&words);
	text = join(&words, addresses);
	clear_words(&words);
	return text;
}

char *constraints_line(const struct inventory *inventory,
		       const struct ca_entry *ca)
{
	char *text = constraints_text(inventory, ca);
	char *line = *text ? memory_format("nameConstraints = %s\n", text) :
			     memory_copy("");

	free(text);
	return line;
}

static void add(struct constraints **list, NAME_CONSTRAINTS *item)
{
	if (!item)
		return;
	if (!*list)
		*list = memory_zeroed(1, sizeof(**list));
	*(NAME_CONSTRAINTS **)memory_append(&(*list)->items, &(*list)->n,
					    sizeof(item)) = item;
}

struct constraints *constraints_of_chain(const STACK_OF(X509) * chain)
{
	struct constraints *list = NULL;
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		add(&list, X509_get_ext_d2i(sk_X509_value(chain, i),
					    NID_name_constraints, NULL, NULL));
	return list;
}

struct constraints *constraints_of_ca(const struct inventory *inventory,
				      const struct ca_entry *ca)
{
	struct constraints *list = NULL;

	for (; ca; ca = ca->issuer) {
		char *text = constraints_text(inventory, ca);
		X509_EXTENSION *extension = NULL;

		if (*text)
			extension = X509V3_EXT_nconf_nid(
				NULL, NULL, NID_name_constraints, text);
		if (extension)
			add(&list, X509V3_EXT_d2i(extension));
		X509_EXTENSION_free(extension);
		free(text);
	}
	return list;
}

void constraints_free(struct constraints *constraints)
{
	size_t i;

	if (!constraints)
		return;
	for (i = 0; i < constraints->n; i++)
		NAME_CONSTRAINTS_free(constraints->items[i]);
	free(constraints->items);
	free(constraints);
}

static GENERAL_NAME *general_name(const struct san *san)
{
	static const int types[] = {
		[SAN_DNS] = GEN_DNS,
		[SAN_IP] = GEN_IPADD,
		[SAN_URI] = GEN_URI,
		[SAN_EMAIL] = GEN_EMAIL,
	};
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value;

	if (san->type == SAN_IP) {
		value = a2i_IPADDRESS(san->text);
	} else {
		value = ASN1_IA5STRING_new();
		if (value)
			ASN1_STRING_set(value, san->text, -1);
	}
	if (!name || !value)
		abort();
	GENERAL_NAME_set0_value(name, types[san->type], value);
	return name;
}

/* A certificate with these names, for OpenSSL to look at. */
static X509 *specimen(const char *common_name, const struct san *names,
		      size_t n)
{
	GENERAL_NAMES *list = GENERAL_NAMES_new();
	X509 *certificate = X509_new();
	size_t i;

	if (!list || !certificate)
		abort();
	for (i = 0; i < n; i++)
		sk_GENERAL_NAME_push(list, general_name(&names[i]));
	if ((n && !X509_add1_ext_i2d(certificate, NID_subject_alt_name, list, 0,
				     X509V3_ADD_DEFAULT)) ||
	    (common_name &&
	     !X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate),
					 NID_commonName, MBSTRING_UTF8,
					 (const unsigned char *)common_name, -1,
					 -1, 0)))
		abort();
	GENERAL_NAMES_free(list);
	/* OpenSSL looks at the names that it found at the first look; that
	 * this one has no signature is no news */
	ERR_set_mark();
	X509_check_purpose(certificate, -1, 0);
	ERR_pop_to_mark();
	return certificate;
}

static bool permits(const struct constraints *constraints, X509 *certificate,
		    bool common_name)
{
	size_t i;

	for (i = 0; i < constraints->n; i++)
		if (NAME_CONSTRAINTS_check(
			    certificate, constraints->items[i]) != X509_V_OK ||
		    (common_name &&
		     NAME_CONSTRAINTS_check_CN(
			     certificate, constraints->items[i]) != X509_V_OK))
			return false;
	return true;
}

char *constraints_find(const struct constraints *constraints,
		       const struct entry *entry, int *line)
{
	bool dns = false, good;
	X509 *certificate;
	size_t i;

	*line = entry->owner->line;
	for (i = 0; constraints && i < entry->n_names; i++) {
		const struct san *name = &entry->names[i];

		certificate = specimen(NULL, name, 1);
		good = permits(constraints, certificate, false);
		X509_free(certificate);
		dns = dns || name->type == SAN_DNS;
		if (good)
			continue;
		if (name->line > 0)
			*line = name->line;
		return memory_format("%s %s", san_type_name(name->type),
				     name->text);
	}
	if (!constraints || dns)
		return NULL;
	/* as in add_common_name() */
	certificate = specimen(entry->common_name, NULL, 0);
	good = permits(constraints, certificate, true);
	X509_free(certificate);
	return good ? NULL :
		      memory_format("common name %s", entry->common_name);
}
