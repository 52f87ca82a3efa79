/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_STARTTLS_H
#define TOPOCERT_STARTTLS_H

#include "wire.h"

/* A protocol that begins in the clear and goes over to TLS. */
struct starttls {
	const char *name;
	/* Ask for TLS. Returns NULL, or why there is none; constant text. */
	const char *(*ask)(struct wire *wire);
};

/* The protocol NAME; NULL: there is none, and *NEAREST is what comes near. */
const struct starttls *starttls_find(const char *name, const char **nearest);

#endif
