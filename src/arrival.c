/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "arrival.h"
#include "memory.h"
#include "pemfile.h"
#include "tree.h"

/* Some thousand certificates with their chains. */
#define FILE_LIMIT (8 << 20)
#define DEPTH_LIMIT 8

struct reading {
	struct arrivals *arrivals;
	const char *source;
	bool named; /* on the command line, not found in a folder */
	size_t first; /* of the file's certificates */
};

static void fault(const struct reading *in, char *reason)
{
	struct arrivals *arrivals = in->arrivals;
	struct arrival_fault *fault = memory_append(
		&arrivals->faults, &arrivals->n_faults, sizeof(*fault));

	fault->source = memory_copy(in->source);
	fault->reason = reason;
}

static void refuse(const struct reading *in, const char *reason)
{
	fault(in, memory_copy(reason));
}

static void ignore(const struct reading *in)
{
	struct arrivals *arrivals = in->arrivals;

	*(char **)memory_append(&arrivals->ignored, &arrivals->n_ignored,
				sizeof(char *)) = memory_copy(in->source);
}

static size_t count(const struct reading *in)
{
	return in->arrivals->n - in->first;
}

/* Takes CERTIFICATE over. */
static void add(const struct reading *in, X509 *certificate)
{
	struct arrivals *arrivals = in->arrivals;
	struct record *record = record_of_certificate(certificate);
	struct arrival *arrival;

	if (!record) {
		X509_free(certificate);
		fault(in, memory_format("certificate %zu cannot be decoded",
					count(in) + 1));
		return;
	}
	arrival =
		memory_append(&arrivals->items, &arrivals->n, sizeof(*arrival));
	arrival->certificate = certificate;
	arrival->record = record;
	arrival->source = memory_copy(in->source);
	arrival->number = count(in);
}

/* All certificates of a PKCS#7 file; false: it is none. */
static bool add_pkcs7(const struct reading *in, const unsigned char *data,
		      long length)
{
	const unsigned char *p = data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, length);
	STACK_OF(X509) *list = NULL;
	X509 *certificate;

	if (!cms || p != data + length) {
		CMS_ContentInfo_free(cms);
		return false;
	}
	if (OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed)
		list = CMS_get1_certs(cms);
	while ((certificate = sk_X509_shift(list)))
		add(in, certificate);
	sk_X509_free(list);
	CMS_ContentInfo_free(cms);
	return true;
}

/* What some programs write as a certificate is a PKCS#7 file. */
static void add_der(const struct reading *in, const struct pem_block *block,
		    bool trusted)
{
	const unsigned char *p = block->data;
	X509 *certificate = trusted ? d2i_X509_AUX(NULL, &p, block->length) :
				      d2i_X509(NULL, &p, block->length);

	if (certificate && p == block->data + block->length) {
		add(in, certificate);
		return;
	}
	X509_free(certificate);
	if (!add_pkcs7(in, block->data, block->length))
		fault(in, memory_format("certificate %zu cannot be decoded",
					count(in) + 1));
}

/* Nothing of the file is taken. */
static void forget(const struct reading *in)
{
	struct arrivals *arrivals = in->arrivals;

	while (arrivals->n > in->first) {
		struct arrival *last = &arrivals->items[--arrivals->n];

		X509_free(last->certificate);
		record_free(last->record);
		free(last->source);
	}
}

enum block_kind { OTHER, CERTIFICATE, TRUSTED, PKCS7_DATA, PRIVATE_KEY };

static enum block_kind kind_of(const char *name)
{
	static const struct {
		const char *name;
		enum block_kind kind;
	} kinds[] = {
		{ PEM_STRING_X509, CERTIFICATE },
		{ PEM_STRING_X509_OLD, CERTIFICATE },
		{ PEM_STRING_X509_TRUSTED, TRUSTED },
		{ PEM_STRING_PKCS7, PKCS7_DATA },
		{ PEM_STRING_PKCS7_SIGNED, PKCS7_DATA },
		{ PEM_STRING_CMS, PKCS7_DATA },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return kinds[i].kind;
	return pem_name_is_key(name) ? PRIVATE_KEY : OTHER;
}

static void add_block(const struct reading *in, const struct pem_block *block,
		      enum block_kind kind)
{
	if (kind == CERTIFICATE || kind == TRUSTED)
		add_der(in, block, kind == TRUSTED);
	else if (kind == PKCS7_DATA &&
		 !add_pkcs7(in, block->data, block->length))
		refuse(in, "PKCS#7 data that cannot be decoded");
}

/* How many blocks TEXT begins; some may not be told from other text. */
static size_t count_beginnings(const char *text)
{
	size_t n = 0;

	for (; (text = strstr(text, "-----BEGIN ")); text++)
		n++;
	return n;
}

static void read_pem(const struct reading *in, struct pemfile *file)
{
	const size_t faults = in->arrivals->n_faults;
	struct pem_block block;
	bool has_key = false;
	size_t n = 0;

	while (pemfile_next(file, &block)) {
		enum block_kind kind = kind_of(block.name);

		n++;
		has_key = has_key || kind == PRIVATE_KEY;
		add_block(in, &block, kind);
		pem_block_clear(&block);
	}
	if (file->damaged || count_beginnings(file->text) > n)
		fault(in, memory_format("PEM block %zu is damaged or cut off",
					n + 1));
	if (has_key && (count(in) || in->named)) {
		forget(in);
		refuse(in, "holds a private key, and nobody else should have "
			   "had one: wanted certificates alone");
	} else if (!count(in) && in->arrivals->n_faults == faults) {
		if (in->named)
			refuse(in, "no certificate in it");
		else
			ignore(in);
	}
}

static bool is_pkcs12(const unsigned char *data, long length)
{
	const unsigned char *p = data;
	PKCS12 *store = d2i_PKCS12(NULL, &p, length);
	bool is = store != NULL;

	PKCS12_free(store);
	return is;
}

/* By its name it should have had some. */
static bool is_called_certificate(const char *path)
{
	static const char *const ends[] = { ".crt", ".cer", ".der", ".pem",
					    ".p7b", ".p7c", ".p7s" };
	size_t length = strlen(path), i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (length > 4 && strcasecmp(path + length - 4, ends[i]) == 0)
			return true;
	return false;
}

/* One certificate behind the other, or PKCS#7. */
static void read_der(const struct reading *in, const struct pemfile *file)
{
	const unsigned char *data = (const unsigned char *)file->text;
	const unsigned char *p = data, *end = data + file->length;
	X509 *certificate;

	while (p < end && (certificate = d2i_X509(NULL, &p, end - p)))
		add(in, certificate);
	if (p == end && count(in))
		return;
	if (p == data && add_pkcs7(in, data, (long)file->length)) {
		if (!count(in))
			refuse(in, "PKCS#7 without certificates");
		return;
	}
	if (!in->named && !is_called_certificate(in->source))
		ignore(in);
	else if (is_pkcs12(data, (long)file->length))
		refuse(in, "a PKCS#12 file, as for a key: wanted the "
			   "certificate in PEM, DER or PKCS#7");
	else if (count(in)) {
		forget(in);
		refuse(in, "something else behind its certificates");
	} else
		refuse(in, file->length ? "neither PEM nor a certificate or "
					  "PKCS#7 in DER" :
					  "empty");
}

static void read_content(const struct reading *in, struct pemfile *file)
{
	ERR_set_mark();
	if (strstr(file->text, "-----BEGIN ")) {
		file->bio = BIO_new_mem_buf(file->text, (int)file->length);
		if (!file->bio)
			abort();
		read_pem(in, file);
	} else {
		read_der(in, file);
	}
	ERR_pop_to_mark();
}

/* All of FD into FILE. Returns NULL, or what is wrong. */
static const char *read_file(int fd, struct pemfile *file)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_size > FILE_LIMIT)
		return "more than 8 MiB: wanted certificates alone, or in "
		       "several files";
	file->text = memory_zeroed(1, (size_t)st.st_size + 1);
	while (n != 0 && file->length < (size_t)st.st_size) {
		n = read(fd, file->text + file->length,
			 (size_t)st.st_size - file->length);
		if (n < 0 && errno != EINTR)
			return strerror(errno);
		if (n > 0)
			file->length += (size_t)n;
	}
	return NULL;
}

static void read_open(const struct reading *in, int fd)
{
	struct pemfile file = { 0 };
	const char *why = read_file(fd, &file);

	if (why)
		refuse(in, why);
	else
		read_content(in, &file);
	pemfile_close(&file);
}

static void read_folder(struct arrivals *arrivals, int fd, const char *path,
			int depth);

/* NAME of the open FOLDER, called PATH. A pipe that nobody writes to must not
 * keep us. */
static void read_path(struct arrivals *arrivals, int folder, const char *name,
		      const char *path, int depth)
{
	const struct reading in = { arrivals, path, depth == 0, arrivals->n };
	int fd = openat(folder, name,
			O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
				(depth ? O_NOFOLLOW : 0));
	struct stat st;

	if (fd < 0) {
		refuse(&in,
		       errno == ELOOP ? "a symbolic link" : strerror(errno));
		return;
	}
	if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
		read_open(&in, fd);
	else if (depth < DEPTH_LIMIT)
		read_folder(arrivals, fd, path, depth + 1);
	else
		refuse(&in, "too many folders in folders");
	close(fd);
}

static void read_folder(struct arrivals *arrivals, int fd, const char *path,
			int depth)
{
	const struct reading in = { arrivals, path, false, arrivals->n };
	struct tree_entry *list;
	size_t i, n;

	list = tree_list(fd, "", &n);
	if (!list) {
		refuse(&in, strerror(errno));
		return;
	}
	for (i = 0; i < n; i++) {
		char *below = memory_format("%s/%s", path, list[i].name);

		read_path(arrivals, fd, list[i].name, below, depth);
		free(below);
	}
	tree_list_free(list, n);
}

void arrivals_read(struct arrivals *arrivals, const struct words *words)
{
	size_t i;

	memset(arrivals, 0, sizeof(*arrivals));
	for (i = 0; i < words->n; i++)
		read_path(arrivals, AT_FDCWD, words->items[i], words->items[i],
			  0);
}

void arrivals_clear(struct arrivals *arrivals)
{
	size_t i;

	for (i = 0; i < arrivals->n; i++) {
		X509_free(arrivals->items[i].certificate);
		record_free(arrivals->items[i].record);
		free(arrivals->items[i].source);
	}
	for (i = 0; i < arrivals->n_faults; i++) {
		free(arrivals->faults[i].source);
		free(arrivals->faults[i].reason);
	}
	for (i = 0; i < arrivals->n_ignored; i++)
		free(arrivals->ignored[i]);
	free(arrivals->items);
	free(arrivals->faults);
	free(arrivals->ignored);
	memset(arrivals, 0, sizeof(*arrivals));
}
