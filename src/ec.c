/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>

#include "ec.h"

bool ec_read(EVP_PKEY *key, struct ec_parts *parts)
{
	char group[80] = "", encoding[32] = "", format[32] = "";
	int with_point = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 group, sizeof(group)),
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING,
						 encoding, sizeof(encoding)),
		OSSL_PARAM_construct_utf8_string(
			OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, format,
			sizeof(format)),
		OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC,
					 &with_point),
		OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, parts->point,
			sizeof(parts->point)),
		OSSL_PARAM_construct_end(),
	};
	bool good;

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		return false;
	ERR_set_mark();
	good = EVP_PKEY_get_params(key, params) > 0 &&
	       strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0 &&
	       strcmp(format,
		      OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) == 0 &&
	       OSSL_PARAM_modified(&params[4]);
	ERR_pop_to_mark();
	if (!good)
		return false;
	parts->curve = OBJ_sn2nid(group);
	parts->length = params[4].return_size;
	parts->has_point = with_point;
	return parts->curve != NID_undef;
}
