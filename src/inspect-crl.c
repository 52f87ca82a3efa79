/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "chain.h"
#include "dates.h"
#include "inspect.h"
#include "memory.h"
#include "tree.h"

#define CRL_PEM "crl.pem"
#define CRL_DER "crl.der"
#define MEND "topocert crl makes it anew"

struct listing {
	struct inspection *in;
	const struct authority *authority;
	char *path; /* of crl.pem, in the output folder */
	X509_CRL *crl;
};

static X509_CRL *read_crl(const struct authority *authority, const char *name,
			  bool der, bool *found)
{
	size_t length;
	char *text = tree_read(authority->fd, name, &length);
	BIO *bio = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	X509_CRL *crl = NULL;

	*found = text || errno != ENOENT;
	ERR_set_mark();
	if (bio)
		crl = der ? d2i_X509_CRL_bio(bio, NULL) :
			    PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	ERR_pop_to_mark();
	BIO_free(bio);
	free(text);
	return crl;
}

static bool inspect_signature(const struct listing *of)
{
	X509 *ca = chain_load_first(of->authority->fd, AUTHORITY_CERTIFICATE);
	bool good;

	ERR_set_mark();
	good = ca &&
	       X509_NAME_cmp(X509_get_subject_name(ca),
			     X509_CRL_get_issuer(of->crl)) == 0 &&
	       X509_CRL_verify(of->crl, X509_get0_pubkey(ca)) == 1;
	ERR_pop_to_mark();
	X509_free(ca);
	if (!good)
		faults_add(of->in->faults, of->path, MEND,
			   "not signed by the CA in %s/",
			   of->authority->folder);
	return good;
}

static time_t time_of(const ASN1_TIME *time)
{
	struct tm tm;

	return time && ASN1_TIME_to_tm(time, &tm) ? timegm(&tm) : 0;
}

static void inspect_dates(const struct listing *of)
{
	time_t last = time_of(X509_CRL_get0_lastUpdate(of->crl));
	time_t next = time_of(X509_CRL_get0_nextUpdate(of->crl));
	time_t now = of->in->job->now;
	char date[DATES_FULL];

	if (next && next <= now)
		faults_add(of->in->faults, of->path, MEND,
			   "its nextUpdate %s is past: clients that check it "
			   "refuse all certificates",
			   dates_full(next, date));
	if (last > now)
		faults_add(of->in->faults, of->path, "set this machine's clock",
			   "valid only from %s", dates_full(last, date));
}

static bool lists(X509_CRL *crl, const char *hex)
{
	BIGNUM *number = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_REVOKED *revoked = NULL;
	bool found = false;

	if (BN_hex2bn(&number, hex))
		serial = BN_to_ASN1_INTEGER(number, NULL);
	if (serial)
		found = X509_CRL_get0_by_serial(crl, &revoked, serial) == 1;
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return found;
}

/* "openssl ca -gencrl" lists expired ones, too: that does no harm. */
static void inspect_missing(const struct listing *of)
{
	const struct index *index = of->authority->index;
	size_t i, n = index_count(index);
	ASN1_TIME *expires = ASN1_TIME_new();

	for (i = 0; i < n; i++) {
		struct index_row row = index_get(index, i);

		if (row.type == 'R' &&
		    ASN1_TIME_set_string_X509(expires, row.expires) &&
		    time_of(expires) > of->in->job->now &&
		    !lists(of->crl, row.serial))
			faults_add(of->in->faults, of->path, MEND,
				   "%s (serial %s) was revoked since", row.file,
				   row.serial);
	}
	ASN1_TIME_free(expires);
}

static int text_order(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The serial numbers of all revoked rows, sorted; the texts are the index's. */
static const char **revoked_serials(const struct index *index, size_t *n)
{
	const char **serials = NULL;
	size_t i, count = index_count(index);

	*n = 0;
	for (i = 0; i < count; i++) {
		struct index_row row = index_get(index, i);

		if (row.type == 'R')
			*(const char **)memory_append(
				&serials, n, sizeof(*serials)) = row.serial;
	}
	if (*n)
		qsort(serials, *n, sizeof(*serials), text_order);
	return serials;
}

/* What it lists and nobody revoked. */
static void inspect_extra(const struct listing *of)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(of->crl);
	size_t n;
	const char **serials = revoked_serials(of->authority->index, &n);
	int i;

	for (i = 0; i < sk_X509_REVOKED_num(revoked); i++) {
		char *hex = index_serial(X509_REVOKED_get0_serialNumber(
			sk_X509_REVOKED_value(revoked, i)));

		if (!n ||
		    !bsearch(&hex, serials, n, sizeof(*serials), text_order))
			faults_add(of->in->faults, of->path, MEND,
				   "lists the serial number %s, which is not "
				   "revoked in " AUTHORITY_INDEX,
				   hex);
		free(hex);
	}
	free(serials);
}

/* What comes next has to be higher, or clients keep the old one. */
static void inspect_number(const struct listing *of)
{
	ASN1_INTEGER *value =
		X509_CRL_get_ext_d2i(of->crl, NID_crl_number, NULL, NULL);
	BIGNUM *number = value ? ASN1_INTEGER_to_BN(value, NULL) : NULL;
	BIGNUM *next = NULL;
	size_t length;
	char *text =
		tree_read(of->authority->fd, AUTHORITY_CRL_NUMBER, &length);
	char *path = memory_format("%s/" AUTHORITY_CRL_NUMBER,
				   of->authority->folder);

	if (number && text && BN_hex2bn(&next, text) &&
	    BN_cmp(next, number) <= 0)
		faults_add(of->in->faults, path, "write a higher one into it",
			   "the next number is not above that of " CRL_PEM);
	BN_free(next);
	BN_free(number);
	ASN1_INTEGER_free(value);
	free(text);
	free(path);
}

static void inspect_der(const struct listing *of)
{
	bool found;
	X509_CRL *der = read_crl(of->authority, CRL_DER, true, &found);
	char *path = memory_format("%s/" CRL_DER, of->authority->folder);

	if (found && (!der || X509_CRL_match(der, of->crl) != 0))
		faults_add(of->in->faults, path, MEND, "%s",
			   der ? "another list than " CRL_PEM :
				 "no revocation list");
	X509_CRL_free(der);
	free(path);
}

void inspect_crl(struct inspection *in, const struct authority *authority)
{
	struct listing of = {
		.in = in,
		.authority = authority,
		.path = memory_format("%s/" CRL_PEM, authority->folder),
	};
	bool found = false;

	/* where the CA has expired no further list is made, and none needed */
	if (authority->record->not_after > in->job->now)
		of.crl = read_crl(authority, CRL_PEM, false, &found);
	if (of.crl) {
		if (inspect_signature(&of)) {
			inspect_dates(&of);
			inspect_missing(&of);
			inspect_extra(&of);
			inspect_number(&of);
		}
		inspect_der(&of);
	} else if (found) {
		faults_add(in->faults, of.path, MEND, "no revocation list");
	}
	X509_CRL_free(of.crl);
	free(of.path);
}
