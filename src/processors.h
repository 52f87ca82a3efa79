/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PROCESSORS_H
#define TOPOCERT_PROCESSORS_H

#include <stddef.h>

/* More are no use, and less likely to be meant. */
#define PROCESSORS_MAX 1024

/* How many there are for this process: those of its affinity mask
 * (sched_getaffinity(2)), but no more than its control groups allow (cpu.max,
 * cgroups(7), version 2). At least 1. */
size_t processors_available(void);

#endif
