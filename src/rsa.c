/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "keydata.h"
#include "prime.h"
#include "rsa.h"
#include "signals.h"

/* A private exponent that is too small comes about once in 2^1000 keys. */
#define TRIES 3

/* All in memory that is wiped when freed. */
struct numbers {
	OSSL_LIB_CTX *libctx;
	BN_CTX *ctx;
	BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qinv;
	BIGNUM *p1, *q1; /* p - 1, q - 1 */
};

bool rsa_is_made_here(unsigned int bits)
{
	return bits / 2 >= PRIME_BITS_MIN && bits % 2 == 0 &&
	       bits / 2 % PRIME_BITS_STEP == 0 &&
	       !EVP_default_properties_is_fips_enabled(NULL);
}

static BIGNUM *new_secret(void)
{
	BIGNUM *number = BN_secure_new();

	/* no operation's time depends on it */
	if (number)
		BN_set_flags(number, BN_FLG_CONSTTIME);
	return number;
}

static bool allocate(struct numbers *x)
{
	x->ctx = BN_CTX_secure_new_ex(x->libctx);
	x->n = BN_new();
	x->e = BN_new();
	x->d = new_secret();
	x->p = new_secret();
	x->q = new_secret();
	x->dp = new_secret();
	x->dq = new_secret();
	x->qinv = new_secret();
	x->p1 = new_secret();
	x->q1 = new_secret();
	return x->ctx && x->n && x->e && x->d && x->p && x->q && x->dp &&
	       x->dq && x->qinv && x->p1 && x->q1 &&
	       BN_set_word(x->e, PRIME_EXPONENT);
}

static void clear(struct numbers *x)
{
	BN_free(x->n);
	BN_free(x->e);
	BN_clear_free(x->d);
	BN_clear_free(x->p);
	BN_clear_free(x->q);
	BN_clear_free(x->dp);
	BN_clear_free(x->dq);
	BN_clear_free(x->qinv);
	BN_clear_free(x->p1);
	BN_clear_free(x->q1);
	BN_CTX_free(x->ctx);
}

/* d, the inverse of e modulo the least common multiple of p - 1 and q - 1. */
static bool find_private(struct numbers *x)
{
	BIGNUM *common, *product, *multiple;
	bool good = false;

	BN_CTX_start(x->ctx);
	common = BN_CTX_get(x->ctx);
	product = BN_CTX_get(x->ctx);
	multiple = BN_CTX_get(x->ctx);
	if (multiple) {
		BN_set_flags(product, BN_FLG_CONSTTIME);
		BN_set_flags(multiple, BN_FLG_CONSTTIME);
		good = BN_gcd(common, x->p1, x->q1, x->ctx) &&
		       BN_mul(product, x->p1, x->q1, x->ctx) &&
		       BN_div(multiple, NULL, product, common, x->ctx) &&
		       BN_mod_inverse(x->d, x->e, multiple, x->ctx);
	}
	BN_CTX_end(x->ctx);
	return good;
}

/* What follows from p and q. */
static bool derive(struct numbers *x)
{
	/* p is the larger one, as is usual */
	if (BN_cmp(x->p, x->q) < 0)
		BN_swap(x->p, x->q);
	return BN_copy(x->p1, x->p) && BN_sub_word(x->p1, 1) &&
	       BN_copy(x->q1, x->q) && BN_sub_word(x->q1, 1) &&
	       BN_mul(x->n, x->p, x->q, x->ctx) && find_private(x) &&
	       BN_mod(x->dp, x->d, x->p1, x->ctx) &&
	       BN_mod(x->dq, x->d, x->q1, x->ctx) &&
	       BN_mod_inverse(x->qinv, x->q, x->p, x->ctx);
}

static bool find_numbers(struct numbers *x, unsigned int bits)
{
	const int half = (int)bits / 2;
	int i;

	for (i = 0; i < TRIES; i++) {
		if (!prime_find(x->p, half, NULL, x->ctx, x->libctx) ||
		    !prime_find(x->q, half, x->p, x->ctx, x->libctx) ||
		    !derive(x))
			return false;
		/* A.1.3 and A.1.1: 2^(bits / 2) < d */
		if (BN_num_bits(x->d) > half)
			return true;
	}
	return false;
}

static OSSL_PARAM *describe(const struct numbers *x)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	const struct {
		const char *name;
		const BIGNUM *number;
	} parts[] = {
		{ OSSL_PKEY_PARAM_RSA_N, x->n },
		{ OSSL_PKEY_PARAM_RSA_E, x->e },
		{ OSSL_PKEY_PARAM_RSA_D, x->d },
		{ OSSL_PKEY_PARAM_RSA_FACTOR1, x->p },
		{ OSSL_PKEY_PARAM_RSA_FACTOR2, x->q },
		{ OSSL_PKEY_PARAM_RSA_EXPONENT1, x->dp },
		{ OSSL_PKEY_PARAM_RSA_EXPONENT2, x->dq },
		{ OSSL_PKEY_PARAM_RSA_COEFFICIENT1, x->qinv },
	};
	OSSL_PARAM *params = NULL;
	bool good = build;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && good; i++)
		good = OSSL_PARAM_BLD_push_BN(build, parts[i].name,
					      parts[i].number);
	if (good)
		params = OSSL_PARAM_BLD_to_param(build);
	OSSL_PARAM_BLD_free(build);
	return params;
}

EVP_PKEY *rsa_generate(OSSL_LIB_CTX *libctx, unsigned int bits)
{
	struct numbers x = { .libctx = libctx };
	EVP_PKEY *key = NULL;

	if (allocate(&x) && find_numbers(&x, bits) && !signals_caught())
		key = keydata_take(x.libctx, "RSA", describe(&x));
	clear(&x);
	return key;
}
