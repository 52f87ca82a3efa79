/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEYPOOL_H
#define TOPOCERT_KEYPOOL_H

#include <stddef.h>

#include "key.h"

/* RSA keys, whose search takes nearly all of the time, made ahead by several
 * threads. What is made does not depend on how many there are. */
struct keypool;

/*
 * Begin to make a key for each of the N SPECS that is not NULL, in this order,
 * by JOBS threads; the specs have to outlive it. NULL: there is nothing to be
 * won by that, or there are no threads.
 */
struct keypool *keypool_new(const struct key_spec *const *specs, size_t n,
			    size_t jobs);

/* Wait for the key of PLACE, which has a spec and was not taken yet. NULL:
 * reported, or interrupted. Free with EVP_PKEY_free(). */
EVP_PKEY *keypool_take(struct keypool *pool, size_t place);

/* End it, and throw away what was not taken. */
void keypool_free(struct keypool *pool);

#endif
