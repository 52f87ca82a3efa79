/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_KEPT_H
#define TOPOCERT_KEPT_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "authority.h"
#include "record.h"

/*
 * Requests that were signed, each beside the database of the CA by the serial
 * number of what came of it. That one is there says that the key of that
 * certificate is on its host.
 */
#define KEPT_FOLDER "requests"

/* "SERIAL.csr"; free it. */
char *kept_name(const char *serial);

/* AUTHORITY signed something for such a request. */
bool kept_any(const struct authority *authority);

/* AUTHORITY signed the certificate with SERIAL for such a request. */
bool kept_exists(const struct authority *authority, const char *serial);

/*
 * That request, whose key is that of the certificate; NULL: it is damaged, or
 * not this certificate's. *ASKED is what it asks for, to be freed with
 * record_free(). Free with X509_REQ_free().
 */
X509_REQ *kept_load(const struct authority *authority, const char *serial,
		    struct record **asked);

#endif
