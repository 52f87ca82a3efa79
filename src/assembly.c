/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "assembly.h"
#include "chain.h"
#include "contents.h"
#include "datafile.h"
#include "lineage.h"
#include "memory.h"
#include "password.h"
#include "report.h"
#include "seeding.h"
#include "store.h"

struct assembling {
	const struct materials *materials;
	const struct holder *holder;
	const struct derivation *from; /* NULL: there is no seed */
	char **passwords; /* for each content that is a store or its password */
};

static const struct issued *issued_of(const struct materials *materials,
				      const struct content *content)
{
	return &materials->issued[content->entry];
}

static const struct authority *authority_of(const struct materials *materials,
					    const struct ca_entry *ca)
{
	return materials->authorities[ca - materials->inventory->cas];
}

/* BIO reads what it has only once: a second one on the same bytes. */
static BIO *view(BIO *bio)
{
	const char *data;
	long length = BIO_get_mem_data(bio, &data);

	return BIO_new_mem_buf(data, (int)length);
}

static BIO *copy(const void *data, size_t length)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (bio && BIO_write(bio, data, (int)length) == (int)length)
		return bio;
	report_openssl("cannot copy a file");
	BIO_free(bio);
	return NULL;
}

static BIO *copy_bio(BIO *from)
{
	const char *data;
	long length = BIO_get_mem_data(from, &data);

	return copy(data, (size_t)length);
}

static EVP_PKEY *key_of(const struct issued *issued)
{
	BIO *bio = view(issued->key);
	EVP_PKEY *key =
		bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") :
		      NULL;

	BIO_free(bio);
	return key;
}

static STACK_OF(X509) * certificates_in(BIO *bio)
{
	const char *pem;
	long length = BIO_get_mem_data(bio, &pem);

	return chain_read(pem, (size_t)length);
}

static X509 *leaf_of(const struct issued *issued)
{
	const char *pem;
	long length = BIO_get_mem_data(issued->certificate, &pem);

	return chain_read_first(pem, (size_t)length);
}

/* Those above the leaf: what is imported brings its own. */
static STACK_OF(X509) * chain_above(const struct issued *issued)
{
	STACK_OF(X509) * list;

	if (issued->signer)
		return lineage_chain(issued->signer);
	list = certificates_in(issued->certificate);
	X509_free(sk_X509_shift(list));
	return list;
}

/* Of what hosts trust, DER holds one: that of what is in use. */
static STACK_OF(X509) * trusted(const struct authority *authority, bool der)
{
	STACK_OF(X509) * list;

	if (!der)
		return lineage_anchors(authority);
	list = sk_X509_new_null();
	sk_X509_push(list, lineage_anchor(authority));
	return list;
}

/* What PART means for CONTENT, as certificates; empty for keys. */
static STACK_OF(X509) * certificates_of(const struct materials *materials,
					const struct content *content,
					enum profile_part part)
{
	const struct issued *issued = content->entry == SIZE_MAX ?
					      NULL :
					      issued_of(materials, content);
	STACK_OF(X509) * list;

	if (part == PART_CA)
		return trusted(authority_of(materials, content->ca),
			       content->kind == CONTENT_FILE &&
				       content->file->format == FORMAT_DER);
	if (issued && (part == PART_CHAIN || part == PART_FULLCHAIN))
		list = chain_above(issued);
	else
		list = sk_X509_new_null();
	if (part == PART_FULLCHAIN)
		chain_drop_roots(list);
	if (issued && (part == PART_CERTIFICATE || part == PART_FULLCHAIN))
		sk_X509_unshift(list, leaf_of(issued));
	return list;
}

static int write_key(BIO *out, EVP_PKEY *key, enum profile_part part, bool der)
{
	if (part == PART_KEY)
		return der ? i2d_PKCS8PrivateKey_bio(out, key, NULL, NULL, 0,
						     NULL, NULL) :
			     PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL,
							   0, NULL, NULL);
	return der ? i2d_PrivateKey_bio(out, key) :
		     PEM_write_bio_PrivateKey_traditional(out, key, NULL, NULL,
							  0, NULL, NULL);
}

/* DER holds one: that of the CA that signs, or of the next. */
static int write_lists(BIO *out, const struct authority *authority, bool der)
{
	char *pem = lineage_lists(authority);
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_CRL *list = der && bio ?
				 PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) :
				 NULL;
	int good = der ? list && i2d_X509_CRL_bio(out, list) :
			 BIO_puts(out, pem) == (int)strlen(pem);

	X509_CRL_free(list);
	BIO_free(bio);
	free(pem);
	return good ? 0 : -1;
}

static int write_part(BIO *out, const struct materials *materials,
		      const struct content *content, enum profile_part part)
{
	bool der = content->file->format == FORMAT_DER;
	STACK_OF(X509) * list;
	EVP_PKEY *key;
	int i, good = 1;

	if (part == PART_KEY || part == PART_TRADITIONAL_KEY) {
		key = key_of(issued_of(materials, content));
		good = key && write_key(out, key, part, der);
		EVP_PKEY_free(key);
		return good ? 0 : -1;
	}
	if (part == PART_CRL)
		return write_lists(out, authority_of(materials, content->ca),
				   der);
	list = certificates_of(materials, content, part);
	/* DER holds one */
	for (i = 0; i < sk_X509_num(list) && good && !(der && i > 0); i++)
		good = der ? i2d_X509_bio(out, sk_X509_value(list, i)) :
			     PEM_write_bio_X509(out, sk_X509_value(list, i));
	chain_free(list);
	return good ? 0 : -1;
}

static BIO *make_parts(const struct materials *materials,
		       const struct content *content)
{
	BIO *out = BIO_new(BIO_s_secmem());
	size_t i;

	for (i = 0; out && i < content->file->n_parts; i++)
		if (write_part(out, materials, content,
			       content->file->parts[i])) {
			report_openssl("cannot make the file %s",
				       content->name);
			BIO_free(out);
			return NULL;
		}
	return out;
}

static BIO *make_store(const struct assembling *in,
		       const struct content *content, const char *password)
{
	const struct materials *materials = in->materials;
	const struct profile_file *file = content->file;
	struct store store = { .format = file->format == FORMAT_PKCS12 ?
						 STORE_PKCS12 :
						 STORE_PKCS12_LEGACY,
			       .alias = content->alias,
			       .password = password,
			       .from = in->from,
			       .name = content->name };
	STACK_OF(X509) * list, *leaf;
	BIO *out = NULL;
	EVP_PKEY *key;

	if (content->entry == SIZE_MAX) {
		list = certificates_of(materials, content, PART_CA);
		if (!store.alias)
			store.alias = "ca";
		out = store_trust(&store, list);
	} else {
		key = key_of(issued_of(materials, content));
		leaf = certificates_of(materials, content, PART_CERTIFICATE);
		list = profile_file_has(file, PART_CHAIN) ||
				       profile_file_has(file, PART_FULLCHAIN) ?
			       certificates_of(materials, content, PART_CHAIN) :
			       NULL;
		if (!store.alias)
			store.alias = file->certificate_name.text;
		if (key)
			out = store_keys(&store, key, sk_X509_value(leaf, 0),
					 list);
		EVP_PKEY_free(key);
		chain_free(leaf);
	}
	chain_free(list);
	return out;
}

/* The password of a store: that of its file in the same bundle, if any other
 * has it already, that of the option, or a new one. */
static char *find_password(const struct assembling *in,
			   const struct content *store)
{
	const struct option_value *option = content_password_option(store);
	const char *topology = in->materials->inventory->topology->path, *why;
	const char *name = store->file->password_file.text;
	char *path, *password;
	size_t i;

	for (i = 0; i < in->holder->n_contents; i++) {
		const struct content *other = &in->holder->contents[i];

		if (in->passwords[i] && other->member == store->member &&
		    strcmp(other->file->password_file.text, name) == 0 &&
		    content_password_option(other) == option)
			return memory_copy(in->passwords[i]);
	}
	if (!option)
		return store_password(in->from, name);
	path = datafile_beside(option->text, topology);
	password = password_read(path, &why);
	if (!password)
		report_error("%s: %s", path, why);
	free(path);
	return password;
}

static BIO *make_file(struct assembling *in, size_t place)
{
	const struct content *content = &in->holder->contents[place];

	if (content->kind == CONTENT_FILE &&
	    content->file->format < FORMAT_PKCS12)
		return make_parts(in->materials, content);
	in->passwords[place] = find_password(in, content);
	if (!in->passwords[place])
		return NULL;
	if (content->kind == CONTENT_PASSWORD)
		return copy(in->passwords[place], strlen(in->passwords[place]));
	return make_store(in, content, in->passwords[place]);
}

static BIO *make_trust(const struct materials *materials,
		       const struct content *content)
{
	const char *pem = lineage_trust(authority_of(materials, content->ca));

	return copy(pem, strlen(pem));
}

/* Whoever sees it has the root, but not what lies between. */
static BIO *make_certificate(const struct materials *materials,
			     const struct content *content)
{
	const struct issued *issued = issued_of(materials, content);
	const struct entry *entry =
		content_entry(materials->inventory, materials->group, content);
	BIO *bio = copy_bio(issued->certificate);
	STACK_OF(X509) * above;
	char *pem;

	if (!bio || !issued->signer || !entry->type->is_chained)
		return bio;
	above = lineage_intermediates(issued->signer);
	pem = chain_write(above);
	if (*pem && BIO_puts(bio, pem) < 0)
		abort();
	free(pem);
	chain_free(above);
	return bio;
}

static BIO *make(struct assembling *in, size_t place)
{
	const struct materials *materials = in->materials;
	const struct content *content = &in->holder->contents[place];

	switch (content->kind) {
	case CONTENT_CA:
		return make_trust(materials, content);
	case CONTENT_CERTIFICATE:
		return make_certificate(materials, content);
	case CONTENT_KEY:
		return copy_bio(issued_of(materials, content)->key);
	default:
		return make_file(in, place);
	}
}

/* What it is made of is not here: a key, a certificate, or all but what
 * everybody may see. */
static bool lacks(const struct materials *materials,
		  const struct content *content)
{
	const struct issued *issued;

	if (materials->partial)
		return !content_is_public(materials->inventory,
					  materials->group, content);
	if (content->entry == SIZE_MAX)
		return false;
	issued = issued_of(materials, content);
	return !issued->certificate ||
	       (!issued->key && content_holds_key(content));
}

/* No store that the password is for is made. */
static bool is_useless(const struct assembling *in,
		       const struct content *password)
{
	size_t i;

	for (i = 0; i < in->holder->n_contents; i++) {
		const struct content *store = &in->holder->contents[i];
		const char *name = store->kind == CONTENT_FILE ?
					   store->file->password_file.text :
					   NULL;

		if (name && store->member == password->member &&
		    strcmp(name, password->file->password_file.text) == 0 &&
		    !lacks(in->materials, store))
			return false;
	}
	return true;
}

static bool is_left_out(const struct assembling *in,
			const struct content *content)
{
	/* a store in a partial bundle has a password that was set */
	if (content->kind == CONTENT_PASSWORD)
		return in->materials->partial || is_useless(in, content);
	return lacks(in->materials, content);
}

int assembly_make(struct assembly *assembly, const struct materials *materials,
		  const struct holder *holder)
{
	char *folder = inventory_folder(holder->owner);
	struct derivation derivation;
	struct assembling in = {
		.materials = materials,
		.holder = holder,
		.from = seeding_of_owner(materials->inventory, holder->owner,
					 folder, &derivation),
	};
	int ret = 0;
	size_t i;

	assembly->n = holder->n_contents;
	assembly->files = memory_zeroed(assembly->n, sizeof(BIO *));
	in.passwords = memory_zeroed(assembly->n, sizeof(char *));
	for (i = 0; i < assembly->n && ret == 0; i++) {
		if (is_left_out(&in, &holder->contents[i]))
			continue;
		assembly->files[i] = make(&in, i);
		if (!assembly->files[i])
			ret = -1;
	}
	for (i = 0; i < assembly->n; i++)
		password_free(in.passwords[i]);
	free(in.passwords);
	free(folder);
	return ret;
}

void assembly_clear(struct assembly *assembly)
{
	size_t i;

	for (i = 0; i < assembly->n; i++)
		BIO_free(assembly->files[i]);
	free(assembly->files);
	memset(assembly, 0, sizeof(*assembly));
}
