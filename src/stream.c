/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include "stream.h"

#define PROVIDER "topocert-stream"
#define GENERATOR "TOPOCERT-STREAM"

/* Octets asked for at once, at the most, and bits of strength. */
#define REQUEST_MAX (1 << 16)
#define STRENGTH 256

/* The library makes one generator for each thread, and asks it without saying
 * what for: what that depends on can only be the thread's own. */
static _Thread_local EVP_CIPHER_CTX *stream;

/* provider-rand(7): a generator has no state but what it is in. */
struct generator {
	int state;
};

static void *generator_new(void *provider, void *parent,
			   const OSSL_DISPATCH *calls)
{
	struct generator *generator = OPENSSL_zalloc(sizeof(*generator));

	(void)provider;
	(void)parent;
	(void)calls;
	if (generator)
		generator->state = EVP_RAND_STATE_UNINITIALISED;
	return generator;
}

static void generator_free(void *generator)
{
	OPENSSL_free(generator);
}

static int generator_instantiate(void *context, unsigned int strength,
				 int resistance, const unsigned char *addition,
				 size_t length, const OSSL_PARAM params[])
{
	struct generator *generator = context;

	(void)resistance;
	(void)addition;
	(void)length;
	(void)params;
	if (strength > STRENGTH)
		return 0;
	generator->state = EVP_RAND_STATE_READY;
	return 1;
}

static int generator_uninstantiate(void *context)
{
	struct generator *generator = context;

	generator->state = EVP_RAND_STATE_UNINITIALISED;
	return 1;
}

static int generator_generate(void *context, unsigned char *out, size_t n,
			      unsigned int strength, int resistance,
			      const unsigned char *addition, size_t length)
{
	int written;

	(void)context;
	(void)resistance;
	(void)addition;
	(void)length;
	if (!stream || strength > STRENGTH || n > REQUEST_MAX)
		return 0;
	memset(out, 0, n);
	return EVP_EncryptUpdate(stream, out, &written, out, (int)n) &&
	       written == (int)n;
}

static int generator_lock(void *context)
{
	(void)context;
	return 1;
}

static void generator_unlock(void *context)
{
	(void)context;
}

static const OSSL_PARAM *generator_known(void *context, void *provider)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
		OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
		OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
		OSSL_PARAM_END
	};

	(void)context;
	(void)provider;
	return known;
}

static int generator_get(void *context, OSSL_PARAM params[])
{
	const struct generator *generator = context;
	OSSL_PARAM *p;

	p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
	if (p && !OSSL_PARAM_set_int(p, generator->state))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
	if (p && !OSSL_PARAM_set_uint(p, STRENGTH))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
	return !p || OSSL_PARAM_set_size_t(p, REQUEST_MAX);
}

typedef void (*function)(void);

static const OSSL_DISPATCH generator_functions[] = {
	{ OSSL_FUNC_RAND_NEWCTX, (function)generator_new },
	{ OSSL_FUNC_RAND_FREECTX, (function)generator_free },
	{ OSSL_FUNC_RAND_INSTANTIATE, (function)generator_instantiate },
	{ OSSL_FUNC_RAND_UNINSTANTIATE, (function)generator_uninstantiate },
	{ OSSL_FUNC_RAND_GENERATE, (function)generator_generate },
	{ OSSL_FUNC_RAND_ENABLE_LOCKING, (function)generator_lock },
	{ OSSL_FUNC_RAND_LOCK, (function)generator_lock },
	{ OSSL_FUNC_RAND_UNLOCK, (function)generator_unlock },
	{ OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, (function)generator_known },
	{ OSSL_FUNC_RAND_GET_CTX_PARAMS, (function)generator_get },
	{ 0, NULL }
};

static const OSSL_ALGORITHM *provider_query(void *provider, int operation,
					    int *no_cache)
{
	static const OSSL_ALGORITHM generators[] = {
		{ GENERATOR, "provider=" PROVIDER, generator_functions, NULL },
		{ NULL, NULL, NULL, NULL }
	};

	(void)provider;
	*no_cache = 0;
	return operation == OSSL_OP_RAND ? generators : NULL;
}

/* provider(7) */
static int provider_init(const OSSL_CORE_HANDLE *handle,
			 const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
			 void **context)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION,
		  (function)provider_query },
		{ 0, NULL }
	};

	(void)in;
	*out = functions;
	*context = (void *)handle;
	return 1;
}

int streams_open(struct streams *streams)
{
	OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();

	*streams = (struct streams){ .context = context };
	if (!context ||
	    !OSSL_PROVIDER_add_builtin(context, PROVIDER, provider_init))
		return -1;
	streams->own = OSSL_PROVIDER_load(context, PROVIDER);
	streams->usual = OSSL_PROVIDER_load(context, "default");
	return streams->own && streams->usual &&
			       RAND_set_DRBG_type(context, GENERATOR, NULL,
						  NULL, NULL) ?
		       0 :
		       -1;
}

void streams_close(struct streams *streams)
{
	if (streams->usual)
		OSSL_PROVIDER_unload(streams->usual);
	if (streams->own)
		OSSL_PROVIDER_unload(streams->own);
	OSSL_LIB_CTX_free(streams->context);
	*streams = (struct streams){ 0 };
}

int stream_begin(const unsigned char key[STREAM_KEY_OCTETS])
{
	static const unsigned char zero[16];

	stream_end();
	stream = EVP_CIPHER_CTX_new();
	if (stream &&
	    EVP_EncryptInit_ex2(stream, EVP_aes_256_ctr(), key, zero, NULL))
		return 0;
	stream_end();
	return -1;
}

void stream_end(void)
{
	EVP_CIPHER_CTX_free(stream);
	stream = NULL;
}
