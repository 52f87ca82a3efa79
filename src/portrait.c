/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "contents.h"
#include "memory.h"
#include "portrait.h"
#include "rendering.h"
#include "request.h"

const char *portrait_directory(const struct member *member)
{
	return member->directory ? member->directory :
				   member->profile->folder.text;
}

static void set_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name,
			    text ? json_string(text) : json_null());
}

/* The same with a prefix; TEXT is taken over. */
static void set_prefixed(json_t *object, const char *prefix, const char *name,
			 json_t *value)
{
	char *key = memory_format("%s%s", prefix, name);

	json_object_set_new(object, key, value);
	free(key);
}

static bool is_loopback(const char *address)
{
	return strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0;
}

/* Where others reach the owner, as well as the topology tells. */
static const char *address_of(const struct owner *owner, const char *fqdn)
{
	const char *loopback = NULL;
	size_t i;

	for (i = 0; i < owner->n_names; i++) {
		if (owner->names[i].type != SAN_IP)
			continue;
		if (!is_loopback(owner->names[i].text))
			return owner->names[i].text;
		if (!loopback)
			loopback = owner->names[i].text;
	}
	return loopback ? loopback : fqdn;
}

static json_t *names_of(const struct owner *owner, enum san_type type)
{
	json_t *list = json_array();
	size_t i, n;

	for (i = 0; i < owner->n_names; i++)
		if (owner->names[i].type == type)
			json_array_append_new(
				list, json_pack("{s:s, s:b, s:b}", "value",
						owner->names[i].text, "first",
						json_array_size(list) == 0,
						"last", 0));
	n = json_array_size(list);
	if (n)
		json_object_set_new(json_array_get(list, n - 1), "last",
				    json_true());
	return list;
}

/* As it stands before a port: IPv6 in brackets (RFC 3986, section 3.2.2). */
static void set_bracketed(json_t *object, const char *name, const char *text)
{
	bool v6 = strchr(text, ':') != NULL;

	json_object_set_new(object, name,
			    json_sprintf("%s%s%s", v6 ? "[" : "", text,
					 v6 ? "]" : ""));
}

/* Some CA of the topology says where to ask for revocation. */
static bool has_ocsp(const struct topology *topology)
{
	size_t i;

	for (i = 0; i < topology->n_cas; i++)
		if (topology->cas[i]->ocsp.n)
			return true;
	return false;
}

static void add_owner(json_t *object, const struct topology *topology,
		      const struct owner *owner, const struct member *member)
{
	const struct setting_list *services = &member->profile->services;
	char *fqdn = topology_fqdn(topology, owner->name);
	const char *full = fqdn ? fqdn : owner->name;
	size_t i;

	set_text(object, "name", owner->name);
	set_text(object, "fqdn", full);
	set_text(object, "address", address_of(owner, full));
	set_bracketed(object, "address_url", address_of(owner, full));
	json_object_set_new(object, "ip", names_of(owner, SAN_IP));
	json_object_set_new(object, "dns", names_of(owner, SAN_DNS));
	for (i = 0; i < services->n; i++)
		set_prefixed(object, "service.", services->items[i].text,
			     json_boolean(owner_has_service(
				     owner, services->items[i].text)));
	free(fqdn);
}

static void add_options(json_t *object, const struct member *member)
{
	const struct option_list *list = &member->profile->options;
	size_t i, k;

	for (i = 0; i < list->n; i++) {
		const struct profile_option *option = list->items[i];
		const char *value = member->options.items[i].text;

		set_prefixed(object, "option.", option->name,
			     option->type == OPTION_FLAG ?
				     json_boolean(value != NULL) :
			     value ? json_string(value) :
				     json_null());
		for (k = 0; k < option->choices.n; k++) {
			char *name =
				memory_format("%s=%s", option->name,
					      option->choices.items[k].text);

			set_prefixed(
				object, "option.", name,
				json_boolean(
					value &&
					strcmp(value,
					       option->choices.items[k].text) ==
						0));
			free(name);
		}
	}
}

/* The subject as the request has it, and so the certificate. */
static X509_NAME *subject_of(const struct inventory *inventory,
			     const struct entry *entry, struct diag *diag)
{
	const char *path;
	struct rendered *rendered;
	X509_NAME *subject = NULL;
	CONF *conf;

	if (entry->import)
		return X509_NAME_dup(
			X509_get_subject_name(entry->import->certificate));
	path = template_path(entry->type->template);
	rendered = rendering_of_entry(inventory, entry, diag);
	conf = rendered ? conf_load(rendered, path) : NULL;
	if (conf)
		subject = request_subject(conf, path);
	NCONF_free(conf);
	rendered_free(rendered);
	return subject;
}

static void add_subject(json_t *object, const char *certificate,
			const X509_NAME *subject)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *slashes = X509_NAME_oneline(subject, NULL, 0), *text;
	long length;

	if (!bio || !slashes ||
	    X509_NAME_print_ex(
		    bio, subject, 0,
		    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		abort();
	length = BIO_get_mem_data(bio, &text);
	set_prefixed(object, "subject.", certificate,
		     json_stringn(text, (size_t)length));
	set_prefixed(object, "subject_slash.", certificate,
		     json_string(slashes));
	OPENSSL_free(slashes);
	BIO_free(bio);
}

static void add_subjects(json_t *object, const struct inventory *inventory,
			 const struct holder *holder,
			 const struct member *member, bool known,
			 struct diag *diag)
{
	const struct profile *profile = member->profile;
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const char *name = profile->certificates[i]->name;
		const struct entry *entry = NULL;
		X509_NAME *subject = NULL;

		if (known)
			entry = inventory_entry(inventory, holder, member,
						name);
		if (entry)
			subject = subject_of(inventory, entry, diag);

		set_prefixed(object, "subject.", name, json_null());
		set_prefixed(object, "subject_slash.", name, json_null());
		if (subject)
			add_subject(object, name, subject);
		X509_NAME_free(subject);
	}
}

/* All names of files that any member of the profile could have: unset. */
static void forget_files(json_t *object, const struct profile *profile)
{
	size_t i;

	for (i = 0; i < profile->n_cas; i++)
		set_prefixed(object,
			     *profile->cas[i]->name ? "ca_file." : "ca_file",
			     profile->cas[i]->name, json_null());
	for (i = 0; i < profile->n_certificates; i++) {
		set_prefixed(object, "file.", profile->certificates[i]->name,
			     json_null());
		set_prefixed(object, "key_file.",
			     profile->certificates[i]->name, json_null());
	}
	for (i = 0; i < profile->n_files; i++) {
		set_prefixed(object, "file.", profile->files[i]->name,
			     json_null());
		set_prefixed(object, "password_file.", profile->files[i]->name,
			     json_null());
	}
}

/* What a file of the bundle is called in templates. */
static void add_file(json_t *object, const struct inventory *inventory,
		     const struct group *group, const struct content *content)
{
	char *path = memory_format("%s/%s", portrait_directory(content->member),
				   content->name);
	const char *prefix = "file.", *name = NULL;

	switch (content->kind) {
	case CONTENT_CA:
		name = content->ca->role;
		prefix = *name ? "ca_file." : "ca_file";
		break;
	case CONTENT_CERTIFICATE:
	case CONTENT_KEY:
		name = content_entry(inventory, group, content)->type->name;
		if (content->kind == CONTENT_KEY)
			prefix = "key_file.";
		break;
	default:
		name = content->file->name;
		if (content->kind == CONTENT_PASSWORD)
			prefix = "password_file.";
	}
	set_prefixed(object, prefix, name, json_string(path));
	free(path);
}

/* Stores of one member that have their password from the same file. */
static void add_passwords(json_t *object, const struct holder *holder,
			  const struct content *store)
{
	size_t i;

	for (i = 0; i < holder->n_contents; i++) {
		const struct content *other = &holder->contents[i];
		char *path;

		if (other->kind != CONTENT_PASSWORD ||
		    other->member != store->member ||
		    strcmp(other->file->password_file.text,
			   store->file->password_file.text) != 0)
			continue;
		path = memory_format("%s/%s", portrait_directory(store->member),
				     other->name);
		set_prefixed(object, "password_file.", store->file->name,
			     json_string(path));
		free(path);
	}
}

static void add_files(json_t *object, const struct inventory *inventory,
		      const struct holder *holder, const struct member *member)
{
	const struct group *group = &inventory->groups[holder->group];
	size_t i;

	forget_files(object, member->profile);
	for (i = 0; i < holder->n_contents; i++) {
		const struct content *content = &holder->contents[i];

		/* two systems may have a CA's file together */
		if (content->member == member || content->kind == CONTENT_CA)
			add_file(object, inventory, group, content);
		if (content->member == member &&
		    content->kind == CONTENT_FILE &&
		    content->file->password_file.text)
			add_passwords(object, holder, content);
	}
}

json_t *portrait_new(const struct inventory *inventory,
		     const struct holder *holder, const struct member *member,
		     bool subjects, struct diag *diag)
{
	json_t *object = json_object();

	add_owner(object, inventory->topology, holder->owner, member);
	add_options(object, member);
	add_subjects(object, inventory, holder, member, subjects, diag);
	return object;
}

json_t *portrait_full(const struct inventory *inventory,
		      const struct holder *holder, const struct member *member,
		      bool subjects, struct diag *diag)
{
	const struct topology *topology = inventory->topology;
	const struct setting *organization =
		setting_first(&holder->owner->section->own.organization,
			      &topology->cluster.defaults.organization,
			      &member->profile->organization);
	json_t *object =
		portrait_new(inventory, holder, member, subjects, diag);

	set_text(object, "cluster", topology->cluster.name.text);
	set_text(object, "domain", topology->cluster.domain.text);
	set_text(object, "organization", organization->text);
	set_text(object, "profile", member->profile->label);
	set_text(object, "directory", portrait_directory(member));
	json_object_set_new(object, "ocsp", json_boolean(has_ocsp(topology)));
	add_files(object, inventory, holder, member);
	return object;
}
