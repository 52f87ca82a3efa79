/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contents.h"
#include "delivery.h"
#include "memory.h"

#define MODE_BUNDLE 0600

/* The path of the packed bundle; free it. */
static char *packed_path(const struct delivery *delivery)
{
	return memory_format("%s.tar.gz", delivery->path);
}

static char *renew_of(const struct delivery *delivery)
{
	return memory_format("topocert generate --renew %s makes the bundle "
			     "anew",
			     delivery->path);
}

/* A folder that several systems share is read once. */
static void read_unpacked(struct delivery *delivery)
{
	const struct holder *holder = delivery->holder;
	int root = delivery->in->job->output->fd;
	size_t i;

	for (i = 0; i < holder->n_members; i++) {
		const char *name = holder->members[i].profile->folder.text;

		if (!parcel_find_folder(&delivery->unpacked, name) &&
		    parcel_add_folder(&delivery->unpacked, root, delivery->path,
				      name))
			delivery->has_unpacked = true;
	}
	if (delivery->has_unpacked)
		parcel_add_file(&delivery->unpacked, root, delivery->path,
				GUIDE_FILE);
}

/* The sum of the packed bundle says whether it is as it was made. */
static bool packed_as_made(struct delivery *delivery, const char *path)
{
	const struct sums *sums = delivery->in->sums;
	const char *hex = sums ? sums_find(sums, path) : NULL, *base;
	struct parcel whole = { 0 };
	bool good = true;
	char *folder;

	if (!hex)
		return true;
	base = strrchr(path, '/') + 1;
	folder = memory_copy_part(path, (size_t)(base - path) - 1);
	parcel_add_file(&whole, delivery->in->job->output->fd, folder, base);
	if (whole.n_files && whole.files[0].data)
		good = sums_match(hex, whole.files[0].data,
				  whole.files[0].length);
	parcel_clear(&whole);
	free(folder);
	return good;
}

static void read_packed(struct delivery *delivery)
{
	struct faults *faults = delivery->in->faults;
	int root = delivery->in->job->output->fd;
	char *path = packed_path(delivery), *wrong, *mend = renew_of(delivery);
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
		else if (delivery->in->sums &&
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

/* Half of what was made: whoever cleans up takes both. */
static void inspect_halves(struct delivery *delivery)
{
	struct faults *faults = delivery->in->faults;
	char *path = packed_path(delivery), *mend;

	if (!delivery->has_packed) {
		mend = renew_of(delivery);
		faults_add(faults, path, mend, "missing, but %s/ is there",
			   delivery->path);
		free(mend);
	} else if (!delivery->has_unpacked) {
		mend = memory_format("mkdir -p %s && tar -xzpf %s -C %s",
				     delivery->path, path, delivery->path);
		faults_add(faults, delivery->path, mend,
			   "its folder is missing, but %s is there", path);
		free(mend);
	}
	free(path);
}

static bool is_listed(const struct delivery *delivery, const char *name)
{
	char *path = memory_format("%s/%s", delivery->path, name);
	bool found = delivery->in->sums &&
		     sums_find(delivery->in->sums, path) != NULL;

	free(path);
	return found;
}

/* The bundle has, or had, the file of CONTENT. */
static bool was_made(const struct delivery *delivery,
		     const struct content *content)
{
	char *name = delivery_name(content);
	bool made = parcel_find(&delivery->unpacked, name) ||
		    parcel_find(&delivery->packed, name) ||
		    is_listed(delivery, name);

	free(name);
	return made;
}

/* While a CA is rotated, a bundle whose keys were not here any more holds just
 * what has to go up. */
static bool made_without_keys(const struct delivery *delivery)
{
	const struct holder *holder = delivery->holder;
	size_t i;

	for (i = 0; i < holder->n_contents; i++)
		if (delivery_needs_key(&holder->contents[i]) &&
		    was_made(delivery, &holder->contents[i]))
			return false;
	return true;
}

static void inspect_missing(struct delivery *delivery,
			    const struct content *content, const char *name)
{
	const struct job *job = delivery->in->job;

	/* what generate is going to make is told already */
	if (job->plan->repacked[delivery->holder->group] ||
	    (content->entry != SIZE_MAX &&
	     job->plan->items[content->entry].action != PLAN_KEEP))
		return;
	if (delivery->without_keys && content->kind != CONTENT_CA &&
	    !was_made(delivery, content))
		return;
	delivery_fault(delivery, name, "missing");
}

static void inspect_mode(struct delivery *delivery,
			 const struct content *content,
			 const struct parcel_file *file)
{
	char *path, *mend;

	if (file->mode == content->mode)
		return;
	path = memory_format("%s/%s", delivery->path, file->name);
	mend = memory_format("chmod %04o it", (unsigned int)content->mode);
	faults_add(delivery->in->faults, path, mend, "mode %04o, wanted %04o",
		   (unsigned int)file->mode, (unsigned int)content->mode);
	free(mend);
	free(path);
}

static void inspect_contents(struct delivery *delivery)
{
	const struct parcel *parcel = delivery_parcel(delivery);
	const struct holder *holder = delivery->holder;
	size_t i;

	for (i = 0; i < holder->n_contents; i++) {
		const struct content *content = &holder->contents[i];
		char *name = delivery_name(content);
		const struct parcel_file *file = parcel_find(parcel, name);

		if (!file) {
			inspect_missing(delivery, content, name);
		} else if (!file->data) {
			delivery_fault(delivery, name, "%s", file->error);
		} else {
			inspect_content(delivery, content, file);
			inspect_mode(delivery, content, file);
		}
		free(name);
	}
}

static bool is_wanted(const struct delivery *delivery, const char *name)
{
	const struct holder *holder = delivery->holder;
	bool found = strcmp(name, GUIDE_FILE) == 0;
	size_t i;

	for (i = 0; i < holder->n_contents && !found; i++) {
		char *wanted = delivery_name(&holder->contents[i]);

		found = strcmp(wanted, name) == 0;
		free(wanted);
	}
	return found;
}

/* Against SHA256SUMS, what nothing else is said of. */
static void inspect_sum(struct delivery *delivery,
			const struct parcel_file *file)
{
	char *path = memory_format("%s/%s", delivery->path, file->name);
	const char *hex =
		delivery->in->sums ? sums_find(delivery->in->sums, path) : NULL;

	if (delivery->in->sums && !faults_has(delivery->in->faults, path) &&
	    file->data) {
		if (!hex)
			delivery_fault(delivery, file->name,
				       "SHA256SUMS does not list it");
		else if (!sums_match(hex, file->data, file->length))
			delivery_fault(delivery, file->name,
				       "not what was made: its sum is not that "
				       "of SHA256SUMS");
	}
	free(path);
}

static void inspect_unpacked(struct delivery *delivery)
{
	const struct job *job = delivery->in->job;
	size_t i;

	for (i = 0; i < delivery->unpacked.n_files; i++) {
		const struct parcel_file *file = &delivery->unpacked.files[i];
		char *path;

		if (strcmp(file->name, GUIDE_FILE) == 0)
			continue;
		if (is_wanted(delivery, file->name)) {
			inspect_sum(delivery, file);
			continue;
		}
		/* it goes when the bundle is made anew */
		if (job->plan->repacked[delivery->holder->group])
			continue;
		path = memory_format("%s/%s", delivery->path, file->name);
		faults_add(delivery->in->faults, path, "delete it",
			   "not part of the bundle");
		free(path);
	}
}

static void inspect_folders(struct delivery *delivery)
{
	const struct holder *holder = delivery->holder;
	const struct parcel *parcel = &delivery->unpacked;
	size_t i, k;

	for (i = 0; i < parcel->n_folders; i++) {
		const struct parcel_folder *folder = &parcel->folders[i];
		const struct profile *profile = holder->members[0].profile;
		char *path, *mend;

		for (k = holder->n_members; k-- > 0;)
			if (strcmp(holder->members[k].profile->folder.text,
				   folder->name) == 0)
				profile = holder->members[k].profile;
		if (folder->mode == profile->bundle_mode)
			continue;
		path = memory_format("%s/%s", delivery->path, folder->name);
		mend = memory_format("chmod %04o it",
				     (unsigned int)profile->bundle_mode);
		faults_add(delivery->in->faults, path, mend,
			   "mode %04o, wanted %04o", (unsigned int)folder->mode,
			   (unsigned int)profile->bundle_mode);
		free(mend);
		free(path);
	}
}

/* topocert render writes a newer one beside the bundle. */
static void inspect_guide(struct delivery *delivery)
{
	const struct parcel_file *packed =
		parcel_find(&delivery->packed, GUIDE_FILE);
	const struct parcel_file *file =
		parcel_find(&delivery->unpacked, GUIDE_FILE);
	struct inspection *in = delivery->in;
	char *text, *path;
	bool good;

	if (!delivery->has_unpacked || parcel_same(packed, file) ||
	    delivery->planned)
		return;
	if (!in->guides)
		in->guides = guides_new(in->job->inventory, in->job->diag);
	text = guides_text(in->guides, delivery->holder, in->job->diag);
	good = file && file->data && text && strlen(text) == file->length &&
	       memcmp(text, file->data, file->length) == 0;
	path = memory_format("%s/" GUIDE_FILE, delivery->path);
	if (!good)
		faults_add(in->faults, path, "topocert render writes it anew",
			   "%s",
			   file ? "neither the one of the bundle nor a newer "
				  "one" :
				  "missing");
	free(path);
	free(text);
}

/* What is packed but is not, or is not the same, in the folder. */
static void compare_member(struct delivery *delivery, const char *path,
			   const struct parcel_file *packed)
{
	const struct parcel_file *file =
		parcel_find(&delivery->unpacked, packed->name);
	char *mend = renew_of(delivery);
	char *unpacked = memory_format("%s/%s", delivery->path, packed->name);
	struct faults *faults = delivery->in->faults;

	if (strcmp(packed->name, GUIDE_FILE) == 0 ||
	    faults_has(faults, unpacked))
		;
	else if (!is_wanted(delivery, packed->name) &&
		 !delivery->in->job->plan->repacked[delivery->holder->group])
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
		char *mend = renew_of(delivery);
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
		char *mend = renew_of(delivery);

		if (!parcel_find(&delivery->packed, name) &&
		    !faults_has(delivery->in->faults, unpacked))
			faults_add(delivery->in->faults, path, mend,
				   "%s is not in it", name);
		free(mend);
		free(unpacked);
	}
}

/* Both are the same bundle. */
static void compare(struct delivery *delivery)
{
	char *path = packed_path(delivery), *mend;
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
			mend = renew_of(delivery);
			faults_add(delivery->in->faults, path, mend,
				   "does not begin with " GUIDE_FILE);
			free(mend);
		}
	}
	free(path);
}

static void inspect(struct delivery *delivery)
{
	struct inspection *in = delivery->in;

	read_unpacked(delivery);
	read_packed(delivery);
	/* whoever uploaded the bundles may have deleted them here */
	if (!delivery->has_unpacked && !delivery->has_packed)
		return;
	in->n_bundles++;
	delivery->planned = plan_has_work(in->job->plan, in->job->inventory,
					  delivery->holder->group);
	delivery->without_keys = made_without_keys(delivery);
	inspect_halves(delivery);
	if (delivery->has_unpacked || delivery->packed_good)
		inspect_contents(delivery);
	inspect_unpacked(delivery);
	inspect_folders(delivery);
	inspect_guide(delivery);
	compare(delivery);
}

void inspect_bundles(struct inspection *in)
{
	const struct inventory *inventory = in->job->inventory;
	size_t i, k;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];
		const struct group *group = &inventory->groups[holder->group];
		struct delivery delivery = {
			.in = in,
			.holder = holder,
			.group = group,
			.path = inventory_folder(holder->owner),
			.references = memory_zeroed(group->n_entries,
						    sizeof(struct reference)),
			.looked_up =
				memory_zeroed(group->n_entries, sizeof(bool)),
		};

		inspect(&delivery);
		for (k = 0; k < group->n_entries; k++)
			reference_clear(&delivery.references[k]);
		parcel_clear(&delivery.unpacked);
		parcel_clear(&delivery.packed);
		free(delivery.references);
		free(delivery.looked_up);
		free(delivery.path);
	}
}
