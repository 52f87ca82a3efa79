/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "digest.h"

/* What EVP_sha256() stands for is looked up, under a lock, whenever it is
 * used. */
static EVP_MD *sha256;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

static void drop(void)
{
	EVP_MD_free(sha256);
}

static void fetch(void)
{
	OPENSSL_atexit(drop);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void digest_octets(const void *data, size_t length,
		   unsigned char digest[DIGEST_OCTETS])
{
	if (!CRYPTO_THREAD_run_once(&once, fetch) || !sha256 ||
	    EVP_Digest(data, length, digest, NULL, sha256, NULL) != 1)
		abort();
}
