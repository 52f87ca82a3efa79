/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PASSPHRASE_H
#define TOPOCERT_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What protects the key of a CA, and where it comes from, as
 * openssl-passphrase-options(1) has it: "env:VAR", "file:PATH", "fd:NUMBER",
 * or "prompt" for the terminal. It is fetched when it is needed, once, kept
 * in memory that is wiped, and never printed.
 */
struct passphrase;

/* What is wrong with the SOURCE as it stands in the topology (constant text);
 * NULL: nothing. */
const char *passphrase_check(const char *source);

/* The passphrase of the CA called NAME, from SOURCE in LINE of the file
 * TOPOLOGY, to whose folder a PATH is relative. Never NULL. */
struct passphrase *passphrase_new(const char *source, const char *topology,
				  int line, const char *name);
void passphrase_free(struct passphrase *passphrase);

/* "c.ini:7: passphrase = env:VAR", for messages; ours. */
const char *passphrase_label(const struct passphrase *passphrase);

/* Fetch it, if that was not done; one that protects a NEW key is asked for
 * twice. NULL: reported. Ours: gone after passphrase_wipe(). */
const char *passphrase_get(struct passphrase *passphrase, bool new);

/* Forget it. What needs it afterwards has to fetch it again. */
void passphrase_wipe(struct passphrase *passphrase);

#endif
