/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "asked.h"
#include "kept.h"
#include "memory.h"
#include "tree.h"

char *kept_name(const char *serial)
{
	return memory_format("%s.csr", serial);
}

static char *path_of(const char *serial)
{
	return memory_format(KEPT_FOLDER "/%s.csr", serial);
}

bool kept_any(const struct authority *authority)
{
	return authority->fd >= 0 &&
	       faccessat(authority->fd, KEPT_FOLDER, F_OK, 0) == 0;
}

bool kept_exists(const struct authority *authority, const char *serial)
{
	char *path = path_of(serial);
	bool exists = authority->fd >= 0 && faccessat(authority->fd, path, F_OK,
						      AT_SYMLINK_NOFOLLOW) == 0;

	free(path);
	return exists;
}

static X509_REQ *read_request(const struct authority *authority,
			      const char *serial)
{
	char *path = path_of(serial);
	size_t length;
	char *text = tree_read(authority->fd, path, &length);
	BIO *bio = text ? BIO_new_mem_buf(text, (int)length) : NULL;
	X509_REQ *request = NULL;

	ERR_set_mark();
	if (bio)
		request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	ERR_pop_to_mark();
	BIO_free(bio);
	free(text);
	free(path);
	return request;
}

/* What was put in its place would be signed at the next rotation. */
static bool is_of(const struct record *asked, const struct record *certificate)
{
	return asked && certificate &&
	       memcmp(asked->key_digest, certificate->key_digest,
		      sizeof(asked->key_digest)) == 0;
}

X509_REQ *kept_load(const struct authority *authority, const char *serial,
		    struct record **asked)
{
	struct record *certificate = authority_record(authority, serial);
	X509_REQ *request = read_request(authority, serial);
	char *why = NULL;

	*asked = request ? asked_read(request, &why) : NULL;
	if (!is_of(*asked, certificate)) {
		X509_REQ_free(request);
		record_free(*asked);
		request = NULL;
		*asked = NULL;
	}
	record_free(certificate);
	free(why);
	return request;
}
