/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "certificate.h"
#include "check.h"
#include "conf.h"
#include "dates.h"
#include "issue.h"
#include "memory.h"
#include "rendering.h"
#include "report.h"
#include "request.h"
#include "usage.h"

int issuer_prepare(struct issuer *issuer, struct diag *diag)
{
	const char *path = template_path(issuer->ca->type->template);

	issuer->rendered = rendering_of_ca(issuer->inventory, issuer->ca, diag);
	if (!issuer->rendered)
		return -1;
	issuer->conf = conf_load(issuer->rendered, path);
	return issuer->conf ? 0 : -1;
}

void issuer_clear(struct issuer *issuer)
{
	NCONF_free(issuer->conf);
	rendered_free(issuer->rendered);
	issuer->conf = NULL;
	issuer->rendered = NULL;
}

void issued_clear(struct issued *issued)
{
	rendered_free(issued->conf);
	BIO_free(issued->request);
	BIO_free(issued->key);
	BIO_free(issued->certificate);
	record_free(issued->record);
	free(issued->serial);
	free(issued->expires);
	memset(issued, 0, sizeof(*issued));
}

static char *copy_time(const ASN1_TIME *time)
{
	return memory_copy_part((const char *)ASN1_STRING_get0_data(time),
				(size_t)ASN1_STRING_length(time));
}

/* Encode the certificate and read it back as others will. */
static int keep_certificate(struct issued *issued, X509 *certificate,
			    const BIGNUM *serial)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	char *hex = BN_bn2hex(serial);

	issued->certificate = BIO_new(BIO_s_mem());
	if (length <= 0 || !hex || !issued->certificate ||
	    !PEM_write_bio_X509(issued->certificate, certificate)) {
		report_openssl("cannot encode a certificate");
		OPENSSL_free(der);
		OPENSSL_free(hex);
		return -1;
	}
	issued->record = record_parse(der, (size_t)length);
	issued->serial = memory_copy(hex);
	issued->expires = copy_time(X509_get0_notAfter(certificate));
	OPENSSL_free(der);
	OPENSSL_free(hex);
	if (issued->record) {
		issued->not_before = issued->record->not_before;
		return 0;
	}
	report_error("a certificate came out that cannot be read back");
	return -1;
}

/* Verify LEAF by ISSUER as a strict relying party would (RFC 5280). */
static int verify(X509 *leaf, X509 *issuer, time_t now, const char *who)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int ret = -1;

	if (!store || !ctx || !X509_STORE_add_cert(store, issuer) ||
	    !X509_STORE_CTX_init(ctx, store, leaf, NULL)) {
		report_openssl("%s: cannot verify", who);
		goto out;
	}
	X509_STORE_CTX_set_time(ctx, 0, now);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (X509_verify_cert(ctx) == 1)
		ret = 0;
	else
		report_error("%s: refused: does not verify: %s", who,
			     X509_verify_cert_error_string(
				     X509_STORE_CTX_get_error(ctx)));
	ERR_clear_error();
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ret;
}

/* What the CA's certificate has to be, whatever its template says. */
static int check_authority(const struct ca_entry *ca,
			   const struct record *record,
			   const struct certificate_terms *terms)
{
	const char *why = NULL;

	if (!record->is_ca || record->version != 3)
		why = "basicConstraints without CA:TRUE";
	else if (!(record->usage & usage_bit("keyCertSign")))
		why = "keyUsage without keyCertSign";
	else if (!record->common_name ||
		 strcmp(record->common_name, ca->common_name) != 0)
		why = "another common name";
	else if (!record->organization ||
		 strcmp(record->organization, ca->organization) != 0)
		why = "another organization";
	else if (strcmp(record->key, ca->key->text) != 0)
		why = "another kind of key";
	else if (record->not_before != terms->not_before ||
		 record->not_after != terms->not_after)
		why = "other dates";
	if (!why)
		return 0;
	report_error("%s: refused: the certificate is not what the topology "
		     "asks for: %s",
		     terms->who, why);
	return -1;
}

static int make_authority(struct issuer *issuer, struct issued *issued,
			  const struct certificate_terms *terms)
{
	struct authority *authority = issuer->authority;
	const struct ca_entry *ca = issuer->ca;
	const char *pem;
	long length;

	if (!authority->key)
		authority->key = key_generate(ca->key);
	if (!authority->key)
		return -1;
	issued->key = key_to_pem(authority->key);
	authority->certificate = certificate_self_sign(terms, authority->key);
	if (!issued->key || !authority->certificate ||
	    keep_certificate(issued, authority->certificate, terms->serial))
		return -1;
	if (check_authority(ca, issued->record, terms) ||
	    verify(authority->certificate, authority->certificate, issuer->now,
		   terms->who))
		return -1;
	length = BIO_get_mem_data(issued->certificate, &pem);
	authority->pem = memory_copy_part(pem, (size_t)length);
	authority->record = issued->record;
	issued->record = NULL;
	return 0;
}

int issue_authority(struct issuer *issuer, struct issued *issued)
{
	const struct ca_entry *ca = issuer->ca;
	BIGNUM *serial = authority_serial(issuer->authority);
	struct certificate_terms terms = {
		.conf = issuer->conf,
		.serial = serial,
		.not_before = issuer->now - ca->backdate * HOUR,
		.not_after = issuer->now + ca->days * DAY,
		.who = template_path(ca->type->template),
	};
	int ret = serial ? make_authority(issuer, issued, &terms) : -1;

	BN_free(serial);
	return ret;
}

/* The first thing that is not as it has to be; NULL: nothing. Free it. */
static char *find_fault(const struct issuer *issuer, const struct entry *entry,
			const struct record *record, X509 *certificate,
			const struct certificate_terms *terms)
{
	int bits = 0;

	if (record->not_before != terms->not_before ||
	    record->not_after != terms->not_after)
		return memory_copy("other dates");
	if (!record->subject_id || !record->issuer_id ||
	    !record_issued_by(record, issuer->authority->record))
		return memory_copy("subject or authority key identifier is "
				   "missing or wrong");
	if (!X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) ||
	    bits < KEY_SECURITY_BITS_MIN)
		return memory_copy("a signature of less than 112 bits of "
				   "security, see default_md");
	return check_entry(entry, record);
}

static int check_issued(const struct issuer *issuer, const struct entry *entry,
			const struct issued *issued, X509 *certificate,
			const struct certificate_terms *terms)
{
	char *fault =
		find_fault(issuer, entry, issued->record, certificate, terms);

	if (!fault)
		return 0;
	report_error("%s: refused: what %s and [%s] of %s make is not what "
		     "the topology asks for: %s",
		     terms->who, template_path(entry->type->template),
		     terms->extensions,
		     template_path(issuer->ca->type->template), fault);
	free(fault);
	return -1;
}

static int write_request(struct issued *issued, X509_REQ *request)
{
	issued->request = BIO_new(BIO_s_mem());
	if (issued->request && PEM_write_bio_X509_REQ(issued->request, request))
		return 0;
	report_openssl("cannot encode a request");
	return -1;
}

/* Keep CERTIFICATE, which it frees, only if it is what it should be. */
static int accept_certificate(const struct issuer *issuer,
			      const struct entry *entry, X509 *certificate,
			      EVP_PKEY *key, struct issued *issued,
			      const struct certificate_terms *terms)
{
	int ret = -1;

	if (!certificate)
		return -1;
	if (EVP_PKEY_eq(X509_get0_pubkey(certificate), key) != 1)
		report_openssl("%s: refused: not the key that was asked for",
			       terms->who);
	else if (keep_certificate(issued, certificate, terms->serial) == 0 &&
		 check_issued(issuer, entry, issued, certificate, terms) == 0)
		ret = verify(certificate, issuer->authority->certificate,
			     issuer->now, terms->who);
	X509_free(certificate);
	return ret;
}

/* What a certificate is made for: a key, or a request by one that is not
 * here; neither: a new key. */
struct wish {
	EVP_PKEY *key;
	X509_REQ *request;
};

static int make_entry(const struct issuer *issuer, const struct entry *entry,
		      const struct wish *wish, struct issued *issued,
		      struct certificate_terms *terms, CONF *conf)
{
	EVP_PKEY *key = wish->key && EVP_PKEY_up_ref(wish->key) ?
				wish->key :
				key_generate(entry->key);
	X509_REQ *request = key ? request_new(conf, key, terms->who) : NULL;
	int ret = -1;

	if (request)
		issued->key = key_to_pem(key);
	if (issued->key && write_request(issued, request) == 0)
		ret = accept_certificate(
			issuer, entry,
			certificate_sign(terms, request,
					 issuer->authority->certificate,
					 issuer->authority->key),
			key, issued, terms);
	EVP_PKEY_free(key);
	X509_REQ_free(request);
	return ret;
}

/* As the topology's own request would be granted. */
static int grant_entry(const struct issuer *issuer, const struct entry *entry,
		       const struct wish *wish, struct issued *issued,
		       struct certificate_terms *terms, CONF *conf)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(wish->request);
	X509_REQ *request = request_draft(conf, key, terms->who);
	int ret = -1;

	issued->asked = true;
	if (request && write_request(issued, wish->request) == 0)
		ret = accept_certificate(
			issuer, entry,
			certificate_grant(terms, request,
					  issuer->authority->certificate,
					  issuer->authority->key),
			key, issued, terms);
	X509_REQ_free(request);
	return ret;
}

/* A leaf may not be older than its CA. */
static time_t start_of(const struct issuer *issuer, const struct entry *entry)
{
	time_t start = issuer->now - entry->backdate * HOUR;
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notBefore(issuer->authority->certificate),
			    &tm) &&
	    timegm(&tm) > start)
		start = timegm(&tm);
	return start;
}

static int issue(const struct issuer *issuer, const struct entry *entry,
		 const struct wish *wish, struct issued *issued)
{
	char *who = memory_format("%s %s", owner_kind_name(entry->owner->kind),
				  entry->owner->name);
	char *section = rendering_section(issuer->inventory, entry);
	struct diag *diag = diag_new();
	struct certificate_terms terms = {
		.conf = issuer->conf,
		.policy = entry->type->policy.text,
		.extensions = section,
		.not_before = start_of(issuer, entry),
		.not_after = issuer->now + entry->days * DAY,
		.who = who,
	};
	BIGNUM *serial = authority_serial(issuer->authority);
	CONF *conf = NULL;
	int ret = -1;

	terms.serial = serial;
	issued->conf = rendering_of_entry(issuer->inventory, entry, diag);
	if (issued->conf)
		conf = conf_load(issued->conf,
				 template_path(entry->type->template));
	else
		diag_flush(diag, stderr);
	if (conf && serial)
		ret = (wish->request ? grant_entry : make_entry)(
			issuer, entry, wish, issued, &terms, conf);
	NCONF_free(conf);
	BN_free(serial);
	diag_free(diag);
	free(section);
	free(who);
	return ret;
}

int issue_entry(const struct issuer *issuer, const struct entry *entry,
		EVP_PKEY *key, struct issued *issued)
{
	const struct wish wish = { .key = key };

	return issue(issuer, entry, &wish, issued);
}

int issue_request(const struct issuer *issuer, const struct entry *entry,
		  X509_REQ *request, struct issued *issued)
{
	const struct wish wish = { .request = request };

	return issue(issuer, entry, &wish, issued);
}

static struct record *record_of(X509 *certificate)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	struct record *record = length > 0 ? record_parse(der, (size_t)length) :
					     NULL;

	OPENSSL_free(der);
	return record;
}

static struct record *make_sample(const struct issuer *issuer,
				  const struct entry *entry, CONF *conf)
{
	const char *who = template_path(entry->type->template);
	char *section = rendering_section(issuer->inventory, entry);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *request = key ? request_new(conf, key, who) : NULL;
	BIGNUM *serial = BN_new();
	const struct certificate_terms terms = {
		.conf = issuer->conf,
		.policy = entry->type->policy.text,
		.extensions = section,
		.serial = serial,
		.not_before = issuer->now,
		.not_after = issuer->now,
		.who = who,
	};
	struct record *record = NULL;
	X509 *certificate = NULL;

	if (request && serial)
		certificate = certificate_sign(
			&terms, request, issuer->authority->certificate, key);
	if (certificate)
		record = record_of(certificate);
	X509_free(certificate);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	BN_free(serial);
	free(section);
	return record;
}

struct record *issue_sample(const struct issuer *issuer,
			    const struct entry *entry, struct diag *diag)
{
	struct rendered *rendered =
		rendering_of_entry(issuer->inventory, entry, diag);
	CONF *conf = rendered ?
			     conf_load(rendered,
				       template_path(entry->type->template)) :
			     NULL;
	struct record *record = conf ? make_sample(issuer, entry, conf) : NULL;

	NCONF_free(conf);
	rendered_free(rendered);
	return record;
}

int issue_import(const struct entry *entry, struct issued *issued)
{
	const struct import *import = entry->import;

	const char *chain;
	long length = BIO_get_mem_data(import->chain, &chain);

	/* the inventory keeps its own */
	issued->certificate = BIO_new(BIO_s_mem());
	issued->key = key_to_pem(import->pkey);
	issued->not_before = import->record->not_before;
	if (issued->key && issued->certificate &&
	    BIO_write(issued->certificate, chain, (int)length) == length)
		return 0;
	report_openssl("%s: cannot take it over", import->path);
	return -1;
}

int issue_foreign(X509 *certificate, struct issued *issued)
{
	BIGNUM *serial =
		ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	int ret = serial ? keep_certificate(issued, certificate, serial) : -1;

	BN_free(serial);
	return ret;
}
