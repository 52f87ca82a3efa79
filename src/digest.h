/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DIGEST_H
#define TOPOCERT_DIGEST_H

#include <stddef.h>

#define DIGEST_OCTETS 32

/* SHA-256 of LENGTH octets. The algorithm is looked up once for all threads. */
void digest_octets(const void *data, size_t length,
		   unsigned char digest[DIGEST_OCTETS]);

#endif
