/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_RENDERING_H
#define TOPOCERT_RENDERING_H

#include "inventory.h"

/*
 * The configuration files of an inventory: the templates with their
 * placeholders replaced. NULL: reported to DIAG. Free with rendered_free().
 */
struct rendered *rendering_of_ca(const struct inventory *inventory,
				 const struct ca_entry *ca, struct diag *diag);
struct rendered *rendering_of_entry(const struct inventory *inventory,
				    const struct entry *entry,
				    struct diag *diag);

/*
 * The section of the CA's configuration that signs ENTRY: the one of the
 * profile, or for a key of another kind than the rest of the cluster has,
 * that one with "_rsa" or "_sign" behind its name. Types of another profile
 * than the cluster's first have their profile's name in front. Free it.
 */
char *rendering_section(const struct inventory *inventory,
			const struct entry *entry);

/* The section of its issuer's configuration that signs CA: "signing_ca_NAME".
 * Free it. */
char *rendering_ca_section(const struct ca_entry *ca);

#endif
