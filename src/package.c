/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "dates.h"
#include "memory.h"
#include "package.h"
#include "report.h"

#define MODE_GUIDE 0644

/* The folder of that name; the first system that has it says how it is. */
static struct bundle_folder *find_folder(struct bundle *bundle,
					 const struct profile *profile)
{
	struct bundle_folder *folder = bundle->folders;
	const char *name = profile->folder.text;

	for (; folder < bundle->folders + bundle->n_folders; folder++)
		if (strcmp(folder->name, name) == 0)
			return folder;
	bundle->n_folders++;
	folder->name = name;
	folder->mode = profile->bundle_mode;
	folder->owner = profile->tar_owner.text;
	folder->group = profile->tar_group.text;
	return folder;
}

static void fill_bundle(struct package *package, const struct holder *holder)
{
	const struct assembly *assembly = &package->assembly;
	struct bundle *bundle = &package->bundle;
	const struct profile *first = holder->members[0].profile;
	size_t i;

	bundle->folders =
		memory_zeroed(holder->n_members, sizeof(*bundle->folders));
	bundle->files = memory_zeroed(assembly->n + 1, sizeof(*bundle->files));
	for (i = 0; i < assembly->n; i++) {
		const struct content *content = &holder->contents[i];
		const struct profile *profile = content->member->profile;
		struct bundle_file *file;
		const char *data;

		if (!assembly->files[i])
			continue;
		file = &bundle->files[bundle->n_files++];
		file->folder = find_folder(bundle, profile);
		file->name = content->name;
		file->length =
			(size_t)BIO_get_mem_data(assembly->files[i], &data);
		file->data = data;
		file->mode = content->mode;
		file->owner = profile->tar_owner.text;
		file->group = profile->tar_group.text;
	}
	bundle->files[bundle->n_files++] =
		(struct bundle_file){ .name = GUIDE_FILE,
				      .data = package->guide,
				      .length = strlen(package->guide),
				      .mode = MODE_GUIDE,
				      .owner = first->tar_owner.text,
				      .group = first->tar_group.text };
	bundle_sort(bundle);
}

static time_t newest_ca(const struct materials *materials)
{
	time_t newest = 0;
	size_t i;

	for (i = 0; i < materials->inventory->n_cas; i++) {
		const struct authority *own = materials->authorities[i];
		const struct record *record = own->next ? own->next->record :
							  own->record;

		if (record->not_before > newest)
			newest = record->not_before;
	}
	return newest;
}

/* When the last of what is in the group's bundles begins. */
static time_t newest(const struct materials *materials)
{
	time_t time = 0;
	size_t i;

	if (materials->partial)
		return newest_ca(materials);
	for (i = 0; i < materials->group->n_entries; i++)
		if (materials->issued[i].not_before > time)
			time = materials->issued[i].not_before;
	return time;
}

/* What the topology says counts more than what the environment does. */
static time_t time_of(const struct materials *materials)
{
	const time_t start = newest(materials);
	const struct defaults *all =
		&materials->inventory->topology->cluster.defaults;

	return defaults_start(all) ? start : dates_source_epoch(start);
}

/* For this thread; its templates were tried before. */
static char *write_guide(const struct guides *guides,
			 const struct holder *holder)
{
	struct diag *diag = diag_new();
	char *guide = guides_text(guides, holder, diag);

	diag_flush(diag, report_stream());
	diag_free(diag);
	return guide;
}

static int pack(struct package *package, struct packer *packer)
{
	const void *packed =
		bundle_pack(packer, &package->bundle, &package->length);

	if (!packed)
		return -1;
	package->packed = OPENSSL_memdup(packed, package->length);
	if (!package->packed)
		abort();
	return 0;
}

static void sum_up(struct package *package)
{
	const struct bundle *bundle = &package->bundle;
	size_t i;

	package->sums = memory_zeroed(bundle->n_files, sizeof(*package->sums));
	for (i = 0; i < bundle->n_files; i++)
		digest_octets(bundle->files[i].data, bundle->files[i].length,
			      package->sums[i]);
	digest_octets(package->packed, package->length, package->packed_sum);
}

struct package *package_new(const struct materials *materials,
			    const struct holder *holder,
			    const struct guides *guides, struct packer *packer)
{
	struct package *package = memory_zeroed(1, sizeof(*package));

	package->guide = write_guide(guides, holder);
	if (package->guide &&
	    assembly_make(&package->assembly, materials, holder) == 0) {
		fill_bundle(package, holder);
		package->bundle.time = time_of(materials);
		if (pack(package, packer) == 0) {
			sum_up(package);
			return package;
		}
	}
	package_free(package);
	return NULL;
}

void package_free(struct package *package)
{
	if (!package)
		return;
	assembly_clear(&package->assembly);
	OPENSSL_clear_free(package->packed, package->length);
	free(package->bundle.folders);
	free(package->bundle.files);
	free(package->guide);
	free(package->sums);
	free(package);
}
