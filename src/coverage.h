/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_COVERAGE_H
#define TOPOCERT_COVERAGE_H

#include <stddef.h>

struct diag;
struct import;
struct san;

/*
 * Check that the leaf of IMPORT covers the NAMES of WHO ("host node1"), as
 * import_check() says. What is missing goes to DIAG, as of LINE of TOPOLOGY.
 */
void coverage_check(const struct import *import, const struct san *names,
		    size_t n_names, const char *topology, int line,
		    const char *who, struct diag *diag);

#endif
