/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEYSTORE_ENGINE_H
#define TOPOCERT_KEYSTORE_ENGINE_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/ui.h>

/*
 * Keys in the care of an engine, which was how OpenSSL spoke to tokens before
 * it had providers. The URI is that of openssl(1) since 3.0,
 * "org.openssl.engine:ENGINE:KEY", which is known to its commands and not to
 * the library.
 */

bool keystore_engine_has(const char *uri);

/* The key; NULL: OpenSSL's error queue says why. METHOD asks for a PIN, with
 * DATA. Free with EVP_PKEY_free(). */
EVP_PKEY *keystore_engine_load(const char *uri, UI_METHOD *method, void *data);

#endif
