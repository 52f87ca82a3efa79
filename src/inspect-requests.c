/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "inspect.h"
#include "kept.h"
#include "memory.h"
#include "tree.h"

#define ENDING ".csr"

/* The serial number that NAME begins with; NULL: it is another file's. Free
 * it. */
static char *serial_of(const char *name)
{
	size_t length = strlen(name), end = strlen(ENDING);

	if (length <= end || strcmp(name + length - end, ENDING) != 0)
		return NULL;
	return memory_copy_part(name, length - end);
}

/* It says where a key is, and may be signed again. */
static void inspect_request(struct inspection *in,
			    const struct authority *authority, const char *name)
{
	char *path =
		memory_format("%s/" KEPT_FOLDER "/%s", authority->folder, name);
	char *serial = serial_of(name);
	struct record *asked = NULL;
	X509_REQ *request = NULL;

	if (!serial || !index_has_serial(authority->index, serial)) {
		faults_add(in->faults, path, "delete it",
			   AUTHORITY_INDEX " has no such certificate");
	} else {
		request = kept_load(authority, serial, &asked);
		if (!request)
			faults_add(
				in->faults, path,
				"restore it from a backup, or have a new one "
				"signed",
				"damaged, or not by the key of its "
				"certificate");
	}
	X509_REQ_free(request);
	record_free(asked);
	free(serial);
	free(path);
}

void inspect_requests(struct inspection *in, const struct authority *authority)
{
	struct tree_entry *list;
	size_t i, n;

	list = tree_list(authority->fd, KEPT_FOLDER, &n);
	for (i = 0; i < n; i++)
		inspect_request(in, authority, list[i].name);
	tree_list_free(list, n);
}
