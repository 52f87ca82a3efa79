/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>

#include "extension.h"
#include "memory.h"

static char *name_of(const ASN1_OBJECT *object, int nid)
{
	char text[128];

	if (nid != NID_undef)
		return memory_copy(OBJ_nid2sn(nid));
	OBJ_obj2txt(text, sizeof(text), object, 1);
	return memory_copy(text);
}

void extension_read(struct extension_list *list,
		    const STACK_OF(X509_EXTENSION) * extensions)
{
	int i, n = sk_X509_EXTENSION_num(extensions);

	for (i = 0; i < n; i++) {
		X509_EXTENSION *from = sk_X509_EXTENSION_value(extensions, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(from);
		struct extension *to =
			memory_append(&list->items, &list->n, sizeof(*to));

		to->nid = OBJ_obj2nid(X509_EXTENSION_get_object(from));
		to->name = name_of(X509_EXTENSION_get_object(from), to->nid);
		to->critical = X509_EXTENSION_get_critical(from) > 0;
		digest_octets(ASN1_STRING_get0_data(value),
			      (size_t)ASN1_STRING_length(value), to->digest);
	}
}

void extension_clear(struct extension_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->items[i].name);
	free(list->items);
}

static bool is_own(int nid)
{
	return nid == NID_subject_alt_name ||
	       nid == NID_subject_key_identifier ||
	       nid == NID_authority_key_identifier;
}

static bool has_same(const struct extension_list *list,
		     const struct extension *wanted)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct extension *item = &list->items[i];

		if (strcmp(item->name, wanted->name) == 0)
			return item->critical == wanted->critical &&
			       (is_own(item->nid) ||
				memcmp(item->digest, wanted->digest,
				       sizeof(item->digest)) == 0);
	}
	return false;
}

const char *extension_compare(const struct extension_list *is,
			      const struct extension_list *wanted)
{
	size_t i;

	for (i = 0; i < wanted->n; i++)
		if (!has_same(is, &wanted->items[i]))
			return wanted->items[i].name;
	for (i = 0; i < is->n; i++)
		if (!has_same(wanted, &is->items[i]))
			return is->items[i].name;
	return NULL;
}
