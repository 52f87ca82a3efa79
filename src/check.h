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

/* What the request that became RECORD (see record_of_request()) asks for,
 * compared in the same way; the lifetime is none of its business. */
char *check_request(const struct entry *entry, const struct record *record);

/*
 * A certificate that others signed: they set its lifetime and put their own
 * addresses in it. Names and extended key usages are just those of the
 * topology; key usages are those and perhaps others that harm nobody.
 */
char *check_foreign(const struct entry *entry, const struct record *record);

/* How many days before its end RECORD, of ENTRY's certificate, has to be
 * renewed: at most a third of its time, where others gave it less than was
 * wanted. */
long check_renewal(const struct entry *entry, const struct record *record);

#endif
