/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_HANDOVER_H
#define TOPOCERT_HANDOVER_H

#include "output.h"
#include "publish.h"

/* The files of one generation of a CA go, and those of the next one come. */
struct handover {
	const struct output *output;
	struct publish *publish;
};

/* The CA in the folder FROM goes to TO, with all that it ever signed. -1:
 * reported. */
int handover_retire(const struct handover *handover, const char *from,
		    const char *to);

/* The files of next/ take the place of those in FOLDER, where nothing else of
 * the present CA may stay. -1: reported. */
int handover_move_in(const struct handover *handover, const char *folder);

#endif
