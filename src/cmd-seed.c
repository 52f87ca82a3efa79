/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>

#include "command.h"
#include "seed.h"

int cmd_seed(const struct options *options)
{
	if (seed_create(options->operand))
		return STATUS_FAILED;
	if (!options->quiet)
		printf("%s: written. It is as secret as all keys that come "
		       "from it: keep it,\nand a copy of it offline. In the "
		       "topology, under [cluster]:\n"
		       "  seed_file  = %s\n"
		       "  not_before = YYYY-MM-DD\n",
		       options->operand, options->operand);
	return STATUS_DONE;
}
