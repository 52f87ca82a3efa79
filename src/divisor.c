/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <openssl/crypto.h>

#include "divisor.h"

/*
 * A prime P finds one number in P, which spares a test that takes as long as
 * the third power of the number's length; it costs as long as the first power
 * of that. So primes pay up to a multiple of the square: this one, for a length
 * in words, is where numbers of 1024 bits take the shortest, measured.
 */
#define SQUARES 128

/* No primes beyond this, whatever the length. */
#define PRIME_MAX 131072

/* Above how many odd primes are below PRIME_MAX. */
#define PRIMES_MAX 12300

/* What is computed at a time; a processor has the units for it. */
#define LANES 4

/* Of a prime P: it divides x if and only if x * inverse <= most, modulo 2^64
 * (T. Granlund, P. Montgomery: Division by invariant integers, section 9). */
struct divisor {
	uint64_t inverse;
	uint64_t most; /* (2^64 - 1) / P */
};

/* For each lane the product of some primes that follow each other: what the
 * number leaves modulo that serves all of them. */
struct group {
	uint64_t product[LANES];
	uint64_t inverse[LANES]; /* modulo 2^64 */
	size_t end[LANES]; /* of its primes; they begin where the last ended */
	size_t least; /* of all the primes */
};

static struct divisor divisors[PRIMES_MAX];
static size_t n_divisors;
static struct group groups[PRIMES_MAX / LANES];
static size_t n_groups;

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

static inline uint64_t high(uint64_t a, uint64_t b)
{
	return (uint64_t)((wide)a * b >> 64);
}
#else
/* The upper half of A * B. */
static inline uint64_t high(uint64_t a, uint64_t b)
{
	const uint64_t half = UINT32_MAX;
	const uint64_t low = (a & half) * (b & half);
	const uint64_t one = (a >> 32) * (b & half) + (low >> 32);
	const uint64_t two = (a & half) * (b >> 32) + (one & half);

	return (a >> 32) * (b >> 32) + (one >> 32) + (two >> 32);
}
#endif

/* Of an odd number, modulo 2^64: by Newton, three bits being right already. */
static uint64_t invert(uint64_t odd)
{
	uint64_t inverse = odd;
	int bits;

	for (bits = 3; bits < 64; bits *= 2)
		inverse *= 2 - odd * inverse;
	return inverse;
}

/* Appends PRIME to the last product if that stays below 2^64, or begins one. */
static void add_prime(size_t prime, size_t *n_products)
{
	size_t last = *n_products - 1;

	if (!*n_products ||
	    high(groups[last / LANES].product[last % LANES], prime)) {
		last = (*n_products)++;
		groups[last / LANES].product[last % LANES] = 1;
		if (last % LANES == 0)
			groups[last / LANES].least = prime;
	}
	groups[last / LANES].product[last % LANES] *= prime;
	divisors[n_divisors].inverse = invert(prime);
	divisors[n_divisors].most = UINT64_MAX / prime;
	groups[last / LANES].end[last % LANES] = ++n_divisors;
}

static void find_primes(void)
{
	static bool composite[PRIME_MAX];
	size_t n = 0, i, k;

	for (i = 3; i < PRIME_MAX; i += 2) {
		if (composite[i])
			continue;
		add_prime(i, &n);
		for (k = 3 * i; k < PRIME_MAX; k += 2 * i)
			composite[k] = true;
	}
	/* lanes that are left over have no primes */
	for (; n % LANES; n++) {
		groups[n / LANES].product[n % LANES] = 1;
		groups[n / LANES].end[n % LANES] = n_divisors;
	}
	n_groups = n / LANES;
	for (i = 0; i < n; i++)
		groups[i / LANES].inverse[i % LANES] =
			invert(groups[i / LANES].product[i % LANES]);
}

bool divisor_prepare(void)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

	return CRYPTO_THREAD_run_once(&once, find_primes);
}

/*
 * Montgomery's reduction by one WORD: what is carried to the next higher one
 * after a multiple of the product was added that makes this one zero. With the
 * sign turned it is what all words so far leave, over a power of 2^64, which is
 * as good where only divisors matter.
 */
static inline uint64_t carry(uint64_t word, uint64_t last, uint64_t product,
			     uint64_t inverse)
{
	return high((word - last) * inverse, product) + (word < last);
}

static void reduce(uint64_t *rest, const uint64_t *words, size_t n,
		   const struct group *group)
{
	const uint64_t *product = group->product, *inverse = group->inverse;
	uint64_t a = 0, b = 0, c = 0, d = 0;
	size_t i;

	/* one after the other would wait for each product */
	for (i = 0; i < n; i++) {
		a = carry(words[i], a, product[0], inverse[0]);
		b = carry(words[i], b, product[1], inverse[1]);
		c = carry(words[i], c, product[2], inverse[2]);
		d = carry(words[i], d, product[3], inverse[3]);
	}
	rest[0] = a;
	rest[1] = b;
	rest[2] = c;
	rest[3] = d;
}

bool divisor_found(const uint64_t *words, size_t n)
{
	uint64_t rest[LANES];
	size_t i, lane, k = 0;

	for (i = 0; i < n_groups && groups[i].least < SQUARES * n * n; i++) {
		reduce(rest, words, n, &groups[i]);
		for (lane = 0; lane < LANES; lane++)
			for (; k < groups[i].end[lane]; k++)
				if (rest[lane] * divisors[k].inverse <=
				    divisors[k].most)
					return true;
	}
	/* says something of a number that may become a key */
	OPENSSL_cleanse(rest, sizeof(rest));
	return false;
}
