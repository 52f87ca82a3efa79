/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_FILENAME_H
#define TOPOCERT_FILENAME_H

#include <stdbool.h>

/* Letters, digits, '_', '-' and '.', the last two not in front. */
bool filename_is_plain(const char *text);

/* The same with '/' between, perhaps in front, and '~' at the start: what may
 * stand unquoted in the configuration file of any system. */
bool filename_is_plain_path(const char *text);

/* What a name must be to name a folder and a bundle of the output. Returns
 * NULL, or what is wrong (constant text). */
const char *filename_check(const char *name);

#endif
