/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_STREAM_H
#define TOPOCERT_STREAM_H

#include <openssl/types.h>

/*
 * Random numbers that are not: a library context of OpenSSL in which every
 * random generator gives the octets of one stream, AES-256 in counter mode
 * from zero on (NIST SP 800-38A, section 6.5). Which stream that is, each
 * thread says for itself; where it says nothing, there are no random numbers.
 */

#define STREAM_KEY_OCTETS 32

struct streams {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *own, *usual; /* loaded there */
};

/* -1: OpenSSL's error queue says why. To be closed in any case. */
int streams_open(struct streams *streams);
void streams_close(struct streams *streams);

/* From here to stream_end() this thread's random numbers in all such contexts
 * are those of KEY. -1: OpenSSL's error queue says why. */
int stream_begin(const unsigned char key[STREAM_KEY_OCTETS]);
void stream_end(void);

#endif
