/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/asn1t.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "digest.h"
#include "index.h"
#include "key.h"
#include "memory.h"
#include "record.h"
#include "subject.h"

#define CERTIFICATE_MAX (1 << 20)

/* RFC 5280, section 4.1, with the public key left as it is. */
typedef struct {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *bits;
} PUBLIC_KEY_INFO;

typedef struct {
	ASN1_INTEGER *version;
	ASN1_INTEGER *serial;
	X509_ALGOR *signature;
	X509_NAME *issuer;
	X509_VAL *validity;
	X509_NAME *subject;
	PUBLIC_KEY_INFO *key;
	ASN1_BIT_STRING *issuer_unique;
	ASN1_BIT_STRING *subject_unique;
	STACK_OF(X509_EXTENSION) * extensions;
} TO_BE_SIGNED;

typedef struct {
	TO_BE_SIGNED *body;
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *signature;
} PLAIN_CERTIFICATE;

ASN1_SEQUENCE(PUBLIC_KEY_INFO) = {
	ASN1_SIMPLE(PUBLIC_KEY_INFO, algorithm, X509_ALGOR),
	ASN1_SIMPLE(PUBLIC_KEY_INFO, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(PUBLIC_KEY_INFO)

ASN1_SEQUENCE(TO_BE_SIGNED) = {
	ASN1_EXP_OPT(TO_BE_SIGNED, version, ASN1_INTEGER, 0),
	ASN1_SIMPLE(TO_BE_SIGNED, serial, ASN1_INTEGER),
	ASN1_SIMPLE(TO_BE_SIGNED, signature, X509_ALGOR),
	ASN1_SIMPLE(TO_BE_SIGNED, issuer, X509_NAME),
	ASN1_SIMPLE(TO_BE_SIGNED, validity, X509_VAL),
	ASN1_SIMPLE(TO_BE_SIGNED, subject, X509_NAME),
	ASN1_SIMPLE(TO_BE_SIGNED, key, PUBLIC_KEY_INFO),
	ASN1_IMP_OPT(TO_BE_SIGNED, issuer_unique, ASN1_BIT_STRING, 1),
	ASN1_IMP_OPT(TO_BE_SIGNED, subject_unique, ASN1_BIT_STRING, 2),
	ASN1_EXP_SEQUENCE_OF_OPT(TO_BE_SIGNED, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(TO_BE_SIGNED)

ASN1_SEQUENCE(PLAIN_CERTIFICATE) = {
	ASN1_SIMPLE(PLAIN_CERTIFICATE, body, TO_BE_SIGNED),
	ASN1_SIMPLE(PLAIN_CERTIFICATE, algorithm, X509_ALGOR),
	ASN1_SIMPLE(PLAIN_CERTIFICATE, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(PLAIN_CERTIFICATE)

static time_t read_time(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) ? timegm(&tm) : 0;
}

/* RSAPublicKey of RFC 8017, appendix A.1.1: the modulus comes first. */
static int rsa_bits(const unsigned char *bits, int length)
{
	ASN1_SEQUENCE_ANY *sequence;
	const ASN1_TYPE *modulus;
	BIGNUM *number = NULL;
	int n = 0;

	sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &bits, length);
	modulus = sk_ASN1_TYPE_value(sequence, 0);
	if (modulus && modulus->type == V_ASN1_INTEGER)
		number = ASN1_INTEGER_to_BN(modulus->value.integer, NULL);
	if (number)
		n = BN_num_bits(number);
	BN_free(number);
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
	return n;
}

static void describe_key(struct record *record, const X509_ALGOR *from,
			 const unsigned char *bits, int length)
{
	const ASN1_OBJECT *algorithm;
	const void *parameter;
	int type, nid, curve = NID_undef;

	X509_ALGOR_get0(&algorithm, &type, &parameter, from);
	nid = OBJ_obj2nid(algorithm);
	if (type == V_ASN1_OBJECT)
		curve = OBJ_obj2nid(parameter);
	key_describe(nid, curve,
		     nid == NID_rsaEncryption ? rsa_bits(bits, length) : 0,
		     record->key, sizeof(record->key));
}

/* Takes DER over. */
static void digest_key(struct record *record, unsigned char *der, int length)
{
	if (length < 0)
		abort();
	digest_octets(der, (size_t)length, record->key_digest);
	OPENSSL_free(der);
}

static void read_key(struct record *record, const PUBLIC_KEY_INFO *key)
{
	unsigned char *der = NULL;
	int length = ASN1_item_i2d((const ASN1_VALUE *)key, &der,
				   ASN1_ITEM_rptr(PUBLIC_KEY_INFO));

	describe_key(record, key->algorithm, ASN1_STRING_get0_data(key->bits),
		     ASN1_STRING_length(key->bits));
	digest_key(record, der, length);
}

static void read_public_key(struct record *record, const X509_PUBKEY *key)
{
	const unsigned char *bits;
	unsigned char *der = NULL;
	X509_ALGOR *algorithm;
	int length;

	X509_PUBKEY_get0_param(NULL, &bits, &length, &algorithm, key);
	describe_key(record, algorithm, bits, length);
	length = i2d_X509_PUBKEY(key, &der);
	digest_key(record, der, length);
}

static void add_name(struct record *record, enum san_type type,
		     const char *text)
{
	struct san *san;

	san = memory_append(&record->names, &record->n_names, sizeof(*san));
	san->type = type;
	san->text = memory_copy(text);
}

static void read_general_name(struct record *record, const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN];
	const ASN1_STRING *value;
	const unsigned char *bytes;
	int length, kind;

	value = GENERAL_NAME_get0_value(name, &kind);
	if (kind != GEN_DNS && kind != GEN_URI && kind != GEN_EMAIL &&
	    kind != GEN_IPADD) {
		record->other_names = true;
		return;
	}
	bytes = ASN1_STRING_get0_data(value);
	length = ASN1_STRING_length(value);
	if (kind == GEN_IPADD && (length == 4 || length == 16)) {
		inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, address,
			  sizeof(address));
		add_name(record, SAN_IP, address);
	} else if (kind == GEN_IPADD || memchr(bytes, 0, (size_t)length)) {
		record->other_names = true;
	} else {
		add_name(record,
			 kind == GEN_DNS ? SAN_DNS :
			 kind == GEN_URI ? SAN_URI :
					   SAN_EMAIL,
			 (const char *)bytes);
	}
}

static void read_names(struct record *record, const void *value)
{
	const GENERAL_NAMES *names = value;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++)
		read_general_name(record, sk_GENERAL_NAME_value(names, i));
	if (record->n_names)
		qsort(record->names, record->n_names, sizeof(struct san),
		      san_order);
}

static void read_basic(struct record *record, const void *value)
{
	const BASIC_CONSTRAINTS *basic = value;

	record->is_ca = basic->ca;
}

static void read_usage(struct record *record, const void *value)
{
	const ASN1_BIT_STRING *bits = value;
	const unsigned char *data = ASN1_STRING_get0_data(bits);
	int length = ASN1_STRING_length(bits);

	record->usage = (length > 0 ? data[0] : 0u) |
			(length > 1 ? (unsigned int)data[1] << 8 : 0u);
}

static int int_order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void read_extended(struct record *record, const void *value)
{
	const EXTENDED_KEY_USAGE *list = value;
	int i;

	for (i = 0; i < sk_ASN1_OBJECT_num(list); i++)
		*(int *)memory_append(&record->extended, &record->n_extended,
				      sizeof(int)) =
			OBJ_obj2nid(sk_ASN1_OBJECT_value(list, i));
	if (record->n_extended)
		qsort(record->extended, record->n_extended, sizeof(int),
		      int_order);
}

static unsigned char *copy_octets(const ASN1_OCTET_STRING *octets,
				  size_t *length)
{
	unsigned char *copy;

	if (!octets)
		return NULL;
	*length = (size_t)ASN1_STRING_length(octets);
	copy = memory_zeroed(1, *length);
	memcpy(copy, ASN1_STRING_get0_data(octets), *length);
	return copy;
}

static void read_subject_id(struct record *record, const void *value)
{
	record->subject_id = copy_octets(value, &record->subject_id_length);
}

static void read_issuer_id(struct record *record, const void *value)
{
	const AUTHORITY_KEYID *id = value;

	record->issuer_id = copy_octets(id->keyid, &record->issuer_id_length);
}

static void add_uri(char ***list, size_t *n, const GENERAL_NAME *name)
{
	const ASN1_STRING *uri;
	const char *text;
	int kind;

	uri = GENERAL_NAME_get0_value(name, &kind);
	if (kind != GEN_URI)
		return;
	text = (const char *)ASN1_STRING_get0_data(uri);
	if (!memchr(text, 0, (size_t)ASN1_STRING_length(uri)))
		*(char **)memory_append(list, n, sizeof(**list)) =
			memory_copy(text);
}

static void read_access(struct record *record, const void *value)
{
	const AUTHORITY_INFO_ACCESS *list = value;
	int i;

	for (i = 0; i < sk_ACCESS_DESCRIPTION_num(list); i++) {
		const ACCESS_DESCRIPTION *access =
			sk_ACCESS_DESCRIPTION_value(list, i);
		int method = OBJ_obj2nid(access->method);

		if (method == NID_ad_OCSP)
			add_uri(&record->ocsp, &record->n_ocsp,
				access->location);
		else if (method == NID_ad_ca_issuers)
			add_uri(&record->ca_issuers, &record->n_ca_issuers,
				access->location);
	}
}

static void read_points(struct record *record, const void *value)
{
	const CRL_DIST_POINTS *list = value;
	int i, j;

	for (i = 0; i < sk_DIST_POINT_num(list); i++) {
		const DIST_POINT_NAME *point =
			sk_DIST_POINT_value(list, i)->distpoint;
		const GENERAL_NAMES *names =
			point && point->type == 0 ? point->name.fullname : NULL;

		for (j = 0; j < sk_GENERAL_NAME_num(names); j++)
			add_uri(&record->crl, &record->n_crl,
				sk_GENERAL_NAME_value(names, j));
	}
}

static const struct {
	int nid;
	ASN1_ITEM_EXP *item;
	void (*read)(struct record *record, const void *value);
} readers[] = {
	{ NID_subject_alt_name, ASN1_ITEM_ref(GENERAL_NAMES), read_names },
	{ NID_basic_constraints, ASN1_ITEM_ref(BASIC_CONSTRAINTS), read_basic },
	{ NID_key_usage, ASN1_ITEM_ref(ASN1_BIT_STRING), read_usage },
	{ NID_ext_key_usage, ASN1_ITEM_ref(EXTENDED_KEY_USAGE), read_extended },
	{ NID_subject_key_identifier, ASN1_ITEM_ref(ASN1_OCTET_STRING),
	  read_subject_id },
	{ NID_authority_key_identifier, ASN1_ITEM_ref(AUTHORITY_KEYID),
	  read_issuer_id },
	{ NID_info_access, ASN1_ITEM_ref(AUTHORITY_INFO_ACCESS), read_access },
	{ NID_crl_distribution_points, ASN1_ITEM_ref(CRL_DIST_POINTS),
	  read_points },
};

static bool read_extensions(struct record *record,
			    const STACK_OF(X509_EXTENSION) * list)
{
	int critical;
	void *value;
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		value = X509V3_get_d2i(list, readers[i].nid, &critical, NULL);
		/* -1: absent; -2: twice; otherwise it cannot be decoded */
		if (!value && critical != -1)
			return false;
		if (!value)
			continue;
		readers[i].read(record, value);
		ASN1_item_free(value, ASN1_ITEM_ptr(readers[i].item));
	}
	return true;
}

static void read_digest(struct record *record, const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	int digest = NID_undef;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, NULL);
	record->digest = digest;
}

struct record *record_parse(const unsigned char *der, size_t length)
{
	const ASN1_ITEM *item = ASN1_ITEM_rptr(PLAIN_CERTIFICATE);
	const unsigned char *p = der;
	PLAIN_CERTIFICATE *plain;
	struct record *record;
	TO_BE_SIGNED *body;
	bool good;

	ERR_set_mark();
	plain = (PLAIN_CERTIFICATE *)ASN1_item_d2i(NULL, &p, (long)length,
						   item);
	ERR_pop_to_mark();
	if (!plain)
		return NULL;
	body = plain->body;
	record = memory_zeroed(1, sizeof(*record));
	digest_octets(der, length, record->fingerprint);
	record->serial = index_serial(body->serial);
	record->version =
		body->version ? (int)ASN1_INTEGER_get(body->version) + 1 : 1;
	record->issuer = subject_line(body->issuer);
	subject_read(record, body->subject);
	record->not_before = read_time(body->validity->notBefore);
	record->not_after = read_time(body->validity->notAfter);
	read_key(record, body->key);
	read_digest(record, body->signature);
	extension_read(&record->extensions, body->extensions);
	ERR_set_mark();
	good = read_extensions(record, body->extensions);
	ERR_pop_to_mark();
	ASN1_item_free((ASN1_VALUE *)plain, item);
	if (!good) {
		record_free(record);
		record = NULL;
	}
	return record;
}

struct record *record_of_certificate(X509 *certificate)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	struct record *record = length > 0 ? record_parse(der, (size_t)length) :
					     NULL;

	OPENSSL_free(der);
	return record;
}

struct record *record_of_request(X509_REQ *request)
{
	struct record *record = memory_zeroed(1, sizeof(*record));
	STACK_OF(X509_EXTENSION) * list;
	const X509_ALGOR *algorithm;
	bool good;

	record->version = X509_VERSION_3 + 1;
	subject_read(record, X509_REQ_get_subject_name(request));
	read_public_key(record, X509_REQ_get_X509_PUBKEY(request));
	X509_REQ_get0_signature(request, NULL, &algorithm);
	read_digest(record, algorithm);
	list = X509_REQ_get_extensions(request);
	extension_read(&record->extensions, list);
	ERR_set_mark();
	good = read_extensions(record, list);
	ERR_pop_to_mark();
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	if (good)
		return record;
	record_free(record);
	return NULL;
}

static struct record *record_from_pem(char *pem, size_t length)
{
	unsigned char *der = NULL;
	char *name = NULL, *header = NULL;
	struct record *record = NULL;
	long size;
	BIO *bio = BIO_new_mem_buf(pem, (int)length);

	ERR_set_mark();
	if (bio && PEM_read_bio(bio, &name, &header, &der, &size) == 1 &&
	    strcmp(name, PEM_STRING_X509) == 0)
		record = record_parse(der, (size_t)size);
	ERR_pop_to_mark();
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	if (!record)
		errno = EINVAL;
	return record;
}

struct record *record_load(int folder, const char *name)
{
	char pem[8192], *more = NULL;
	struct record *record = NULL;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, pem, sizeof(pem));
	if (n == (ssize_t)sizeof(pem)) {
		/* what openssl ca writes has the certificate as text before */
		more = memory_zeroed(1, CERTIFICATE_MAX);
		n = pread(fd, more, CERTIFICATE_MAX, 0);
	}
	if (n >= 0)
		record = record_from_pem(more ? more : pem, (size_t)n);
	free(more);
	close(fd);
	return record;
}

static void free_list(char **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void record_free(struct record *record)
{
	size_t i;

	if (!record)
		return;
	for (i = 0; i < record->n_names; i++)
		san_clear(&record->names[i]);
	free(record->names);
	free(record->extended);
	extension_clear(&record->extensions);
	free(record->serial);
	free(record->subject);
	free(record->other_subject);
	free(record->issuer);
	free(record->common_name);
	free(record->organization);
	free(record->organizational_unit);
	free(record->subject_id);
	free(record->issuer_id);
	free_list(record->ocsp, record->n_ocsp);
	free_list(record->ca_issuers, record->n_ca_issuers);
	free_list(record->crl, record->n_crl);
	free(record);
}

bool record_issued_by(const struct record *leaf, const struct record *issuer)
{
	if (strcmp(leaf->issuer, issuer->subject) != 0)
		return false;
	if (!leaf->issuer_id || !issuer->subject_id)
		return true;
	return leaf->issuer_id_length == issuer->subject_id_length &&
	       memcmp(leaf->issuer_id, issuer->subject_id,
		      leaf->issuer_id_length) == 0;
}
