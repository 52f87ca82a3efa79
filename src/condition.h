/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CONDITION_H
#define TOPOCERT_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "option.h"
#include "setting.h"

/* Read LIST, the value of KEY in the profile PATH, into CONDITION. What is
 * wrong goes to DIAG. */
void condition_read(struct condition *condition,
		    const struct setting_list *list, const char *key,
		    const struct option_list *options, const char *path,
		    struct diag *diag);
void condition_clear(struct condition *condition);

bool condition_holds(const struct condition *condition,
		     const struct option_values *values);

#endif
