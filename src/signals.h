/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SIGNALS_H
#define TOPOCERT_SIGNALS_H

#include <stdbool.h>

/*
 * From here on SIGINT, SIGTERM and SIGHUP only leave a note, so that what
 * was begun is undone or finished in order, and SIGPIPE becomes an error of
 * the write. A second signal acts at once: the files are safe even so.
 */
void signals_catch(void);

/* A signal that asks us to stop has come. */
bool signals_caught(void);

/* End the process by the signal that was caught, as its parent expects. */
void signals_raise(void);

#endif
