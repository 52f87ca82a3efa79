/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_CLAIM_H
#define TOPOCERT_CLAIM_H

#include "petition.h"
#include "selection.h"

/*
 * Find out which certificate of INVENTORY the petition is for, and refuse what
 * that is not granted. Only those that ONLY selects come into question, all
 * where it is empty. A file that is called NAME.FILE.csr (FILE being the
 * certificate's name without ".crt"), or lies as hosts/NAME/conf/LABEL.csr,
 * says so itself; otherwise its subject, names and usages tell.
 */
void claim_find(struct petition *petition, const struct inventory *inventory,
		struct selection *only);

#endif
