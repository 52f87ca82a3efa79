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

/* The same for what may have no value (NULL), for the reason MISSING, which
 * has to be constant. */
void values_add_or(struct values *values, const char *name, const char *value,
		   const char *missing);

/* Lines of a configuration file; see struct placeholder. */
void values_add_block(struct values *values, const char *name,
		      const char *lines);

/* {{subject}}: the lines of the distinguished name; UNIT may be NULL. */
void values_add_subject(struct values *values, const char *organization,
			const char *unit, const char *common_name);

/* {{cluster}}, {{domain}}, {{organization}} */
void values_add_cluster(struct values *values, const struct topology *topology,
			const char *organization);

/* {{name}}, {{fqdn}} */
void values_add_owner(struct values *values, const struct topology *topology,
		      const struct owner *owner);

/* {{option.NAME}} */
void values_add_options(struct values *values, const struct option_list *list,
			const struct option_values *options);

/* {{ip}}, {{dns}}, {{alt_names}}, {{subject_alt_name}}: OWNER's own single
 * address and name, and all NAMES of the certificate. */
void values_add_names(struct values *values, const struct owner *owner,
		      const struct san *names, size_t n);

/* {{CERTIFICATE.key_usage}}, {{CERTIFICATE.extended_key_usage}} */
void values_add_usages(struct values *values,
		       const struct profile_certificate *type,
		       unsigned int usage);

#endif
