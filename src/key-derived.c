/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "key-derived.h"
#include "key.h"
#include "keydata.h"

#define DIGEST_MAX 64
#define LABEL_MAX 96

/* RFC 9180, section 7.1, table 2: Nsk is how many octets a private key has. */
static const struct kem {
	const char *key; /* struct key_spec's text */
	unsigned char id[2];
	const char *digest;
	size_t hash, octets;
	unsigned char bitmask; /* section 7.1.3 */
} kems[] = {
	{ "ec:P-256", { 0x00, 0x10 }, "SHA256", 32, 32, 0xff },
	{ "ec:P-384", { 0x00, 0x11 }, "SHA384", 48, 48, 0xff },
	{ "ec:P-521", { 0x00, 0x12 }, "SHA512", 64, 66, 0x01 },
};

static const struct raw {
	const char *key;
	const char *name;
	size_t octets;
} raws[] = {
	{ "ed25519", "ED25519", 32 },
	{ "ed448", "ED448", 57 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct kem *find_kem(const struct key_spec *spec)
{
	size_t i;

	for (i = 0; i < COUNT(kems); i++)
		if (strcmp(kems[i].key, spec->text) == 0)
			return &kems[i];
	return NULL;
}

static const struct raw *find_raw(const struct key_spec *spec)
{
	size_t i;

	for (i = 0; i < COUNT(raws); i++)
		if (strcmp(raws[i].key, spec->text) == 0)
			return &raws[i];
	return NULL;
}

size_t key_derived_octets(const struct key_spec *spec)
{
	const struct kem *kem = find_kem(spec);
	const struct raw *raw = find_raw(spec);

	return kem ? kem->octets : raw ? raw->octets : 0;
}

/* Text as octets, put one after the other. */
struct label {
	unsigned char octets[LABEL_MAX];
	size_t n;
};

static void append(struct label *label, const void *octets, size_t n)
{
	memcpy(label->octets + label->n, octets, n);
	label->n += n;
}

/* "HPKE-v1", suite_id and NAME (RFC 9180, section 4). */
static void begin_label(struct label *label, const struct kem *kem,
			const char *name)
{
	append(label, "HPKE-v1", 7);
	append(label, "KEM", 3);
	append(label, kem->id, sizeof(kem->id));
	append(label, name, strlen(name));
}

/* One half of HKDF (RFC 5869): IN gives OUT. */
static bool hkdf(const struct kem *kem, int mode, const char *detail,
		 const struct label *label, const unsigned char *in,
		 size_t n_in, unsigned char *out, size_t n_out)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						 (char *)kem->digest, 0),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						  (void *)in, n_in),
		OSSL_PARAM_construct_octet_string(detail, (void *)label->octets,
						  label->n),
		OSSL_PARAM_construct_end(),
	};
	bool good = ctx && EVP_KDF_derive(ctx, out, n_out, params) > 0;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return good;
}

/* LabeledExtract("", "dkp_prk", ikm). Without salt there are as many zeros as
 * the digest has octets (RFC 5869, section 2.2). */
static bool extract(const struct kem *kem, const unsigned char *ikm,
		    unsigned char prk[DIGEST_MAX])
{
	struct label salt = { .n = kem->hash }, in = { .n = 0 };
	bool good;

	begin_label(&in, kem, "dkp_prk");
	append(&in, ikm, kem->octets);
	good = hkdf(kem, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, OSSL_KDF_PARAM_SALT,
		    &salt, in.octets, in.n, prk, kem->hash);
	OPENSSL_cleanse(&in, sizeof(in));
	return good;
}

/* LabeledExpand(dkp_prk, "candidate", I2OSP(counter, 1), Nsk) */
static bool expand(const struct kem *kem, const unsigned char *prk, int counter,
		   unsigned char *candidate)
{
	const unsigned char length[2] = { 0, (unsigned char)kem->octets };
	const unsigned char number = (unsigned char)counter;
	struct label label = { .n = 0 };

	append(&label, length, sizeof(length));
	begin_label(&label, kem, "candidate");
	append(&label, &number, 1);
	return hkdf(kem, EVP_KDF_HKDF_MODE_EXPAND_ONLY, OSSL_KDF_PARAM_INFO,
		    &label, prk, kem->hash, candidate, kem->octets);
}

/* DeriveKeyPair: SCALAR in 1..order-1. */
static bool find_scalar(const struct kem *kem, const unsigned char *ikm,
			const BIGNUM *order, BIGNUM *scalar)
{
	unsigned char prk[DIGEST_MAX], candidate[KEY_DERIVED_MAX];
	bool good = extract(kem, ikm, prk), found = false;
	int counter;

	for (counter = 0; good && !found && counter < 256; counter++) {
		good = expand(kem, prk, counter, candidate);
		candidate[0] &= kem->bitmask;
		good = good &&
		       BN_bin2bn(candidate, (int)kem->octets, scalar) != NULL;
		found = good && !BN_is_zero(scalar) &&
			BN_cmp(scalar, order) < 0;
	}
	OPENSSL_cleanse(prk, sizeof(prk));
	OPENSSL_cleanse(candidate, sizeof(candidate));
	return found;
}

static OSSL_PARAM *describe(const struct key_spec *spec, const BIGNUM *scalar,
			    const unsigned char *point, size_t length)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;

	if (build &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
					    spec->group, 0) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
					     point, length))
		params = OSSL_PARAM_BLD_to_param(build);
	OSSL_PARAM_BLD_free(build);
	return params;
}

static EVP_PKEY *derive_ec(const struct key_spec *spec, const struct kem *kem,
			   const unsigned char *ikm)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_sn2nid(spec->group));
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	BIGNUM *scalar = BN_secure_new();
	unsigned char *octets = NULL;
	EVP_PKEY *key = NULL;
	size_t length;

	if (!point || !scalar)
		goto out;
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	if (!find_scalar(kem, ikm, EC_GROUP_get0_order(group), scalar) ||
	    !EC_POINT_mul(group, point, scalar, NULL, NULL, NULL))
		goto out;
	length = EC_POINT_point2buf(group, point, POINT_CONVERSION_UNCOMPRESSED,
				    &octets, NULL);
	if (length)
		key = keydata_take(NULL, "EC",
				   describe(spec, scalar, octets, length));
out:
	OPENSSL_free(octets);
	BN_clear_free(scalar);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *key_derived(const struct key_spec *spec, const unsigned char *octets)
{
	const struct kem *kem = find_kem(spec);
	const struct raw *raw = find_raw(spec);

	if (kem)
		return derive_ec(spec, kem, octets);
	return raw ? EVP_PKEY_new_raw_private_key_ex(NULL, raw->name, NULL,
						     octets, raw->octets) :
		     NULL;
}
