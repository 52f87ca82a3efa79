/* SPDX-License-Identifier: Apache-2.0 */

/*
 * limit KIND HOSTS THREADS: what the arithmetic alone takes for so many hosts,
 * as seconds by the clock, seconds of processor time, and KiB. That is a key,
 * a signature by the CA, and one verification; nothing is encoded or written.
 *
 *	ec:P-256	generation, sign, verify
 *	rsa:2048	exponentiations of a search for two primes, sign
 *	openssl:2048	generation by OpenSSL, whole
 *
 * Long loops are cut short and counted as if they were whole.
 */

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* A sieve by the primes below this is as good as free. */
#define SIEVE_MAX 65536

/* Rounds of Miller-Rabin for a prime of 1024 bits: FIPS 186-5, table B.1. */
#define ROUNDS 5

#define PRIME_BITS 1024

struct kind {
	const char *name;
	int enough; /* hosts in a loop, for each thread */
	bool (*loop)(EVP_PKEY *ca, int hosts);
};

struct work {
	const struct kind *kind;
	EVP_PKEY *ca;
	int hosts;
	bool done;
};

/* The share of odd numbers that no odd prime below SIEVE_MAX divides. */
static double sieved(void)
{
	static bool composite[SIEVE_MAX];
	double share = 1;
	int i, k;

	for (i = 3; i < SIEVE_MAX; i += 2) {
		if (composite[i])
			continue;
		share *= 1 - 1.0 / i;
		for (k = 3 * i; k < SIEVE_MAX; k += 2 * i)
			composite[k] = true;
	}
	return share;
}

/*
 * Exponentiations for a prime: one for each candidate that remains after
 * sieving (of odd numbers, every ln(2^1024) / 2nd is prime), and further rounds
 * for the last one.
 */
static int exponentiations(void)
{
	const double odd = PRIME_BITS * log(2) / 2;

	return (int)(odd * sieved() + 0.5) + ROUNDS - 1;
}

/* Context for signing or verifying with one key, again and again. */
static EVP_PKEY_CTX *signer(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *ctx))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

	if (!ctx || init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) <= 0) {
		EVP_PKEY_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static bool sign(EVP_PKEY_CTX *ctx, unsigned char *signature, size_t *length)
{
	static const unsigned char digest[32] =
		"any digest takes the same time";

	*length = 512;
	return EVP_PKEY_sign(ctx, signature, length, digest, sizeof(digest)) >
	       0;
}

static bool verify(EVP_PKEY_CTX *ctx, unsigned char *signature, size_t length)
{
	static const unsigned char digest[32] =
		"any digest takes the same time";

	return EVP_PKEY_verify(ctx, signature, length, digest, sizeof(digest)) >
	       0;
}

static bool loop_ec(EVP_PKEY *ca, int hosts)
{
	EVP_PKEY_CTX *signs = signer(ca, EVP_PKEY_sign_init);
	EVP_PKEY_CTX *verifies = signer(ca, EVP_PKEY_verify_init);
	EVP_PKEY_CTX *generates = EVP_PKEY_CTX_new(ca, NULL);
	unsigned char signature[512];
	bool good;
	size_t length;
	int i;

	good = signs && verifies && generates &&
	       EVP_PKEY_keygen_init(generates) > 0;
	for (i = 0; i < hosts && good; i++) {
		EVP_PKEY *key = NULL;

		good = EVP_PKEY_generate(generates, &key) > 0 &&
		       sign(signs, signature, &length) &&
		       verify(verifies, signature, length);
		EVP_PKEY_free(key);
	}
	EVP_PKEY_CTX_free(generates);
	EVP_PKEY_CTX_free(verifies);
	EVP_PKEY_CTX_free(signs);
	return good;
}

/* Each candidate is another modulus. */
static bool next(BIGNUM *modulus, BN_MONT_CTX *mont, BN_CTX *ctx)
{
	return BN_add_word(modulus, 2) && BN_MONT_CTX_set(mont, modulus, ctx);
}

/* N times for candidates of the size of a prime, two at a time. */
static bool exponentiate(int n, BN_CTX *ctx)
{
	BIGNUM *base = BN_new(), *power = BN_new();
	BIGNUM *one = BN_new(), *two = BN_new();
	BIGNUM *results[] = { BN_new(), BN_new() };
	BN_MONT_CTX *first = BN_MONT_CTX_new(), *second = BN_MONT_CTX_new();
	bool good = false;
	int i;

	if (base && power && one && two && results[0] && results[1] && first &&
	    second &&
	    BN_rand(one, PRIME_BITS, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) &&
	    BN_rand(two, PRIME_BITS, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD) &&
	    BN_rand(base, PRIME_BITS - 1, BN_RAND_TOP_ONE, 0) &&
	    BN_rshift1(power, one))
		good = true;
	for (i = 0; i < n && good; i += 2)
		good = next(one, first, ctx) && next(two, second, ctx) &&
		       BN_mod_exp_mont_consttime_x2(results[0], base, power,
						    one, first, results[1],
						    base, power, two, second,
						    ctx);
	BN_MONT_CTX_free(second);
	BN_MONT_CTX_free(first);
	BN_free(results[1]);
	BN_free(results[0]);
	BN_free(two);
	BN_free(one);
	BN_free(power);
	BN_free(base);
	return good;
}

static bool loop_rsa(EVP_PKEY *ca, int hosts)
{
	EVP_PKEY_CTX *signs = signer(ca, EVP_PKEY_sign_init);
	BN_CTX *ctx = BN_CTX_new();
	const int n = 2 * exponentiations();
	unsigned char signature[512];
	bool good = signs && ctx;
	size_t length;
	int i;

	for (i = 0; i < hosts && good; i++)
		good = exponentiate(n, ctx) && sign(signs, signature, &length);
	BN_CTX_free(ctx);
	EVP_PKEY_CTX_free(signs);
	return good;
}

static bool loop_openssl(EVP_PKEY *ca, int hosts)
{
	bool good = ca;
	int i;

	for (i = 0; i < hosts && good; i++) {
		EVP_PKEY *key = EVP_RSA_gen(2048);

		good = key != NULL;
		EVP_PKEY_free(key);
	}
	return good;
}

static const struct kind kinds[] = {
	{ "ec:P-256", 2000, loop_ec },
	{ "openssl:2048", 50, loop_openssl },
	{ "rsa:2048", 50, loop_rsa },
};

static void *run(void *argument)
{
	struct work *work = argument;

	work->done = work->kind->loop(work->ca, work->hosts);
	return NULL;
}

static bool run_all(const struct kind *kind, EVP_PKEY *ca, int hosts,
		    int threads)
{
	struct work *works = calloc((size_t)threads, sizeof(*works));
	pthread_t *ids = calloc((size_t)threads, sizeof(*ids));
	bool good = works && ids;
	int i, started;

	for (started = 0; started < threads && good; started++) {
		works[started].kind = kind;
		works[started].ca = ca;
		works[started].hosts = (hosts + started) / threads;
		if (pthread_create(&ids[started], NULL, run, &works[started]))
			break;
	}
	good = good && started == threads;
	for (i = 0; i < started; i++) {
		pthread_join(ids[i], NULL);
		good = good && works[i].done;
	}
	free(ids);
	free(works);
	return good;
}

static double seconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* As measure.c has it, for so many hosts. The CA's key is there before. */
static bool limit(const struct kind *kind, EVP_PKEY *ca, int hosts, int threads)
{
	double wall = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage usage;
	double part = 1;
	int n = hosts;

	if (n / threads > kind->enough) {
		n = kind->enough * threads;
		part = (double)n / hosts;
	}
	if (!ca || !run_all(kind, ca, n, threads))
		return false;
	wall = (seconds(CLOCK_MONOTONIC) - wall) / part;
	cpu = (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / part;
	getrusage(RUSAGE_SELF, &usage);
	return printf("%.6f %.6f %ld\n", wall, cpu, usage.ru_maxrss) > 0;
}

int main(int argc, char **argv)
{
	const int hosts = argc == 4 ? atoi(argv[2]) : 0;
	const int threads = argc == 4 ? atoi(argv[3]) : 0;
	EVP_PKEY *ca;
	bool good;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (hosts < 1 || threads < 1 ||
		    strcmp(argv[1], kinds[i].name) != 0)
			continue;
		ca = kinds[i].loop == loop_ec ? EVP_EC_gen("P-256") :
						EVP_RSA_gen(2048);
		good = limit(&kinds[i], ca, hosts, threads);
		EVP_PKEY_free(ca);
		if (good)
			return 0;
		fputs("limit: failed in OpenSSL, or no thread\n", stderr);
		return 1;
	}
	fputs("usage: limit ec:P-256|rsa:2048|openssl:2048 HOSTS THREADS\n",
	      stderr);
	return 2;
}
