/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "kept.h"
#include "memory.h"
#include "publish.h"
#include "report.h"
#include "serial.h"
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
	struct stage *stage;
	struct sums *sums; /* NULL: as they are */
};

struct publish *publish_new(const struct output *output)
{
	struct publish *publish = memory_zeroed(1, sizeof(*publish));

	publish->output = output;
	publish->stage = stage_new(output->fd, output->path);
	return publish;
}

struct publish *publish_new_shown(const struct output *output,
				  const struct witness *witness)
{
	struct publish *publish = publish_new(output);

	stage_free(publish->stage);
	publish->stage = stage_new_shown(witness);
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

/* Loaded when they are to change. */
static struct sums *sums_of(struct publish *publish)
{
	if (!publish->sums)
		publish->sums = sums_load(publish->output->fd);
	return publish->sums;
}

static int add_bio(struct publish *publish, const char *folder,
		   const char *name, BIO *bio, mode_t mode)
{
	const char *data;
	long length = BIO_get_mem_data(bio, &data);

	return stage_add(publish->stage, folder, false, name, data,
			 (size_t)length, mode);
}

int publish_file(struct publish *publish, const char *folder, const char *name,
		 const void *data, size_t length, mode_t mode)
{
	return stage_add(publish->stage, folder, false, name, data, length,
			 mode);
}

int publish_text(struct publish *publish, const char *folder, const char *name,
		 const char *text)
{
	return stage_add(publish->stage, folder, false, name, text,
			 strlen(text), MODE_PUBLIC);
}

int publish_authority(struct publish *publish,
		      const struct authority *authority,
		      const struct issued *issued)
{
	/* one that was there before us keeps its key elsewhere */
	if (issued->key && add_bio(publish, authority->folder, AUTHORITY_KEY,
				   issued->key, MODE_CA_KEY))
		return -1;
	return publish_foreign(publish, authority);
}

int publish_foreign(struct publish *publish, const struct authority *authority)
{
	const char *folder = authority->folder;

	if (publish_text(publish, folder, AUTHORITY_CERTIFICATE,
			 authority->pem) ||
	    publish_text(publish, folder, AUTHORITY_INDEX_ATTR,
			 index_attributes))
		return -1;
	/* the first list brings the number of the next */
	if (authority->crl)
		return 0;
	return publish_text(publish, folder, AUTHORITY_CRL_NUMBER,
			    first_crl_number);
}

/* The folder as it goes to the owner. */
static int add_folder(struct publish *publish, const char *folder,
		      const struct package *package,
		      const struct bundle_folder *of)
{
	const struct bundle *bundle = &package->bundle;
	char *inside = memory_format("%s/%s", folder, of->name);
	int ret = 0;
	size_t i;

	for (i = 0; ret == 0 && i < bundle->n_files; i++) {
		const struct bundle_file *file = &bundle->files[i];

		if (file->folder != of)
			continue;
		ret = stage_add(publish->stage, inside, true, file->name,
				file->data, file->length, file->mode);
		sums_add(sums_of(publish), inside, file->name, true,
			 package->sums[i]);
	}
	if (ret == 0)
		ret = stage_folder_mode(publish->stage, inside, of->mode);
	free(inside);
	return ret;
}

/* What a new bundle replaces stays beside it until the next one. */
static int keep_previous(struct publish *publish, const char *name)
{
	char *previous = memory_format("%s" PUBLISH_PREVIOUS, name);
	size_t length;
	char *old = tree_read(publish->output->fd, name, &length);
	int ret = 0;

	if (old) {
		ret = stage_add(publish->stage, "", false, previous, old,
				length, MODE_BUNDLE);
		OPENSSL_cleanse(old, length);
	}
	free(old);
	free(previous);
	return ret;
}

/* The folders, and all that is in them in one file. */
static int add_bundle(struct publish *publish, const char *folder,
		      const struct package *package)
{
	const struct bundle *bundle = &package->bundle;
	char *name = memory_format("%s" PUBLISH_BUNDLE, folder);
	int ret = 0;
	size_t i;

	for (i = 0; ret == 0 && i < bundle->n_folders; i++)
		ret = add_folder(publish, folder, package, &bundle->folders[i]);
	if (ret == 0)
		ret = stage_add(publish->stage, "", false, name,
				package->packed, package->length, MODE_BUNDLE);
	sums_add(sums_of(publish), "", name, false, package->packed_sum);
	if (ret == 0)
		ret = keep_previous(publish, name);
	free(name);
	return ret;
}

/* The request that was handed in, by the serial number of its certificate. */
static int record_request(struct publish *publish,
			  const struct authority *authority,
			  const struct issued *issued)
{
	char *folder = memory_format("%s/" KEPT_FOLDER, authority->folder);
	char *name = kept_name(issued->serial);
	const char *data;
	long length = BIO_get_mem_data(issued->request, &data);
	int ret = stage_add(publish->stage, folder, authority->moves_in, name,
			    data, (size_t)length, MODE_PUBLIC);

	free(folder);
	free(name);
	return ret;
}

/* In newcerts/ and in the index: the record of what was issued. */
static int record_issued(struct publish *publish,
			 const struct authority *authority, const char *path,
			 const char *subject, const struct issued *issued)
{
	/* the row is only read */
	struct index_row row = { .type = 'V',
				 .expires = issued->expires,
				 .serial = issued->serial,
				 .file = (char *)path,
				 .subject = (char *)subject };
	char *folder =
		memory_format("%s/" AUTHORITY_NEW_CERTS, authority->folder);
	char *name = memory_format("%s.pem", issued->serial);
	const char *data;
	long length = BIO_get_mem_data(issued->certificate, &data);
	int ret = stage_add(publish->stage, folder, authority->moves_in, name,
			    data, (size_t)length, MODE_PUBLIC);

	free(folder);
	free(name);
	if (ret == 0 && issued->asked)
		ret = record_request(publish, authority, issued);
	return ret ? ret : index_add(authority->index, &row);
}

int publish_subordinate(struct publish *publish, struct authority *above,
			const struct authority *authority, const char *path,
			const struct issued *issued)
{
	return record_issued(publish, above, path, authority->record->subject,
			     issued);
}

int publish_certificate(struct publish *publish,
			const struct authority *authority)
{
	return publish_text(publish, authority->folder, AUTHORITY_CERTIFICATE,
			    authority->pem);
}

/* A copy of what was imported, for the next run to compare with. */
static int record_imported(struct publish *publish,
			   const struct authority *authority,
			   const struct entry *entry,
			   const struct issued *issued)
{
	char *name = memory_format(AUTHORITY_IMPORTED "/%s", entry->path);
	int ret = add_bio(publish, authority->folder, name, issued->certificate,
			  MODE_PUBLIC);

	free(name);
	return ret;
}

static int add_request(struct publish *publish, const struct entry *entry,
		       const struct issued *issued)
{
	char *inside = memory_format("%s/conf", entry->folder);
	char *conf = memory_format("%s.conf", entry->label);
	char *request = memory_format("%s.csr", entry->label);
	int ret = publish_text(publish, inside, conf, issued->conf->text);

	if (ret == 0)
		ret = add_bio(publish, inside, request, issued->request,
			      MODE_PUBLIC);
	free(inside);
	free(conf);
	free(request);
	return ret;
}

int publish_entry(struct publish *publish, const struct materials *materials,
		  const struct entry *entry, const struct issued *issued)
{
	const struct inventory *inventory = materials->inventory;

	if (!issued->certificate)
		return 0; /* it is left out */
	if (entry->import)
		return record_imported(publish, materials->authorities[0],
				       entry, issued);
	if (!issued->record)
		return 0; /* it is on record already */
	if (record_issued(publish,
			  materials->authorities[entry->ca - inventory->cas],
			  entry->path, issued->record->subject, issued) ||
	    (issued->request && add_request(publish, entry, issued)))
		return -1;
	if (!entry->service)
		return 0;
	return add_bio(publish, entry->folder, entry->file, issued->certificate,
		       MODE_PUBLIC);
}

int publish_package(struct publish *publish, const struct holder *holder,
		    const struct package *package)
{
	char *folder = inventory_folder(holder->owner);
	int ret = add_bundle(publish, folder, package);

	if (ret == 0)
		ret = publish_text(publish, folder, GUIDE_FILE, package->guide);
	free(folder);
	return ret;
}

/* Stage TEXT as NAME in FOLDER where that is not what is there. */
static int add_changed(struct publish *publish, const char *folder,
		       const char *name, const char *text)
{
	char *path = memory_format("%s/%s", folder, name);
	size_t length;
	char *old = tree_read(publish->output->fd, path, &length);
	int ret = 0;

	if (!old || strlen(text) != length || memcmp(old, text, length) != 0)
		ret = publish_text(publish, folder, name, text) ? -1 : 1;
	free(path);
	free(old);
	return ret;
}

int publish_entry_conf(struct publish *publish, const struct entry *entry,
		       const struct rendered *rendered)
{
	char *folder = memory_format("%s/conf", entry->folder);
	char *name = memory_format("%s.conf", entry->label);
	int ret = add_changed(publish, folder, name, rendered->text);

	free(folder);
	free(name);
	return ret;
}

int publish_ca_conf(struct publish *publish, const struct ca_entry *ca,
		    const struct rendered *rendered)
{
	return add_changed(publish, ca->folder, AUTHORITY_CONF, rendered->text);
}

int publish_guide(struct publish *publish, const struct holder *holder,
		  const char *text)
{
	char *folder = inventory_folder(holder->owner);
	int ret = add_changed(publish, folder, GUIDE_FILE, text);

	free(folder);
	return ret;
}

int publish_revoked(struct publish *publish, const struct authority *authority)
{
	const struct scribe scribe = { index_write, authority->index };

	return stage_add_written(publish->stage, authority->folder,
				 AUTHORITY_INDEX, &scribe, MODE_PUBLIC);
}

int publish_index(struct publish *publish, const struct authority *authority)
{
	BIGNUM *serial = authority->from ? serial_next(authority->from,
						       authority->index) :
					   serial_random(authority->index);
	char *hex = serial ? BN_bn2hex(serial) : NULL;
	char *line = memory_format("%s\n", hex ? hex : "");
	int ret = -1;

	if (hex && publish_revoked(publish, authority) == 0 &&
	    publish_text(publish, authority->folder, AUTHORITY_SERIAL, line) ==
		    0)
		ret = 0;
	BN_free(serial);
	OPENSSL_free(hex);
	free(line);
	return ret;
}

int publish_crl(struct publish *publish, const struct authority *authority,
		const struct crl *crl)
{
	const char *folder = authority->folder;
	char *line = memory_format("%s\n", crl->next_number);
	int ret = -1;

	if (add_bio(publish, folder, AUTHORITY_CRL_PEM, crl->pem,
		    MODE_PUBLIC) == 0 &&
	    add_bio(publish, folder, AUTHORITY_CRL_DER, crl->der,
		    MODE_PUBLIC) == 0 &&
	    publish_text(publish, folder, AUTHORITY_CRL_NUMBER, line) == 0)
		ret = 0;
	free(line);
	return ret;
}

int publish_manifest(struct publish *publish, const struct authority *authority,
		     const struct manifest *manifest)
{
	const struct scribe scribe = { manifest_write, manifest };

	return stage_add_written(publish->stage, authority->folder,
				 MANIFEST_FILE, &scribe, MODE_PUBLIC);
}

int publish_drop(struct publish *publish, const char *folder, const char *name)
{
	char *path = memory_format("%s%s%s", folder, *folder ? "/" : "", name);
	int ret = 0;

	if (faccessat(publish->output->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) ==
	    0)
		ret = stage_remove(publish->stage, folder, name);
	free(path);
	return ret;
}

int publish_removal(struct publish *publish, const char *path)
{
	static const char *const endings[] = {
		"", PUBLISH_BUNDLE, PUBLISH_BUNDLE PUBLISH_PREVIOUS
	};
	const char *slash = strrchr(path, '/');
	char *folder =
		memory_copy_part(path, slash ? (size_t)(slash - path) : 0);
	int ret = 0;
	size_t i;

	for (i = 0; i < 3 && ret == 0; i++) {
		char *name = memory_format("%s%s", slash ? slash + 1 : path,
					   endings[i]);

		ret = publish_drop(publish, folder, name);
		free(name);
	}
	sums_remove(sums_of(publish), path);
	free(folder);
	return ret;
}

int publish_commit(struct publish *publish)
{
	const struct scribe scribe = { sums_write, publish->sums };

	if (publish->sums) {
		sums_sort(publish->sums);
		if (stage_add_written(publish->stage, "", SUMS_FILE, &scribe,
				      MODE_PUBLIC))
			return -1;
	}
	return stage_commit(publish->stage);
}
