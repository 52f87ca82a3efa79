/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/objects.h>

#include "ec.h"
#include "spki.h"

/* OBJECT and PARAMETER are static. */
static bool put(X509_PUBKEY *info, ASN1_OBJECT *object, int type,
		ASN1_OBJECT *parameter, const unsigned char *bits,
		size_t length)
{
	unsigned char *copy = OPENSSL_memdup(bits, length);

	if (copy && X509_PUBKEY_set0_param(info, object, type, parameter, copy,
					   (int)length))
		return true;
	OPENSSL_free(copy);
	return false;
}

/* RFC 5480, section 2 */
static bool set_ec(X509_PUBKEY *info, EVP_PKEY *key)
{
	struct ec_parts parts;
	ASN1_OBJECT *curve;

	if (!ec_read(key, &parts))
		return false;
	curve = OBJ_nid2obj(parts.curve);
	return curve && OBJ_length(curve) > 0 &&
	       put(info, OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
		   curve, parts.point, parts.length);
}

/* RFC 8410, section 4 */
static bool set_edwards(X509_PUBKEY *info, EVP_PKEY *key)
{
	unsigned char octets[64];
	size_t length = sizeof(octets);

	return EVP_PKEY_get_raw_public_key(key, octets, &length) > 0 &&
	       put(info, OBJ_nid2obj(EVP_PKEY_get_base_id(key)), V_ASN1_UNDEF,
		   NULL, octets, length);
}

bool spki_set(X509_PUBKEY *info, EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		return set_ec(info, key);
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return set_edwards(info, key);
	default:
		return false;
	}
}

bool spki_copy(X509_PUBKEY *info, const X509_PUBKEY *from)
{
	const unsigned char *bits;
	const ASN1_OBJECT *object;
	ASN1_OBJECT *named = NULL;
	const void *parameter;
	X509_ALGOR *algorithm;
	int length, type;

	if (!X509_PUBKEY_get0_param(NULL, &bits, &length, &algorithm, from))
		return false;
	X509_ALGOR_get0(&object, &type, &parameter, algorithm);
	if (type == V_ASN1_OBJECT)
		named = OBJ_nid2obj(OBJ_obj2nid(parameter));
	else if (type != V_ASN1_NULL && type != V_ASN1_UNDEF)
		return false;
	/* OpenSSL knows both, so that they are static */
	if (OBJ_obj2nid(object) == NID_undef ||
	    (named && OBJ_obj2nid(named) == NID_undef))
		return false;
	return put(info, OBJ_nid2obj(OBJ_obj2nid(object)), type, named, bits,
		   (size_t)length);
}

bool spki_equal(const X509_PUBKEY *a, const X509_PUBKEY *b)
{
	const unsigned char *bits_a, *bits_b;
	X509_ALGOR *algorithm_a, *algorithm_b;
	int length_a, length_b;

	return X509_PUBKEY_get0_param(NULL, &bits_a, &length_a, &algorithm_a,
				      a) &&
	       X509_PUBKEY_get0_param(NULL, &bits_b, &length_b, &algorithm_b,
				      b) &&
	       X509_ALGOR_cmp(algorithm_a, algorithm_b) == 0 &&
	       length_a == length_b &&
	       memcmp(bits_a, bits_b, (size_t)length_a) == 0;
}
