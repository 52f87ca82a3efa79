/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "contents.h"
#include "memory.h"
#include "tree.h"
#include "uri.h"

static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-._~";

bool uri_is_host(const char *text)
{
	struct in6_addr address;
	struct san san;

	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, &address) == 1;
	if (san_parse(SAN_IP, text, &san) && san_parse(SAN_DNS, text, &san))
		return false;
	san_clear(&san);
	return *text != '*';
}

bool uri_is_broker(const char *text)
{
	const char *colon = strrchr(text, ':');

	return colon && colon > text && colon[1] &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-.:,[]") == strlen(text) &&
	       strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

/* Free it. */
static char *percent_encode(const char *text)
{
	char *encoded = memory_zeroed(3 * strlen(text) + 1, 1), *p = encoded;

	for (; *text; text++) {
		if (strchr(unreserved, *text)) {
			*p++ = *text;
			continue;
		}
		*p++ = '%';
		*p++ = "0123456789ABCDEF"[(unsigned char)*text >> 4];
		*p++ = "0123456789ABCDEF"[*text & 15];
	}
	return encoded;
}

static void set(json_t *values, const char *name, const char *text)
{
	char *encoded = percent_encode(text);

	json_object_set_new(values, name, json_string(encoded));
	OPENSSL_cleanse(encoded, strlen(encoded));
	free(encoded);
}

/* "[::1]" and "10.0.0.1" are not encoded, they are checked. */
static void set_host(json_t *values, const char *host)
{
	bool v6 = strchr(host, ':') != NULL;

	json_object_set_new(values, "host",
			    json_sprintf("%s%s%s", v6 ? "[" : "", host,
					 v6 ? "]" : ""));
}

/* The content of a file that was published, in base64 (RFC 4648). */
static void set_content(json_t *values, const char *name, int folder,
			const struct holder *holder,
			const struct content *content)
{
	char *owner = inventory_folder(holder->owner);
	char *path = memory_format("%s/%s/%s", owner, content_folder(content),
				   content->name);
	size_t length = 0;
	char *data = folder < 0 ? NULL : tree_read(folder, path, &length);
	char *text;

	if (data) {
		text = memory_zeroed(4 * (length / 3 + 1) + 1, 1);
		EVP_EncodeBlock((unsigned char *)text,
				(const unsigned char *)data, (int)length);
		set(values, name, text);
		OPENSSL_cleanse(text, strlen(text));
		OPENSSL_cleanse(data, length);
		free(text);
	}
	free(data);
	free(owner);
	free(path);
}

/* What the user could have of the profile's certificates: unset. */
static void forget_files(json_t *values, const struct profile *profile)
{
	static const char *const kinds[] = { "file", "key_file", "base64",
					     "key_base64" };
	size_t i, k;

	for (i = 0; i < profile->n_certificates; i++)
		for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			char *name = memory_format(
				"%s.%s", profile->certificates[i]->name,
				kinds[k]);

			json_object_set_new(values, name, json_null());
			free(name);
		}
}

/* "client.file", "client.key_file" and their content; so for the CAs. */
static void set_files(json_t *values, const json_t *guide,
		      const struct inventory *inventory,
		      const struct holder *holder, const struct member *member,
		      int folder)
{
	size_t i;

	forget_files(values, member->profile);
	for (i = 0; i < holder->n_contents; i++) {
		const struct content *content = &holder->contents[i];
		const char *type = "", *what = "";
		char *from, *name, *data;

		if (content->kind == CONTENT_CERTIFICATE ||
		    content->kind == CONTENT_KEY) {
			type = content_entry(inventory,
					     &inventory->groups[holder->group],
					     content)
				       ->type->name;
			what = content->kind == CONTENT_KEY ? "key_" : "";
			from = memory_format("%sfile.%s", what, type);
			name = memory_format("%s.%sfile", type, what);
			data = memory_format("%s.%sbase64", type, what);
		} else if (content->kind == CONTENT_CA) {
			what = *content->ca->role ? "." : "";
			type = content->ca->role;
			from = memory_format("ca_file%s%s", what, type);
			name = memory_copy(from);
			data = memory_format("ca_base64%s%s", what, type);
		} else {
			continue;
		}
		set(values, name,
		    json_string_value(json_object_get(guide, from)));
		set_content(values, data, folder, holder, content);
		free(from);
		free(name);
		free(data);
	}
}

static json_t *make_values(struct guides *guides,
			   const struct inventory *inventory,
			   const struct holder *holder,
			   const struct member *member,
			   const struct uri_terms *terms, struct diag *diag)
{
	json_t *guide = guides_values(guides, holder, member, diag);
	json_t *values = json_object();
	const char *port = terms->port ? terms->port : terms->type->port.text;
	const char *database = terms->database ? terms->database :
						 terms->type->database.text;

	set(values, "user", holder->owner->name);
	set(values, "cluster", inventory->topology->cluster.name.text);
	json_object_set_new(values, "host", json_null());
	if (terms->host)
		set_host(values, terms->host);
	json_object_set_new(values, "port",
			    port ? json_string(port) : json_null());
	json_object_set_new(values, "database", json_null());
	if (database)
		set(values, "database", database);
	json_object_set_new(values, "broker",
			    terms->broker ? json_string(terms->broker) :
					    json_null());
	set_files(values, guide, inventory, holder, member, terms->folder);
	json_decref(guide);
	return values;
}

/* Put MORE at the end of TEXT, which is freed, with BETWEEN. */
static char *join(char *text, const char *between, char *more)
{
	char *longer = memory_format("%s%s%s", text, between, more);

	OPENSSL_cleanse(text, strlen(text));
	OPENSSL_cleanse(more, strlen(more));
	free(text);
	free(more);
	return longer;
}

char *uri_make(struct guides *guides, const struct holder *holder,
	       const struct member *member, const struct uri_terms *terms,
	       struct diag *diag)
{
	const struct profile_uri *type = terms->type;
	const char *path = member->profile->path;
	json_t *values = make_values(guides, guides_inventory(guides), holder,
				     member, terms, diag);
	char *uri = snippet_expand(type->base.text, path, type->base.line,
				   values, NULL, diag);
	size_t i;

	for (i = 0; uri && i < type->query.n; i++) {
		const struct setting *item = &type->query.items[i];
		char *more = snippet_expand(item->text, path, item->line,
					    values, NULL, diag);

		if (more) {
			uri = join(uri, i ? "&" : "?", more);
			continue;
		}
		OPENSSL_cleanse(uri, strlen(uri));
		free(uri);
		uri = NULL;
	}
	json_decref(values);
	return uri;
}
