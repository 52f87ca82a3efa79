/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "check.h"
#include "conf.h"
#include "dates.h"
#include "issue.h"
#include "memory.h"
#include "rendering.h"
#include "report.h"
#include "request.h"
#include "seeding.h"
#include "serial.h"
#include "spki.h"
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

/* When what comes from a seed is valid does not depend on now. */
static time_t moment(const struct issuer *issuer,
		     const struct certificate_terms *terms)
{
	return terms->from ? terms->not_before : issuer->now;
}

/* What the CA's certificate has to be, whatever its template says. */
static int check_authority(const struct issuer *issuer,
			   const struct record *record,
			   const struct certificate_terms *terms, bool new_key)
{
	const struct ca_entry *ca = issuer->ca;
	X509 *certificate = issuer->authority->certificate;
	const long length = X509_get_pathlen(certificate);
	const char *why = NULL;

	if (!record->is_ca || record->version != 3)
		why = "basicConstraints without CA:TRUE";
	else if (length >= 0 && length < ca->path_length)
		why = "pathlen is too small for the CAs below it, wanted "
		      "pathlen:{{path_length}}";
	else if (ca->section && ca->section->name_constraints.n &&
		 X509_get_ext_by_NID(certificate, NID_name_constraints, -1) < 0)
		why = "no name constraints, wanted {{name_constraints}} in the "
		      "section of its extensions";
	else if (!(record->usage & usage_bit("keyCertSign")))
		why = "keyUsage without keyCertSign";
	else if (!record->common_name ||
		 strcmp(record->common_name, ca->common_name) != 0)
		why = "another common name";
	else if (!record->organization ||
		 strcmp(record->organization, ca->organization) != 0)
		why = "another organization";
	else if (new_key && strcmp(record->key, ca->key->text) != 0)
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

/* By the CA above: as "openssl ca -extensions SECTION" there. */
static X509 *sign_by_issuer(const struct issuer *issuer,
			    const struct certificate_terms *own)
{
	const struct issuer *above = issuer->above;
	const struct ca_entry *ca = issuer->ca;
	char *section = rendering_ca_section(ca);
	struct certificate_terms terms = *own;
	X509_REQ *request = request_new(issuer->conf, issuer->authority->key,
					own->who, own->from);
	X509 *certificate = NULL, *again;

	terms.conf = above->conf;
	terms.policy = ca->profile->certificates[0]->policy.text;
	terms.extensions = section;
	if (request && certificate_check_sections(
			       above->conf, terms.policy, section,
			       template_path(above->ca->type->template)) == 0)
		certificate = certificate_sign(&terms, request,
					       issuer->authority->key,
					       above->authority->certificate,
					       above->authority->key);
	/* read back, since it is to verify others with its key */
	again = certificate ? X509_dup(certificate) : NULL;
	if (certificate && !again)
		report_openssl("%s: cannot read back a certificate", own->who);
	X509_free(certificate);
	X509_REQ_free(request);
	free(section);
	return again;
}

/* Its own certificate, then those above it. */
static void keep_chain(struct authority *authority, const struct issued *issued,
		       const struct issuer *above)
{
	const char *pem;
	long length = BIO_get_mem_data(issued->certificate, &pem);

	free(authority->pem);
	authority->pem = memory_format("%.*s%s", (int)length, pem,
				       above ? above->authority->pem : "");
	authority->issuer = above ? above->authority : NULL;
}

static int make_authority(struct issuer *issuer, struct issued *issued,
			  const struct certificate_terms *terms)
{
	struct authority *authority = issuer->authority;
	const bool has_key = authority->key;
	const char *secret = NULL;

	if (authority->passphrase && !issuer->authority->record) {
		secret = passphrase_get(authority->passphrase, true);
		if (!secret)
			return -1;
	}
	if (!has_key)
		authority->key =
			key_generate(issuer->ca->key, issuer->ca->derivation);
	if (!authority->key)
		return -1;
	issued->key = secret ? key_to_protected_pem(authority->key, secret,
						    terms->from) :
			       key_to_pem(authority->key);
	X509_free(authority->certificate);
	authority->certificate =
		issuer->above ? sign_by_issuer(issuer, terms) :
				certificate_self_sign(terms, authority->key);
	if (!issued->key || !authority->certificate ||
	    issued_keep(issued, authority->certificate))
		return -1;
	if (check_authority(issuer, issued->record, terms, !has_key))
		return -1;
	keep_chain(authority, issued, issuer->above);
	if (issued_verify(authority->certificate, authority,
			  moment(issuer, terms), terms->who))
		return -1;
	record_free(authority->record);
	authority->record = issued->record;
	issued->record = NULL;
	return 0;
}

static time_t time_of(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) ? timegm(&tm) : 0;
}

/* No certificate is older than that of its CA, or ends later. */
static int fit_into_issuer(const struct issuer *issuer,
			   struct certificate_terms *terms)
{
	const X509 *above = issuer->above->authority->certificate;
	const time_t first = time_of(X509_get0_notBefore(above));
	const time_t last = time_of(X509_get0_notAfter(above));
	const struct ca_section *section = issuer->ca->section;
	char day[DATES_DAY];

	if (terms->not_before < first)
		terms->not_before = first;
	if (terms->not_after <= last)
		return 0;
	if (section && section->own.days.text) {
		report_error("%s:%d: days = %s: the CA above, in %s/, ends on "
			     "%s: wanted fewer days",
			     issuer->inventory->topology->path,
			     section->own.days.line, section->own.days.text,
			     issuer->above->authority->folder,
			     dates_day(last, day));
		return -1;
	}
	terms->not_after = last;
	return 0;
}

int issue_authority(struct issuer *issuer, struct issued *issued)
{
	const struct ca_entry *ca = issuer->ca;
	const struct authority *signer =
		issuer->above ? issuer->above->authority : issuer->authority;
	BIGNUM *serial = ca->derivation ? NULL : serial_random(signer->index);
	struct certificate_terms terms = {
		.conf = issuer->conf,
		.serial = serial,
		.from = ca->derivation,
		.not_before = ca->start ? ca->start :
					  issuer->now - ca->backdate * HOUR,
		.not_after =
			(ca->start ? ca->start : issuer->now) + ca->days * DAY,
		.who = template_path(ca->type->template),
	};
	int ret = -1;

	if ((serial || terms.from) &&
	    (!issuer->above || fit_into_issuer(issuer, &terms) == 0))
		ret = make_authority(issuer, issued, &terms);
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
			      X509_REQ *request, struct issued *issued,
			      const struct certificate_terms *terms)
{
	int ret = -1;

	if (!certificate)
		return -1;
	if (!spki_equal(X509_get_X509_PUBKEY(certificate),
			X509_REQ_get_X509_PUBKEY(request)))
		report_error("%s: refused: not the key that was asked for",
			     terms->who);
	else if (issued_keep(issued, certificate) == 0 &&
		 check_issued(issuer, entry, issued, certificate, terms) == 0)
		ret = issued_verify(certificate, issuer->authority,
				    moment(issuer, terms), terms->who);
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
				key_generate(entry->key, terms->from);
	X509_REQ *request =
		key ? request_new(conf, key, terms->who, terms->from) : NULL;
	int ret = -1;

	if (request)
		issued->key = key_to_pem(key);
	if (issued->key && write_request(issued, request) == 0)
		ret = accept_certificate(
			issuer, entry,
			certificate_sign(terms, request, key,
					 issuer->authority->certificate,
					 issuer->authority->key),
			request, issued, terms);
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
			certificate_grant(terms, request, key,
					  issuer->authority->certificate,
					  issuer->authority->key),
			request, issued, terms);
	X509_REQ_free(request);
	return ret;
}

static time_t start_of_issuer(const struct issuer *issuer)
{
	return time_of(X509_get0_notBefore(issuer->authority->certificate));
}

/* A leaf may not be older than its CA. */
static time_t start_of(const struct issuer *issuer, const struct entry *entry)
{
	const time_t wanted = seeding_start(issuer->inventory, entry);
	const time_t start = wanted ? wanted :
				      issuer->now - entry->backdate * HOUR;
	const time_t first = start_of_issuer(issuer);

	return first > start ? first : start;
}

static int issue(const struct issuer *issuer, const struct entry *entry,
		 const struct wish *wish, struct issued *issued)
{
	char *who = memory_format("%s %s", owner_kind_name(entry->owner->kind),
				  entry->owner->name);
	char *section = rendering_section(issuer->inventory, entry);
	struct diag *diag = diag_new();
	struct derivation derivation;
	struct certificate_terms terms = {
		.conf = issuer->conf,
		.policy = entry->type->policy.text,
		.extensions = section,
		.from = seeding_of(issuer->inventory, entry, &derivation),
		.not_before = start_of(issuer, entry),
		.not_after = seeding_end(issuer->inventory, entry,
					 start_of_issuer(issuer)),
		.who = who,
	};
	BIGNUM *serial = terms.from ? NULL :
				      serial_random(issuer->authority->index);
	CONF *conf = NULL;
	int ret = -1;

	terms.serial = serial;
	issued->signer = issuer->authority;
	issued->conf = rendering_of_entry(issuer->inventory, entry, diag);
	if (issued->conf)
		conf = conf_load(issued->conf,
				 template_path(entry->type->template));
	else
		diag_flush(diag, report_stream());
	if (conf && (serial || terms.from))
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

static struct record *make_sample(const struct issuer *issuer,
				  const struct entry *entry, CONF *conf)
{
	const char *who = template_path(entry->type->template);
	char *section = rendering_section(issuer->inventory, entry);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *request = key ? request_new(conf, key, who, NULL) : NULL;
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
		certificate = certificate_sign(&terms, request, key,
					       issuer->authority->certificate,
					       key);
	if (certificate)
		record = record_of_certificate(certificate);
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
	return issued_keep(issued, certificate);
}
