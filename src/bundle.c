/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "bundle.h"
#include "memory.h"
#include "report.h"

static int file_order(const void *left, const void *right)
{
	const struct bundle_file *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void bundle_sort(struct bundle *bundle)
{
	if (bundle->n_files)
		qsort(bundle->files, bundle->n_files, sizeof(*bundle->files),
		      file_order);
}

static la_ssize_t append(struct archive *archive, void *user, const void *data,
			 size_t length)
{
	int n = BIO_write(user, data, (int)length);

	(void)archive;
	return n == (int)length ? (la_ssize_t)length : -1;
}

/* An entry with owner and times; what it is, is up to the caller. */
static struct archive_entry *new_entry(const struct bundle *bundle)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		abort();
	archive_entry_set_uname(entry, bundle->owner);
	archive_entry_set_gname(entry, bundle->group);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_mtime(entry, bundle->time, 0);
	return entry;
}

static int add_folder(struct archive *archive, const struct bundle *bundle)
{
	struct archive_entry *entry = new_entry(bundle);
	char *name = memory_format("%s/", bundle->folder);
	int rc;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFDIR);
	archive_entry_set_perm(entry, bundle->folder_mode);
	rc = archive_write_header(archive, entry);
	archive_entry_free(entry);
	free(name);
	return rc == ARCHIVE_OK ? 0 : -1;
}

static int add_file(struct archive *archive, const struct bundle *bundle,
		    const struct bundle_file *file)
{
	struct archive_entry *entry = new_entry(bundle);
	char *name = memory_format("%s/%s", bundle->folder, file->name);
	int ret = -1;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, file->mode);
	archive_entry_set_size(entry, (la_int64_t)file->length);
	if (archive_write_header(archive, entry) == ARCHIVE_OK &&
	    archive_write_data(archive, file->data, file->length) ==
		    (la_ssize_t)file->length)
		ret = 0;
	archive_entry_free(entry);
	free(name);
	return ret;
}

BIO *bundle_pack(const struct bundle *bundle)
{
	struct archive *archive = archive_write_new();
	BIO *packed = BIO_new(BIO_s_secmem());
	int ret = -1;
	size_t i;

	if (!archive || !packed)
		abort();
	/* no time stamp in the gzip header, and no padding behind the end */
	if (archive_write_set_format_ustar(archive) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(archive) != ARCHIVE_OK ||
	    archive_write_set_filter_option(archive, "gzip", "timestamp",
					    NULL) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, packed, NULL, append, NULL) !=
		    ARCHIVE_OK)
		goto out;
	if (add_folder(archive, bundle))
		goto out;
	for (i = 0; i < bundle->n_files; i++)
		if (add_file(archive, bundle, &bundle->files[i]))
			goto out;
	if (archive_write_close(archive) == ARCHIVE_OK)
		ret = 0;
out:
	if (ret)
		report_error("cannot pack a bundle: %s",
			     archive_error_string(archive));
	/* this still writes what it has, so the buffer goes last */
	archive_write_free(archive);
	if (ret == 0)
		return packed;
	BIO_free(packed);
	return NULL;
}
