/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

/* Engines are deprecated since OpenSSL 3.0, but not every system has providers
 * for tokens yet. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/err.h>
#ifndef OPENSSL_NO_ENGINE
#include <openssl/engine.h>
#endif

#include "keystore-engine.h"
#include "memory.h"

#define SCHEME "org.openssl.engine:"

bool keystore_engine_has(const char *uri)
{
	return strncmp(uri, SCHEME, strlen(SCHEME)) == 0;
}

#ifndef OPENSSL_NO_ENGINE
EVP_PKEY *keystore_engine_load(const char *uri, UI_METHOD *method, void *data)
{
	const char *name = uri + strlen(SCHEME), *colon = strchr(name, ':');
	char *id = memory_copy_part(name, colon ? (size_t)(colon - name) : 0);
	ENGINE *engine;
	EVP_PKEY *key = NULL;

	/* engines stand in openssl.cnf */
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
				    OPENSSL_INIT_ENGINE_ALL_BUILTIN,
			    NULL);
	engine = ENGINE_by_id(id);
	if (engine && ENGINE_init(engine)) {
		key = ENGINE_load_private_key(engine, colon ? colon + 1 : "",
					      method, data);
		ENGINE_finish(engine);
	}
	ENGINE_free(engine);
	free(id);
	return key;
}
#else
EVP_PKEY *keystore_engine_load(const char *uri, UI_METHOD *method, void *data)
{
	(void)uri;
	(void)method;
	(void)data;
	return NULL;
}
#endif
