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

/* Half of what was made: whoever cleans up takes both. */
static void inspect_halves(struct delivery *delivery)
{
	struct faults *faults = delivery->in->faults;
	char *path = delivery_packed_path(delivery), *mend;

	if (!delivery->has_packed) {
		mend = delivery_renew(delivery);
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

/* Its key was not here when the bundle was made, and need not be. */
static bool made_without(const struct delivery *delivery,
			 const struct content *content)
{
	return delivery->in->sums &&
	       (content_holds_key(content) ||
		content->kind == CONTENT_PASSWORD) &&
	       !was_made(delivery, content);
}

static void inspect_missing(struct delivery *delivery,
			    const struct content *content, const char *name)
{
	const struct job *job = delivery->in->job;

	/* what generate is going to make is told already */
	if (job->plan->groups[delivery->holder->group].repacked ||
	    (content->entry != SIZE_MAX &&
	     plan_works(&job->plan->items[delivery->group->first_entry +
					  content->entry])))
		return;
	if (delivery->without_keys && content->kind != CONTENT_CA &&
	    !was_made(delivery, content))
		return;
	if (made_without(delivery, content))
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
	mend = memory_format(
		"chmod %04o it%s", (unsigned int)content->mode,
		delivery_needs_key(content) && (file->mode & 077) ?
			", and think of who may have read the key" :
			"");
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

/* Against SHA256SUMS, what nothing else is said of. */
static void inspect_sum(struct delivery *delivery,
			const struct parcel_file *file)
{
	char *path = memory_format("%s/%s", delivery->path, file->name);
	const unsigned char *sum =
		delivery->in->sums ? sums_find(delivery->in->sums, path) : NULL;

	if (delivery->in->sums && !faults_has(delivery->in->faults, path) &&
	    file->data) {
		if (!sum && !faults_has(delivery->in->faults, SUMS_FILE))
			delivery_fault(delivery, file->name,
				       "SHA256SUMS does not list it");
		else if (sum && !sums_match(sum, file->data, file->length))
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
		if (delivery_wants(delivery, file->name)) {
			inspect_sum(delivery, file);
			continue;
		}
		/* it goes when the bundle is made anew */
		if (job->plan->groups[delivery->holder->group].repacked)
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
	inspect_packed(delivery);
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
