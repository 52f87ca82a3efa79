/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CURVE_H
#define TOPOCERT_CURVE_H

#include <openssl/evp.h>

/*
 * The domain parameters of the curve NAME, as EVP_PKEY_CTX_new_from_pkey(3)
 * takes them to make keys. Those of the usual curves are made once, for all
 * threads: that takes as long as a key does. NULL: it is none of these.
 */
EVP_PKEY *curve_parameters(const char *name);

#endif
