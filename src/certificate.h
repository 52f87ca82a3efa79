/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CERTIFICATE_H
#define TOPOCERT_CERTIFICATE_H

#include <time.h>

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/x509.h>

struct derivation;

/* The base section of openssl-ca(1) in CONF. */
const char *certificate_ca_section(const CONF *conf);

/* The digest that CONF has openssl-ca(1) sign with; NULL: the key's own. */
const char *certificate_ca_digest(const CONF *conf);

/*
 * CONF, made from the template PATH, has what openssl-ca(1) needs in any case,
 * and the sections to sign with. -1: reported.
 */
int certificate_check_conf(CONF *conf, const char *path);
int certificate_check_sections(CONF *conf, const char *policy,
			       const char *extensions, const char *path);

/* What "openssl ca" takes on its command line or from its files. */
struct certificate_terms {
	CONF *conf; /* the CA's; its base section is ca's default_ca */
	const char *policy; /* section names in CONF */
	const char *extensions;
	const BIGNUM *serial; /* NULL: as FROM has it */
	const struct derivation *from; /* whence comes what is random in the
					* signature; NULL: from OpenSSL */
	time_t not_before, not_after; /* Unix time */
	const char *who; /* named in errors */
};

/*
 * Sign REQUEST, whose signature is checked by KEY, which is its own, as "openssl
 * ca -policy POLICY -extensions EXTENSIONS -startdate -enddate" does, with the
 * policy, copy_extensions, digest and key identifiers of openssl-ca(1). NULL:
 * reported. Free with X509_free(); its key is not decoded, see spki.h.
 */
X509 *certificate_sign(const struct certificate_terms *terms, X509_REQ *request,
		       EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key);

/* The same for a REQUEST that is not signed: whether whoever asks has the key
 * is known already. */
X509 *certificate_grant(const struct certificate_terms *terms,
			X509_REQ *request, EVP_PKEY *key, X509 *issuer,
			EVP_PKEY *issuer_key);

/* The certificate of a root CA, as "openssl req -new -x509" makes it from
 * [req] of the configuration; policy and extensions are not used. */
X509 *certificate_self_sign(const struct certificate_terms *terms,
			    EVP_PKEY *key);

#endif
