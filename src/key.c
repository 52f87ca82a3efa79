/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "curve.h"
#include "derivation.h"
#include "key-derived.h"
#include "key.h"
#include "keydata.h"
#include "pkcs8.h"
#include "report.h"
#include "rsa.h"
#include "signals.h"
#include "signature.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384

/* Octets, as NIST SP 800-132 has it. */
#define SALT_LENGTH 16

static const char wanted[] = "unknown key: wanted rsa:BITS, ec:CURVE, ed25519 "
			     "or another signature algorithm of OpenSSL";

static const char *parse_rsa(const char *size, struct key_spec *spec)
{
	char *end;
	unsigned long bits = strtoul(size, &end, 10);

	if (*size < '0' || *size > '9' || *end || strlen(size) > 5)
		return "RSA key without a size: wanted rsa:2048 or more";
	if (bits < RSA_BITS_MIN)
		return "RSA key below 2048 bits: wanted rsa:2048 or more";
	if (bits > RSA_BITS_MAX)
		return "RSA key above 16384 bits: OpenSSL does not use it";
	spec->bits = (unsigned int)bits;
	strcpy(spec->algorithm, "RSA");
	key_describe(NID_rsaEncryption, NID_undef, (int)bits, spec->text,
		     sizeof(spec->text));
	return NULL;
}

static const char *parse_ec(const char *curve, struct key_spec *spec)
{
	int nid = EC_curve_nist2nid(curve);

	if (nid == NID_undef)
		nid = OBJ_sn2nid(curve);
	if (nid == NID_undef || strlen(OBJ_nid2sn(nid)) >= sizeof(spec->group))
		return "unknown curve: wanted ec:P-256, ec:P-384 or another "
		       "that OpenSSL knows";
	strcpy(spec->algorithm, "EC");
	strcpy(spec->group, OBJ_nid2sn(nid));
	key_describe(NID_X9_62_id_ecPublicKey, nid, 0, spec->text,
		     sizeof(spec->text));
	return NULL;
}

static const char *parse_other(const char *name, struct key_spec *spec)
{
	EVP_SIGNATURE *signature;
	size_t i;

	if (strlen(name) >= sizeof(spec->algorithm) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-") != strlen(name))
		return wanted;
	ERR_set_mark();
	signature = EVP_SIGNATURE_fetch(NULL, name, NULL);
	ERR_pop_to_mark();
	if (!signature)
		return wanted;
	EVP_SIGNATURE_free(signature);
	for (i = 0; name[i]; i++)
		spec->algorithm[i] = spec->text[i] =
			(char)(name[i] |
			       (name[i] >= 'A' && name[i] <= 'Z' ? 0x20 : 0));
	return NULL;
}

/* Lets a signal end the search for primes. */
static int keep_going(EVP_PKEY_CTX *ctx)
{
	(void)ctx;
	return !signals_caught();
}

/* With the random numbers of CONTEXT. */
static EVP_PKEY *make_key(const struct key_spec *spec, OSSL_LIB_CTX *context)
{
	EVP_PKEY *parameters = context ? NULL : curve_parameters(spec->group);
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;

	if (spec->bits && !spec->stock && rsa_is_made_here(spec->bits))
		return rsa_generate(context, spec->bits);
	ctx = parameters ? EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL) :
			   EVP_PKEY_CTX_new_from_name(context, spec->algorithm,
						      NULL);
	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0)
		goto out;
	EVP_PKEY_CTX_set_cb(ctx, keep_going);
	if (spec->bits &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)spec->bits) <= 0)
		goto out;
	if (*spec->group && !parameters &&
	    EVP_PKEY_CTX_set_group_name(ctx, spec->group) <= 0)
		goto out;
	if (EVP_PKEY_generate(ctx, &key) <= 0)
		key = NULL;
out:
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* KEY signs with the digest that the templates ask for. */
static bool can_sign(EVP_PKEY *key)
{
	const struct signature signature = { .key = key, .digest = "SHA256" };
	EVP_MD_CTX *ctx = signature_begin(&signature);
	unsigned char data[1] = { 0 };
	size_t length = 0;
	bool can;

	can = ctx && EVP_DigestSign(ctx, NULL, &length, data, sizeof(data)) > 0;
	signature_end(&signature, ctx);
	return can;
}

/* RSA, the curves of NIST and the Edwards curves are there in any case, unless
 * OpenSSL was told to do without. */
static bool is_known(const struct key_spec *spec)
{
	return spec->bits || (key_derived_octets(spec) &&
			      !EVP_default_properties_is_fips_enabled(NULL));
}

/* Try what cannot be known from the name alone, on a key thrown away. */
static const char *try_key(const struct key_spec *spec)
{
	const char *why = NULL;
	EVP_PKEY *key;

	if (is_known(spec))
		return NULL;
	ERR_set_mark();
	key = make_key(spec, NULL);
	if (!key)
		why = "OpenSSL cannot make such a key here";
	else if (EVP_PKEY_get_security_bits(key) < KEY_SECURITY_BITS_MIN)
		why = "key too weak: wanted 112 bits of security or more, as "
		      "rsa:2048 or ec:P-256";
	else if (!can_sign(key))
		why = "OpenSSL cannot sign with such a key and SHA-256";
	EVP_PKEY_free(key);
	ERR_pop_to_mark();
	return why;
}

const char *key_parse(const char *text, struct key_spec *spec)
{
	const char *why;

	memset(spec, 0, sizeof(*spec));
	if (strncasecmp(text, "rsa", 3) == 0 && (text[3] == ':' || !text[3]))
		why = parse_rsa(text[3] ? text + 4 : "", spec);
	else if (strncasecmp(text, "ec:", 3) == 0)
		why = parse_ec(text + 3, spec);
	else
		why = parse_other(text, spec);
	return why ? why : try_key(spec);
}

bool key_enciphers(const struct key_spec *spec)
{
	return spec->bits > 0;
}

/* KEY, which is freed, as one of OpenSSL's own context, in which it may be used
 * without any more random numbers that are derived. */
static EVP_PKEY *bring_home(const struct key_spec *spec, EVP_PKEY *key)
{
	OSSL_PARAM *params = NULL;

	if (key && EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params) <= 0)
		params = NULL;
	EVP_PKEY_free(key);
	return keydata_take(NULL, spec->algorithm, params);
}

/* A key that needs no search is made of as many octets as it takes. */
static EVP_PKEY *derive_key(const struct key_spec *spec,
			    const struct derivation *from)
{
	static const struct purpose purpose = { .name = "key" };
	unsigned char octets[KEY_DERIVED_MAX];
	const size_t n = key_derived_octets(spec);
	OSSL_LIB_CTX *context;
	EVP_PKEY *key = NULL;

	if (n) {
		if (derivation_octets(from, &purpose, octets, n) == 0)
			key = key_derived(spec, octets);
		OPENSSL_cleanse(octets, sizeof(octets));
	} else if (derivation_begin(from, &purpose, &context) == 0) {
		key = bring_home(spec, make_key(spec, context));
		derivation_end(from);
	}
	return key;
}

EVP_PKEY *key_generate(const struct key_spec *spec,
		       const struct derivation *from)
{
	EVP_PKEY *key = from ? derive_key(spec, from) : make_key(spec, NULL);

	if (!key && !signals_caught())
		report_openssl("cannot make a key %s", spec->text);
	return key;
}

static bool write_pem(BIO *pem, EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = pkcs8_of(key);
	bool good = info ? PEM_write_bio_PKCS8_PRIV_KEY_INFO(pem, info) :
			   PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL,
							 0, NULL, NULL);

	PKCS8_PRIV_KEY_INFO_free(info);
	return good;
}

BIO *key_to_pem(EVP_PKEY *key)
{
	BIO *pem = BIO_new(BIO_s_secmem());

	if (!pem || !write_pem(pem, key)) {
		report_openssl("cannot encode a key");
		BIO_free(pem);
		return NULL;
	}
	return pem;
}

/* KEY under PASSPHRASE; NULL: OpenSSL's error queue says why. */
static X509_SIG *encrypt(EVP_PKEY *key, const char *passphrase,
			 OSSL_LIB_CTX *context)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
	X509_ALGOR *how = PKCS5_pbe2_set_iv_ex(EVP_aes_256_cbc(),
					       KEY_ITERATIONS, NULL,
					       SALT_LENGTH, NULL,
					       NID_hmacWithSHA256, context);
	X509_SIG *sealed = NULL;

	if (plain && how)
		sealed = PKCS8_set0_pbe(passphrase, (int)strlen(passphrase),
					plain, how);
	if (!sealed)
		X509_ALGOR_free(how);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return sealed;
}

/* What is in PEM is encrypted, opens with PASSPHRASE, and is KEY. */
static bool opens(BIO *pem, const char *passphrase, EVP_PKEY *key)
{
	const char *data;
	long length = BIO_get_mem_data(pem, &data);
	BIO *bio = BIO_new_mem_buf(data, (int)length);
	EVP_PKEY *again = NULL;
	bool same;

	if (bio)
		again = PEM_read_bio_PrivateKey(bio, NULL, NULL,
						(void *)(uintptr_t)passphrase);
	same = again && key_is_protected(data, (size_t)length) &&
	       EVP_PKEY_eq(again, key) == 1 && key_is_sound(again);
	EVP_PKEY_free(again);
	BIO_free(bio);
	return same;
}

BIO *key_to_protected_pem(EVP_PKEY *key, const char *passphrase,
			  const struct derivation *from)
{
	static const struct purpose purpose = { .name = "protection" };
	BIO *pem = BIO_new(BIO_s_mem());
	X509_SIG *sealed = NULL;
	OSSL_LIB_CTX *context;

	if (derivation_begin(from, &purpose, &context) == 0) {
		sealed = encrypt(key, passphrase, context);
		derivation_end(from);
	}
	if (sealed && pem && PEM_write_bio_PKCS8(pem, sealed) &&
	    opens(pem, passphrase, key)) {
		X509_SIG_free(sealed);
		return pem;
	}
	report_openssl("cannot protect a key by a passphrase");
	X509_SIG_free(sealed);
	BIO_free(pem);
	return NULL;
}

bool key_is_protected(const char *pem, size_t length)
{
	static const char *const marks[] = { "-----BEGIN " PEM_STRING_PKCS8
					     "-----",
					     "Proc-Type: 4,ENCRYPTED" };

	return memmem(pem, length, marks[0], strlen(marks[0])) ||
	       memmem(pem, length, marks[1], strlen(marks[1]));
}

EVP_PKEY *key_from_pem(const char *pem, size_t length)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)length);
	EVP_PKEY *key = NULL;

	ERR_set_mark();
	/* an empty passphrase: nobody is asked for one */
	if (bio)
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
	ERR_pop_to_mark();
	BIO_free(bio);
	return key;
}

bool key_is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool sound;

	ERR_set_mark();
	sound = ctx && EVP_PKEY_pairwise_check(ctx) == 1;
	ERR_pop_to_mark();
	EVP_PKEY_CTX_free(ctx);
	return sound;
}

void key_describe(int algorithm_nid, int curve_nid, int bits, char *text,
		  size_t size)
{
	const char *curve, *name;
	size_t i;

	if (algorithm_nid == NID_rsaEncryption) {
		snprintf(text, size, "rsa:%d", bits);
		return;
	}
	if (algorithm_nid == NID_X9_62_id_ecPublicKey) {
		curve = EC_curve_nid2nist(curve_nid);
		if (!curve)
			curve = OBJ_nid2sn(curve_nid);
		snprintf(text, size, "ec:%s", curve ? curve : "?");
		return;
	}
	name = OBJ_nid2sn(algorithm_nid);
	snprintf(text, size, "%s", name ? name : "?");
	for (i = 0; text[i]; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] |= 0x20;
}
