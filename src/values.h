/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_VALUES_H
#define TOPOCERT_VALUES_H

#include "profile.h"
#include "san.h"
#include "template.h"
#include "topology.h"
#include "usage.h"

/* What the placeholders of one rendered file stand for. */
struct values;

struct values *values_new(void);
void values_free(struct values *values);
const struct placeholders *values_placeholders(const struct values *values);

/* NAME has to be constant; VALUE is copied. */
void values_add(struct values *values, const char *name, const char *value);
void values_add_number(struct values *values, const char *name, long value);

/* {{cluster}}, {{domain}}, {{organization}} */
void values_add_cluster(struct values *values, const struct topology *topology,
			const char *organization);

/* {{name}}, {{fqdn}} */
void values_add_owner(struct values *values, const struct topology *topology,
		      const struct owner *owner);

/* {{ip}}, {{dns}}, {{alt_names}}, {{subject_alt_name}}: OWNER's own single
 * address and name, and all NAMES of the certificate. */
void values_add_names(struct values *values, const struct owner *owner,
		      const struct san *names, size_t n);

/* {{CERTIFICATE.key_usage}}, {{CERTIFICATE.extended_key_usage}} */
void values_add_usages(struct values *values,
		       const struct profile_certificate *type,
		       unsigned int usage);

#endif
