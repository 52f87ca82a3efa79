/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CONNECT_H
#define TOPOCERT_CONNECT_H

#include "job.h"

/* The options that say where and how to connect make sense. -1: reported. */
int connect_check(const struct options *options);

/* Connect to the servers, compare what they show with what was issued, and
 * print it. Returns one of enum exit_status. */
int connect_verify(struct job *job);

#endif
