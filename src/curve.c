/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "curve.h"

static struct {
	const char *name;
	EVP_PKEY *parameters; /* NULL: OpenSSL has it not */
} usual[] = { { SN_X9_62_prime256v1, NULL }, { SN_secp384r1, NULL } };

#define N_USUAL (sizeof(usual) / sizeof(usual[0]))

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

static EVP_PKEY *make_parameters(const char *name)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *parameters = NULL;

	if (!ctx || EVP_PKEY_paramgen_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_group_name(ctx, name) <= 0 ||
	    EVP_PKEY_paramgen(ctx, &parameters) <= 0)
		parameters = NULL;
	EVP_PKEY_CTX_free(ctx);
	return parameters;
}

static void free_all(void)
{
	size_t i;

	for (i = 0; i < N_USUAL; i++)
		EVP_PKEY_free(usual[i].parameters);
}

static void make_all(void)
{
	size_t i;

	OPENSSL_atexit(free_all);
	ERR_set_mark();
	for (i = 0; i < N_USUAL; i++)
		usual[i].parameters = make_parameters(usual[i].name);
	ERR_pop_to_mark();
}

EVP_PKEY *curve_parameters(const char *name)
{
	size_t i;

	for (i = 0; i < N_USUAL && strcmp(usual[i].name, name) != 0; i++)
		;
	if (i == N_USUAL || !CRYPTO_THREAD_run_once(&once, make_all))
		return NULL;
	return usual[i].parameters;
}
