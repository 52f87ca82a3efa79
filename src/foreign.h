/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_FOREIGN_H
#define TOPOCERT_FOREIGN_H

#include <openssl/x509.h>

#include "diag.h"
#include "inventory.h"

/*
 * The certificates in the cert_file of a CA whose key others have: its own
 * first, then each that signed the one before. NULL: it is not known yet, or
 * the file is wrong, as told to DIAG. Free with chain_free().
 */
STACK_OF(X509) * foreign_read(const struct ca_entry *ca,
			      const struct topology *topology,
			      struct diag *diag);

#endif
