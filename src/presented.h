/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PRESENTED_H
#define TOPOCERT_PRESENTED_H

#include <openssl/x509.h>

#include "starttls.h"
#include "wire.h"

/* What a server shows of itself in the TLS handshake. */
struct presented {
	X509 *leaf;
	STACK_OF(X509) * chain; /* as sent; it begins with the leaf */
	char version[16]; /* of TLS; "": the handshake was not completed */
};

/*
 * Take the certificates that the server at the other end of WIRE shows, who is
 * asked for by the name SERVER (NULL: by none), and verify nothing. It does
 * not matter whether the server then wants one of ours. Returns NULL, or why
 * there is none: constant text. Clear PRESENTED in any case.
 */
const char *presented_take(struct presented *presented, struct wire *wire,
			   const struct starttls *protocol, const char *server);
void presented_clear(struct presented *presented);

#endif
