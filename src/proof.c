/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "key.h"
#include "memory.h"
#include "proof.h"

/* The least of RSA's public exponents (NIST SP 800-56B, 6.2). */
#define EXPONENT_MIN 65537

/* OpenSSL uses none that are larger; to look for primes in one takes long. */
#define RSA_BITS_MAX 16384

static int encode(EVP_PKEY *key, unsigned char **der)
{
	X509_PUBKEY *public = NULL;
	int length = -1;

	if (X509_PUBKEY_set(&public, key))
		length = i2d_X509_PUBKEY(public, der);
	X509_PUBKEY_free(public);
	return length;
}

/*
 * Encoded as the others are with which it is compared. A point may be
 * compressed, which TLS 1.3 does not know (RFC 8446, 4.2.8.2).
 */
static bool is_usual(X509_REQ *request, EVP_PKEY *key)
{
	EVP_PKEY *plain = EVP_PKEY_dup(key);
	unsigned char *is = NULL, *usual = NULL;
	int length = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &is);
	bool same = false;

	if (plain && EVP_PKEY_is_a(plain, "EC"))
		EVP_PKEY_set_utf8_string_param(
			plain, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
	if (plain && length > 0 && encode(plain, &usual) == length)
		same = memcmp(is, usual, (size_t)length) == 0;
	OPENSSL_free(is);
	OPENSSL_free(usual);
	EVP_PKEY_free(plain);
	return same;
}

/* An RSA key whose public exponent is too small. */
static bool is_low(EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;
	bool low;

	if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "RSA-PSS"))
		return false;
	low = !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) ||
	      BN_num_bits(exponent) < 17 ||
	      BN_get_word(exponent) < EXPONENT_MIN;
	BN_free(exponent);
	return low;
}

static bool is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool sound = ctx && EVP_PKEY_public_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return sound;
}

static char *check_key(X509_REQ *request, const struct record *asked)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(request);

	if (!key)
		return memory_copy("its key is damaged, or of a kind that "
				   "OpenSSL does not know");
	if (EVP_PKEY_get_security_bits(key) < KEY_SECURITY_BITS_MIN)
		return memory_format("its key is too weak: %s: wanted 112 bits "
				     "of security or more, as rsa:2048 or "
				     "ec:P-256",
				     asked->key);
	if (EVP_PKEY_get_bits(key) > RSA_BITS_MAX && EVP_PKEY_is_a(key, "RSA"))
		return memory_format("its key is %s: OpenSSL does not use it",
				     asked->key);
	if (is_low(key))
		return memory_format("the public exponent of its key is too "
				     "small: wanted %d or more",
				     EXPONENT_MIN);
	if (!is_usual(request, key))
		return memory_copy("its key is encoded in another way than "
				   "usual: wanted DER, a named curve and an "
				   "uncompressed point");
	return is_sound(key) ? NULL : memory_copy("its key is not a sound one");
}

/* The digest that the parameters of an RSA-PSS signature name; the one by
 * default is SHA-1 (RFC 4055, section 3.1). */
static int pss_digest(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object = NULL;
	RSA_PSS_PARAMS *params = NULL;
	const void *value = NULL;
	int type, digest = NID_sha1;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type == V_ASN1_SEQUENCE)
		params =
			ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (params && params->hashAlgorithm) {
		X509_ALGOR_get0(&object, NULL, NULL, params->hashAlgorithm);
		digest = OBJ_obj2nid(object);
	}
	RSA_PSS_PARAMS_free(params);
	return digest;
}

/* 0 is the key's own, as of Ed25519. */
static char *check_digest(X509_REQ *request, const struct record *asked)
{
	const X509_ALGOR *algorithm;
	int digest = asked->digest;
	const EVP_MD *md;

	if (X509_REQ_get_signature_nid(request) == NID_rsassaPss) {
		X509_REQ_get0_signature(request, NULL, &algorithm);
		digest = pss_digest(algorithm);
	} else if (digest == NID_undef) {
		return NULL;
	}
	md = EVP_get_digestbynid(digest);
	/* half its bits are what it takes to find two of the same digest */
	if (md && EVP_MD_get_size(md) * 4 >= KEY_SECURITY_BITS_MIN)
		return NULL;
	return memory_format("signed with %s: wanted SHA-256 or a better one",
			     digest ? OBJ_nid2ln(digest) : "an unknown digest");
}

static char *check_signature(X509_REQ *request, const struct record *asked)
{
	(void)asked;
	if (X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1)
		return NULL;
	return memory_copy("its signature does not hold: whoever made it does "
			   "not have the key, or it was changed since");
}

char *proof_check(X509_REQ *request, const struct record *asked)
{
	static char *(*const checks[])(X509_REQ *, const struct record *) = {
		check_key, check_digest, check_signature
	};
	char *why = NULL;
	size_t i;

	ERR_set_mark();
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]) && !why; i++)
		why = checks[i](request, asked);
	ERR_pop_to_mark();
	return why;
}
