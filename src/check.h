/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CHECK_H
#define TOPOCERT_CHECK_H

#include "inventory.h"
#include "record.h"

/*
 * Compare what a certificate says with what the topology asks for: subject,
 * names, kind of key, usages and lifetime. Returns NULL where they agree, or
 * the first difference in plain words; free it.
 */
char *check_entry(const struct entry *entry, const struct record *record);

#endif
