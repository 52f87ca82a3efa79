/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "ec.h"
#include "pkcs8.h"

/* RFC 5915, section 3; the curve is named outside. */
typedef struct {
	int32_t version;
	ASN1_OCTET_STRING *number;
	ASN1_BIT_STRING *point;
} EC_SECRET;

ASN1_SEQUENCE(EC_SECRET) = {
	ASN1_EMBED(EC_SECRET, version, INT32),
	ASN1_SIMPLE(EC_SECRET, number, ASN1_OCTET_STRING),
	ASN1_EXP_OPT(EC_SECRET, point, ASN1_BIT_STRING, 1),
} static_ASN1_SEQUENCE_END(EC_SECRET)

/* DER of ITEM put into a PrivateKeyInfo, which takes it over. */
static PKCS8_PRIV_KEY_INFO *wrap(int algorithm, int type, void *parameter,
				 const void *value, const ASN1_ITEM *item)
{
	PKCS8_PRIV_KEY_INFO *info = PKCS8_PRIV_KEY_INFO_new();
	unsigned char *der = NULL;
	int length = ASN1_item_i2d(value, &der, item);

	if (info && length > 0 &&
	    PKCS8_pkey_set0(info, OBJ_nid2obj(algorithm), 0, type, parameter,
			    der, length))
		return info;
	OPENSSL_clear_free(der, length > 0 ? (size_t)length : 0);
	PKCS8_PRIV_KEY_INFO_free(info);
	return NULL;
}

/* The private number in as many octets as the order of the curve has. */
static bool read_number(EVP_PKEY *key, ASN1_OCTET_STRING *to)
{
	const int bits = EVP_PKEY_get_bits(key);
	unsigned char octets[EC_OCTETS_MAX];
	BIGNUM *number = BN_secure_new();
	bool good;
	int n;

	good = number && bits > 0 && (bits + 7) / 8 <= (int)sizeof(octets) &&
	       EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number);
	n = good ? BN_bn2binpad(number, octets, (bits + 7) / 8) : -1;
	good = n > 0 && ASN1_OCTET_STRING_set(to, octets, n);
	OPENSSL_cleanse(octets, sizeof(octets));
	BN_clear_free(number);
	return good;
}

/* All bits of the last octet count, even if they are zero. */
static bool set_point(ASN1_BIT_STRING *to, const struct ec_parts *parts)
{
	if (!ASN1_BIT_STRING_set(to, (unsigned char *)parts->point,
				 (int)parts->length))
		return false;
	to->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
	to->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	return true;
}

static PKCS8_PRIV_KEY_INFO *of_ec(EVP_PKEY *key)
{
	EC_SECRET secret = { .version = 1 };
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct ec_parts parts;

	if (!ec_read(key, &parts) || !parts.has_point)
		return NULL;
	secret.number = ASN1_OCTET_STRING_new();
	secret.point = ASN1_BIT_STRING_new();
	if (secret.number && secret.point && read_number(key, secret.number) &&
	    set_point(secret.point, &parts))
		info = wrap(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT,
			    OBJ_nid2obj(parts.curve), &secret,
			    ASN1_ITEM_rptr(EC_SECRET));
	ASN1_STRING_clear_free(secret.number);
	ASN1_BIT_STRING_free(secret.point);
	return info;
}

/* RFC 8410, section 7 */
static PKCS8_PRIV_KEY_INFO *of_edwards(EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	ASN1_OCTET_STRING *secret = ASN1_OCTET_STRING_new();
	unsigned char octets[64];
	size_t length = sizeof(octets);

	if (secret && EVP_PKEY_get_raw_private_key(key, octets, &length) > 0 &&
	    ASN1_OCTET_STRING_set(secret, octets, (int)length))
		info = wrap(EVP_PKEY_get_base_id(key), V_ASN1_UNDEF, NULL,
			    secret, ASN1_ITEM_rptr(ASN1_OCTET_STRING));
	OPENSSL_cleanse(octets, sizeof(octets));
	ASN1_STRING_clear_free(secret);
	return info;
}

PKCS8_PRIV_KEY_INFO *pkcs8_of(EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;

	ERR_set_mark();
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		info = of_ec(key);
		break;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		info = of_edwards(key);
		break;
	default:
		break;
	}
	ERR_pop_to_mark();
	return info;
}
