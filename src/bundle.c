/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/crypto.h>

#include "bundle.h"
#include "gzip.h"
#include "memory.h"
#include "report.h"

struct packer {
	struct gzip *gzip;
	unsigned char *tar;
	size_t length, room;
};

static int file_order(const void *left, const void *right)
{
	const struct bundle_file *a = left, *b = right;

	if (a->folder != b->folder)
		return !a->folder            ? -1 :
		       !b->folder            ? 1 :
		       a->folder < b->folder ? -1 :
					       1;
	return strcmp(a->name, b->name);
}

void bundle_sort(struct bundle *bundle)
{
	if (bundle->n_files)
		qsort(bundle->files, bundle->n_files, sizeof(*bundle->files),
		      file_order);
}

struct packer *packer_new(void)
{
	struct packer *packer = memory_zeroed(1, sizeof(*packer));

	packer->gzip = gzip_new();
	return packer;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	gzip_free(packer->gzip);
	OPENSSL_clear_free(packer->tar, packer->room);
	free(packer);
}

static la_ssize_t append(struct archive *archive, void *user, const void *data,
			 size_t length)
{
	struct packer *packer = user;
	const size_t needed = packer->length + length;

	(void)archive;
	if (needed > packer->room) {
		packer->tar = OPENSSL_clear_realloc(packer->tar, packer->room,
						    2 * needed);
		packer->room = 2 * needed;
	}
	if (!packer->tar)
		abort();
	memcpy(packer->tar + packer->length, data, length);
	packer->length = needed;
	return (la_ssize_t)length;
}

/* An entry with owner and times; what it is, is up to the caller. */
static struct archive_entry *new_entry(const struct bundle *bundle,
				       const char *owner, const char *group)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		abort();
	archive_entry_set_uname(entry, owner);
	archive_entry_set_gname(entry, group);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_mtime(entry, bundle->time, 0);
	return entry;
}

static int add_folder(struct archive *archive, const struct bundle *bundle,
		      const struct bundle_folder *folder)
{
	struct archive_entry *entry =
		new_entry(bundle, folder->owner, folder->group);
	char *name = memory_format("%s/", folder->name);
	int rc;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFDIR);
	archive_entry_set_perm(entry, folder->mode);
	rc = archive_write_header(archive, entry);
	archive_entry_free(entry);
	free(name);
	return rc == ARCHIVE_OK ? 0 : -1;
}

static int add_file(struct archive *archive, const struct bundle *bundle,
		    const struct bundle_file *file)
{
	struct archive_entry *entry =
		new_entry(bundle, file->owner, file->group);
	char *name = memory_format("%s%s%s",
				   file->folder ? file->folder->name : "",
				   file->folder ? "/" : "", file->name);
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

/* Each folder goes before what is in it. */
static int add_all(struct archive *archive, const struct bundle *bundle)
{
	const struct bundle_folder *last = NULL;
	size_t i;

	for (i = 0; i < bundle->n_files; i++) {
		const struct bundle_file *file = &bundle->files[i];

		if (file->folder != last &&
		    add_folder(archive, bundle, file->folder))
			return -1;
		last = file->folder;
		if (add_file(archive, bundle, file))
			return -1;
	}
	return 0;
}

/* The bundle as it is before it is compressed, in the packer. */
static int make_tar(struct packer *packer, const struct bundle *bundle)
{
	struct archive *archive = archive_write_new();
	int ret = -1;

	if (!archive)
		abort();
	packer->length = 0;
	/* nothing is gathered into blocks, and there is no padding behind the
	 * end */
	if (archive_write_set_format_ustar(archive) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(archive, 0) == ARCHIVE_OK &&
	    archive_write_open(archive, packer, NULL, append, NULL) ==
		    ARCHIVE_OK &&
	    add_all(archive, bundle) == 0 &&
	    archive_write_close(archive) == ARCHIVE_OK)
		ret = 0;
	else
		report_error("cannot pack a bundle: %s",
			     archive_error_string(archive));
	archive_write_free(archive);
	return ret;
}

const void *bundle_pack(struct packer *packer, const struct bundle *bundle,
			size_t *length)
{
	if (make_tar(packer, bundle))
		return NULL;
	*length = packer->length;
	return gzip_pack(packer->gzip, packer->tar, length);
}
