/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/crypto.h>

#include "memory.h"
#include "parcel.h"
#include "tree.h"

/* No bundle comes near: what is larger was not made here. */
#define MEMBER_MAX (16 << 20)
#define MEMBERS_MAX 10000

static struct parcel_file *add_file(struct parcel *parcel, const char *name,
				    mode_t mode)
{
	struct parcel_file *file =
		memory_append(&parcel->files, &parcel->n_files, sizeof(*file));

	file->name = memory_copy(name);
	file->mode = mode & 07777;
	return file;
}

static void add_folder(struct parcel *parcel, const char *name, mode_t mode)
{
	struct parcel_folder *folder = memory_append(
		&parcel->folders, &parcel->n_folders, sizeof(*folder));

	folder->name = memory_copy(name);
	folder->mode = mode & 07777;
}

bool parcel_add_file(struct parcel *parcel, int root, const char *path,
		     const char *name)
{
	char *place = memory_format("%s/%s", path, name);
	struct parcel_file *file;
	struct stat st;
	bool found = fstatat(root, place, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (found) {
		file = add_file(parcel, name, st.st_mode);
		if (!S_ISREG(st.st_mode))
			file->error = memory_copy("not a regular file");
		else if (st.st_size > MEMBER_MAX)
			file->error = memory_copy("larger than any that is "
						  "made here");
		else
			file->data = tree_read(root, place, &file->length);
		if (!file->data && !file->error)
			file->error = memory_copy(strerror(errno));
	}
	free(place);
	return found;
}

bool parcel_add_folder(struct parcel *parcel, int root, const char *path,
		       const char *name)
{
	char *place = memory_format("%s/%s", path, name);
	struct tree_entry *list = NULL;
	struct stat st;
	size_t i, n = 0;
	bool found = fstatat(root, place, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (found) {
		add_folder(parcel, name, st.st_mode);
		list = tree_list(root, place, &n);
	}
	for (i = 0; i < n; i++) {
		char *inside = memory_format("%s/%s", name, list[i].name);

		parcel_add_file(parcel, root, path, inside);
		free(inside);
	}
	tree_list_free(list, n);
	free(place);
	return found;
}

/* Unpacked, it would get to places that it should not. */
static bool leads_out(const char *name)
{
	const char *part = name;

	if (*name == '/')
		return true;
	while (part) {
		if (strncmp(part, "..", 2) == 0 && (!part[2] || part[2] == '/'))
			return true;
		part = strchr(part, '/');
		part += part != NULL;
	}
	return false;
}

static char *read_data(struct archive *archive, struct archive_entry *entry,
		       struct parcel_file *file)
{
	la_int64_t size = archive_entry_size(entry);

	if (size < 0 || size > MEMBER_MAX)
		return memory_format("%s in it is larger than any that is made "
				     "here",
				     file->name);
	file->length = (size_t)size;
	file->data = memory_zeroed(1, file->length + 1);
	if (archive_read_data(archive, file->data, file->length) ==
	    (la_ssize_t)size)
		return NULL;
	return memory_format("damaged in %s", file->name);
}

static char *read_member(struct parcel *parcel, struct archive *archive,
			 struct archive_entry *entry)
{
	const char *given = archive_entry_pathname(entry);
	char *name, *wrong = NULL;
	size_t length;

	if (!given || leads_out(given))
		return memory_format("%s in it leads out of the folder",
				     given ? given : "a name");
	name = memory_copy(given);
	length = strlen(name);
	if (length && name[length - 1] == '/')
		name[length - 1] = '\0';
	if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
		wrong = memory_format("%s in it is a link", name);
	else if (parcel_find(parcel, name) || parcel_find_folder(parcel, name))
		wrong = memory_format("%s is in it twice", name);
	else if (archive_entry_filetype(entry) == AE_IFDIR)
		add_folder(parcel, name, archive_entry_perm(entry));
	else if (archive_entry_filetype(entry) != AE_IFREG)
		wrong = memory_format("%s in it is no regular file", name);
	else
		wrong = read_data(archive, entry,
				  add_file(parcel, name,
					   archive_entry_perm(entry)));
	free(name);
	return wrong;
}

static char *read_members(struct parcel *parcel, struct archive *archive)
{
	struct archive_entry *entry;
	char *wrong = NULL;
	int rc = ARCHIVE_OK;

	while (!wrong &&
	       (rc = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
		wrong = read_member(parcel, archive, entry);
		if (!wrong && parcel->n_files > MEMBERS_MAX)
			wrong = memory_copy("more files than any that is made "
					    "here");
	}
	if (wrong || rc == ARCHIVE_EOF)
		return wrong;
	return memory_format("damaged: %s", archive_error_string(archive));
}

char *parcel_unpack(struct parcel *parcel, int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct archive *archive = archive_read_new();
	struct stat st;
	char *wrong;

	if (!archive)
		abort();
	if (fd < 0)
		wrong = memory_copy(strerror(errno));
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		wrong = memory_copy("not a regular file");
	else if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
		 archive_read_support_format_tar(archive) != ARCHIVE_OK ||
		 archive_read_open_fd(archive, fd, 16384) != ARCHIVE_OK)
		wrong = memory_format("damaged: %s",
				      archive_error_string(archive));
	else
		wrong = read_members(parcel, archive);
	archive_read_free(archive);
	if (fd >= 0)
		close(fd);
	return wrong;
}

const struct parcel_file *parcel_find(const struct parcel *parcel,
				      const char *name)
{
	size_t i;

	for (i = 0; i < parcel->n_files; i++)
		if (strcmp(parcel->files[i].name, name) == 0)
			return &parcel->files[i];
	return NULL;
}

const struct parcel_folder *parcel_find_folder(const struct parcel *parcel,
					       const char *name)
{
	size_t i;

	for (i = 0; i < parcel->n_folders; i++)
		if (strcmp(parcel->folders[i].name, name) == 0)
			return &parcel->folders[i];
	return NULL;
}

bool parcel_same(const struct parcel_file *a, const struct parcel_file *b)
{
	return a && b && a->data && b->data && a->length == b->length &&
	       memcmp(a->data, b->data, a->length) == 0;
}

void parcel_clear(struct parcel *parcel)
{
	size_t i;

	for (i = 0; i < parcel->n_files; i++) {
		struct parcel_file *file = &parcel->files[i];

		if (file->data)
			OPENSSL_cleanse(file->data, file->length);
		free(file->data);
		free(file->error);
		free(file->name);
	}
	for (i = 0; i < parcel->n_folders; i++)
		free(parcel->folders[i].name);
	free(parcel->files);
	free(parcel->folders);
	memset(parcel, 0, sizeof(*parcel));
}
