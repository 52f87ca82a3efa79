/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "conf.h"
#include "record.h"
#include "report.h"
#include "request.h"
#include "signature.h"
#include "spki.h"

#define SECTION "req"

/*
 * The string of an attribute as X509_NAME_add_entry_by_txt(3) makes it, but
 * with the mask as an argument: OpenSSL keeps it in a global variable.
 */
static ASN1_STRING *attribute_string(int nid, const char *value, int type,
				     unsigned long mask)
{
	const ASN1_STRING_TABLE *table = ASN1_STRING_TABLE_get(nid);
	ASN1_STRING *string = NULL;
	int length = (int)strlen(value), rc;
	const unsigned char *bytes = (const unsigned char *)value;

	if (table)
		rc = ASN1_mbstring_ncopy(&string, bytes, length, type,
					 table->flags & STABLE_NO_MASK ?
						 table->mask :
						 table->mask & mask,
					 table->minsize, table->maxsize);
	else
		rc = ASN1_mbstring_copy(&string, bytes, length, type,
					DIRSTRING_TYPE & mask);
	return rc > 0 ? string : NULL;
}

/* "1.OU" and "OU" are the same attribute, "+OU" joins the one before. */
static const char *attribute_name(const char *name, int *set)
{
	const char *mark = strpbrk(name, ":,.");

	if (mark && mark[1])
		name = mark + 1;
	*set = *name == '+' ? -1 : 0;
	return *name == '+' ? name + 1 : name;
}

static int add_attribute(X509_NAME *subject, const CONF_VALUE *value, int type,
			 unsigned long mask)
{
	int set, ret = -1;
	const char *name = attribute_name(value->name, &set);
	ASN1_OBJECT *object = OBJ_txt2obj(name, 0);
	ASN1_STRING *string = NULL;

	if (object)
		string = attribute_string(OBJ_obj2nid(object), value->value,
					  type, mask);
	if (string && X509_NAME_add_entry_by_OBJ(
			      subject, object, ASN1_STRING_type(string),
			      ASN1_STRING_get0_data(string),
			      ASN1_STRING_length(string), -1, set))
		ret = 0;
	ASN1_STRING_free(string);
	ASN1_OBJECT_free(object);
	return ret;
}

static int string_type(const CONF *conf)
{
	return conf_yes(conf, SECTION, "utf8") ? MBSTRING_UTF8 : MBSTRING_ASC;
}

/* Add what [req] of CONF describes to SUBJECT. -1: reported. */
static int add_subject(X509_NAME *subject, CONF *conf, const char *who)
{
	const char *name = conf_get(conf, SECTION, "distinguished_name");
	const char *prompt = conf_get(conf, SECTION, "prompt");
	unsigned long mask = conf_string_mask(conf, SECTION);
	STACK_OF(CONF_VALUE) *values = NULL;
	int i;

	if (!prompt || strcmp(prompt, "no") != 0) {
		report_error("%s: [req] without prompt = no: there is nobody "
			     "to ask",
			     who);
		return -1;
	}
	if (name)
		values = NCONF_get_section(conf, name);
	if (!values || sk_CONF_VALUE_num(values) < 1) {
		report_error("%s: [req] distinguished_name: wanted the name "
			     "of a section with the subject",
			     who);
		return -1;
	}
	for (i = 0; mask && i < sk_CONF_VALUE_num(values); i++) {
		const CONF_VALUE *value = sk_CONF_VALUE_value(values, i);

		if (add_attribute(subject, value, string_type(conf), mask)) {
			report_openssl("%s: [%s] %s = %s", who, name,
				       value->name, value->value);
			return -1;
		}
	}
	return mask ? 0 : -1;
}

X509_NAME *request_subject(CONF *conf, const char *who)
{
	X509_NAME *subject = X509_NAME_new();

	if (subject && add_subject(subject, conf, who) == 0)
		return subject;
	X509_NAME_free(subject);
	return NULL;
}

static int add_attributes(X509_REQ *request, CONF *conf, const char *who)
{
	const char *name = conf_get(conf, SECTION, "attributes");
	STACK_OF(CONF_VALUE) * values;
	int i;

	if (!name)
		return 0;
	values = NCONF_get_section(conf, name);
	for (i = 0; i < sk_CONF_VALUE_num(values); i++) {
		const CONF_VALUE *value = sk_CONF_VALUE_value(values, i);

		if (!X509_REQ_add1_attr_by_txt(
			    request, value->name, string_type(conf),
			    (const unsigned char *)value->value, -1)) {
			report_openssl("%s: [%s] %s", who, name, value->name);
			return -1;
		}
	}
	if (!values)
		report_error("%s: no section [%s] for attributes", who, name);
	return values ? 0 : -1;
}

static int add_extensions(X509_REQ *request, CONF *conf, const char *who)
{
	const char *name = conf_get(conf, SECTION, "req_extensions");
	X509V3_CTX ctx;

	if (!name)
		return 0;
	X509V3_set_ctx(&ctx, NULL, NULL, request, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	if (X509V3_EXT_REQ_add_nconf(conf, &ctx, name, request))
		return 0;
	report_openssl("%s: extensions in section [%s]", who, name);
	return -1;
}

static int digest_request(X509_REQ *request,
			  unsigned char detail[SIGNATURE_DETAIL])
{
	struct parts *parts = parts_new();
	unsigned char *der = NULL;
	int length = i2d_re_X509_REQ_tbs(request, &der);

	parts_add(parts, der, length);
	return parts_digest(parts, detail);
}

static int sign(X509_REQ *request, EVP_PKEY *key, const char *digest,
		const struct derivation *from)
{
	struct signature signature = {
		.key = key, .digest = digest, .from = from, .purpose = "request"
	};
	EVP_MD_CTX *ctx;
	int ret;

	if (from && digest_request(request, signature.detail))
		return -1;
	ctx = signature_begin(&signature);
	ret = ctx && X509_REQ_sign_ctx(request, ctx) > 0 ? 0 : -1;
	signature_end(&signature, ctx);
	return ret;
}

static bool set_key(X509_REQ *request, EVP_PKEY *key)
{
	return spki_set(X509_REQ_get_X509_PUBKEY(request), key) ||
	       X509_REQ_set_pubkey(request, key);
}

X509_REQ *request_draft(CONF *conf, EVP_PKEY *public, const char *who)
{
	X509_REQ *request = X509_REQ_new();

	if (!request || !X509_REQ_set_version(request, X509_REQ_VERSION_1) ||
	    !set_key(request, public))
		report_openssl("%s: cannot make a request", who);
	else if (add_subject(X509_REQ_get_subject_name(request), conf, who) ==
			 0 &&
		 add_attributes(request, conf, who) == 0 &&
		 add_extensions(request, conf, who) == 0)
		return request;
	X509_REQ_free(request);
	return NULL;
}

X509_REQ *request_new(CONF *conf, EVP_PKEY *key, const char *who,
		      const struct derivation *from)
{
	X509_REQ *request = request_draft(conf, key, who);

	if (!request || sign(request, key,
			     conf_get(conf, SECTION, "default_md"), from) == 0)
		return request;
	report_openssl("%s: cannot sign the request", who);
	X509_REQ_free(request);
	return NULL;
}

bool request_equal(X509_REQ *request, X509_REQ *draft)
{
	unsigned char *a = NULL, *b = NULL;
	int length = i2d_re_X509_REQ_tbs(request, &a);
	bool equal = length > 0 && i2d_re_X509_REQ_tbs(draft, &b) == length &&
		     memcmp(a, b, (size_t)length) == 0;

	OPENSSL_free(a);
	OPENSSL_free(b);
	ERR_clear_error();
	return equal;
}
