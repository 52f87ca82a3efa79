/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "conf.h"
#include "crl.h"
#include "dates.h"
#include "memory.h"
#include "report.h"
#include "revocation.h"
#include "signature.h"
#include "topology.h"
#include "tree.h"

/* A number has 20 octets at most (RFC 5280, 5.2.3), and is positive. */
#define NUMBER_BITS 159

/* As it lies in the CA's folder: what openssl ca would go by. */
static CONF *load_conf(const struct authority *authority)
{
	size_t length;
	char *text = tree_read(authority->fd, AUTHORITY_CONF, &length);
	BIO *bio = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	CONF *conf = NCONF_new(NULL);
	long line = 0;

	if (!text)
		report_error("%s/" AUTHORITY_CONF
			     ": %s: topocert render makes it",
			     authority->path, strerror(errno));
	else if (!bio || !conf || NCONF_load_bio(conf, bio, &line) <= 0)
		report_openssl("%s/" AUTHORITY_CONF
			       ":%ld: no OpenSSL configuration",
			       authority->path, line);
	else
		goto out;
	NCONF_free(conf);
	conf = NULL;
out:
	BIO_free(bio);
	free(text);
	return conf;
}

/* Whoever has a list takes none with the same number or a lower one. */
static int check_above(const struct authority *authority, const BIGNUM *number)
{
	const char *was = authority->crl_number;
	BIGNUM *last = NULL;
	char *is;
	int ret = 0;

	if (was && BN_hex2bn(&last, was) && BN_cmp(number, last) <= 0) {
		is = BN_bn2hex(number);
		report_error("%s/" AUTHORITY_CRL_NUMBER ": %s, but the list in "
			     "%s has the number %s already: write a higher "
			     "one into the file",
			     authority->path, is, AUTHORITY_CRL_PEM, was);
		OPENSSL_free(is);
		ret = -1;
	}
	BN_free(last);
	return ret;
}

/* The number that the file has for the next list; NULL: reported. */
static BIGNUM *load_number(const struct authority *authority)
{
	size_t length;
	char *text;
	BIGNUM *number = NULL;

	/* made by this run */
	if (!authority->exists && BN_hex2bn(&number, "01"))
		return number;
	text = tree_read(authority->fd, AUTHORITY_CRL_NUMBER, &length);
	if (!text) {
		report_error("%s/" AUTHORITY_CRL_NUMBER ": %s; restore it from "
			     "a backup",
			     authority->path, strerror(errno));
		return NULL;
	}
	/* as a2i_ASN1_INTEGER(3) has it */
	length = strspn(text, "0123456789ABCDEFabcdef");
	if (length >= 2 && length <= 40 && length % 2 == 0 &&
	    strspn(text + length, "\r\n") == strlen(text + length)) {
		text[length] = '\0';
		BN_hex2bn(&number, text);
	}
	free(text);
	if (number && BN_num_bits(number) < NUMBER_BITS)
		return number;
	report_error("%s/" AUTHORITY_CRL_NUMBER ": damaged: wanted an even "
		     "number of hexadecimal digits, as openssl ca writes it; "
		     "restore it from a backup",
		     authority->path);
	BN_free(number);
	return NULL;
}

static int set_number(struct crl *crl, X509_CRL *list,
		      const struct authority *authority)
{
	BIGNUM *number = load_number(authority);
	ASN1_INTEGER *integer;
	int ret = -1;

	if (!number || check_above(authority, number)) {
		BN_free(number);
		return -1;
	}
	crl->number = BN_bn2hex(number);
	integer = BN_to_ASN1_INTEGER(number, NULL);
	if (integer &&
	    X509_CRL_add1_ext_i2d(list, NID_crl_number, integer, 0, 0) > 0 &&
	    BN_add_word(number, 1) && (crl->next_number = BN_bn2hex(number)))
		ret = 0;
	else
		report_openssl("%s: number of the revocation list",
			       authority->path);
	ASN1_INTEGER_free(integer);
	BN_free(number);
	return ret;
}

static int set_extensions(struct crl *crl, X509_CRL *list,
			  const struct authority *authority, CONF *conf)
{
	const char *section =
		conf_get(conf, certificate_ca_section(conf), "crl_extensions");
	X509_EXTENSION *extension = NULL;
	X509V3_CTX ctx;
	int good = 1;

	X509V3_set_ctx(&ctx, authority->certificate, NULL, NULL, list, 0);
	X509V3_set_nconf(&ctx, conf);
	if (section)
		good = X509V3_EXT_CRL_add_nconf(conf, &ctx, section, list);
	if (good && X509_CRL_get_ext_by_NID(list, NID_authority_key_identifier,
					    -1) < 0) {
		extension = X509V3_EXT_nconf_nid(NULL, &ctx,
						 NID_authority_key_identifier,
						 "keyid:always");
		good = extension && X509_CRL_add_ext(list, extension, -1);
		X509_EXTENSION_free(extension);
	}
	if (good)
		return set_number(crl, list, authority);
	report_openssl("%s/" AUTHORITY_CONF ": extensions of the revocation "
		       "list, section [%s]",
		       authority->path, section ? section : "");
	return -1;
}

static int add_row(X509_CRL *list, const struct index_row *row)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = NULL;
	BIGNUM *number = NULL;
	int ret = -1;

	if (BN_hex2bn(&number, row->serial))
		serial = BN_to_ASN1_INTEGER(number, NULL);
	if (entry && serial && revocation_fill(entry, row->revoked) == 0 &&
	    X509_REVOKED_set_serialNumber(entry, serial) &&
	    X509_CRL_add0_revoked(list, entry)) {
		entry = NULL;
		ret = 0;
	}
	X509_REVOKED_free(entry);
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return ret;
}

/* All that was ever revoked, also what has expired since. */
static int add_rows(struct crl *crl, X509_CRL *list,
		    const struct authority *authority)
{
	size_t i, n = index_count(authority->index);

	for (i = 0; i < n; i++) {
		struct index_row row = index_get(authority->index, i);

		if (row.type != 'R')
			continue;
		if (add_row(list, &row)) {
			report_error("%s/" AUTHORITY_INDEX ":%zu: damaged: "
				     "date or reason of revocation '%s' is not "
				     "as openssl ca writes it",
				     authority->path, i + 1, row.revoked);
			return -1;
		}
		crl->n_revoked++;
	}
	X509_CRL_sort(list);
	return 0;
}

static int set_times(struct crl *crl, X509_CRL *list, time_t now, long days)
{
	ASN1_TIME *last = ASN1_TIME_set(NULL, now), *next;
	int good;

	crl->next_update = now + days * DAY;
	next = ASN1_TIME_set(NULL, crl->next_update);
	good = last && next && X509_CRL_set1_lastUpdate(list, last) &&
	       X509_CRL_set1_nextUpdate(list, next);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
	return good ? 0 : -1;
}

/* All but the issuer. */
static int digest_list(X509_CRL *list, unsigned char detail[SIGNATURE_DETAIL])
{
	STACK_OF(X509_REVOKED) *rows = X509_CRL_get_REVOKED(list);
	struct parts *parts = parts_new();
	unsigned char *der = NULL;
	int i, length;

	length = i2d_ASN1_TIME(X509_CRL_get0_lastUpdate(list), &der);
	parts_add(parts, der, length);
	der = NULL;
	length = i2d_ASN1_TIME(X509_CRL_get0_nextUpdate(list), &der);
	parts_add(parts, der, length);
	der = NULL;
	length = i2d_X509_EXTENSIONS(X509_CRL_get0_extensions(list), &der);
	parts_add(parts, der, length);
	for (i = 0; i < sk_X509_REVOKED_num(rows); i++) {
		der = NULL;
		length = i2d_X509_REVOKED(sk_X509_REVOKED_value(rows, i), &der);
		parts_add(parts, der, length);
	}
	return parts_digest(parts, detail);
}

static int sign(X509_CRL *list, const struct authority *authority,
		const char *digest)
{
	struct signature signature = { .key = authority->key,
				       .digest = digest,
				       .from = authority->from,
				       .purpose = "crl" };
	EVP_MD_CTX *ctx;
	int ret;

	if (signature.from && digest_list(list, signature.detail))
		return -1;
	ctx = signature_begin(&signature);
	ret = ctx && X509_CRL_sign_ctx(list, ctx) > 0 ? 0 : -1;
	signature_end(&signature, ctx);
	return ret;
}

static int write_out(struct crl *crl, X509_CRL *list)
{
	crl->pem = BIO_new(BIO_s_mem());
	crl->der = BIO_new(BIO_s_mem());
	return crl->pem && crl->der && PEM_write_bio_X509_CRL(crl->pem, list) &&
			       i2d_X509_CRL_bio(crl->der, list) ?
		       0 :
		       -1;
}

/* How long a list is good by the configuration. */
static long conf_days(const CONF *conf)
{
	const char *text = conf_get(conf, certificate_ca_section(conf),
				    "default_crl_days");
	long days = text ? atol(text) : 0;

	return days > 0 && days <= CRL_DAYS_MAX ? days : CRL_DAYS;
}

/* Everything but extensions and signature. */
static X509_CRL *new_list(struct crl *crl, const struct authority *authority,
			  time_t now, long days)
{
	X509_CRL *list = X509_CRL_new();

	if (!list || !X509_CRL_set_version(list, X509_CRL_VERSION_2) ||
	    !X509_CRL_set_issuer_name(
		    list, X509_get_subject_name(authority->certificate)) ||
	    set_times(crl, list, now, days))
		report_openssl("%s: cannot make a revocation list",
			       authority->path);
	else if (add_rows(crl, list, authority) == 0)
		return list;
	X509_CRL_free(list);
	return NULL;
}

int crl_make(struct crl *crl, const struct authority *authority, CONF *conf,
	     time_t now, long days)
{
	CONF *own = conf ? NULL : load_conf(authority);
	X509_CRL *list = NULL;
	int ret = -1;

	if (!conf)
		conf = own;
	if (conf)
		list = new_list(crl, authority, now,
				days ? days : conf_days(conf));
	if (!list || set_extensions(crl, list, authority, conf))
		goto out;
	if (sign(list, authority, certificate_ca_digest(conf)) ||
	    write_out(crl, list)) {
		report_openssl("%s: cannot sign the revocation list",
			       authority->path);
		goto out;
	}
	ret = 0;
out:
	X509_CRL_free(list);
	NCONF_free(own);
	return ret;
}

void crl_take(struct authority *authority, const struct crl *crl)
{
	const char *pem;
	long length = BIO_get_mem_data(crl->pem, &pem);

	free(authority->crl);
	free(authority->crl_number);
	authority->crl = memory_copy_part(pem, (size_t)length);
	authority->crl_number = memory_copy(crl->number);
}

/* The number of LIST; NULL: it has none. */
static char *number_of(X509_CRL *list)
{
	ASN1_INTEGER *integer =
		X509_CRL_get_ext_d2i(list, NID_crl_number, NULL, NULL);
	BIGNUM *number = integer ? ASN1_INTEGER_to_BN(integer, NULL) : NULL;
	char *text = number ? BN_bn2hex(number) : NULL;

	ASN1_INTEGER_free(integer);
	BN_free(number);
	return text;
}

void crl_load(struct authority *authority)
{
	crl_load_from(authority, authority->fd);
}

void crl_load_from(struct authority *authority, int folder)
{
	size_t length;
	char *text = tree_read(folder, AUTHORITY_CRL_PEM, &length);
	BIO *bio = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	struct crl crl = { 0 };
	X509_CRL *list;

	ERR_set_mark();
	list = bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
	crl.number = list ? number_of(list) : NULL;
	/* openssl ca may have put it there, with text around it */
	if (crl.number && write_out(&crl, list) == 0)
		crl_take(authority, &crl);
	ERR_pop_to_mark();
	crl_clear(&crl);
	X509_CRL_free(list);
	BIO_free(bio);
	free(text);
}

void crl_clear(struct crl *crl)
{
	BIO_free(crl->pem);
	BIO_free(crl->der);
	OPENSSL_free(crl->number);
	OPENSSL_free(crl->next_number);
	memset(crl, 0, sizeof(*crl));
}
