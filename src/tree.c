/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "tree.h"

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int entry_order(const void *left, const void *right)
{
	const struct tree_entry *a = left, *b = right;

	if (a->is_folder != b->is_folder)
		return a->is_folder ? -1 : 1;
	return strcmp(a->name, b->name);
}

static bool is_folder(int folder, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

struct tree_entry *tree_list(int folder, const char *path, size_t *n)
{
	int fd = openat(folder, *path ? path : ".", OPEN_FOLDER);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct tree_entry *list, *item;
	struct dirent *entry;
	int error;

	*n = 0;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	list = memory_zeroed(1, sizeof(*list));
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		item = memory_append(&list, n, sizeof(*list));
		item->name = memory_copy(entry->d_name);
		item->is_folder = is_folder(fd, entry);
	}
	error = errno;
	closedir(dir);
	if (error) {
		tree_list_free(list, *n);
		errno = error;
		return NULL;
	}
	if (*n)
		qsort(list, *n, sizeof(*list), entry_order);
	return list;
}

void tree_list_free(struct tree_entry *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

int tree_remove(int folder, const char *name)
{
	struct tree_entry *list;
	int ret = 0, error = 0;
	size_t i, n;

	list = tree_list(folder, name, &n);
	if (!list)
		return errno == ENOENT ? 0 : -1;
	for (i = 0; i < n; i++) {
		char *path = memory_format("%s/%s", name, list[i].name);

		if (list[i].is_folder ? tree_remove(folder, path) :
					unlinkat(folder, path, 0)) {
			ret = -1;
			error = errno;
		}
		free(path);
	}
	tree_list_free(list, n);
	if (ret == 0)
		return unlinkat(folder, name, AT_REMOVEDIR);
	errno = error;
	return ret;
}

int tree_make_parents(int folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int ret;

	if (!slash)
		return 0;
	parent = memory_copy_part(path, (size_t)(slash - path));
	ret = mkdirat(folder, parent, TREE_FOLDER_MODE);
	/* mostly only the last one is missing */
	if (ret && errno == ENOENT && tree_make_parents(folder, parent) == 0)
		ret = mkdirat(folder, parent, TREE_FOLDER_MODE);
	if (ret && errno == EEXIST)
		ret = 0;
	free(parent);
	return ret;
}

char *tree_read(int folder, const char *name, size_t *length)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC), error;
	char *text = NULL;
	size_t room = 0;
	ssize_t n = 0;

	*length = 0;
	while (fd >= 0) {
		if (room - *length < 2) {
			room = room ? room * 2 : 16384;
			text = realloc(text, room);
			if (!text)
				abort();
		}
		n = read(fd, text + *length, room - *length - 1);
		if (n > 0)
			*length += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	error = errno;
	if (fd >= 0)
		close(fd);
	if (text && n == 0) {
		text[*length] = '\0';
		return text;
	}
	free(text);
	errno = error;
	return NULL;
}
