/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "delivery.h"
#include "memory.h"

#define MODE_BUNDLE 0600

/* The sum of the packed bundle says whether it is as it was made. */
static bool packed_as_made(struct delivery *delivery, const char *path)
{
	const struct sums *sums = delivery->in->sums;
	const unsigned char *sum = sums ? sums_find(sums, path) : NULL;
	const char *base;
	struct parcel whole = { 0 };
	bool good = true;
	char *folder;

	if (!sum)
		return true;
	base = strrchr(path, '/') + 1;
	folder = memory_copy_part(path, (size_t)(base - path) - 1);
	parcel_add_file(&whole, delivery->in->job->output->fd, folder, base);
	if (whole.n_files && whole.files[0].data)
		good = sums_match(sum, whole.files[0].data,
				  whole.files[0].length);
	parcel_clear(&whole);
	free(folder);
	return good;
}

void read_packed(struct delivery *delivery)
{
	struct faults *faults = delivery->in->faults;
	int root = delivery->in->job->output->fd;
	char *path = delivery_packed_path(delivery), *wrong,
	     *mend = delivery_renew(delivery);
	struct stat st;

	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		delivery->has_packed = true;
		wrong = parcel_unpack(&delivery->packed, root, path);
		delivery->packed_good = !wrong &&
					packed_as_made(delivery, path);
		if (wrong)
			faults_add(faults, path, mend, "%s", wrong);
		else if (!delivery->packed_good)
			faults_add(faults, path, mend,
				   "not what was made: its sum is not that of "
				   "SHA256SUMS");
		else if (delivery->in->sums && !faults_has(faults, SUMS_FILE) &&
			 !sums_find(delivery->in->sums, path))
			faults_add(faults, path, mend,
				   "SHA256SUMS does not list it");
		if (S_ISREG(st.st_mode) && (st.st_mode & 07777) != MODE_BUNDLE)
			faults_add(faults, path, "chmod 0600 it",
				   "mode %04o, wanted 0600",
				   (unsigned int)st.st_mode & 07777);
		free(wrong);
	}
	free(mend);
	free(path);
}

/* What is packed but is not, or is not the same, in the folder. */
static void compare_member(struct delivery *delivery, const char *path,
			   const struct parcel_file *packed)
{
	const struct parcel_file *file =
		parcel_find(&delivery->unpacked, packed->name);
	char *mend = delivery_renew(delivery);
	char *unpacked = memory_format("%s/%s", delivery->path, packed->name);
	struct faults *faults = delivery->in->faults;

	if (strcmp(packed->name, GUIDE_FILE) == 0 ||
	    faults_has(faults, unpacked))
		;
	else if (!delivery_wants(delivery, packed->name) &&
		 !delivery->in->job->plan->groups[delivery->holder->group]
			  .repacked)
		faults_add(faults, path, mend,
			   "%s in it is not part of the bundle", packed->name);
	else if (delivery->has_unpacked && !parcel_same(packed, file))
		faults_add(faults, path, mend, "%s in it is not that of %s/",
			   packed->name, delivery->path);
	else if (file && file->mode != packed->mode)
		faults_add(faults, path, mend,
			   "%s in it has mode %04o, not "
			   "%04o",
			   packed->name, (unsigned int)packed->mode,
			   (unsigned int)file->mode);
	free(unpacked);
	free(mend);
}

static void compare_folders(struct delivery *delivery, const char *path)
{
	size_t i;

	for (i = 0; i < delivery->packed.n_folders; i++) {
		const struct parcel_folder *packed =
			&delivery->packed.folders[i];
		const struct parcel_folder *folder =
			parcel_find_folder(&delivery->unpacked, packed->name);
		char *mend = delivery_renew(delivery);
		char *unpacked =
			memory_format("%s/%s", delivery->path, packed->name);

		if (!delivery->has_unpacked ||
		    faults_has(delivery->in->faults, unpacked))
			;
		else if (!folder)
			faults_add(delivery->in->faults, path, mend,
				   "%s/ in it is not in %s/", packed->name,
				   delivery->path);
		else if (folder->mode != packed->mode)
			faults_add(delivery->in->faults, path, mend,
				   "%s/ in it has mode %04o, not %04o",
				   packed->name, (unsigned int)packed->mode,
				   (unsigned int)folder->mode);
		free(unpacked);
		free(mend);
	}
}

/* What is in the folder and not packed. */
static void compare_unpacked(struct delivery *delivery, const char *path)
{
	size_t i;

	for (i = 0; i < delivery->unpacked.n_files; i++) {
		const char *name = delivery->unpacked.files[i].name;
		char *unpacked = memory_format("%s/%s", delivery->path, name);
		char *mend = delivery_renew(delivery);

		if (!parcel_find(&delivery->packed, name) &&
		    !faults_has(delivery->in->faults, unpacked))
			faults_add(delivery->in->faults, path, mend,
				   "%s is not in it", name);
		free(mend);
		free(unpacked);
	}
}

void inspect_packed(struct delivery *delivery)
{
	char *path = delivery_packed_path(delivery), *mend;
	size_t i;

	/* one that is damaged, or not what was made, is told already */
	if (delivery->packed_good) {
		for (i = 0; i < delivery->packed.n_files; i++)
			compare_member(delivery, path,
				       &delivery->packed.files[i]);
		compare_folders(delivery, path);
		compare_unpacked(delivery, path);
		if (delivery->packed.n_files &&
		    strcmp(delivery->packed.files[0].name, GUIDE_FILE) != 0) {
			mend = delivery_renew(delivery);
			faults_add(delivery->in->faults, path, mend,
				   "does not begin with " GUIDE_FILE);
			free(mend);
		}
	}
	free(path);
}
