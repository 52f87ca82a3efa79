/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "chain.h"
#include "index.h"
#include "issued.h"
#include "lineage.h"
#include "memory.h"
#include "record.h"
#include "report.h"
#include "template.h"

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

int issued_keep(struct issued *issued, X509 *certificate)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);

	issued->certificate = BIO_new(BIO_s_mem());
	if (length <= 0 || !issued->certificate ||
	    !PEM_write_bio(issued->certificate, PEM_STRING_X509, "", der,
			   length)) {
		report_openssl("cannot encode a certificate");
		OPENSSL_free(der);
		return -1;
	}
	issued->record = record_parse(der, (size_t)length);
	issued->serial = index_serial(X509_get0_serialNumber(certificate));
	issued->expires = copy_time(X509_get0_notAfter(certificate));
	OPENSSL_free(der);
	if (issued->record) {
		issued->not_before = issued->record->not_before;
		return 0;
	}
	report_error("a certificate came out that cannot be read back");
	return -1;
}

/* X509_V_OK, or why LEAF, which AUTHORITY signed, is not good. */
static int verify_chain(X509 *leaf, const struct authority *authority,
			time_t now)
{
	/* what is looked at here has its key decoded */
	struct chain_terms terms = { .leaf = X509_dup(leaf), .now = now };
	int error = X509_V_ERR_OUT_OF_MEM, depth;

	if (!terms.leaf)
		return error;
	if (chain_is_root(authority->certificate)) {
		/* nothing to look for above it */
		terms.trusted = sk_X509_new_null();
		sk_X509_push(terms.trusted, authority->certificate);
		X509_up_ref(authority->certificate);
	} else {
		terms.others = lineage_chain(authority);
		terms.trusted = lineage_anchors(authority);
	}
	error = chain_verify(&terms, &depth);
	chain_free(terms.others);
	chain_free(terms.trusted);
	X509_free(terms.leaf);
	return error;
}

int issued_verify(X509 *leaf, const struct authority *authority, time_t now,
		  const char *who)
{
	int error = X509_V_OK;

	if (leaf == authority->certificate && chain_is_root(leaf)) {
		if (X509_self_signed(leaf, 1) != 1)
			error = X509_V_ERR_CERT_SIGNATURE_FAILURE;
	} else if (!chain_holds(leaf, authority->certificate, now)) {
		error = verify_chain(leaf, authority, now);
	}
	if (error == X509_V_OK)
		return 0;
	report_error("%s: refused: does not verify: %s", who,
		     X509_verify_cert_error_string(error));
	return -1;
}
