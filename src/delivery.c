/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "contents.h"
#include "delivery.h"
#include "lineage.h"
#include "memory.h"
#include "tree.h"

const struct parcel *delivery_parcel(const struct delivery *delivery)
{
	return delivery->has_unpacked ? &delivery->unpacked : &delivery->packed;
}

const struct reference *delivery_reference(struct delivery *delivery,
					   const struct content *content)
{
	const struct job *job = delivery->in->job;
	size_t place;

	if (content->entry == SIZE_MAX)
		return NULL;
	place = content->entry;
	if (!delivery->looked_up[place]) {
		delivery->looked_up[place] = true;
		reference_find(&delivery->references[place], job,
			       content_entry(job->inventory, delivery->group,
					     content));
	}
	return delivery->references[place].certificate ?
		       &delivery->references[place] :
		       NULL;
}

bool delivery_needs_key(const struct content *content)
{
	if (content->kind == CONTENT_FILE)
		return content->entry != SIZE_MAX;
	return content->kind == CONTENT_KEY;
}

char *delivery_name(const struct content *content)
{
	return memory_format("%s/%s", content_folder(content), content->name);
}

char *delivery_packed_path(const struct delivery *delivery)
{
	return memory_format("%s.tar.gz", delivery->path);
}

char *delivery_renew(const struct delivery *delivery)
{
	return memory_format("topocert generate --renew %s makes the bundle "
			     "anew",
			     delivery->path);
}

bool delivery_wants(const struct delivery *delivery, const char *name)
{
	const struct holder *holder = delivery->holder;
	bool found = strcmp(name, GUIDE_FILE) == 0;
	size_t i;

	for (i = 0; i < holder->n_contents && !found; i++) {
		char *wanted = delivery_name(&holder->contents[i]);

		found = strcmp(wanted, name) == 0;
		free(wanted);
	}
	return found;
}

/* The folders are not what is packed. */
static bool differs(const struct delivery *delivery)
{
	size_t i;

	for (i = 0; i < delivery->packed.n_files; i++) {
		const struct parcel_file *packed = &delivery->packed.files[i];

		if (strcmp(packed->name, GUIDE_FILE) != 0 &&
		    !parcel_same(packed, parcel_find(&delivery->unpacked,
						     packed->name)))
			return true;
	}
	return false;
}

static char *mend_of(const struct delivery *delivery)
{
	if (delivery->has_unpacked && delivery->packed_good &&
	    differs(delivery))
		return memory_format("tar -xzpf %s.tar.gz -C %s restores it",
				     delivery->path, delivery->path);
	return delivery_renew(delivery);
}

void delivery_fault(struct delivery *delivery, const char *name,
		    const char *format, ...)
{
	char *path = memory_format("%s/%s", delivery->path, name);
	char *mend = mend_of(delivery), *what;
	va_list args;

	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		abort();
	va_end(args);
	faults_add(delivery->in->faults, path, mend, "%s", what);
	free(what);
	free(mend);
	free(path);
}

/* All that is in the file of the CA that signed; of an import, its chain. */
static STACK_OF(X509) *
	issuers_of(const struct reference *reference, const struct entry *entry)
{
	return entry->import ? X509_chain_up_ref(entry->import->others) :
			       lineage_chain(reference->signer);
}

STACK_OF(X509) * delivery_certificates(struct delivery *delivery,
				       const struct content *content,
				       enum profile_part part)
{
	const struct job *job = delivery->in->job;
	const struct reference *reference =
		delivery_reference(delivery, content);
	STACK_OF(X509) *list = NULL;

	if (part == PART_CA)
		return lineage_anchors(
			job->authorities[content->ca - job->inventory->cas]);
	if (reference && (part == PART_CHAIN || part == PART_FULLCHAIN))
		list = issuers_of(reference,
				  content_entry(job->inventory, delivery->group,
						content));
	if (!list)
		list = sk_X509_new_null();
	if (part == PART_FULLCHAIN)
		chain_drop_roots(list);
	if (reference && (part == PART_CERTIFICATE || part == PART_FULLCHAIN) &&
	    X509_up_ref(reference->certificate))
		sk_X509_unshift(list, reference->certificate);
	return list;
}
