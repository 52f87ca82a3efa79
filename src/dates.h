/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_DATES_H
#define TOPOCERT_DATES_H

#include <time.h>

#define DATES_DAY 32
#define DATES_FULL 40

/* In seconds. */
#define DAY 86400L
#define HOUR 3600L

/* "2026-11-21" in UTC, into BUFFER, which is returned. */
const char *dates_day(time_t time, char buffer[DATES_DAY]);

/* "2026-11-21T02:03:04Z" (RFC 3339), into BUFFER, which is returned. */
const char *dates_full(time_t time, char buffer[DATES_FULL]);

/* Read "2026-11-21", which is 00:00 UTC of that day, or
 * "2026-11-21T02:03:04Z". -1: it is neither. */
int dates_parse(const char *text, time_t *time);

/* SOURCE_DATE_EPOCH where it is set and a number, else FALLBACK. */
time_t dates_source_epoch(time_t fallback);

/* What it is set to, where that is no number of seconds; NULL: it is good, or
 * not set. */
const char *dates_wrong_epoch(void);

#endif
