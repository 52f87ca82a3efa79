/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "chain.h"
#include "datafile.h"
#include "keystore-engine.h"
#include "keystore.h"
#include "memory.h"
#include "pemfile.h"
#include "report.h"

/* What OpenSSL asks while a key is opened, and what becomes of it. */
struct asking {
	struct passphrase *passphrase;
	bool asked; /* it wanted a passphrase */
	bool failed; /* there is one, but it cannot be had (reported) */
};

/* What is looked through. */
struct reading {
	struct keystore_search *search;
	struct asking asking;
	UI_METHOD *method;
	EVP_PKEY *key; /* that was found */
	size_t n_others; /* keys that are not the one */
	bool reported;
};

static int answer(char *buffer, int size, int writing, void *user)
{
	struct asking *asking = user;
	const char *secret;

	(void)writing;
	asking->asked = true;
	if (!asking->passphrase || asking->failed)
		return -1;
	secret = passphrase_get(asking->passphrase, false);
	asking->failed = !secret;
	if (!secret || strlen(secret) > (size_t)size)
		return -1;
	memcpy(buffer, secret, strlen(secret));
	return (int)strlen(secret);
}

/* What stands before the first colon; 0: there is no scheme (RFC 3986). */
static size_t scheme_length(const char *place)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*place))
		return 0;
	while (isalnum((unsigned char)place[n]) ||
	       (place[n] && strchr("+-.", place[n])))
		n++;
	return place[n] == ':' ? n : 0;
}

/* The path in a URI of a file, as OpenSSL reads it; NULL: it is none. */
static const char *file_path(const char *place)
{
	static const char *const starts[] = { "file://localhost/", "file:///",
					      "file:" };
	size_t i, length;

	for (i = 0; i < 3; i++) {
		length = strlen(starts[i]);
		if (strncmp(place, starts[i], length) == 0)
			return place + length - (i < 2);
	}
	return NULL;
}

bool keystore_is_uri(const char *place)
{
	return scheme_length(place) > 0 && !file_path(place);
}

char *keystore_locate(const char *place, const char *from)
{
	const char *inside = file_path(place);
	char *folder, *absolute, *path;

	if (keystore_is_uri(place))
		return memory_copy(place);
	if (inside)
		place = inside;
	if (*place == '/')
		return memory_copy(place);
	/* that of FROM is there, whether or not the key is */
	folder = datafile_beside(".", from);
	absolute = realpath(folder, NULL);
	path = memory_format("%s/%s", absolute ? absolute : folder, place);
	free(absolute);
	free(folder);
	return path;
}

/* Keep KEY if it is the one; takes it over. */
static void take(struct reading *in, EVP_PKEY *key)
{
	if (X509_check_private_key(in->search->certificate, key) == 1) {
		in->key = key;
		return;
	}
	in->n_others++;
	EVP_PKEY_free(key);
}

static void look_through(struct reading *in, OSSL_STORE_CTX *store)
{
	OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
	while (!in->key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (!info && (OSSL_STORE_error(store) || in->asking.asked))
			break;
		if (info &&
		    OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			take(in, OSSL_STORE_INFO_get1_PKEY(info));
		OSSL_STORE_INFO_free(info);
	}
}

static void read_file(struct reading *in)
{
	const struct keystore_search *search = in->search;
	OSSL_STORE_CTX *store;
	struct pemfile file;
	const char *why = pemfile_open_at(&file, search->folder, search->place);

	in->reported = true;
	if (why) {
		report_error("%s: %s: signing needs it", search->label, why);
		return;
	}
	if (file.mode & 077) {
		report_error("%s: mode %04o lets others at the CA's key: "
			     "chmod 0400 it, and think of who may have read it",
			     search->label, (unsigned int)file.mode);
		pemfile_close(&file);
		return;
	}
	in->reported = false;
	store = OSSL_STORE_attach(file.bio, "file", NULL, NULL, in->method,
				  &in->asking, NULL, NULL, NULL);
	if (store)
		look_through(in, store);
	OSSL_STORE_close(store);
	pemfile_close(&file);
}

static void read_engine(struct reading *in)
{
	EVP_PKEY *key = keystore_engine_load(in->search->place, in->method,
					     &in->asking);

	if (key)
		take(in, key);
}

static void read_uri(struct reading *in)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(in->search->place, in->method,
						&in->asking, NULL, NULL);

	if (store)
		look_through(in, store);
	else if (!in->asking.asked)
		in->reported = true;
	if (in->reported)
		report_error("%s: no provider of OpenSSL opens it: wanted one "
			     "in openssl.cnf (or in the file that OPENSSL_CONF "
			     "names)",
			     in->search->label);
	OSSL_STORE_close(store);
}

/* Why there is no key. */
static void report_failure(const struct reading *in)
{
	const struct keystore_search *search = in->search;
	const char *label = search->label;

	if (in->n_others)
		report_error("%s is not the key of %s: put the right one back",
			     label, search->owner);
	else if (in->asking.asked && search->passphrase &&
		 keystore_is_uri(search->place))
		report_error("%s: no private key: the PIN is wrong (%s), or "
			     "there is none by that name",
			     label, passphrase_label(search->passphrase));
	else if (in->asking.asked && !search->passphrase)
		report_error("%s: %s: wanted passphrase in the [ca] section of "
			     "the topology",
			     label,
			     keystore_is_uri(search->place) ?
				     "it asks for a PIN" :
				     "no private key in PEM without "
				     "passphrase");
	else if (in->asking.asked)
		report_error("%s: wrong passphrase, or damaged: %s", label,
			     passphrase_label(search->passphrase));
	else if (keystore_is_uri(search->place))
		report_openssl("%s: no private key", label);
	else
		report_error("%s: no private key in PEM without passphrase, "
			     "nor in another form that OpenSSL reads",
			     label);
}

/* Those of LIST that signed the one before, in that order; then the rest. */
static void sort_chain(STACK_OF(X509) * list)
{
	int i, k;

	for (i = 1; i < sk_X509_num(list); i++)
		for (k = i; k < sk_X509_num(list); k++)
			if (X509_NAME_cmp(X509_get_issuer_name(
						  sk_X509_value(list, i - 1)),
					  X509_get_subject_name(sk_X509_value(
						  list, k))) == 0) {
				sk_X509_insert(list, sk_X509_delete(list, k),
					       i);
				break;
			}
}

static STACK_OF(X509) * certificates_in(OSSL_STORE_CTX *store)
{
	STACK_OF(X509) *list = sk_X509_new_null();

	if (!list)
		abort();
	while (store && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (!info)
			break;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_CERT)
			sk_X509_push(list, OSSL_STORE_INFO_get1_CERT(info));
		OSSL_STORE_INFO_free(info);
	}
	return list;
}

STACK_OF(X509) * keystore_certificates(BIO *bio, struct passphrase *passphrase,
				       const char **why)
{
	struct asking asking = { .passphrase = passphrase };
	UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(answer, 0);
	OSSL_STORE_CTX *store;
	STACK_OF(X509) * list;

	if (!method)
		abort();
	store = OSSL_STORE_attach(bio, "file", NULL, NULL, method, &asking,
				  NULL, NULL, NULL);
	list = certificates_in(store);
	OSSL_STORE_close(store);
	UI_destroy_method(method);
	ERR_clear_error();
	if (sk_X509_num(list)) {
		sort_chain(list);
		return list;
	}
	chain_free(list);
	*why = asking.asked && !passphrase ?
		       "it asks for a passphrase: wanted passphrase in the same "
		       "section" :
	       asking.asked ?
		       "cannot be opened: the passphrase is wrong, or it is "
		       "damaged" :
		       "no certificate in it: wanted PEM, the CA's first, then "
		       "those above it, or PKCS#12";
	return NULL;
}

EVP_PKEY *keystore_find(struct keystore_search *search)
{
	struct reading in = { .search = search,
			      .asking.passphrase = search->passphrase };

	in.method = UI_UTIL_wrap_read_pem_callback(answer, 0);
	if (!in.method)
		abort();
	if (keystore_engine_has(search->place))
		read_engine(&in);
	else if (keystore_is_uri(search->place))
		read_uri(&in);
	else
		read_file(&in);
	if (!in.key && !in.reported && !in.asking.failed)
		report_failure(&in);
	search->plain = !in.asking.asked;
	UI_destroy_method(in.method);
	ERR_clear_error();
	return in.key;
}
