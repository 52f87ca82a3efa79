/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "memory.h"
#include "report.h"
#include "revocation.h"
#include "suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A reason of RFC 5280, 5.3.1, and why it is not one to give here. */
static const struct reason {
	const char *name; /* as openssl-ca(1) spells it in index.txt */
	int code;
	const char *refused; /* NULL: it may be given */
} reasons[] = {
	{ REVOCATION_UNSPECIFIED, CRL_REASON_UNSPECIFIED, NULL },
	{ "keyCompromise", CRL_REASON_KEY_COMPROMISE, NULL },
	{ "CACompromise", CRL_REASON_CA_COMPROMISE, NULL },
	{ "affiliationChanged", CRL_REASON_AFFILIATION_CHANGED, NULL },
	{ "superseded", CRL_REASON_SUPERSEDED, NULL },
	{ "cessationOfOperation", CRL_REASON_CESSATION_OF_OPERATION, NULL },
	{ "certificateHold", CRL_REASON_CERTIFICATE_HOLD, NULL },
	{ "removeFromCRL", CRL_REASON_REMOVE_FROM_CRL,
	  "it belongs to delta CRLs, and there are none" },
	{ "privilegeWithdrawn", CRL_REASON_PRIVILEGE_WITHDRAWN,
	  "openssl ca cannot read it back from index.txt" },
	{ "aACompromise", CRL_REASON_AA_COMPROMISE,
	  "openssl ca cannot read it back from index.txt" },
};

static const struct reason *find(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(reasons); i++)
		if (strcasecmp(reasons[i].name, name) == 0)
			return &reasons[i];
	return NULL;
}

const char *revocation_reason(const char *text)
{
	const struct reason *reason = find(text);

	if (!reason)
		report_error("--reason %s: no such reason: nearest is %s", text,
			     suggest_nearest(text, reasons, COUNT(reasons),
					     sizeof(reasons[0])));
	else if (reason->refused)
		report_error("--reason %s: %s: wanted another, such as "
			     "superseded",
			     reason->name, reason->refused);
	return reason && !reason->refused ? reason->name : NULL;
}

static bool add_code(X509_REVOKED *entry, int code)
{
	ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();
	bool good = value && ASN1_ENUMERATED_set(value, code) &&
		    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0,
					      0) > 0;

	ASN1_ENUMERATED_free(value);
	return good;
}

/* What a holder of the certificate is to do meanwhile. */
static bool add_hold(X509_REVOKED *entry, const char *text)
{
	ASN1_OBJECT *object = OBJ_txt2obj(text, 0);
	bool good = object &&
		    X509_REVOKED_add1_ext_i2d(entry, NID_hold_instruction_code,
					      object, 0, 0) > 0;

	ASN1_OBJECT_free(object);
	return good;
}

/* Since when the key is no longer a secret. */
static bool add_time(X509_REVOKED *entry, const char *text)
{
	ASN1_GENERALIZEDTIME *time = ASN1_GENERALIZEDTIME_new();
	bool good = time && ASN1_GENERALIZEDTIME_set_string(time, text) &&
		    X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, time,
					      0, 0) > 0;

	ASN1_GENERALIZEDTIME_free(time);
	return good;
}

/* What "openssl ca -revoke" writes for -crl_hold, -crl_compromise and
 * -crl_CA_compromise: a word, and what goes with it. */
static const struct extra {
	const char *name;
	int code;
	bool (*add)(X509_REVOKED *entry, const char *text);
} extras[] = {
	{ "holdInstruction", CRL_REASON_CERTIFICATE_HOLD, add_hold },
	{ "keyTime", CRL_REASON_KEY_COMPROMISE, add_time },
	{ "CAkeyTime", CRL_REASON_CA_COMPROMISE, add_time },
};

static bool add_reason(X509_REVOKED *entry, const char *name, const char *value)
{
	const struct reason *reason = find(name);
	size_t i;

	if (reason)
		return reason->code <= CRL_REASON_REMOVE_FROM_CRL &&
		       add_code(entry, reason->code);
	for (i = 0; i < COUNT(extras); i++)
		if (strcasecmp(extras[i].name, name) == 0)
			return value && add_code(entry, extras[i].code) &&
			       extras[i].add(entry, value);
	return false;
}

static bool set_date(X509_REVOKED *entry, const char *text)
{
	ASN1_TIME *date = ASN1_TIME_new();
	bool good = date && ASN1_TIME_set_string_X509(date, text) &&
		    X509_REVOKED_set_revocationDate(entry, date);

	ASN1_TIME_free(date);
	return good;
}

int revocation_fill(X509_REVOKED *entry, const char *text)
{
	char *copy = memory_copy(text), *rest = copy;
	const char *date = strsep(&rest, ",");
	const char *reason = strsep(&rest, ",");
	bool good;

	ERR_set_mark();
	good = set_date(entry, date) &&
	       (!reason || add_reason(entry, reason, rest));
	ERR_pop_to_mark();
	free(copy);
	return good ? 0 : -1;
}
