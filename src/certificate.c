/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "conf.h"
#include "report.h"
#include "request.h"
#include "serial.h"
#include "signature.h"
#include "spki.h"

const char *certificate_ca_section(const CONF *conf)
{
	const char *section = conf_get(conf, "ca", "default_ca");

	return section ? section : "ca";
}

const char *certificate_ca_digest(const CONF *conf)
{
	const char *digest =
		conf_get(conf, certificate_ca_section(conf), "default_md");

	/* here, unlike in [req], "default" is the key's own choice */
	return digest && strcmp(digest, "default") == 0 ? NULL : digest;
}

int certificate_check_conf(CONF *conf, const char *path)
{
	const char *section = certificate_ca_section(conf);

	if (conf_get(conf, section, "default_md"))
		return 0;
	report_error("%s: [%s] without default_md: openssl ca needs it", path,
		     section);
	return -1;
}

int certificate_check_sections(CONF *conf, const char *policy,
			       const char *extensions, const char *path)
{
	const char *missing = NULL;

	ERR_set_mark();
	if (!NCONF_get_section(conf, policy))
		missing = policy;
	else if (!NCONF_get_section(conf, extensions))
		missing = extensions;
	ERR_pop_to_mark();
	if (!missing)
		return 0;
	report_error("%s: no section [%s], which the profile names for signing",
		     path, missing);
	return -1;
}

/*
 * The entry of the subject that a policy line lets through for ENTRY of the
 * request: the issuer's own for "match", NULL where nothing matches.
 */
static const X509_NAME_ENTRY *apply_rule(const char *rule,
					 const X509_NAME_ENTRY *entry,
					 const X509_NAME *issuer)
{
	const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
	int i = -1;

	if (strcmp(rule, "match") != 0)
		return entry;
	while ((i = X509_NAME_get_index_by_OBJ(issuer, object, i)) >= 0) {
		const X509_NAME_ENTRY *own = X509_NAME_get_entry(issuer, i);

		if (ASN1_STRING_cmp(X509_NAME_ENTRY_get_data(own),
				    X509_NAME_ENTRY_get_data(entry)) == 0)
			return own;
	}
	return NULL;
}

/* Apply one line of the policy: all attributes of its type, in order. */
static int apply_line(X509_NAME *subject, const CONF_VALUE *line,
		      const X509_NAME *wanted, const X509_NAME *issuer,
		      const char *who)
{
	int nid = OBJ_txt2nid(line->name), i = -1, n = 0;

	if (nid == NID_undef || (strcmp(line->value, "match") != 0 &&
				 strcmp(line->value, "supplied") != 0 &&
				 strcmp(line->value, "optional") != 0)) {
		report_error("%s: policy %s = %s: wanted an attribute and "
			     "match, supplied or optional",
			     who, line->name, line->value);
		return -1;
	}
	while ((i = X509_NAME_get_index_by_NID((X509_NAME *)wanted, nid, i)) >=
	       0) {
		const X509_NAME_ENTRY *entry = apply_rule(
			line->value, X509_NAME_get_entry(wanted, i), issuer);

		if (!entry) {
			report_error("%s: policy: %s differs from the CA's",
				     who, line->name);
			return -1;
		}
		if (!X509_NAME_add_entry(subject, entry, -1, 0)) {
			report_openssl("%s: policy: %s", who, line->name);
			return -1;
		}
		n++;
	}
	if (n == 0 && strcmp(line->value, "optional") != 0) {
		report_error("%s: policy: the request has no %s", who,
			     line->name);
		return -1;
	}
	return 0;
}

/* Give CERTIFICATE, which has its issuer, the subject WANTED, so far as the
 * policy lets it through. */
static int apply_policy(const struct certificate_terms *terms,
			X509 *certificate, const X509_NAME *wanted)
{
	const char *preserve = conf_get(terms->conf, "ca", "preserve");
	STACK_OF(CONF_VALUE) * policy;
	int i;

	if (preserve && strchr("yY", *preserve))
		return X509_set_subject_name(certificate, wanted) ? 0 : -1;
	policy = NCONF_get_section(terms->conf, terms->policy);
	for (i = 0; i < sk_CONF_VALUE_num(policy); i++)
		if (apply_line(X509_get_subject_name(certificate),
			       sk_CONF_VALUE_value(policy, i), wanted,
			       X509_get_issuer_name(certificate), terms->who))
			return -1;
	return 0;
}

/* email_in_dn = no: addresses are not wanted in the subject. */
static void drop_email(const struct certificate_terms *terms,
		       X509_NAME *subject)
{
	const char *keep = conf_get(terms->conf,
				    certificate_ca_section(terms->conf),
				    "email_in_dn");
	int i;

	if (!keep || strcmp(keep, "no") != 0)
		return;
	while ((i = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress,
					       -1)) >= 0)
		X509_NAME_ENTRY_free(X509_NAME_delete_entry(subject, i));
}

static int add_from_section(X509 *certificate, X509V3_CTX *ctx, CONF *conf,
			    const char *section, const char *who)
{
	X509V3_set_nconf(ctx, conf);
	if (X509V3_EXT_add_nconf(conf, ctx, section, certificate))
		return 0;
	report_openssl("%s: extensions in section [%s]", who, section);
	return -1;
}

/* copy_extensions: none, copy (what is not there yet) or copyall. */
static int copy_from_request(const struct certificate_terms *terms,
			     X509 *certificate, X509_REQ *request)
{
	const char *how = conf_get(terms->conf,
				   certificate_ca_section(terms->conf),
				   "copy_extensions");
	STACK_OF(X509_EXTENSION) * list;
	int i, at, ret = 0;

	if (!how || strcmp(how, "none") == 0)
		return 0;
	if (strcmp(how, "copy") != 0 && strcmp(how, "copyall") != 0) {
		report_error("%s: copy_extensions = %s: wanted none, copy or "
			     "copyall",
			     terms->who, how);
		return -1;
	}
	list = X509_REQ_get_extensions(request);
	for (i = 0; i < sk_X509_EXTENSION_num(list) && ret == 0; i++) {
		X509_EXTENSION *extension = sk_X509_EXTENSION_value(list, i);
		const ASN1_OBJECT *object =
			X509_EXTENSION_get_object(extension);

		at = X509_get_ext_by_OBJ(certificate, object, -1);
		if (at >= 0 && strcmp(how, "copy") == 0)
			continue;
		for (; at >= 0;
		     at = X509_get_ext_by_OBJ(certificate, object, -1))
			X509_EXTENSION_free(X509_delete_ext(certificate, at));
		if (!X509_add_ext(certificate, extension, -1))
			ret = -1;
	}
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	if (ret)
		report_openssl("%s: extensions of the request", terms->who);
	return ret;
}

/*
 * Since 3.0, openssl adds the key identifiers by itself where the section
 * does not speak of them, and takes "none" as the wish to have none.
 */
static int complete_id(X509 *certificate, X509V3_CTX *ctx, int nid,
		       const char *value, bool add)
{
	int at = X509_get_ext_by_NID(certificate, nid, -1);
	X509_EXTENSION *extension;
	int ret;

	if (at >= 0) {
		extension = X509_get_ext(certificate, at);
		if (ASN1_STRING_length(X509_EXTENSION_get_data(extension)) <= 2)
			X509_EXTENSION_free(X509_delete_ext(certificate, at));
		return 0;
	}
	if (!add)
		return 0;
	extension = X509V3_EXT_nconf_nid(NULL, ctx, nid, value);
	ret = extension && X509_add_ext(certificate, extension, -1) ? 0 : -1;
	X509_EXTENSION_free(extension);
	return ret;
}

static int complete_ids(X509 *certificate, X509V3_CTX *ctx, bool self_signed)
{
	return complete_id(certificate, ctx, NID_subject_key_identifier, "hash",
			   true) ||
			       complete_id(certificate, ctx,
					   NID_authority_key_identifier,
					   "keyid, issuer", !self_signed) ?
		       -1 :
		       0;
}

/* All but serial number and signature. */
static int digest_draft(X509 *draft, unsigned char detail[SIGNATURE_DETAIL])
{
	const X509_NAME *names[] = { X509_get_issuer_name(draft),
				     X509_get_subject_name(draft) };
	const ASN1_TIME *times[] = { X509_get0_notBefore(draft),
				     X509_get0_notAfter(draft) };
	struct parts *parts = parts_new();
	unsigned char *der;
	int i, length;

	for (i = 0; i < 2; i++) {
		der = NULL;
		length = i2d_X509_NAME(names[i], &der);
		parts_add(parts, der, length);
		der = NULL;
		length = i2d_ASN1_TIME(times[i], &der);
		parts_add(parts, der, length);
	}
	der = NULL;
	length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(draft), &der);
	parts_add(parts, der, length);
	der = NULL;
	length = i2d_X509_EXTENSIONS(X509_get0_extensions(draft), &der);
	parts_add(parts, der, length);
	return parts_digest(parts, detail);
}

static int sign(const struct certificate_terms *terms, X509 *certificate,
		EVP_PKEY *key, const char *digest)
{
	struct signature signature = { .key = key,
				       .digest = digest,
				       .from = terms->from,
				       .purpose = "certificate" };
	EVP_MD_CTX *ctx;
	int ret;

	if (terms->from && digest_draft(certificate, signature.detail))
		return -1;
	ctx = signature_begin(&signature);
	ret = ctx && X509_sign_ctx(certificate, ctx) > 0 ? 0 : -1;
	signature_end(&signature, ctx);
	return ret;
}

/* The number that DRAFT gets from what is in it. NULL: OpenSSL's error queue
 * says why. */
static BIGNUM *derive_serial(const struct certificate_terms *terms, X509 *draft)
{
	unsigned char detail[SIGNATURE_DETAIL];

	return digest_draft(draft, detail) ?
		       NULL :
		       serial_derived(terms->from, detail, sizeof(detail));
}

/* Everything but subject, key, extensions and signature. */
static X509 *new_certificate(const struct certificate_terms *terms,
			     const X509_NAME *issuer)
{
	X509 *certificate = X509_new();
	ASN1_INTEGER *serial =
		certificate ? X509_get_serialNumber(certificate) : NULL;

	/* one that is derived depends on all that follows */
	if (serial && X509_set_version(certificate, X509_VERSION_3) &&
	    (terms->serial ? BN_to_ASN1_INTEGER(terms->serial, serial) != NULL :
			     ASN1_INTEGER_set(serial, 1)) &&
	    ASN1_TIME_set(X509_getm_notBefore(certificate),
			  terms->not_before) &&
	    ASN1_TIME_set(X509_getm_notAfter(certificate), terms->not_after) &&
	    X509_set_issuer_name(certificate, issuer))
		return certificate;
	report_openssl("%s: cannot make a certificate", terms->who);
	X509_free(certificate);
	return NULL;
}

/* KEY is that of REQUEST. */
static int copy_key(const struct certificate_terms *terms, X509 *certificate,
		    X509_REQ *request, EVP_PKEY *key)
{
	if (spki_copy(X509_get_X509_PUBKEY(certificate),
		      X509_REQ_get_X509_PUBKEY(request)) ||
	    X509_set_pubkey(certificate, key))
		return 0;
	report_openssl("%s: cannot copy the key of a request", terms->who);
	return -1;
}

static int set_serial(const struct certificate_terms *terms, X509 *certificate)
{
	BIGNUM *serial = derive_serial(terms, certificate);
	int ret = serial && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(
							       certificate)) ?
			  0 :
			  -1;

	BN_free(serial);
	return ret;
}

static int sign_as_ca(const struct certificate_terms *terms, X509 *certificate,
		      X509_REQ *request, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, certificate, request, NULL,
		       X509V3_CTX_REPLACE);
	if (add_from_section(certificate, &ctx, terms->conf, terms->extensions,
			     terms->who) ||
	    copy_from_request(terms, certificate, request))
		return -1;
	if (complete_ids(certificate, &ctx, false) == 0 &&
	    (terms->serial || set_serial(terms, certificate) == 0) &&
	    sign(terms, certificate, issuer_key,
		 certificate_ca_digest(terms->conf)) == 0)
		return 0;
	report_openssl("%s: cannot sign the certificate", terms->who);
	return -1;
}

X509 *certificate_grant(const struct certificate_terms *terms,
			X509_REQ *request, EVP_PKEY *key, X509 *issuer,
			EVP_PKEY *issuer_key)
{
	X509 *certificate =
		new_certificate(terms, X509_get_subject_name(issuer));

	if (!certificate)
		return NULL;
	if (apply_policy(terms, certificate,
			 X509_REQ_get_subject_name(request)) == 0) {
		drop_email(terms, X509_get_subject_name(certificate));
		if (copy_key(terms, certificate, request, key) == 0 &&
		    sign_as_ca(terms, certificate, request, issuer,
			       issuer_key) == 0)
			return certificate;
	}
	X509_free(certificate);
	return NULL;
}

X509 *certificate_sign(const struct certificate_terms *terms, X509_REQ *request,
		       EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	if (X509_REQ_verify(request, key) > 0)
		return certificate_grant(terms, request, key, issuer,
					 issuer_key);
	report_openssl("%s: the request's signature", terms->who);
	return NULL;
}

static int extend_root(const struct certificate_terms *terms, X509 *certificate,
		       EVP_PKEY *key)
{
	const char *section = conf_get(terms->conf, "req", "x509_extensions");
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL,
		       X509V3_CTX_REPLACE);
	/* the key identifier of a certificate that has none itself yet */
	X509V3_set_issuer_pkey(&ctx, key);
	if (section && add_from_section(certificate, &ctx, terms->conf, section,
					terms->who))
		return -1;
	if (complete_ids(certificate, &ctx, true) == 0)
		return 0;
	report_openssl("%s: extensions", terms->who);
	return -1;
}

/* All but the signature. */
static X509 *draft_root(const struct certificate_terms *terms, EVP_PKEY *key)
{
	X509_NAME *subject = request_subject(terms->conf, terms->who);
	X509 *certificate = NULL;

	if (subject)
		certificate = new_certificate(terms, subject);
	if (certificate && (!X509_set_subject_name(certificate, subject) ||
			    !X509_set_pubkey(certificate, key) ||
			    extend_root(terms, certificate, key))) {
		X509_free(certificate);
		certificate = NULL;
	}
	X509_NAME_free(subject);
	return certificate;
}

static X509 *self_sign(const struct certificate_terms *terms, EVP_PKEY *key)
{
	X509 *certificate = draft_root(terms, key);

	if (!certificate ||
	    sign(terms, certificate, key,
		 conf_get(terms->conf, "req", "default_md")) == 0)
		return certificate;
	report_openssl("%s: cannot sign the certificate", terms->who);
	X509_free(certificate);
	return NULL;
}

X509 *certificate_self_sign(const struct certificate_terms *terms,
			    EVP_PKEY *key)
{
	struct certificate_terms own = *terms;
	X509 *draft, *certificate = NULL;
	BIGNUM *serial = NULL;

	if (terms->serial)
		return self_sign(terms, key);
	/* extensions may speak of the number, which depends on all else */
	draft = draft_root(terms, key);
	if (draft)
		serial = derive_serial(terms, draft);
	own.serial = serial;
	if (serial)
		certificate = self_sign(&own, key);
	else if (draft)
		report_openssl("%s: cannot derive a serial number", terms->who);
	BN_free(serial);
	X509_free(draft);
	return certificate;
}
