/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "divisor.h"
#include "prime.h"
#include "signals.h"

/* Rounds of Miller-Rabin: FIPS 186-5, table B.1, has five for random numbers of
 * 1024 bits (errors: 2^-112), four for those of 1536 and 2048. */
#define ROUNDS 5

/* Candidates are tested by twos: where the processor has the instructions for
 * it, OpenSSL raises two numbers to a power in the time of one. */
#define PAIR 2

/* Octets drawn at once. */
#define POOL_SIZE 4096

#define WORDS_MAX 128

/* What is drawn, and what of it is used. */
struct pool {
	unsigned char octets[POOL_SIZE];
	size_t used;
};

/* A number w to be tested, and what all rounds for it share: w - 1 = 2^a m,
 * with m odd. */
struct candidate {
	BIGNUM *w;
	BIGNUM *below; /* w - 1 */
	BIGNUM *range; /* w - 3: what there is between 1 and w - 1 */
	BIGNUM *m;
	int a;
	BN_MONT_CTX *mont;
};

struct search {
	const BIGNUM *other;
	int bits;
	int left; /* candidates that may still be tried */
	BN_CTX *ctx;
	OSSL_LIB_CTX *libctx;
	struct pool *pool;
	struct candidate candidates[PAIR];
	BIGNUM *b[PAIR], *z[PAIR]; /* of two rounds at a time */
};

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
static bool is_large(const unsigned char *octets)
{
	static const unsigned char bound[] = { 0xb5, 0x04, 0xf3, 0x33,
					       0xf9, 0xde, 0x64, 0x84,
					       0x59, 0x7d, 0x89, 0xb3,
					       0x75, 0x4a, 0xbe, 0x9f };

	return memcmp(octets, bound, sizeof(bound)) > 0;
}

/* The lowest word first, as divisor_found() has them. Returns how many. */
static size_t read_words(uint64_t *words, const unsigned char *octets, size_t n)
{
	size_t i;

	memset(words, 0, (n + 7) / 8 * sizeof(*words));
	for (i = 0; i < n; i++)
		words[i / 8] |= (uint64_t)octets[n - 1 - i] << i % 8 * 8;
	return (n + 7) / 8;
}

/* Steps 4.2 to 4.4 and 5.2 to 5.4, and division by small primes, with which a
 * test for primality may begin: 1 for a candidate, which is W then, 0 for one
 * that failed the test, -1 for an error. */
static int draw_candidate(const struct search *search, BIGNUM *w)
{
	const size_t n = (size_t)search->bits / 8;
	uint64_t words[WORDS_MAX];
	unsigned char *octets;
	size_t n_words;
	int ret = 0;

	do {
		octets = draw(search, n);
		if (!octets)
			return -1;
		octets[n - 1] |= 1;
	} while (!is_large(octets));
	n_words = read_words(words, octets, n);
	if (!divisor_found(words, n_words))
		ret = BN_bin2bn(octets, (int)n, w) ? 1 : -1;
	OPENSSL_cleanse(words, n_words * sizeof(*words));
	return ret;
}

/* 1: w - 1 and the exponent have no common divisor, and (5.5) the other prime
 * is not near. 0: they do not fit. -1: an error. */
static int fits(const struct search *search, const BIGNUM *w)
{
	const BN_ULONG rest = BN_mod_word(w, PRIME_EXPONENT);
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
	if (least && BN_sub(distance, w, search->other) &&
	    BN_set_bit(least, search->bits - 100))
		ret = BN_ucmp(distance, least) > 0;
	BN_CTX_end(search->ctx);
	return ret;
}

/* FIPS 186-5, B.3.1, steps 1 to 3, for the w that C has now. */
static bool prepare(struct candidate *c, BN_CTX *ctx)
{
	if (!BN_MONT_CTX_set(c->mont, c->w, ctx) || !BN_copy(c->below, c->w) ||
	    !BN_sub_word(c->below, 1) || !BN_copy(c->range, c->w) ||
	    !BN_sub_word(c->range, 3))
		return false;
	c->a = 1;
	while (!BN_is_bit_set(c->below, c->a))
		c->a++;
	return BN_rshift(c->m, c->below, c->a);
}

/* Steps 4.5 to 4.7 of the same, where Z is b^m: 1 for probably prime, 0 for
 * composite, -1 for an error. */
static int finish_round(const struct candidate *c, BIGNUM *z, BN_CTX *ctx)
{
	int j;

	if (BN_is_one(z) || BN_cmp(z, c->below) == 0)
		return 1;
	for (j = 1; j < c->a; j++) {
		if (!BN_mod_sqr(z, z, c->w, ctx))
			return -1;
		if (BN_cmp(z, c->below) == 0)
			return 1;
		if (BN_is_one(z))
			return 0;
	}
	return 0;
}

/* A round of Miller-Rabin for X and one for Y, which may be the same; to RET
 * what each comes to, as finish_round() has it. */
static void test_two(const struct search *search, const struct candidate *x,
		     const struct candidate *y, int ret[PAIR])
{
	const struct candidate *pair[] = { x, y };
	BIGNUM *const *b = search->b, *const *z = search->z;
	int i;

	ret[0] = ret[1] = -1;
	for (i = 0; i < PAIR; i++)
		if (!BN_priv_rand_range_ex(b[i], pair[i]->range, 0,
					   search->ctx) ||
		    !BN_add_word(b[i], 2))
			return;
	if (!BN_mod_exp_mont_consttime_x2(z[0], b[0], x->m, x->w, x->mont, z[1],
					  b[1], y->m, y->w, y->mont,
					  search->ctx))
		return;
	for (i = 0; i < PAIR; i++)
		ret[i] = finish_round(pair[i], z[i], search->ctx);
}

/* The rounds that follow the first one. 1, 0 and -1 as before. */
static int confirm(const struct search *search, const struct candidate *c)
{
	int i, ret[PAIR];

	for (i = 1; i < ROUNDS; i += PAIR) {
		test_two(search, c, c, ret);
		if (ret[0] <= 0)
			return ret[0];
		if (ret[1] <= 0)
			return ret[1];
	}
	return 1;
}

/* Draw until C is a number that only Miller-Rabin can tell from a prime. */
static bool find_candidate(struct search *search, struct candidate *c)
{
	int found = 0;

	while (!found) {
		if (search->left-- <= 0 || signals_caught())
			return false;
		found = draw_candidate(search, c->w);
		if (found > 0)
			found = fits(search, c->w);
	}
	return found > 0 && prepare(c, search->ctx);
}

/* The first one that is drawn of all that are prime, or NULL. */
static const BIGNUM *search_prime(struct search *search)
{
	struct candidate *c = search->candidates;
	int i, ret[PAIR];

	while (find_candidate(search, &c[0]) && find_candidate(search, &c[1])) {
		test_two(search, &c[0], &c[1], ret);
		for (i = 0; i < PAIR; i++) {
			if (ret[i] > 0)
				ret[i] = confirm(search, &c[i]);
			if (ret[i])
				return ret[i] > 0 ? c[i].w : NULL;
		}
	}
	return NULL;
}

/* False: OpenSSL has no memory. */
static bool allocate(struct search *search)
{
	int i;

	search->pool = OPENSSL_secure_malloc(sizeof(*search->pool));
	if (!search->pool)
		return false;
	search->pool->used = sizeof(search->pool->octets);
	for (i = 0; i < PAIR; i++) {
		struct candidate *c = &search->candidates[i];

		c->w = BN_CTX_get(search->ctx);
		c->below = BN_CTX_get(search->ctx);
		c->range = BN_CTX_get(search->ctx);
		c->m = BN_CTX_get(search->ctx);
		search->b[i] = BN_CTX_get(search->ctx);
		search->z[i] = BN_CTX_get(search->ctx);
		c->mont = BN_MONT_CTX_new();
		if (!search->z[i] || !c->mont)
			return false;
		BN_set_flags(c->w, BN_FLG_CONSTTIME);
	}
	return true;
}

static void release(struct search *search)
{
	int i;

	for (i = 0; i < PAIR; i++)
		BN_MONT_CTX_free(search->candidates[i].mont);
	OPENSSL_secure_clear_free(search->pool, sizeof(*search->pool));
}

bool prime_find(BIGNUM *prime, int bits, const BIGNUM *other, BN_CTX *ctx,
		OSSL_LIB_CTX *libctx)
{
	struct search search = {
		.other = other,
		.bits = bits,
		/* steps 4.7 and 5.8: more is as unlikely as it can be */
		.left = (other ? 10 : 5) * 2 * bits,
		.ctx = ctx,
		.libctx = libctx,
	};
	const BIGNUM *found = NULL;
	bool good;

	if (bits < PRIME_BITS_MIN || bits % PRIME_BITS_STEP ||
	    bits > 64 * WORDS_MAX || !divisor_prepare())
		return false;
	BN_CTX_start(ctx);
	if (allocate(&search))
		found = search_prime(&search);
	good = found && BN_copy(prime, found);
	release(&search);
	BN_CTX_end(ctx);
	return good;
}
