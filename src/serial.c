/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "index.h"
#include "report.h"
#include "serial.h"

#define OCTETS 16

/* Of these, so many say whose it is. */
#define OWN_OCTETS 8

static const struct purpose own = { .name = "serial" };

/* Positive, and not shorter than others. */
static void bound(unsigned char *first)
{
	*first = (unsigned char)((*first & 0x3f) | 0x40);
}

static bool is_used(const struct index *index, const BIGNUM *serial)
{
	char *hex = BN_bn2hex(serial);
	bool used;

	if (!hex)
		abort();
	used = index_has_serial(index, hex);
	OPENSSL_free(hex);
	return used;
}

static BIGNUM *number(const unsigned char octets[OCTETS])
{
	BIGNUM *serial = BN_bin2bn(octets, OCTETS, NULL);

	if (!serial)
		abort();
	return serial;
}

BIGNUM *serial_random(const struct index *index)
{
	unsigned char octets[OCTETS];
	BIGNUM *serial;

	for (;;) {
		if (RAND_bytes(octets, sizeof(octets)) != 1) {
			report_openssl("cannot draw a serial number");
			return NULL;
		}
		octets[0] &= 0x7f;
		if (octets[0] == 0)
			continue;
		serial = number(octets);
		if (!is_used(index, serial))
			return serial;
		BN_free(serial);
	}
}

static int derive_own(const struct derivation *from,
		      unsigned char octets[OWN_OCTETS])
{
	int ret = derivation_octets(from, &own, octets, OWN_OCTETS);

	bound(octets);
	return ret;
}

BIGNUM *serial_derived(const struct derivation *from, const void *detail,
		       size_t length)
{
	const struct purpose purpose = { .name = "serial of",
					 .detail = detail,
					 .length = length };
	unsigned char octets[OCTETS];

	if (derive_own(from, octets) ||
	    derivation_octets(from, &purpose, octets + OWN_OCTETS,
			      OCTETS - OWN_OCTETS))
		return NULL;
	return number(octets);
}

BIGNUM *serial_next(const struct derivation *from, const struct index *index)
{
	unsigned char octets[OCTETS], count[4];
	const struct purpose purpose = { .name = "serial.txt",
					 .detail = count,
					 .length = sizeof(count) };
	unsigned int i;

	for (i = 0; i < 1u << 31; i++) {
		BIGNUM *serial;

		count[0] = (unsigned char)(i >> 24);
		count[1] = (unsigned char)(i >> 16);
		count[2] = (unsigned char)(i >> 8);
		count[3] = (unsigned char)i;
		if (derivation_octets(from, &purpose, octets, OCTETS))
			break;
		bound(octets);
		serial = number(octets);
		if (!is_used(index, serial))
			return serial;
		BN_free(serial);
	}
	report_openssl("cannot derive a serial number");
	return NULL;
}

bool serial_is_of(const struct derivation *from, const char *serial)
{
	unsigned char octets[OWN_OCTETS];
	char hex[2 * OWN_OCTETS + 1];
	size_t i;

	if (derive_own(from, octets))
		return false;
	for (i = 0; i < OWN_OCTETS; i++)
		snprintf(hex + 2 * i, 3, "%02X", octets[i]);
	return strlen(serial) == 2 * OCTETS &&
	       strncasecmp(serial, hex, 2 * OWN_OCTETS) == 0;
}
