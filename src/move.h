/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_MOVE_H
#define TOPOCERT_MOVE_H

#include <stdbool.h>

/* Behind the name of a folder: it replaces the old one as a whole. */
#define MOVE_WHOLE '='

/* Behind the name of a folder: there was none of that name when it was made, so
 * it is moved as a whole, and so is each folder in it where one has come up
 * meanwhile. Nothing in it has a mark. */
#define MOVE_NEW '+'

/* Behind the name of an empty file: what has that name is removed. */
#define MOVE_REMOVE '!'

/*
 * Move all files below the open directory FROM to the same places below TO:
 * folders before files, each by name, so that the CA's record ("ca/") is in
 * place before any bundle. Files and whole folders replace old ones; other
 * folders are merged; what is to be removed goes, whether it is there or not.
 * It can be run again after an interruption. -1: errno; then *UNDONE says
 * whether all that was moved has been moved back.
 */
int move_tree(int from, int to, bool *undone);

/* Remove the old files that move_tree() kept in TO. -1: errno. */
int move_forget(int to);

#endif
