/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_LINEAGE_H
#define TOPOCERT_LINEAGE_H

#include "authority.h"

/*
 * The generations of a CA. Its folder is that of the one that signs; there,
 * while the CA is being rotated, next/ is the one that will sign, and old/1,
 * old/2 ... are those that did, which go on for the sake of revocation. Each
 * of these folders is a directory of openssl-ca(1).
 */
#define LINEAGE_NEXT "next"
#define LINEAGE_OLD "old"

/* In the CA's folder: the stage, if there is one. */
#define LINEAGE_STATE "rotation.txt"

/*
 * Load the other generations of AUTHORITY, whose own folder is loaded. -1:
 * reported.
 */
int lineage_load(struct authority *authority, const struct output *output);

/* The line of LINEAGE_STATE for STAGE; NULL: there is no such file. */
const char *lineage_state(enum lineage_stage stage);

/* "settled", "begun" or "switched" */
const char *lineage_stage_name(enum lineage_stage stage);

/*
 * All generations of AUTHORITY: itself, the old ones, the latest first, and
 * the next one. I counts from 0; NULL: there are no more.
 */
const struct authority *lineage_get(const struct authority *authority,
				    size_t i);

/* The next one where there is any, else itself. */
const struct authority *lineage_newest(const struct authority *authority);

/* The same of one that may be changed. */
struct authority *lineage_writable(struct authority *authority, size_t i);

/* All that is in the certificate file of one generation: its own, then those
 * above it. Never NULL; free with chain_free(). */
STACK_OF(X509) * lineage_chain(const struct authority *generation);

/* Those of them that are no roots: what follows certificates that it signed.
 * The same. */
STACK_OF(X509) * lineage_intermediates(const struct authority *generation);

/*
 * What hosts and users have to trust: of each generation in use the root above
 * it, or what comes nearest to one; the newest first. In PEM that is what goes
 * to them as the CA's certificate. Free the list with chain_free(); the text is
 * kept until lineage_forget().
 */
STACK_OF(X509) * lineage_anchors(const struct authority *authority);
const char *lineage_trust(const struct authority *authority);

/* What is random in what any of them signs is of FROM (NULL: of OpenSSL). */
void lineage_derive(struct authority *authority, const struct derivation *from);

/* Generations of AUTHORITY, or of the CA above it, have changed. */
void lineage_forget(struct authority *authority);

/* The first of those of one generation; NULL: its file has none. Free with
 * X509_free(). */
X509 *lineage_anchor(const struct authority *generation);

/* The revocation lists of the same, as far as there are any, and their numbers
 * in one word, "" for none; free them. */
char *lineage_lists(const struct authority *authority);
char *lineage_list_numbers(const struct authority *authority);

/* Load the certificates of all that are to be trusted. -1: reported. */
int lineage_load_certificates(struct authority *authority);

/* Which hosts trust, in one word that changes with it; and which CAs stand
 * between it and what the present one signed, "" for none. Free both. */
char *lineage_fingerprint(const struct authority *authority);
char *lineage_chain_fingerprint(const struct authority *authority);

/* It signed itself. It has to have a record. */
bool lineage_is_root(const struct authority *authority);

/* The CA ABOVE, or its former generation, signed it, but not as it is now. */
bool lineage_is_former(const struct authority *authority,
		       const struct authority *above);

/* NEXT signs in the place of OWN from now on: that and its old generations are
 * NEXT's. */
void lineage_succeed(struct authority *own, struct authority *next);

/* How much of a CA's common name NAME all generations have: it is without
 * " G2" at the end. */
size_t lineage_base_length(const char *name);

/* The folder of the generation after the last one of the old; free it. */
char *lineage_retired_folder(const struct authority *authority);

#endif
