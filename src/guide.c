/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "contents.h"
#include "guide.h"
#include "memory.h"
#include "rendering.h"
#include "request.h"

/* Hosts that are named where not all of a large cluster need to be. */
#define SOME_HOSTS 5

/* The members of one profile. */
struct roster {
	const struct profile *profile;
	json_t *hosts, *users; /* arrays */
	json_t *services; /* "hosts.NAME" and "some_hosts.NAME": arrays */
};

struct guides {
	const struct inventory *inventory;
	struct roster *rosters; /* in the order of the catalog */
	struct diag *diag;
};

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
static X509_NAME *subject_of(const struct guides *guides,
			     const struct entry *entry)
{
	const char *path;
	struct rendered *rendered;
	X509_NAME *subject = NULL;
	CONF *conf;

	if (entry->import)
		return X509_NAME_dup(
			X509_get_subject_name(entry->import->certificate));
	path = template_path(entry->type->template);
	rendered = rendering_of_entry(guides->inventory, entry, guides->diag);
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

static void add_subjects(json_t *object, const struct guides *guides,
			 const struct holder *holder,
			 const struct member *member)
{
	const struct profile *profile = member->profile;
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const char *name = profile->certificates[i]->name;
		const struct entry *entry = inventory_entry(
			guides->inventory, holder, member, name);
		X509_NAME *subject = entry ? subject_of(guides, entry) : NULL;

		set_prefixed(object, "subject.", name, json_null());
		set_prefixed(object, "subject_slash.", name, json_null());
		if (subject)
			add_subject(object, name, subject);
		X509_NAME_free(subject);
	}
}

/* Put OBJECT at the end of LIST, and say of all where they stand in it. */
static void append(json_t *list, json_t *object)
{
	size_t n = json_array_size(list);
	json_t *item = json_copy(object);

	if (n)
		json_object_set_new(json_array_get(list, n - 1), "last",
				    json_false());
	json_object_set_new(item, "first", json_boolean(n == 0));
	json_object_set_new(item, "last", json_true());
	json_object_set_new(item, "number", json_integer((json_int_t)n + 1));
	json_array_append_new(list, item);
}

/* Among the first hosts of each certificate that MEMBER has. */
static void enlist_some(struct roster *roster, const struct guides *guides,
			const struct holder *holder,
			const struct member *member, json_t *object)
{
	const struct profile *profile = member->profile;
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const char *name = profile->certificates[i]->name;
		char *key = memory_format("some_hosts.%s", name);
		json_t *list = json_object_get(roster->services, key);

		if (json_array_size(list) < SOME_HOSTS &&
		    inventory_entry(guides->inventory, holder, member, name))
			append(list, object);
		free(key);
	}
}

static void enlist(struct roster *roster, const struct guides *guides,
		   const struct holder *holder, const struct member *member)
{
	const struct setting_list *services = &member->profile->services;
	json_t *object = json_object();
	size_t i;

	add_owner(object, guides->inventory->topology, holder->owner, member);
	add_options(object, member);
	add_subjects(object, guides, holder, member);
	append(holder->owner->kind == OWNER_HOST ? roster->hosts :
						   roster->users,
	       object);
	if (holder->owner->kind == OWNER_HOST)
		enlist_some(roster, guides, holder, member, object);
	for (i = 0; i < services->n; i++)
		if (owner_has_service(holder->owner, services->items[i].text)) {
			char *key = memory_format("hosts.%s",
						  services->items[i].text);

			append(json_object_get(roster->services, key), object);
			free(key);
		}
	json_decref(object);
}

static void start_roster(struct roster *roster, const struct profile *profile)
{
	size_t i;

	roster->profile = profile;
	roster->hosts = json_array();
	roster->users = json_array();
	roster->services = json_object();
	for (i = 0; i < profile->services.n; i++)
		set_prefixed(roster->services, "hosts.",
			     profile->services.items[i].text, json_array());
	for (i = 0; i < profile->n_certificates; i++)
		set_prefixed(roster->services, "some_hosts.",
			     profile->certificates[i]->name, json_array());
}

static struct roster *roster_of(const struct guides *guides,
				const struct profile *profile)
{
	struct roster *roster = guides->rosters;

	while (roster->profile != profile)
		roster++;
	return roster;
}

static const struct holder *holder_of(const struct inventory *inventory,
				      const struct owner *owner)
{
	size_t i = 0;

	while (inventory->holders[i].owner != owner)
		i++;
	return &inventory->holders[i];
}

struct guides *guides_new(const struct inventory *inventory, struct diag *diag)
{
	const struct catalog *catalog = inventory->catalog;
	const struct owners *owners = &inventory->topology->owners;
	struct guides *guides = memory_zeroed(1, sizeof(*guides));
	const struct holder *holder = NULL;
	size_t i, k;

	guides->inventory = inventory;
	guides->diag = diag;
	guides->rosters = memory_zeroed(catalog->n, sizeof(*guides->rosters));
	for (i = 0; i < catalog->n; i++)
		start_roster(&guides->rosters[i], catalog->profiles[i]);
	/* in the order of the topology, which groups may have changed */
	for (i = 0; i < owners->n; i++) {
		if (inventory->n_groups == inventory->n_holders)
			holder = &inventory->holders[i];
		else
			holder = holder_of(inventory, &owners->items[i]);
		for (k = 0; k < holder->n_members; k++) {
			const struct member *member = &holder->members[k];

			if (member->profile->n_configs ||
			    member->profile->n_uris)
				enlist(roster_of(guides, member->profile),
				       guides, holder, member);
		}
	}
	return guides;
}

const struct inventory *guides_inventory(const struct guides *guides)
{
	return guides->inventory;
}

void guides_free(struct guides *guides)
{
	size_t i;

	if (!guides)
		return;
	for (i = 0; i < guides->inventory->catalog->n; i++) {
		json_decref(guides->rosters[i].hosts);
		json_decref(guides->rosters[i].users);
		json_decref(guides->rosters[i].services);
	}
	free(guides->rosters);
	free(guides);
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

static const char *directory_of(const struct member *member)
{
	return member->directory ? member->directory :
				   member->profile->folder.text;
}

/* What a file of the bundle is called in templates. */
static void add_file(json_t *object, const struct guides *guides,
		     const struct group *group, const struct content *content)
{
	char *path = memory_format("%s/%s", directory_of(content->member),
				   content->name);
	const char *prefix = "file.", *name = NULL;

	switch (content->kind) {
	case CONTENT_CA:
		name = content->ca->role;
		prefix = *name ? "ca_file." : "ca_file";
		break;
	case CONTENT_CERTIFICATE:
	case CONTENT_KEY:
		name = content_entry(guides->inventory, group, content)
			       ->type->name;
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
		path = memory_format("%s/%s", directory_of(store->member),
				     other->name);
		set_prefixed(object, "password_file.", store->file->name,
			     json_string(path));
		free(path);
	}
}

static void add_files(json_t *object, const struct guides *guides,
		      const struct holder *holder, const struct member *member)
{
	const struct group *group = &guides->inventory->groups[holder->group];
	size_t i;

	forget_files(object, member->profile);
	for (i = 0; i < holder->n_contents; i++) {
		const struct content *content = &holder->contents[i];

		/* two systems may have a CA's file together */
		if (content->member == member || content->kind == CONTENT_CA)
			add_file(object, guides, group, content);
		if (content->member == member &&
		    content->kind == CONTENT_FILE &&
		    content->file->password_file.text)
			add_passwords(object, holder, content);
	}
}

json_t *guides_values(struct guides *guides, const struct holder *holder,
		      const struct member *member)
{
	const struct topology *topology = guides->inventory->topology;
	const struct setting *organization =
		setting_first(&holder->owner->section->own.organization,
			      &topology->cluster.defaults.organization,
			      &member->profile->organization);
	struct roster *roster = roster_of(guides, member->profile);
	json_t *object = json_object(), *first;

	set_text(object, "cluster", topology->cluster.name.text);
	set_text(object, "domain", topology->cluster.domain.text);
	set_text(object, "organization", organization->text);
	set_text(object, "profile", member->profile->label);
	set_text(object, "directory", directory_of(member));
	json_object_set_new(object, "ocsp", json_boolean(has_ocsp(topology)));
	add_owner(object, topology, holder->owner, member);
	add_options(object, member);
	add_subjects(object, guides, holder, member);
	add_files(object, guides, holder, member);
	json_object_update(object, roster->services);
	json_object_set(object, "hosts", roster->hosts);
	json_object_set(object, "users", roster->users);
	first = json_array_get(roster->hosts, 0);
	json_object_set(object, "first_host", first ? first : json_null());
	json_object_set_new(
		object, "is_first",
		json_boolean(first && holder->owner->kind == OWNER_HOST &&
			     strcmp(json_string_value(
					    json_object_get(first, "name")),
				    holder->owner->name) == 0));
	return object;
}

/* What the bundle holds for MEMBER, and where it goes. */
static void write_head(FILE *out, const struct holder *holder,
		       const struct member *member,
		       const struct topology *topology)
{
	size_t i;

	fprintf(out, "# %s: %s %s of %s\n#\n# Files, for %s:\n",
		member->profile->description.text,
		owner_kind_name(holder->owner->kind), holder->owner->name,
		topology->cluster.name.text, directory_of(member));
	for (i = 0; i < holder->n_contents; i++)
		if (holder->contents[i].member == member)
			fprintf(out, "#   %s/%s %04o\n",
				content_folder(&holder->contents[i]),
				holder->contents[i].name,
				(unsigned int)holder->contents[i].mode);
}

static int write_member(struct guides *guides, FILE *out,
			const struct holder *holder,
			const struct member *member, struct diag *diag)
{
	const struct profile *profile = member->profile;
	json_t *values = NULL;
	char *text = NULL;
	int ret = 0;
	size_t i;

	write_head(out, holder, member, guides->inventory->topology);
	for (i = 0; i < profile->n_configs && ret == 0; i++) {
		const struct profile_config *config = profile->configs[i];

		if (!member_in_scope(member, &config->scope))
			continue;
		if (!values)
			values = guides_values(guides, holder, member);
		text = snippet_render(config->snippet, values, diag);
		if (text)
			fprintf(out, "\n%s", text);
		else
			ret = -1;
		free(text);
	}
	json_decref(values);
	return ret;
}

char *guides_text(struct guides *guides, const struct holder *holder,
		  struct diag *diag)
{
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);
	int ret = 0;

	if (!out)
		abort();
	for (i = 0; i < holder->n_members && ret == 0; i++) {
		if (i > 0)
			fputs("\n", out);
		ret = write_member(guides, out, holder, &holder->members[i],
				   diag);
	}
	fclose(out);
	if (ret == 0)
		return text;
	free(text);
	return NULL;
}
