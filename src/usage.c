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
	return OBJ_txt2nid(name);
}
