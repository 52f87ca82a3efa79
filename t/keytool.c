/* SPDX-License-Identifier: Apache-2.0 */

/*
 * keytool derive KEY	the key of that kind that the octets of standard input,
 *			in hexadecimal, give by the program's own code, in PEM
 * keytool check	the keys in the files that standard input names, a line
 *			each: EVP_PKEY_check() takes all, or the first that it
 *			does not take is named
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "../src/key-derived.h"
#include "../src/key.h"

static int derive(const char *kind)
{
	unsigned char octets[KEY_DERIVED_MAX];
	char hex[2 * KEY_DERIVED_MAX + 2];
	struct key_spec spec;
	EVP_PKEY *key = NULL;
	size_t n;
	int good;

	if (key_parse(kind, &spec) || !fgets(hex, sizeof(hex), stdin))
		return 1;
	hex[strcspn(hex, "\n")] = '\0';
	if (OPENSSL_hexstr2buf_ex(octets, sizeof(octets), &n, hex, '\0') &&
	    n == key_derived_octets(&spec))
		key = key_derived(&spec, octets);
	good = key && PEM_write_PKCS8PrivateKey(stdout, key, NULL, NULL, 0,
						NULL, NULL);
	EVP_PKEY_free(key);
	return good ? 0 : 1;
}

static int is_good(const char *path)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) :
			       NULL;
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) :
				  NULL;
	int good = ctx && EVP_PKEY_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	if (file)
		fclose(file);
	return good;
}

static int check(void)
{
	char path[4096];
	int n = 0;

	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		if (!is_good(path)) {
			printf("%s: not a good key\n", path);
			return 1;
		}
		n++;
	}
	printf("%d good keys\n", n);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "derive") == 0)
		return derive(argv[2]);
	if (argc == 2 && strcmp(argv[1], "check") == 0)
		return check();
	fputs("usage: keytool derive KEY | check\n", stderr);
	return 2;
}
