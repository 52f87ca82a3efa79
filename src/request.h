/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_REQUEST_H
#define TOPOCERT_REQUEST_H

#include <stdbool.h>

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct derivation;
struct record;

/*
 * The request that "openssl req -new -config CONF -key KEY" makes: subject
 * from distinguished_name, attributes, req_extensions, default_md. WHO is
 * named in errors; what is random in the signature is of FROM, or of OpenSSL
 * where that is NULL. NULL: reported. Free with X509_REQ_free().
 */
X509_REQ *request_new(CONF *conf, EVP_PKEY *key, const char *who,
		      const struct derivation *from);

/* The same without signature, for the public key PUBLIC. For what of it is
 * not decoded, see spki.h. */
X509_REQ *request_draft(CONF *conf, EVP_PKEY *public, const char *who);

/* REQUEST asks for just what DRAFT does, for the same key. */
bool request_equal(X509_REQ *request, X509_REQ *draft);

/*
 * The subject that [req] of CONF describes (openssl-req(1), "DISTINGUISHED
 * NAME AND ATTRIBUTE SECTION FORMAT", prompt = no). Free with
 * X509_NAME_free(); NULL: reported.
 */
X509_NAME *request_subject(CONF *conf, const char *who);

#endif
