/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>

#include "contents.h"
#include "inspect.h"
#include "memory.h"
#include "tree.h"

/* A gzip header (RFC 1952, section 2.3.1): what is packed here holds keys. */
static bool is_packed(const char *data, size_t length)
{
	return length > 2 && memcmp(data, "\x1f\x8b", 2) == 0;
}

static bool is_pem_key(const char *data, size_t length)
{
	static const char line[] = "PRIVATE KEY-----";

	return memmem(data, length, line, strlen(line)) != NULL;
}

static bool is_der_key(const char *data, size_t length)
{
	const unsigned char *p = (const unsigned char *)data;
	EVP_PKEY *key = NULL;
	PKCS12 *store;
	bool found;

	if (!length || *p != 0x30)
		return false;
	ERR_set_mark();
	store = d2i_PKCS12(NULL, &p, (long)length);
	p = (const unsigned char *)data;
	if (!store)
		key = d2i_AutoPrivateKey(NULL, &p, (long)length);
	ERR_pop_to_mark();
	found = store || key;
	PKCS12_free(store);
	EVP_PKEY_free(key);
	return found;
}

/* A file of a bundle, with the mode that the profile gives it. */
static bool has_its_mode(const struct inspection *in, const char *path,
			 mode_t mode)
{
	const struct inventory *inventory = in->job->inventory;
	size_t i, k;

	for (i = 0; i < inventory->n_holders; i++) {
		const struct holder *holder = &inventory->holders[i];
		char *folder = inventory_folder(holder->owner);
		size_t length = strlen(folder);
		bool inside = strncmp(path, folder, length) == 0 &&
			      path[length] == '/';
		bool found = false;

		free(folder);
		for (k = 0; inside && k < holder->n_contents && !found; k++) {
			const struct content *content = &holder->contents[k];
			char *name = memory_format("%s/%s",
						   content_folder(content),
						   content->name);

			found = strcmp(name, path + length + 1) == 0 &&
				content->mode == mode;
			free(name);
		}
		if (inside)
			return found;
	}
	return false;
}

static void inspect_file(struct inspection *in, const char *path, mode_t mode)
{
	size_t length;
	char *data;

	/* it is there to be handed over, and no key is in it */
	if (!(mode & 077) || faults_has(in->faults, path) ||
	    strcmp(path, PENDING_ARCHIVE) == 0)
		return;
	data = tree_read(in->job->output->fd, path, &length);
	if (data &&
	    (is_packed(data, length) || is_pem_key(data, length) ||
	     is_der_key(data, length)) &&
	    !has_its_mode(in, path, mode))
		faults_add(in->faults, path,
			   "chmod 0600 it, and think of who may have read it",
			   "holds a key, and mode %04o lets others at it",
			   (unsigned int)mode);
	if (data)
		OPENSSL_cleanse(data, length);
	free(data);
}

static void walk(struct inspection *in, const char *folder)
{
	size_t i, n;
	struct tree_entry *list = tree_list(in->job->output->fd, folder, &n);

	for (i = 0; list && i < n; i++) {
		char *path = memory_format("%s%s%s", folder, *folder ? "/" : "",
					   list[i].name);
		struct stat st;

		if (list[i].is_folder)
			walk(in, path);
		else if (fstatat(in->job->output->fd, path, &st,
				 AT_SYMLINK_NOFOLLOW) == 0 &&
			 S_ISREG(st.st_mode))
			inspect_file(in, path, st.st_mode & 07777);
		free(path);
	}
	if (!list)
		faults_add(in->faults, folder, "make it readable to its owner",
			   "%s", strerror(errno));
	tree_list_free(list, n);
}

void inspect_secrets(struct inspection *in)
{
	struct stat st;

	if (fstat(in->job->output->fd, &st) == 0 &&
	    (st.st_mode & 07777) != 0700)
		faults_add(in->faults, ".", "chmod 0700 it",
			   "mode %04o of the output folder, wanted 0700",
			   (unsigned int)st.st_mode & 07777);
	walk(in, "");
}
