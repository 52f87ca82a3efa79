/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "memory.h"
#include "usage.h"

static const struct {
	const char *name;
	unsigned int bit;
} usages[] = {
	{ "digitalSignature", KU_DIGITAL_SIGNATURE },
	{ "nonRepudiation", KU_NON_REPUDIATION },
	{ "keyEncipherment", KU_KEY_ENCIPHERMENT },
	{ "dataEncipherment", KU_DATA_ENCIPHERMENT },
	{ "keyAgreement", KU_KEY_AGREEMENT },
	{ "keyCertSign", KU_KEY_CERT_SIGN },
	{ "cRLSign", KU_CRL_SIGN },
	{ "encipherOnly", KU_ENCIPHER_ONLY },
	{ "decipherOnly", KU_DECIPHER_ONLY },
};

#define N_USAGES (sizeof(usages) / sizeof(usages[0]))

unsigned int usage_bit(const char *name)
{
	size_t i;

	for (i = 0; i < N_USAGES; i++)
		if (strcmp(usages[i].name, name) == 0)
			return usages[i].bit;
	return 0;
}

char *usage_text(unsigned int bits)
{
	char *text = memory_copy("");
	size_t i;

	for (i = 0; i < N_USAGES; i++) {
		char *longer;

		if (!(bits & usages[i].bit))
			continue;
		longer = memory_format("%s%s%s", text, *text ? "," : "",
				       usages[i].name);
		free(text);
		text = longer;
	}
	if (!*text) {
		free(text);
		text = memory_copy("none");
	}
	return text;
}

int usage_extended(const char *name)
{
	/* id-kp of RFC 5280, anyExtendedKeyUsage, Microsoft's, Netscape's */
	static const char *const arcs[] = { "1.3.6.1.5.5.7.3.", "2.5.29.37.0",
					    "1.3.6.1.4.1.311.",
					    "2.16.840.1.113730.4." };
	int nid = OBJ_txt2nid(name);
	char oid[80];
	size_t i;

	if (nid == NID_undef ||
	    OBJ_obj2txt(oid, sizeof(oid), OBJ_nid2obj(nid), 1) <= 0)
		return NID_undef;
	/* who writes the number knows what it is */
	if (strcmp(name, oid) == 0)
		return nid;
	for (i = 0; i < sizeof(arcs) / sizeof(arcs[0]); i++)
		if (strncmp(oid, arcs[i], strlen(arcs[i])) == 0)
			return nid;
	return NID_undef;
}
