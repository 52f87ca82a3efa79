/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_TREE_H
#define TOPOCERT_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Folders and what is in them. Failures return -1 with errno set. */

/* Remove NAME in the open directory FOLDER with all that is in it; it may be
 * missing. */
int tree_remove(int folder, const char *name);

/* Make the missing folders that PATH goes through, with this mode. */
#define TREE_FOLDER_MODE 0700
int tree_make_parents(int folder, const char *path);

/* The whole file NAME in FOLDER with a NUL behind its *LENGTH bytes; free it.
 * NULL: errno. */
char *tree_read(int folder, const char *name, size_t *length);

struct tree_entry {
	char *name;
	bool is_folder;
};

/*
 * What is in PATH below FOLDER: folders first, each kind by name. Returns the
 * entries (N of them), NULL: errno. Free with tree_list_free().
 */
struct tree_entry *tree_list(int folder, const char *path, size_t *n);
void tree_list_free(struct tree_entry *list, size_t n);

#endif
