/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "dates.h"
#include "memory.h"
#include "publish.h"
#include "report.h"
#include "stage.h"
#include "sums.h"
#include "tree.h"

#define MODE_PUBLIC 0644
#define MODE_CA_KEY 0400
#define MODE_BUNDLE 0600 /* it holds a key */

/* The first CRL gets this number. */
static const char first_crl_number[] = "01\n";
static const char index_attributes[] = "unique_subject = no\n";

struct publish {
	const struct output *output;
	const struct inventory *inventory;
	struct stage *stage;
	struct sums *sums;
	bool sums_changed;
};

struct publish *publish_new(const struct output *output,
			    const struct inventory *inventory)
{
	struct publish *publish = memory_zeroed(1, sizeof(*publish));

	publish->output = output;
	publish->inventory = inventory;
	publish->stage = stage_new(output->fd, output->path);
	publish->sums = sums_load(output->fd);
	return publish;
}

void publish_free(struct publish *publish)
{
	if (!publish)
		return;
	stage_free(publish->stage);
	sums_free(publish->sums);
	free(publish);
}

static int add_bio(struct publish *publish, const char *folder,
		   const char *name, BIO *bio, mode_t mode)
{
	const char *data;
	long length = BIO_get_mem_data(bio, &data);

	return stage_add(publish->stage, folder, false, name, data,
			 (size_t)length, mode);
}

static int add_text(struct publish *publish, const char *folder,
		    const char *name, const char *text)
{
	return stage_add(publish->stage, folder, false, name, text,
			 strlen(text), MODE_PUBLIC);
}

int publish_authority(struct publish *publish,
		      const struct authority *authority,
		      const struct issued *issued)
{
	const char *folder = authority->folder;

	return add_bio(publish, folder, AUTHORITY_KEY, issued->key,
		       MODE_CA_KEY) ||
			       add_text(publish, folder,
					authority->certificate_file,
					authority->pem) ||
			       add_text(publish, folder, AUTHORITY_INDEX_ATTR,
					index_attributes) ||
			       add_text(publish, folder, AUTHORITY_CRL_NUMBER,
					first_crl_number) ?
		       -1 :
		       0;
}

static struct bundle_file bundle_file(const char *name, BIO *bio, mode_t mode)
{
	struct bundle_file file = { .name = name, .mode = mode };
	const char *data;

	file.length = (size_t)BIO_get_mem_data(bio, &data);
	file.data = data;
	return file;
}

/* The folder as it goes to the owner, and the same in one file. */
static int add_bundle(struct publish *publish, const char *folder,
		      const struct bundle *bundle)
{
	char *inside = memory_format("%s/%s", folder, bundle->folder);
	char *name = memory_format("%s.tar.gz", folder);
	BIO *packed = bundle_pack(bundle);
	int ret = packed ? 0 : -1;
	const char *data;
	size_t i;

	for (i = 0; ret == 0 && i < bundle->n_files; i++) {
		const struct bundle_file *file = &bundle->files[i];
		char *path = memory_format("%s/%s", inside, file->name);

		ret = stage_add(publish->stage, inside, true, file->name,
				file->data, file->length, file->mode);
		sums_add(publish->sums, path, true, file->data, file->length);
		free(path);
	}
	if (ret == 0)
		ret = stage_folder_mode(publish->stage, inside,
					bundle->folder_mode);
	if (ret == 0) {
		size_t length = (size_t)BIO_get_mem_data(packed, &data);

		ret = stage_add(publish->stage, "", false, name, data, length,
				MODE_BUNDLE);
		sums_add(publish->sums, name, false, data, length);
	}
	publish->sums_changed = true;
	BIO_free(packed);
	free(inside);
	free(name);
	return ret;
}

/* In newcerts/ and in the index: the record of what was issued. */
static int record_issued(struct publish *publish,
			 const struct authority *authority,
			 const struct entry *entry, const struct issued *issued)
{
	struct index_row row = { .type = 'V',
				 .expires = issued->expires,
				 .serial = issued->serial,
				 .file = entry->path,
				 .subject = issued->record->subject };
	char *name =
		memory_format(AUTHORITY_NEW_CERTS "/%s.pem", issued->serial);
	int ret = add_bio(publish, authority->folder, name, issued->certificate,
			  MODE_PUBLIC);

	free(name);
	return ret ? ret : index_add(authority->index, &row);
}

static int add_request(struct publish *publish, const struct entry *entry,
		       const char *folder, const struct issued *issued)
{
	char *inside = memory_format("%s/conf", folder);
	char *conf = memory_format("%s.conf", entry->type->name);
	char *request = memory_format("%s.csr", entry->type->name);
	int ret = add_text(publish, inside, conf, issued->conf->text);

	if (ret == 0)
		ret = add_bio(publish, inside, request, issued->request,
			      MODE_PUBLIC);
	free(inside);
	free(conf);
	free(request);
	return ret;
}

int publish_owner(struct publish *publish, const struct authority *authority,
		  const struct entry *entries, const struct issued *issued,
		  size_t n)
{
	const struct profile *profile = publish->inventory->profile;
	char *folder = inventory_folder(entries->owner);
	struct bundle bundle = {
		.folder = profile->folder.text,
		.folder_mode = profile->bundle_mode,
		.owner = profile->tar_owner.text,
		.group = profile->tar_group.text,
		.time = dates_source_epoch(issued->record->not_before),
	};
	struct bundle_file *files = memory_zeroed(2 * n + 1, sizeof(*files));
	int ret = 0;
	size_t i;

	files[bundle.n_files++] = (struct bundle_file){
		.name = profile->ca.file.text,
		.data = authority->pem,
		.length = strlen(authority->pem),
		.mode = profile->ca.file_mode,
	};
	for (i = 0; i < n && ret == 0; i++) {
		files[bundle.n_files++] =
			bundle_file(entries[i].file, issued[i].certificate,
				    entries[i].type->file_mode);
		files[bundle.n_files++] =
			bundle_file(entries[i].key_file, issued[i].key,
				    entries[i].type->key_file_mode);
		ret = record_issued(publish, authority, &entries[i],
				    &issued[i]) |
		      add_request(publish, &entries[i], folder, &issued[i]);
	}
	bundle.files = files;
	bundle_sort(&bundle);
	if (ret == 0)
		ret = add_bundle(publish, folder, &bundle);
	free(files);
	free(folder);
	return ret;
}

int publish_conf(struct publish *publish, const struct entry *entry,
		 const struct rendered *rendered)
{
	char *owner = entry ? inventory_folder(entry->owner) : NULL;
	char *folder = entry ? memory_format("%s/conf", owner) :
			       memory_copy(AUTHORITY_FOLDER);
	char *name = entry ? memory_format("%s.conf", entry->type->name) :
			     memory_copy(AUTHORITY_CONF);
	char *path = memory_format("%s/%s", folder, name);
	size_t length;
	char *old = tree_read(publish->output->fd, path, &length);
	int ret = 0;

	if (!old || strlen(rendered->text) != length ||
	    memcmp(old, rendered->text, length) != 0)
		ret = add_text(publish, folder, name, rendered->text) ? -1 : 1;
	free(owner);
	free(folder);
	free(name);
	free(path);
	free(old);
	return ret;
}

int publish_index(struct publish *publish, const struct authority *authority)
{
	BIO *index = index_text(authority->index);
	BIGNUM *serial = authority_serial(authority);
	char *hex = serial ? BN_bn2hex(serial) : NULL;
	char *line = memory_format("%s\n", hex ? hex : "");
	int ret = -1;

	if (index && hex &&
	    add_bio(publish, authority->folder, AUTHORITY_INDEX, index,
		    MODE_PUBLIC) == 0 &&
	    add_text(publish, authority->folder, AUTHORITY_SERIAL, line) == 0)
		ret = 0;
	BIO_free(index);
	BN_free(serial);
	OPENSSL_free(hex);
	free(line);
	return ret;
}

int publish_commit(struct publish *publish)
{
	char *text;
	int ret;

	if (publish->sums_changed) {
		text = sums_text(publish->sums);
		ret = add_text(publish, "", SUMS_FILE, text);
		free(text);
		if (ret)
			return -1;
	}
	return stage_commit(publish->stage);
}
