/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CONF_H
#define TOPOCERT_CONF_H

#include <stdbool.h>

#include <openssl/conf.h>

#include "template.h"

/*
 * Load a rendered configuration, as openssl-req(1) and openssl-ca(1) would
 * from the file, and make sure that each value which was put in is what the
 * parser reads there. PATH is that of the template, for messages. NULL:
 * reported. Free with NCONF_free().
 */
CONF *conf_load(const struct rendered *rendered, const char *path);

/* The value of KEY in SECTION; NULL: none. */
const char *conf_get(const CONF *conf, const char *section, const char *key);

/* KEY of SECTION is "yes". */
bool conf_yes(const CONF *conf, const char *section, const char *key);

/* The string types that SECTION's string_mask allows (see req(1)), by
 * default "utf8only"; 0: reported, unknown mask. */
unsigned long conf_string_mask(const CONF *conf, const char *section);

#endif
