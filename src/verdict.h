/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_VERDICT_H
#define TOPOCERT_VERDICT_H

#include "acceptance.h"

/* What a certificate is judged by. */
struct judging {
	struct acceptance *acceptance; /* what is taken so far */
	STACK_OF(X509) * pool; /* of CAs that came along; not owned */
	STACK_OF(X509) * *chains; /* of each CA, its own certificate first */
};

/*
 * Why ARRIVAL is not a certificate for the entry at PLACE, as the topology
 * wants it and its CA signs it; NULL: it is one. Free it. WAITS: its key is
 * that of a request that is out; otherwise there is a certificate for it
 * already. May find the CA that signs, see acceptance_new().
 */
char *verdict(const struct judging *in, const struct arrival *arrival,
	      size_t place, bool waits);

#endif
