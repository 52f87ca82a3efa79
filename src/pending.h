/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PENDING_H
#define TOPOCERT_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "inventory.h"

/*
 * Keys that were made before their certificates. They lie in pending/ of the
 * output folder, under the path of the certificate, each beside its request;
 * requests/ has the requests once more, to be handed over.
 */
#define PENDING_FOLDER "pending"
#define PENDING_REQUESTS "requests"
#define PENDING_ARCHIVE "requests.tar.gz"

/* The ends of their names. */
#define PENDING_KEY ".key"
#define PENDING_REQUEST ".csr"
#define PENDING_CONF ".conf"

struct pending;

/* All requests that are out, of the open output FOLDER (-1: there is none).
 * Never NULL; free with pending_free(). */
struct pending *pending_load(int folder, const struct inventory *inventory);
void pending_free(struct pending *pending);

/* The request for the entry at PLACE whose key is here, too; NULL: there is
 * none. */
X509_REQ *pending_request(const struct pending *pending, size_t place);

/* When it was made. */
time_t pending_since(const struct pending *pending, size_t place);

/* What the topology asks for by now is something else: what, free it. NULL: it
 * is not. Templates that cannot be rendered are told to DIAG. */
char *pending_misfit(const struct pending *pending, size_t place,
		     struct diag *diag);

/* The key that waits for ENTRY's certificate; NULL: there is none. Free with
 * EVP_PKEY_free(). */
EVP_PKEY *pending_key(int folder, const struct entry *entry);

/* Where the files of ENTRY lie, and the name of the one that ends in END; free
 * them. */
char *pending_folder(const struct entry *entry);
char *pending_name(const struct entry *entry, const char *end);

/* What each entry's request is called in requests/, in the order of the
 * inventory; NULL for what is not signed by others. Free with
 * pending_names_free(). */
char **pending_names(const struct inventory *inventory);
void pending_names_free(const struct inventory *inventory, char **names);

#endif
