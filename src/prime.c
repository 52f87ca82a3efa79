/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "prime.h"
#include "signals.h"

/* Rounds of Miller-Rabin: FIPS 186-5, table B.1, has five for primes of 1024
 * bits, and four for longer ones. */
#define ROUNDS 5

/* Candidates are divided by the primes below this first. */
#define SMALL_MAX 4096

/* Octets drawn at once. */
#define POOL_SIZE 4096

#define WORDS_MAX 256

/* Primes whose product has 32 bits: one division of the candidate serves all
 * of them. */
struct small_group {
	uint32_t product;
	size_t first, n; /* among all */
};

/* What is drawn, and what of it is used. */
struct pool {
	unsigned char octets[POOL_SIZE];
	size_t used;
};

struct search {
	BIGNUM *prime;
	const BIGNUM *other;
	int bits;
	BN_CTX *ctx;
	OSSL_LIB_CTX *libctx;
	struct pool *pool;
};

static uint16_t small[SMALL_MAX / 4];
static size_t n_small;
static struct small_group groups[SMALL_MAX / 4];
static size_t n_groups;

/* All odd primes below SMALL_MAX; a candidate is odd in any case. */
static void find_small(void)
{
	static bool composite[SMALL_MAX];
	size_t i, k;

	for (i = 3; i < SMALL_MAX; i += 2) {
		if (composite[i])
			continue;
		small[n_small++] = (uint16_t)i;
		for (k = i * i; k < SMALL_MAX; k += i)
			composite[k] = true;
	}
	for (i = 0; i < n_small; i++) {
		struct small_group *last = n_groups ? &groups[n_groups - 1] :
						      NULL;

		if (last && (uint64_t)last->product * small[i] <= UINT32_MAX) {
			last->product *= small[i];
			last->n++;
		} else {
			groups[n_groups++] = (struct small_group){
				.product = small[i], .first = i, .n = 1
			};
		}
	}
}

/* The number in WORDS, the highest first, has one of the small primes as a
 * factor. */
static bool has_small_factor(const uint32_t *words, size_t n)
{
	size_t i, k;

	for (i = 0; i < n_groups; i++) {
		const struct small_group *group = &groups[i];
		uint64_t rest = 0;

		for (k = 0; k < n; k++)
			rest = (rest << 32 | words[k]) % group->product;
		for (k = 0; k < group->n; k++)
			if (rest % small[group->first + k] == 0)
				return true;
	}
	return false;
}

/* Numbers of N octets, one after the other. NULL: OpenSSL has none. */
static unsigned char *draw(const struct search *search, size_t n)
{
	struct pool *pool = search->pool;
	unsigned char *octets;

	if (pool->used + n > sizeof(pool->octets)) {
		if (RAND_priv_bytes_ex(search->libctx, pool->octets,
				       sizeof(pool->octets), 0) != 1)
			return NULL;
		pool->used = 0;
	}
	octets = pool->octets + pool->used;
	pool->used += n;
	return octets;
}

/*
 * Step 4.4: at least sqrt(2) * 2^(bits - 1). The first 128 bits of that bound
 * decide; a number that has just these is taken for too small.
 */
static bool is_large(const uint32_t *words)
{
	static const uint32_t bound[] = { 0xb504f333, 0xf9de6484, 0x597d89b3,
					  0x754abe9f };
	size_t i;

	for (i = 0; i < sizeof(bound) / sizeof(bound[0]); i++)
		if (words[i] != bound[i])
			return words[i] > bound[i];
	return false;
}

static void read_words(uint32_t *words, const unsigned char *octets, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		words[i] = (uint32_t)octets[4 * i] << 24 |
			   (uint32_t)octets[4 * i + 1] << 16 |
			   (uint32_t)octets[4 * i + 2] << 8 |
			   (uint32_t)octets[4 * i + 3];
}

/* Steps 4.2 to 4.4 and 5.2 to 5.4, and division by small primes, with which a
 * test for primality may begin: 1 for a candidate, which is PRIME then, 0 for
 * one that failed the test, -1 for an error. */
static int draw_candidate(const struct search *search)
{
	const size_t n = (size_t)search->bits / 32;
	uint32_t words[WORDS_MAX];
	unsigned char *octets;
	int ret = 0;

	do {
		octets = draw(search, 4 * n);
		if (!octets)
			return -1;
		octets[4 * n - 1] |= 1;
		read_words(words, octets, n);
	} while (!is_large(words));
	if (!has_small_factor(words, n))
		ret = BN_bin2bn(octets, (int)(4 * n), search->prime) ? 1 : -1;
	OPENSSL_cleanse(words, sizeof(words));
	return ret;
}

/* 1: PRIME - 1 and the exponent have no common divisor, and (5.5) the other
 * prime is not near. 0: they do not fit. -1: an error. */
static int fits(const struct search *search)
{
	const BN_ULONG rest = BN_mod_word(search->prime, PRIME_EXPONENT);
	BIGNUM *distance, *least;
	int ret = -1;

	if (rest == (BN_ULONG)-1)
		return -1;
	if (rest == 1)
		return 0;
	if (!search->other)
		return 1;
	BN_CTX_start(search->ctx);
	distance = BN_CTX_get(search->ctx);
	least = BN_CTX_get(search->ctx);
	if (least && BN_sub(distance, search->prime, search->other) &&
	    BN_set_bit(least, search->bits - 100))
		ret = BN_ucmp(distance, least) > 0;
	BN_CTX_end(search->ctx);
	return ret;
}

/* What all rounds for one candidate w share: w - 1 = 2^a m, with m odd. */
struct candidate {
	const BIGNUM *w;
	BIGNUM *below; /* w - 1 */
	BIGNUM *range; /* w - 3: what there is between 1 and w - 1 */
	BIGNUM *m, *b, *z;
	int a;
	BN_MONT_CTX *mont;
	BN_CTX *ctx;
};

/* One round of Miller-Rabin, FIPS 186-5, B.3.1, steps 4.1 to 4.7: 1 for
 * probably prime, 0 for composite, -1 for an error. */
static int test_round(const struct candidate *c)
{
	int j;

	if (!BN_priv_rand_range_ex(c->b, c->range, 0, c->ctx) ||
	    !BN_add_word(c->b, 2) ||
	    !BN_mod_exp_mont_consttime(c->z, c->b, c->m, c->w, c->ctx, c->mont))
		return -1;
	if (BN_is_one(c->z) || BN_cmp(c->z, c->below) == 0)
		return 1;
	for (j = 1; j < c->a; j++) {
		if (!BN_mod_sqr(c->z, c->z, c->w, c->ctx))
			return -1;
		if (BN_cmp(c->z, c->below) == 0)
			return 1;
		if (BN_is_one(c->z))
			return 0;
	}
	return 0;
}

static bool prepare(struct candidate *c)
{
	c->below = BN_CTX_get(c->ctx);
	c->range = BN_CTX_get(c->ctx);
	c->m = BN_CTX_get(c->ctx);
	c->b = BN_CTX_get(c->ctx);
	c->z = BN_CTX_get(c->ctx);
	c->mont = BN_MONT_CTX_new();
	if (!c->z || !c->mont || !BN_MONT_CTX_set(c->mont, c->w, c->ctx) ||
	    !BN_copy(c->below, c->w) || !BN_sub_word(c->below, 1) ||
	    !BN_copy(c->range, c->w) || !BN_sub_word(c->range, 3))
		return false;
	while (!BN_is_bit_set(c->below, c->a))
		c->a++;
	return BN_rshift(c->m, c->below, c->a);
}

/* FIPS 186-5, B.3.1: 1 for probably prime, 0 for composite, -1 for an error. */
static int is_prime(const BIGNUM *w, BN_CTX *ctx)
{
	struct candidate c = { .w = w, .ctx = ctx };
	int i, ret = -1;

	BN_CTX_start(ctx);
	if (prepare(&c))
		for (i = 0, ret = 1; i < ROUNDS && ret == 1; i++)
			ret = test_round(&c);
	BN_MONT_CTX_free(c.mont);
	BN_CTX_end(ctx);
	return ret;
}

static bool search_prime(const struct search *search)
{
	/* steps 4.7 and 5.8: more than this is as unlikely as it can be */
	const int limit = (search->other ? 10 : 5) * 2 * search->bits;
	int tested;

	for (tested = 0; tested < limit && !signals_caught(); tested++) {
		int found = draw_candidate(search);

		if (found > 0)
			found = fits(search);
		if (found > 0)
			found = is_prime(search->prime, search->ctx);
		if (found > 0)
			return true;
		if (found < 0)
			return false;
	}
	return false;
}

bool prime_find(BIGNUM *prime, int bits, const BIGNUM *other, BN_CTX *ctx,
		OSSL_LIB_CTX *libctx)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	struct search search = {
		.prime = prime,
		.other = other,
		.bits = bits,
		.ctx = ctx,
		.libctx = libctx,
	};
	bool found = false;

	if (bits < PRIME_BITS_MIN || bits % PRIME_BITS_STEP ||
	    bits / 32 > WORDS_MAX || !CRYPTO_THREAD_run_once(&once, find_small))
		return false;
	search.pool = OPENSSL_secure_malloc(sizeof(*search.pool));
	if (!search.pool)
		return false;
	search.pool->used = sizeof(search.pool->octets);
	found = search_prime(&search);
	OPENSSL_secure_clear_free(search.pool, sizeof(*search.pool));
	return found;
}
