/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "derivation.h"
#include "memory.h"
#include "stream.h"

/* Another way to derive would be another number. */
#define LABEL "topocert seed 1"

/* INFO of HKDF is all that follows, each part with a zero behind it, which none
 * but the last can have in it. */
static char *join(const struct derivation *from, const struct purpose *purpose,
		  size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		abort();
	fprintf(out, "%s%c%s%c%s%c%s%c%s%c%ld%c%s%c", LABEL, 0, from->cluster,
		0, from->owner, 0, from->name, 0, from->key, 0,
		from->generation, 0, purpose->name, 0);
	fwrite(purpose->detail ? purpose->detail : "", 1, purpose->length, out);
	if (fclose(out) != 0)
		abort();
	return text;
}

int derivation_octets(const struct derivation *from,
		      const struct purpose *purpose, unsigned char *octets,
		      size_t n)
{
	size_t length;
	char *info = join(from, purpose, &length);
	int ret = seed_derive(from->seed, info, length, octets, n);

	free(info);
	return ret;
}

int derivation_begin(const struct derivation *from,
		     const struct purpose *purpose, OSSL_LIB_CTX **context)
{
	unsigned char key[STREAM_KEY_OCTETS];
	int ret;

	*context = NULL;
	if (!from)
		return 0;
	ret = derivation_octets(from, purpose, key, sizeof(key));
	if (ret == 0)
		ret = stream_begin(key);
	OPENSSL_cleanse(key, sizeof(key));
	*context = seed_context(from->seed);
	return ret;
}

void derivation_end(const struct derivation *from)
{
	if (from)
		stream_end();
}
