/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "check.h"
#include "conf.h"
#include "entry.h"
#include "key.h"
#include "memory.h"
#include "pending.h"
#include "record.h"
#include "rendering.h"
#include "request.h"
#include "tree.h"

struct out {
	X509_REQ *request;
	time_t since;
};

struct pending {
	const struct inventory *inventory;
	struct out *items; /* one for each entry; NULL: nothing is out */
};

char *pending_folder(const struct entry *entry)
{
	const char *slash = strrchr(entry->path, '/');
	char *inside = memory_copy_part(
		entry->path, slash ? (size_t)(slash - entry->path) : 0);
	char *folder = memory_format(PENDING_FOLDER "/%s", inside);

	free(inside);
	return folder;
}

char *pending_name(const struct entry *entry, const char *end)
{
	return memory_format("%s%s", entry->label, end);
}

static char *read_file(int folder, const struct entry *entry, const char *end,
		       size_t *length, time_t *since)
{
	char *inside = pending_folder(entry), *name = pending_name(entry, end);
	char *path = memory_format("%s/%s", inside, name);
	char *text = folder < 0 ? NULL : tree_read(folder, path, length);
	struct stat st;

	if (text && since && fstatat(folder, path, &st, 0) == 0)
		*since = st.st_mtime;
	free(path);
	free(name);
	free(inside);
	return text;
}

EVP_PKEY *pending_key(int folder, const struct entry *entry)
{
	size_t length = 0;
	char *text = read_file(folder, entry, PENDING_KEY, &length, NULL);
	EVP_PKEY *key = NULL;

	if (text) {
		ERR_set_mark();
		key = key_from_pem(text, length);
		ERR_pop_to_mark();
		OPENSSL_cleanse(text, length);
	}
	free(text);
	if (key && !key_is_sound(key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static X509_REQ *parse(const char *text, size_t length)
{
	BIO *bio = BIO_new_mem_buf(text, (int)length);
	X509_REQ *request;

	if (!bio)
		abort();
	request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return request;
}

/* A request without its key is of no use any more. */
static void load(struct out *out, int folder, const struct entry *entry)
{
	size_t length;
	char *text =
		read_file(folder, entry, PENDING_REQUEST, &length, &out->since);
	EVP_PKEY *key;

	if (!text)
		return;
	ERR_set_mark();
	out->request = parse(text, length);
	key = out->request ? pending_key(folder, entry) : NULL;
	if (!key || X509_REQ_check_private_key(out->request, key) != 1) {
		X509_REQ_free(out->request);
		out->request = NULL;
	}
	ERR_pop_to_mark();
	EVP_PKEY_free(key);
	free(text);
}

struct pending *pending_load(int folder, const struct inventory *inventory)
{
	struct pending *pending = memory_zeroed(1, sizeof(*pending));
	size_t i;

	pending->inventory = inventory;
	if (folder < 0 || faccessat(folder, PENDING_FOLDER, F_OK, 0) != 0)
		return pending;
	pending->items =
		memory_zeroed(inventory->n_entries, sizeof(*pending->items));
	for (i = 0; i < inventory->n_entries; i++)
		if (inventory->entries[i].ca &&
		    inventory->entries[i].ca->is_external)
			load(&pending->items[i], folder,
			     &inventory->entries[i]);
	return pending;
}

void pending_free(struct pending *pending)
{
	size_t i;

	if (!pending)
		return;
	for (i = 0; pending->items && i < pending->inventory->n_entries; i++)
		X509_REQ_free(pending->items[i].request);
	free(pending->items);
	free(pending);
}

X509_REQ *pending_request(const struct pending *pending, size_t place)
{
	return pending->items ? pending->items[place].request : NULL;
}

time_t pending_since(const struct pending *pending, size_t place)
{
	return pending->items ? pending->items[place].since : 0;
}

/* It is not the request that would be made now for the same key. */
static bool is_outdated(X509_REQ *request, const struct inventory *inventory,
			const struct entry *entry, struct diag *diag)
{
	const char *path = template_path(entry->type->template);
	struct rendered *rendered = rendering_of_entry(inventory, entry, diag);
	CONF *conf = rendered ? conf_load(rendered, path) : NULL;
	X509_REQ *draft = NULL;
	bool outdated;

	if (conf)
		draft = request_draft(conf, X509_REQ_get0_pubkey(request),
				      path);
	/* what cannot be rendered is told elsewhere */
	outdated = draft && !request_equal(request, draft);
	X509_REQ_free(draft);
	NCONF_free(conf);
	rendered_free(rendered);
	return outdated;
}

char *pending_misfit(const struct pending *pending, size_t place,
		     struct diag *diag)
{
	const struct inventory *inventory = pending->inventory;
	const struct entry *entry = &inventory->entries[place];
	X509_REQ *request = pending->items[place].request;
	struct record *record = record_of_request(request);
	char *what = record ? check_request(entry, record) :
			      memory_copy("its request cannot be read");

	if (!what && is_outdated(request, inventory, entry, diag))
		what = memory_copy("template changed");
	record_free(record);
	return what;
}

/* Two of them, without regard to case: not every disk tells them apart. */
static int name_order(const void *left, const void *right)
{
	return strcasecmp(**(char **const *)left, **(char **const *)right);
}

/* "hosts.node1.certs.node.csr", as one that nothing else is called. */
static char *long_name(const struct entry *entry)
{
	char *name = memory_format("%.*s" PENDING_REQUEST,
				   entry_stem_length(entry->path), entry->path);
	char *p;

	for (p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	return name;
}

/* The same name for a host and a user, or for two folders of a host. */
static void tell_apart(const struct inventory *inventory, char **names)
{
	char ***sorted = memory_zeroed(inventory->n_entries, sizeof(*sorted));
	bool *twice = memory_zeroed(inventory->n_entries, sizeof(*twice));
	size_t i, n = 0;

	for (i = 0; i < inventory->n_entries; i++)
		if (names[i])
			sorted[n++] = &names[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), name_order);
	for (i = 1; i < n; i++)
		if (strcasecmp(*sorted[i - 1], *sorted[i]) == 0)
			twice[sorted[i - 1] - names] =
				twice[sorted[i] - names] = true;
	for (i = 0; i < inventory->n_entries; i++)
		if (twice[i]) {
			free(names[i]);
			names[i] = long_name(&inventory->entries[i]);
		}
	free(twice);
	free(sorted);
}

char **pending_names(const struct inventory *inventory)
{
	char **names = memory_zeroed(inventory->n_entries, sizeof(*names));
	size_t i;

	for (i = 0; i < inventory->n_entries; i++)
		if (inventory->entries[i].ca &&
		    inventory->entries[i].ca->is_external)
			names[i] = entry_request_name(&inventory->entries[i]);
	tell_apart(inventory, names);
	return names;
}

void pending_names_free(const struct inventory *inventory, char **names)
{
	size_t i;

	for (i = 0; i < inventory->n_entries; i++)
		free(names[i]);
	free(names);
}
