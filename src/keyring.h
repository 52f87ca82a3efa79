/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEYRING_H
#define TOPOCERT_KEYRING_H

#include "job.h"
#include "petition.h"

/* The public keys of all CAs, and of all certificates that are valid or were
 * revoked. */
struct keyring;

/* After job_open(). Never NULL; free with keyring_free(). */
struct keyring *keyring_new(const struct job *job);
void keyring_free(struct keyring *keyring);

/* Refuse a key that is a CA's or that of somebody else's valid certificate, or
 * of a certificate that was revoked. */
void keyring_check(const struct keyring *keyring, struct petition *petition);

#endif
