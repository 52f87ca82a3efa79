/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DIVISOR_H
#define TOPOCERT_DIVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Trial division: which numbers are not worth a test for primality, since a
 * small prime divides them.
 */

/* Once before divisor_found(), from any thread. False: OpenSSL has no lock. */
bool divisor_prepare(void);

/*
 * An odd small prime divides the number in WORDS, the lowest of N words first;
 * how far up they are tried depends on N, and is about 2^15 for 16 words. It
 * takes the shorter, the smaller that prime is; it takes always the same where
 * there is none.
 */
bool divisor_found(const uint64_t *words, size_t n);

#endif
