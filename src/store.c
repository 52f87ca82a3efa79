/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>

#include "memory.h"
#include "report.h"
#include "store.h"

/* As many as Java's keytool; a store is opened at every start of a service. */
#define ITERATIONS 10000
#define SALT_LENGTH 20

#define PASSWORD_LENGTH 32

/* Oracle's trustedKeyUsage: Java takes no bag without it for trusted. */
#define TRUSTED_KEY_USAGE "2.16.840.1.113894.746875.1.1"

static const struct form {
	int pbe; /* of key and certificates */
	const EVP_MD *(*digest)(void); /* of the MAC */
} forms[] = {
	[STORE_PKCS12] = { NID_aes_256_cbc, EVP_sha256 },
	[STORE_PKCS12_LEGACY] = { NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
				  EVP_sha1 },
};

/* A store that is being made. */
struct packing {
	const struct store *store;
	const struct form *form;
	OSSL_LIB_CTX *context; /* of its random numbers */
};

static void bags_free(STACK_OF(PKCS12_SAFEBAG) * bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

/* Take BAG over (NULL: could not be made). */
static int add_bag(STACK_OF(PKCS12_SAFEBAG) * bags, PKCS12_SAFEBAG *bag)
{
	if (bag && sk_PKCS12_SAFEBAG_push(bags, bag))
		return 0;
	PKCS12_SAFEBAG_free(bag);
	return -1;
}

/* Not PKCS12_add_cert(), which puts in names that X509 objects may have. */
static PKCS12_SAFEBAG *add_certificate(STACK_OF(PKCS12_SAFEBAG) * bags,
				       X509 *certificate)
{
	PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create_cert(certificate);

	return add_bag(bags, bag) ? NULL : bag;
}

static PKCS12_SAFEBAG *add_key(const struct packing *in,
			       STACK_OF(PKCS12_SAFEBAG) * bags, EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	PKCS12_SAFEBAG *bag = NULL;

	if (info)
		bag = PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(
			in->form->pbe, in->store->password, -1, NULL,
			SALT_LENGTH, ITERATIONS, info, in->context, NULL);
	PKCS8_PRIV_KEY_INFO_free(info);
	return add_bag(bags, bag) ? NULL : bag;
}

/* The name, and what says that key and certificate belong together. */
static int set_entry(PKCS12_SAFEBAG *bag, X509 *certificate, const char *alias)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned int length;

	if (!bag || !X509_digest(certificate, EVP_sha1(), id, &length) ||
	    !PKCS12_add_localkeyid(bag, id, (int)length) ||
	    !PKCS12_add_friendlyname_utf8(bag, alias, -1))
		return -1;
	return 0;
}

static int set_trusted(PKCS12_SAFEBAG *bag, const char *alias)
{
	const void *any = OBJ_nid2obj(NID_anyExtendedKeyUsage);

	/* with length -1 the value is an object, no bytes */
	if (!bag || !PKCS12_add_friendlyname_utf8(bag, alias, -1) ||
	    !PKCS12_add1_attr_by_txt(bag, TRUSTED_KEY_USAGE, V_ASN1_OBJECT, any,
				     -1))
		return -1;
	return 0;
}

/* Take SAFE over (NULL: could not be made). */
static int add_safe(STACK_OF(PKCS7) * safes, PKCS7 *safe)
{
	if (safe && sk_PKCS7_push(safes, safe))
		return 0;
	PKCS7_free(safe);
	return -1;
}

/* KEYS are encrypted one by one, CERTIFICATES all together. */
static BIO *pack(const struct packing *in,
		 STACK_OF(PKCS12_SAFEBAG) * certificates,
		 STACK_OF(PKCS12_SAFEBAG) * keys)
{
	const char *password = in->store->password;
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	BIO *packed = BIO_new(BIO_s_secmem());
	PKCS12 *store = NULL;
	int ret = -1;

	if (!safes || !packed ||
	    add_safe(safes,
		     PKCS12_pack_p7encdata_ex(in->form->pbe, password, -1, NULL,
					      SALT_LENGTH, ITERATIONS,
					      certificates, in->context, NULL)))
		goto out;
	if (keys && add_safe(safes, PKCS12_pack_p7data(keys)))
		goto out;
	store = PKCS12_add_safes_ex(safes, 0, in->context, NULL);
	if (store &&
	    PKCS12_set_mac(store, password, -1, NULL, SALT_LENGTH, ITERATIONS,
			   in->form->digest()) &&
	    i2d_PKCS12_bio(packed, store))
		ret = 0;
out:
	PKCS12_free(store);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	if (ret == 0)
		return packed;
	BIO_free(packed);
	return NULL;
}

static int add_chain(STACK_OF(PKCS12_SAFEBAG) * bags,
		     const STACK_OF(X509) * chain)
{
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (!add_certificate(bags, sk_X509_value(chain, i)))
			return -1;
	return 0;
}

/* The file, and all that is in it but the key. */
static int tell_apart(const struct store *store, X509 *certificate,
		      const STACK_OF(X509) * others, unsigned char detail[32])
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char one[EVP_MAX_MD_SIZE];
	unsigned int length;
	int i, good;

	good = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(digest, store->name, strlen(store->name) + 1);
	for (i = certificate ? -1 : 0; good && i < sk_X509_num(others); i++)
		good = X509_digest(i < 0 ? certificate :
					   sk_X509_value(others, i),
				   EVP_sha256(), one, &length) &&
		       EVP_DigestUpdate(digest, one, length);
	good = good && EVP_DigestFinal_ex(digest, detail, NULL);
	EVP_MD_CTX_free(digest);
	return good ? 0 : -1;
}

/* CERTIFICATE may be NULL. -1: there is nothing to end. */
static int begin(struct packing *in, const struct store *store,
		 X509 *certificate, const STACK_OF(X509) * others)
{
	unsigned char detail[32];
	const struct purpose purpose = { .name = "store",
					 .detail = detail,
					 .length = sizeof(detail) };

	in->store = store;
	in->form = &forms[store->format];
	in->context = NULL;
	if (store->from && tell_apart(store, certificate, others, detail))
		return -1;
	return derivation_begin(store->from, &purpose, &in->context);
}

static BIO *pack_keys(const struct packing *in, EVP_PKEY *key,
		      X509 *certificate, const STACK_OF(X509) * chain)
{
	STACK_OF(PKCS12_SAFEBAG) *certificates = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS12_SAFEBAG) *keys = sk_PKCS12_SAFEBAG_new_null();
	const char *alias = in->store->alias;
	BIO *packed = NULL;

	if (certificates && keys && X509_check_private_key(certificate, key) &&
	    set_entry(add_certificate(certificates, certificate), certificate,
		      alias) == 0 &&
	    set_entry(add_key(in, keys, key), certificate, alias) == 0 &&
	    add_chain(certificates, chain) == 0)
		packed = pack(in, certificates, keys);
	bags_free(certificates);
	bags_free(keys);
	return packed;
}

BIO *store_keys(const struct store *store, EVP_PKEY *key, X509 *certificate,
		const STACK_OF(X509) * chain)
{
	struct packing in;
	BIO *packed = NULL;

	if (begin(&in, store, certificate, chain) == 0) {
		packed = pack_keys(&in, key, certificate, chain);
		derivation_end(store->from);
	}
	if (!packed)
		report_openssl("cannot make the key store of %s", store->alias);
	return packed;
}

static int add_authority(STACK_OF(PKCS12_SAFEBAG) * bags, X509 *authority,
			 const char *alias, int number)
{
	char *name;
	int ret;

	name = number == 1 ? memory_copy(alias) :
			     memory_format("%s-%d", alias, number);
	ret = set_trusted(add_certificate(bags, authority), name);
	free(name);
	return ret;
}

static BIO *pack_authorities(const struct packing *in,
			     const STACK_OF(X509) * authorities)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	BIO *packed = NULL;
	int i;

	for (i = 0; bags && i < sk_X509_num(authorities); i++)
		if (add_authority(bags, sk_X509_value(authorities, i),
				  in->store->alias, i + 1))
			break;
	if (bags && i == sk_X509_num(authorities))
		packed = pack(in, bags, NULL);
	bags_free(bags);
	return packed;
}

BIO *store_trust(const struct store *store, const STACK_OF(X509) * authorities)
{
	struct packing in;
	BIO *packed = NULL;

	if (begin(&in, store, NULL, authorities) == 0) {
		packed = pack_authorities(&in, authorities);
		derivation_end(store->from);
	}
	if (!packed)
		report_openssl("cannot make the trust store of %s",
			       store->alias);
	return packed;
}

/* Random letters and digits of CONTEXT. */
static int draw(char *password, OSSL_LIB_CTX *context)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789";
	const unsigned int n = sizeof(set) - 1;
	unsigned char byte;
	size_t i = 0;

	while (i < PASSWORD_LENGTH) {
		if (RAND_priv_bytes_ex(context, &byte, 1, 0) != 1)
			return -1;
		/* the rest of 256 by n would favour the first letters */
		if (byte < 256 / n * n)
			password[i++] = set[byte % n];
	}
	OPENSSL_cleanse(&byte, sizeof(byte));
	return 0;
}

char *store_password(const struct derivation *from, const char *name)
{
	const struct purpose purpose = { .name = "password",
					 .detail = name,
					 .length = strlen(name) };
	char *password = memory_zeroed(PASSWORD_LENGTH + 1, 1);
	OSSL_LIB_CTX *context;
	int ret = derivation_begin(from, &purpose, &context);

	if (ret == 0) {
		ret = draw(password, context);
		derivation_end(from);
	}
	if (ret == 0)
		return password;
	report_openssl("cannot make a password");
	OPENSSL_cleanse(password, PASSWORD_LENGTH);
	free(password);
	return NULL;
}
