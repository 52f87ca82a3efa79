/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "authority.h"
#include "dates.h"
#include "key.h"
#include "keystore.h"
#include "memory.h"
#include "report.h"
#include "sums.h"
#include "tree.h"

static bool has(const struct authority *authority, const char *name)
{
	return authority->fd >= 0 &&
	       faccessat(authority->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Bundles without the CA that signed them: somebody put it elsewhere. */
static int refuse_orphans(const struct authority *authority,
			  const struct output *output, const char *bundled)
{
	if (output->fd < 0 || !sums_list(output->fd, bundled))
		return 0;
	report_error(
		"%s: missing, but " SUMS_FILE " lists bundles that it "
		"signed: put it back, or remove hosts/, users/ and " SUMS_FILE
		" of %s to start anew with a new CA",
		authority->path, output->path);
	return -1;
}

static int load_directory(struct authority *authority)
{
	char *where;

	if (!has(authority, AUTHORITY_CERTIFICATE) ||
	    !has(authority, AUTHORITY_INDEX)) {
		report_error("%s: damaged: no %s; restore it from a backup",
			     authority->path,
			     has(authority, AUTHORITY_INDEX) ?
				     AUTHORITY_CERTIFICATE :
				     AUTHORITY_INDEX);
		return -1;
	}
	authority->record = record_load(authority->fd, AUTHORITY_CERTIFICATE);
	if (!authority->record) {
		report_error(
			"%s/%s: %s", authority->path, AUTHORITY_CERTIFICATE,
			errno == EINVAL ? "no certificate" : strerror(errno));
		return -1;
	}
	where = memory_format("%s/" AUTHORITY_INDEX, authority->path);
	authority->index = index_load(authority->fd, AUTHORITY_INDEX, where);
	free(where);
	return authority->index ? 0 : -1;
}

struct authority *authority_open(const struct output *output,
				 const char *folder, const char *bundled)
{
	struct authority *authority = memory_zeroed(1, sizeof(*authority));
	int ret;

	authority->folder = memory_copy(folder);
	authority->path = memory_format("%s/%s", output->path, folder);
	authority->fd = output->fd < 0 ?
				-1 :
				openat(output->fd, folder,
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (authority->fd < 0 && output->fd >= 0 && errno != ENOENT) {
		report_error("%s: %s", authority->path, strerror(errno));
		authority_free(authority);
		return NULL;
	}
	/* render leaves a ca.conf alone in the folder: that is no CA yet */
	authority->exists = has(authority, AUTHORITY_KEY) ||
			    has(authority, AUTHORITY_CERTIFICATE) ||
			    has(authority, AUTHORITY_INDEX);
	if (authority->exists) {
		ret = load_directory(authority);
	} else {
		authority->index = index_new();
		ret = refuse_orphans(authority, output, bundled);
	}
	if (ret == 0)
		return authority;
	authority_free(authority);
	return NULL;
}

void authority_free(struct authority *authority)
{
	size_t i;

	if (!authority)
		return;
	for (i = 0; i < authority->n_old; i++)
		authority_free(authority->old[i]);
	free(authority->old);
	authority_free(authority->next);
	if (authority->fd >= 0)
		close(authority->fd);
	record_free(authority->record);
	index_free(authority->index);
	X509_free(authority->certificate);
	EVP_PKEY_free(authority->key);
	free(authority->key_place);
	free(authority->key_label);
	free(authority->pem);
	free(authority->trust);
	free(authority->crl);
	free(authority->crl_number);
	free(authority->folder);
	free(authority->path);
	free(authority);
}

bool authority_has_key(const struct authority *authority)
{
	const char *place = authority->key_place;

	if (!place)
		return has(authority, AUTHORITY_KEY);
	return keystore_is_uri(place) || access(place, F_OK) == 0;
}

static void warn_of_plain(const char *label, const char *path)
{
	report_warning("%s: the topology has a passphrase, but this key is "
		       "not protected by one: openssl pkcs8 -topk8 -v2 "
		       "aes-256-cbc -v2prf hmacWithSHA256 -iter %d -in %s "
		       "-out %s.new && mv -f %s.new %s",
		       label, KEY_ITERATIONS, path, path, path, path);
}

static int load_key(struct authority *authority)
{
	const char *place = authority->key_place;
	char *path = memory_format("%s/" AUTHORITY_KEY, authority->path);
	struct keystore_search search = {
		.folder = place ? AT_FDCWD : authority->fd,
		.place = place ? place : AUTHORITY_KEY,
		.label = place ? authority->key_label : path,
		.certificate = authority->certificate,
		.owner = AUTHORITY_CERTIFICATE,
		.passphrase = authority->passphrase,
	};

	authority->key = keystore_find(&search);
	if (authority->key && search.plain && authority->passphrase &&
	    (!place || !keystore_is_uri(place)))
		warn_of_plain(search.label, place ? place : path);
	free(path);
	return authority->key ? 0 : -1;
}

int authority_load_certificate(struct authority *authority)
{
	size_t length;
	BIO *bio;

	if (authority->certificate)
		return 0;
	authority->pem =
		tree_read(authority->fd, AUTHORITY_CERTIFICATE, &length);
	if (!authority->pem) {
		report_error("%s/%s: %s", authority->path,
			     AUTHORITY_CERTIFICATE, strerror(errno));
		return -1;
	}
	bio = BIO_new_mem_buf(authority->pem, (int)length);
	authority->certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (authority->certificate)
		return 0;
	report_openssl("%s/%s: no certificate", authority->path,
		       AUTHORITY_CERTIFICATE);
	return -1;
}

void authority_take(struct authority *authority, X509 *certificate, char *pem)
{
	X509_up_ref(certificate);
	X509_free(authority->certificate);
	record_free(authority->record);
	free(authority->pem);
	authority->certificate = certificate;
	authority->record = record_of_certificate(certificate);
	authority->pem = pem;
}

int authority_check_clock(const struct authority *authority, time_t now)
{
	char is[DATES_FULL], first[DATES_FULL];

	if (authority->record->not_before <= now)
		return 0;
	report_error("%s/%s: valid from %s, but the clock of this machine says "
		     "%s: set it",
		     authority->path, AUTHORITY_CERTIFICATE,
		     dates_full(authority->record->not_before, first),
		     dates_full(now, is));
	return -1;
}

int authority_load_signer(struct authority *authority, time_t now)
{
	if (authority->certificate && authority->key)
		return 0;
	if (authority_load_certificate(authority) || load_key(authority))
		return -1;
	if (authority_check_clock(authority, now))
		return -1;
	if (!authority->record->is_ca) {
		report_error("%s/%s: not the certificate of a CA",
			     authority->path, AUTHORITY_CERTIFICATE);
		return -1;
	}
	return 0;
}

size_t authority_revoke_path(struct authority *authority, const char *file,
			     time_t now, const char *reason)
{
	size_t n = index_count(authority->index), i, revoked = 0;

	for (i = 0; i < n; i++) {
		struct index_row row = index_get(authority->index, i);

		if (row.type != 'V' || strcmp(row.file, file) != 0)
			continue;
		index_revoke(authority->index, row.serial, now, reason);
		revoked++;
	}
	return revoked;
}

struct record *authority_record(const struct authority *authority,
				const char *serial)
{
	char name[128];

	if (authority->fd < 0 || strlen(serial) > 64)
		return NULL;
	snprintf(name, sizeof(name), AUTHORITY_NEW_CERTS "/%s.pem", serial);
	return record_load(authority->fd, name);
}

static struct timespec written(const struct authority *authority,
			       const char *serial)
{
	char *name = memory_format(AUTHORITY_NEW_CERTS "/%s.pem", serial);
	struct stat st = { 0 };

	if (authority->fd >= 0)
		fstatat(authority->fd, name, &st, 0);
	free(name);
	return st.st_mtim;
}

bool authority_is_later(const struct authority *first, const char *a,
			const struct authority *second, const char *b)
{
	struct record *of_a = authority_record(first, a);
	struct record *of_b = authority_record(second, b);
	struct timespec at_a = written(first, a), at_b = written(second, b);
	bool later = false;

	if (of_a && of_b && of_a->not_before != of_b->not_before)
		later = of_a->not_before > of_b->not_before;
	else if (of_a && of_b)
		later = at_a.tv_sec != at_b.tv_sec ?
				at_a.tv_sec > at_b.tv_sec :
				at_a.tv_nsec > at_b.tv_nsec;
	record_free(of_a);
	record_free(of_b);
	return later;
}
