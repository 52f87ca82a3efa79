/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "chain.h"
#include "contents.h"
#include "datafile.h"
#include "delivery.h"
#include "lineage.h"
#include "memory.h"
#include "password.h"

/* A file that is read part by part. */
struct reading {
	struct delivery *delivery;
	const struct content *content;
	BIO *bio;
};

static bool is_key_of(const struct reading *in, EVP_PKEY *key)
{
	const struct reference *reference =
		delivery_reference(in->delivery, in->content);

	return key && reference &&
	       X509_check_private_key(reference->certificate, key) == 1;
}

/* The next PEM block, which has to be CERTIFICATE, or a key where that is
 * NULL. */
static bool next_is(const struct reading *in, X509 *certificate)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	X509 *found = NULL;
	long length = 0;
	bool good;

	if (PEM_read_bio(in->bio, &name, &header, &data, &length) != 1)
		return false;
	p = data;
	if (strcmp(name, PEM_STRING_X509) == 0)
		found = d2i_X509(NULL, &p, length);
	else if (strstr(name, "PRIVATE KEY"))
		key = d2i_AutoPrivateKey(NULL, &p, length);
	good = certificate ? found && X509_cmp(found, certificate) == 0 :
			     is_key_of(in, key);
	X509_free(found);
	EVP_PKEY_free(key);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)length);
	return good;
}

/* A block of PEM as it was read. */
struct block {
	char *name, *header;
	unsigned char *data;
	long length;
};

static bool read_block(BIO *bio, struct block *block)
{
	memset(block, 0, sizeof(*block));
	return PEM_read_bio(bio, &block->name, &block->header, &block->data,
			    &block->length) == 1;
}

static void clear_block(struct block *block)
{
	OPENSSL_free(block->name);
	OPENSSL_free(block->header);
	OPENSSL_free(block->data);
}

static const struct authority *authority_of(const struct reading *in)
{
	const struct job *job = in->delivery->in->job;

	return job->authorities[in->content->ca - job->inventory->cas];
}

/* The revocation lists as the CA's folder has them; DER holds the first. */
static bool has_lists(const struct reading *in, const struct parcel_file *der)
{
	char *pem = lineage_lists(authority_of(in));
	BIO *wanted = BIO_new_mem_buf(pem, -1);
	struct block is, should;
	bool good = true;

	while (good && wanted && read_block(wanted, &should)) {
		if (der)
			is = (struct block){ .data = (void *)der->data,
					     .length = (long)der->length };
		else
			good = read_block(in->bio, &is);
		good = good && is.length == should.length &&
		       memcmp(is.data, should.data, (size_t)is.length) == 0;
		clear_block(&should);
		if (der)
			break;
		clear_block(&is);
	}
	BIO_free(wanted);
	free(pem);
	return good;
}

static bool is_key(enum profile_part part)
{
	return part == PART_KEY || part == PART_TRADITIONAL_KEY;
}

static bool has_part(const struct reading *in, enum profile_part part)
{
	STACK_OF(X509) * list;
	bool good = true;
	int i;

	if (is_key(part))
		return next_is(in, NULL);
	if (part == PART_CRL)
		return has_lists(in, NULL);
	list = delivery_certificates(in->delivery, in->content, part);
	for (i = 0; good && i < sk_X509_num(list); i++)
		good = next_is(in, sk_X509_value(list, i));
	chain_free(list);
	return good;
}

static bool at_end(const struct reading *in)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long length = 0;
	bool more = PEM_read_bio(in->bio, &name, &header, &data, &length) == 1;

	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)length);
	return !more;
}

static bool has_parts(const struct reading *in)
{
	const struct profile_file *file = in->content->file;
	size_t i;

	for (i = 0; i < file->n_parts; i++)
		if (!has_part(in, file->parts[i]))
			return false;
	return at_end(in);
}

/* A single key or certificate. */
static bool has_der(const struct reading *in, const struct parcel_file *file)
{
	enum profile_part part = in->content->file->parts[0];
	const unsigned char *p = (const unsigned char *)file->data;
	STACK_OF(X509) * list;
	EVP_PKEY *key;
	X509 *found, *anchor, *wanted;
	bool good;

	if (is_key(part)) {
		key = d2i_AutoPrivateKey(NULL, &p, (long)file->length);
		good = is_key_of(in, key);
		EVP_PKEY_free(key);
		return good;
	}
	if (part == PART_CRL)
		return has_lists(in, file);
	found = d2i_X509(NULL, &p, (long)file->length);
	list = delivery_certificates(in->delivery, in->content, part);
	/* of what is trusted, that of what signs */
	anchor = part == PART_CA ? lineage_anchor(authority_of(in)) : NULL;
	wanted = anchor ? anchor : sk_X509_value(list, 0);
	good = found && wanted && X509_cmp(found, wanted) == 0;
	X509_free(anchor);
	chain_free(list);
	X509_free(found);
	return good;
}

char *inspect_parts(struct delivery *delivery, const struct content *content,
		    const struct parcel_file *file)
{
	struct reading in = { delivery, content, NULL };
	char *wanted, *wrong = NULL;
	bool good;

	in.bio = BIO_new_mem_buf(file->data, (int)file->length);
	if (!in.bio)
		abort();
	ERR_set_mark();
	good = content->file->format == FORMAT_DER ? has_der(&in, file) :
						     has_parts(&in);
	ERR_pop_to_mark();
	BIO_free(in.bio);
	if (!good) {
		wanted = setting_join(&content->file->content, ", ");
		wrong = memory_format("does not hold what it should: %s",
				      wanted);
		free(wanted);
	}
	return wrong;
}

/* The file of the same bundle that has the store's password. */
static const struct content *password_content(const struct delivery *delivery,
					      const struct content *store)
{
	const struct holder *holder = delivery->holder;
	size_t i;

	for (i = 0; i < holder->n_contents; i++) {
		const struct content *other = &holder->contents[i];

		if (other->kind == CONTENT_PASSWORD &&
		    other->member == store->member &&
		    strcmp(other->file->password_file.text,
			   store->file->password_file.text) == 0)
			return other;
	}
	return NULL;
}

/* The password of STORE, and FROM where; free both. NULL: it is not here. */
static char *find_password(const struct delivery *delivery,
			   const struct content *store, char **from)
{
	const struct option_value *option = content_password_option(store);
	const struct parcel_file *file = NULL;
	const struct content *content;
	const char *why;

	if (option) {
		*from = datafile_beside(option->text,
					delivery->in->job->topology->path);
		return password_read(*from, &why);
	}
	content = password_content(delivery, store);
	*from = content ? delivery_name(content) : memory_copy("");
	if (content)
		file = parcel_find(delivery_parcel(delivery), *from);
	if (!file || !file->data)
		return NULL;
	return memory_copy_part(file->data, strcspn(file->data, "\r\n"));
}

static const char *compare_store(struct delivery *delivery,
				 const struct content *content, EVP_PKEY *key,
				 X509 *certificate,
				 const STACK_OF(X509) * others)
{
	const struct reading in = { delivery, content, NULL };
	const struct profile_file *file = content->file;
	bool chained = profile_file_has(file, PART_CHAIN) ||
		       profile_file_has(file, PART_FULLCHAIN);
	bool trust = content->entry == SIZE_MAX;
	STACK_OF(X509) *wanted = NULL;
	const char *wrong = NULL;

	if (trust || chained)
		wanted = delivery_certificates(delivery, content,
					       trust ? PART_CA : PART_CHAIN);
	if (!trust && !is_key_of(&in, key))
		wrong = "does not hold the key of the certificate";
	else if (!trust &&
		 (!certificate ||
		  X509_cmp(certificate, delivery_reference(delivery, content)
						->certificate) != 0))
		wrong = "does not hold the certificate that was issued";
	else if (trust && (key || certificate))
		wrong = "holds more than the CA's certificate";
	else if (!chain_equal(wanted, others))
		wrong = "does not hold the CA's certificate, or others";
	chain_free(wanted);
	return wrong;
}

static char *open_store(struct delivery *delivery,
			const struct content *content, PKCS12 *store,
			const char *password, const char *from)
{
	STACK_OF(X509) *others = NULL;
	X509 *certificate = NULL;
	EVP_PKEY *key = NULL;
	const char *wrong;
	char *text = NULL;

	if (!PKCS12_parse(store, password, &key, &certificate, &others))
		return memory_format("does not open with the password in %s",
				     from);
	wrong = compare_store(delivery, content, key, certificate, others);
	if (wrong)
		text = memory_copy(wrong);
	chain_free(others);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return text;
}

char *inspect_store(struct delivery *delivery, const struct content *content,
		    const struct parcel_file *file)
{
	const unsigned char *p = (const unsigned char *)file->data;
	char *from = NULL, *password, *wrong = NULL;
	PKCS12 *store;

	ERR_set_mark();
	store = d2i_PKCS12(NULL, &p, (long)file->length);
	password = find_password(delivery, content, &from);
	if (!store)
		wrong = memory_copy("not a PKCS#12 file");
	else if (password)
		wrong = open_store(delivery, content, store, password, from);
	/* else that file is missing, as is told of it */
	ERR_pop_to_mark();
	password_free(password);
	PKCS12_free(store);
	free(from);
	return wrong;
}
