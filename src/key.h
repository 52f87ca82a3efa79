/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEY_H
#define TOPOCERT_KEY_H

#include <stdbool.h>

#include <openssl/bio.h>
#include <openssl/evp.h>

struct derivation;

/* The least that is accepted (NIST SP 800-57 part 1, table 2). */
#define KEY_SECURITY_BITS_MIN 112

/* What kind of key: "rsa:2048", "ec:P-256", "ed25519". */
struct key_spec {
	char text[48]; /* canonical form */
	char algorithm[24]; /* as EVP_PKEY_CTX_new_from_name() takes it */
	unsigned int bits; /* RSA only */
	char group[24]; /* EC only */
	bool stock; /* RSA: by OpenSSL's own generator, not by rsa.h */
};

/*
 * Read a key's specification. Returns NULL, or what is wrong (constant text).
 * Anything of less than 112 bits of security (NIST SP 800-57 part 1, table 2)
 * is refused, and so is an algorithm that the OpenSSL at hand lacks or that
 * cannot sign.
 */
const char *key_parse(const char *text, struct key_spec *spec);

/* RSA keys can encipher, the others only sign (RFC 5480, RFC 8410). */
bool key_enciphers(const struct key_spec *spec);

/* Make a key, which FROM gives, or chance where that is NULL. NULL: reported,
 * or interrupted. Free with EVP_PKEY_free(). */
EVP_PKEY *key_generate(const struct key_spec *spec,
		       const struct derivation *from);

/* PKCS#8 PEM in memory that is wiped when freed. NULL: reported. */
BIO *key_to_pem(EVP_PKEY *key);

/* How a protected key is made: see key_to_protected_pem(). */
#define KEY_ITERATIONS 600000

/*
 * The same encrypted under PASSPHRASE: AES-256 in CBC mode, with a key that
 * PBKDF2 derives with HMAC-SHA-256 in KEY_ITERATIONS rounds (RFC 8018, PBES2).
 * It was read back from that, to prove it. What is random in it is of FROM, or
 * of OpenSSL where that is NULL. NULL: reported.
 */
BIO *key_to_protected_pem(EVP_PKEY *key, const char *passphrase,
			  const struct derivation *from);

/* The PEM text has a private key that is encrypted. */
bool key_is_protected(const char *pem, size_t length);

/* The first private key of a PEM text, which is not encrypted; NULL: there is
 * none. Nobody is asked for a passphrase. */
EVP_PKEY *key_from_pem(const char *pem, size_t length);

/* The secret part belongs to the public one. */
bool key_is_sound(EVP_PKEY *key);

/*
 * The canonical specification of a public key as it stands in a certificate:
 * algorithm and, for EC, curve by OBJ_* numeric identifiers, and its size in
 * bits. Writes at most SIZE bytes to TEXT.
 */
void key_describe(int algorithm_nid, int curve_nid, int bits, char *text,
		  size_t size);

#endif
