/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CONSTRAINTS_H
#define TOPOCERT_CONSTRAINTS_H

#include <openssl/x509.h>

#include "inventory.h"

/* Name constraints: the names that certificates below a CA may have (RFC 5280,
 * section 4.2.1.10). */

/* Instead of a list: those of all hosts and users, and the domain. */
#define CONSTRAINTS_TOPOLOGY "topology"

/* NULL, or what is wrong with ITEM of a list, "DNS:db.example.com" or
 * "IP:10.0.0.0/24"; a constant text. */
const char *constraints_check_item(const char *item);

/* The value of nameConstraints for CA as x509v3_config(5) has it, and the line
 * with it; "" where there are to be none. Free it. */
char *constraints_text(const struct inventory *inventory,
		       const struct ca_entry *ca);
char *constraints_line(const struct inventory *inventory,
		       const struct ca_entry *ca);

struct constraints;

/* Those of the certificates CHAIN, or those that CA and what is above it would
 * get; NULL: there are none. Free with constraints_free(). */
struct constraints *constraints_of_chain(const STACK_OF(X509) * chain);
struct constraints *constraints_of_ca(const struct inventory *inventory,
				      const struct ca_entry *ca);
void constraints_free(struct constraints *constraints);

/* "IP 10.0.0.14": a name of ENTRY that is outside; NULL: all are within. Free
 * it. *LINE is that of the topology. CONSTRAINTS may be NULL. */
char *constraints_find(const struct constraints *constraints,
		       const struct entry *entry, int *line);

#endif
