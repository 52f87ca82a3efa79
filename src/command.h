/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_COMMAND_H
#define TOPOCERT_COMMAND_H

#include "arguments.h"

/* What the process returns; see topocert(1), EXIT STATUS. */
enum exit_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_TOPOLOGY = 3, /* topology, profile or template is wrong */
	STATUS_WORK = 4, /* plan found work, verify a fault */
};

/* Each returns one of enum exit_status. */
int cmd_crl(const struct options *options);
int cmd_csr(const struct options *options);
int cmd_generate(const struct options *options);
int cmd_import(const struct options *options);
int cmd_init(const struct options *options);
int cmd_list(const struct options *options);
int cmd_plan(const struct options *options);
int cmd_profiles(const struct options *options);
int cmd_render(const struct options *options);
int cmd_revoke(const struct options *options);
int cmd_rotate(const struct options *options);
int cmd_seed(const struct options *options);
int cmd_sign(const struct options *options);
int cmd_uri(const struct options *options);
int cmd_verify(const struct options *options);

#endif
