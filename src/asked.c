/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "asked.h"
#include "conf.h"
#include "memory.h"
#include "proof.h"
#include "rendering.h"
#include "request.h"
#include "usage.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names shown of a longer list. */
#define NAMES_SHOWN 6

static FILE *open_text(char **text, size_t *length)
{
	FILE *out = open_memstream(text, length);

	if (!out)
		abort();
	return out;
}

static size_t count_names(const struct record *asked, const struct entry *entry,
			  FILE *others)
{
	size_t i, k, n = 0, shown = 0;

	for (i = 0; i < asked->n_names; i++) {
		const struct san *name = &asked->names[i];

		for (k = 0; k < entry->n_names; k++)
			if (san_equal(&entry->names[k], name))
				break;
		if (k < entry->n_names)
			n++;
		else if (others && ++shown <= NAMES_SHOWN)
			fprintf(others, "%s%s:%s", shown > 1 ? ", " : "",
				san_type_name(name->type), name->text);
	}
	if (shown > NAMES_SHOWN)
		fprintf(others, " and %zu more", shown - NAMES_SHOWN);
	return n;
}

size_t asked_common(const struct record *asked, const struct entry *entry)
{
	return count_names(asked, entry, NULL);
}

/* The usages that are too many; 0: none are. */
static unsigned int extra_usage(const struct record *asked,
				const struct entry *entry)
{
	return asked->usage & ~inventory_usage(entry->type, entry->key);
}

/* The first extended usage that is too much; -1: none is. */
static int extra_extended(const struct record *asked, const struct entry *entry)
{
	const struct profile_certificate *type = entry->type;
	size_t i, k;

	for (i = 0; i < asked->n_extended; i++) {
		for (k = 0; k < type->n_extended; k++)
			if (asked->extended[i] == type->extended[k])
				break;
		if (k == type->n_extended)
			return asked->extended[i];
	}
	return -1;
}

/* What is not asked for at all is granted all the same. */
static bool same_or_none(const char *asked, const char *granted)
{
	return !asked || (granted && strcmp(asked, granted) == 0);
}

enum asked_fit asked_fits(const struct record *asked, const struct entry *entry)
{
	if (!asked->common_name ||
	    !same_or_none(asked->common_name, entry->common_name) ||
	    !same_or_none(asked->organization, entry->organization) ||
	    !same_or_none(asked->organizational_unit,
			  entry->organizational_unit))
		return ASKED_NOTHING;
	if (asked->other_names || asked_common(asked, entry) < asked->n_names)
		return ASKED_SUBJECT;
	if (asked->is_ca || extra_usage(asked, entry) ||
	    extra_extended(asked, entry) >= 0)
		return ASKED_NAMES;
	return ASKED_ALL;
}

/* What the checks of a request for a certificate look at. */
struct checking {
	const struct record *asked;
	X509_REQ *request;
	const struct entry *entry;
	X509_REQ *granted; /* what the topology would ask for, with that key */
};

/* VALUE as text; NULL: it is none, or not a whole one. Free it. */
static char *text_of(const ASN1_STRING *value)
{
	unsigned char *utf8 = NULL;
	int length = ASN1_STRING_to_UTF8(&utf8, value);
	char *text = NULL;

	if (length >= 0 && strlen((char *)utf8) == (size_t)length)
		text = memory_copy((char *)utf8);
	OPENSSL_free(utf8);
	return text;
}

/* NAME has the attribute of TYPE with TEXT, whichever string type it has. */
static bool has_attribute(const X509_NAME *name, const ASN1_OBJECT *type,
			  const char *text)
{
	bool found = false;
	int i = -1;

	while (!found && (i = X509_NAME_get_index_by_OBJ(name, type, i)) >= 0) {
		char *own = text_of(
			X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));

		found = own && strcmp(own, text) == 0;
		free(own);
	}
	return found;
}

/* How often NAME has attributes of that TYPE. */
static int count_attributes(const X509_NAME *name, const ASN1_OBJECT *type)
{
	int i = -1, n = 0;

	while ((i = X509_NAME_get_index_by_OBJ(name, type, i)) >= 0)
		n++;
	return n;
}

static char *check_attribute(const struct checking *in,
			     const X509_NAME_ENTRY *attribute)
{
	const X509_NAME *granted = X509_REQ_get_subject_name(in->granted);
	const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(attribute);
	char *text = text_of(X509_NAME_ENTRY_get_data(attribute)), *why = NULL;
	char name[80];

	if (OBJ_obj2nid(type) != NID_undef)
		snprintf(name, sizeof(name), "%s",
			 OBJ_nid2sn(OBJ_obj2nid(type)));
	else
		OBJ_obj2txt(name, sizeof(name), type, 1);
	if (!text)
		why = memory_format("%s in its subject is no text", name);
	else if (!has_attribute(granted, type, text))
		why = memory_format("%s = %s in its subject is not granted",
				    name, text);
	else if (count_attributes(X509_REQ_get_subject_name(in->request),
				  type) > count_attributes(granted, type))
		why = memory_format("more than one %s in its subject", name);
	free(text);
	return why;
}

static char *check_subject(const struct checking *in)
{
	const X509_NAME *subject = X509_REQ_get_subject_name(in->request);
	const char *wanted = in->entry->common_name;
	char *why = NULL;
	int i;

	for (i = 0; i < X509_NAME_entry_count(subject) && !why; i++)
		why = check_attribute(in, X509_NAME_get_entry(subject, i));
	if (!why && !in->asked->common_name)
		why = memory_copy("no common name in its subject");
	if (why && wanted) {
		char *longer = memory_format("%s: wanted CN = %s, O = %s", why,
					     wanted, in->entry->organization);

		free(why);
		why = longer;
	}
	return why;
}

static char *check_names(const struct checking *in)
{
	const struct entry *entry = in->entry;
	char *text = NULL;
	size_t length, i;
	FILE *out;

	if (in->asked->other_names)
		return memory_copy("it asks for a name that is neither DNS, "
				   "IP, URI nor email");
	if (asked_common(in->asked, entry) == in->asked->n_names)
		return NULL;
	out = open_text(&text, &length);
	fputs("it asks for ", out);
	count_names(in->asked, entry, out);
	fputs(", not granted: wanted no names but", out);
	for (i = 0; i < entry->n_names && i < NAMES_SHOWN; i++)
		fprintf(out, "%s %s:%s", i ? "," : "",
			san_type_name(entry->names[i].type),
			entry->names[i].text);
	if (i < entry->n_names)
		fprintf(out, " and %zu more", entry->n_names - i);
	if (!i)
		fputs(" none at all", out);
	fclose(out);
	return text;
}

static char *check_usages(const struct checking *in)
{
	unsigned int extra = extra_usage(in->asked, in->entry);
	int extended = extra_extended(in->asked, in->entry);
	char *is, *may, *why = NULL;

	if (in->asked->is_ca)
		return memory_copy("it asks to be a CA (CA:TRUE)");
	if (extra) {
		is = usage_text(extra);
		may = usage_text(
			inventory_usage(in->entry->type, in->entry->key));
		why = memory_format("it asks for keyUsage %s: wanted no more "
				    "than %s",
				    is, may);
		free(is);
		free(may);
	} else if (extended >= 0) {
		why = memory_format("it asks for extendedKeyUsage %s, which is "
				    "not granted",
				    extended ? OBJ_nid2sn(extended) :
					       "of an unknown kind");
	}
	return why;
}

static bool has_extension(const struct extension_list *list,
			  const struct extension *extension)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, extension->name) == 0)
			return memcmp(list->items[i].digest, extension->digest,
				      sizeof(extension->digest)) == 0;
	return false;
}

/* They are looked at one by one, above; critical or not is the topology's to
 * say. */
static bool is_read(int nid)
{
	static const int nids[] = { NID_subject_alt_name, NID_basic_constraints,
				    NID_key_usage, NID_ext_key_usage,
				    NID_subject_key_identifier };
	size_t i;

	for (i = 0; i < COUNT(nids); i++)
		if (nids[i] == nid)
			return true;
	return false;
}

/* What the topology's own configuration asks for is granted, to the letter. */
static char *check_extensions(const struct checking *in)
{
	const struct extension_list *list = &in->asked->extensions;
	struct record *granted = record_of_request(in->granted);
	char *why = NULL;
	size_t i;

	for (i = 0; i < list->n && !why; i++) {
		const struct extension *extension = &list->items[i];

		if (!is_read(extension->nid) &&
		    !(granted &&
		      has_extension(&granted->extensions, extension)))
			why = memory_format("it asks for the extension %s, "
					    "which is not granted",
					    extension->name);
	}
	record_free(granted);
	return why;
}

static char *check_key(const struct checking *in)
{
	if (strcmp(in->asked->key, in->entry->key->text) == 0)
		return NULL;
	return memory_format("its key is %s: wanted %s", in->asked->key,
			     in->entry->key->text);
}

/* The request that the topology's configuration makes, unsigned. */
static X509_REQ *make_granted(const struct inventory *inventory,
			      const struct entry *entry, X509_REQ *request)
{
	const char *path = template_path(entry->type->template);
	struct diag *diag = diag_new();
	struct rendered *rendered = rendering_of_entry(inventory, entry, diag);
	CONF *conf = rendered ? conf_load(rendered, path) : NULL;
	X509_REQ *granted = conf ? request_draft(conf,
						 X509_REQ_get0_pubkey(request),
						 path) :
				   NULL;

	diag_flush(diag, stderr);
	NCONF_free(conf);
	rendered_free(rendered);
	diag_free(diag);
	return granted;
}

char *asked_check(const struct record *asked, X509_REQ *request,
		  const struct inventory *inventory, const struct entry *entry)
{
	static char *(*const checks[])(const struct checking *) = {
		check_subject, check_names,      check_usages,
		check_key,     check_extensions,
	};
	struct checking in = { .asked = asked,
			       .request = request,
			       .entry = entry,
			       .granted = make_granted(inventory, entry,
						       request) };
	char *why = NULL;
	size_t i;

	if (!in.granted)
		return memory_copy("what its template grants cannot be read");
	for (i = 0; i < COUNT(checks) && !why; i++)
		why = checks[i](&in);
	X509_REQ_free(in.granted);
	return why;
}

/* The only value of an attribute with extensions; there is one at most. */
static char *check_attributes(X509_REQ *request)
{
	STACK_OF(X509_EXTENSION) * list;
	int i, n = 0;

	for (i = 0; i < X509_REQ_get_attr_count(request); i++) {
		X509_ATTRIBUTE *attribute = X509_REQ_get_attr(request, i);
		int nid = OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute));

		if (nid == NID_ext_req || nid == NID_ms_ext_req)
			n += X509_ATTRIBUTE_count(attribute) == 1 ? 1 : 2;
	}
	if (n > 1)
		return memory_copy("it asks for extensions in more than one "
				   "list: wanted one");
	list = X509_REQ_get_extensions(request);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	if (n == 1 && !list)
		return memory_copy("damaged: the extensions that it asks for "
				   "cannot be read");
	return NULL;
}

/* Its own, or none. */
static char *check_identifier(X509_REQ *request, const struct record *asked)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const unsigned char *bits;
	unsigned int size = 0;
	int length;

	if (!asked->subject_id)
		return NULL;
	X509_PUBKEY_get0_param(NULL, &bits, &length, NULL,
			       X509_REQ_get_X509_PUBKEY(request));
	if (EVP_Digest(bits, (size_t)length, digest, &size, EVP_sha1(), NULL) &&
	    asked->subject_id_length == size &&
	    memcmp(asked->subject_id, digest, size) == 0)
		return NULL;
	return memory_copy("it asks for a subjectKeyIdentifier that is not "
			   "its key's");
}

static char *check_twice(const struct extension_list *list)
{
	size_t i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < i; k++)
			if (strcmp(list->items[i].name, list->items[k].name) ==
			    0)
				return memory_format("it asks for the "
						     "extension %s twice",
						     list->items[i].name);
	return NULL;
}

struct record *asked_read(X509_REQ *request, char **why)
{
	struct record *asked = NULL;

	*why = NULL;
	if (X509_REQ_get_version(request) != X509_REQ_VERSION_1)
		*why = memory_copy("a request of an unknown version: wanted "
				   "PKCS #10, version 1");
	else
		*why = check_attributes(request);
	if (!*why) {
		asked = record_of_request(request);
		if (!asked)
			*why = memory_copy("damaged: an extension that it asks "
					   "for cannot be read, or is there "
					   "twice");
	}
	if (!*why)
		*why = proof_check(request, asked);
	if (!*why)
		*why = check_twice(&asked->extensions);
	if (!*why)
		*why = check_identifier(request, asked);
	if (!*why)
		return asked;
	record_free(asked);
	return NULL;
}
