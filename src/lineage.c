/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "chain.h"
#include "crl.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "tree.h"

/* Octets of a fingerprint that are enough to tell certificates apart. */
#define FINGERPRINT 8

static const char *const names[] = {
	[LINEAGE_SETTLED] = "settled",
	[LINEAGE_BEGUN] = "begun",
	[LINEAGE_SWITCHED] = "switched",
};

const char *lineage_stage_name(enum lineage_stage stage)
{
	return names[stage];
}

const char *lineage_state(enum lineage_stage stage)
{
	static const char *const lines[] = {
		[LINEAGE_SETTLED] = NULL,
		[LINEAGE_BEGUN] = "begun\n",
		[LINEAGE_SWITCHED] = "switched\n",
	};

	return lines[stage];
}

static int load_state(struct authority *authority)
{
	size_t length;
	char *text = tree_read(authority->fd, LINEAGE_STATE, &length);
	enum lineage_stage stage = LINEAGE_BEGUN;
	int error = errno;

	authority->stage = LINEAGE_SETTLED;
	if (!text && error == ENOENT)
		return 0;
	while (text && stage <= LINEAGE_SWITCHED &&
	       (length != strlen(lineage_state(stage)) ||
		strcmp(text, lineage_state(stage)) != 0))
		stage++;
	if (text && stage <= LINEAGE_SWITCHED) {
		authority->stage = stage;
		free(text);
		return 0;
	}
	report_error("%s/" LINEAGE_STATE ": %s", authority->path,
		     text ? "damaged: wanted 'begun' or 'switched'; restore it "
			    "from a backup" :
			    strerror(error));
	free(text);
	return -1;
}

static struct authority *load(const struct authority *of,
			      const struct output *output, const char *name)
{
	char *folder = memory_format("%s/%s", of->folder, name);
	struct authority *authority = authority_open(output, folder, "-");

	if (authority && !authority->exists) {
		report_error("%s: damaged: no CA in it; restore it from a "
			     "backup",
			     authority->path);
		authority_free(authority);
		authority = NULL;
	}
	if (authority)
		crl_load(authority);
	free(folder);
	return authority;
}

static int number_order(const void *left, const void *right)
{
	const long *a = left, *b = right;

	return *a < *b ? 1 : *a > *b ? -1 : 0;
}

/* old/1, old/2 ..., the highest number first. */
static int load_old(struct authority *authority, const struct output *output)
{
	struct tree_entry *list;
	long *numbers = NULL;
	size_t i, n, count = 0;
	int ret = 0;

	list = tree_list(authority->fd, LINEAGE_OLD, &n);
	if (!list && errno == ENOENT)
		return 0;
	if (!list) {
		report_error("%s/" LINEAGE_OLD ": %s", authority->path,
			     strerror(errno));
		return -1;
	}
	for (i = 0; i < n; i++)
		if (list[i].is_folder &&
		    strspn(list[i].name, "0123456789") == strlen(list[i].name))
			*(long *)memory_append(&numbers, &count,
					       sizeof(*numbers)) =
				atol(list[i].name);
	tree_list_free(list, n);
	if (count)
		qsort(numbers, count, sizeof(*numbers), number_order);
	for (i = 0; i < count && ret == 0; i++) {
		char *name = memory_format(LINEAGE_OLD "/%ld", numbers[i]);
		struct authority *old = load(authority, output, name);

		if (old)
			*(struct authority **)memory_append(&authority->old,
							    &authority->n_old,
							    sizeof(old)) = old;
		else
			ret = -1;
		free(name);
	}
	free(numbers);
	return ret;
}

int lineage_load(struct authority *authority, const struct output *output)
{
	if (!authority->exists)
		return 0;
	crl_load(authority);
	if (load_state(authority) || load_old(authority, output))
		return -1;
	if (authority->stage == LINEAGE_BEGUN) {
		authority->next = load(authority, output, LINEAGE_NEXT);
		return authority->next ? 0 : -1;
	}
	if (authority->stage == LINEAGE_SWITCHED && !authority->n_old) {
		report_error("%s/" LINEAGE_STATE " says that the CA was "
			     "switched, but " LINEAGE_OLD
			     "/ has no earlier one; restore it from a backup",
			     authority->path);
		return -1;
	}
	return 0;
}

struct authority *lineage_writable(struct authority *authority, size_t i)
{
	if (i == 0)
		return authority;
	if (i <= authority->n_old)
		return authority->old[i - 1];
	return i == authority->n_old + 1 ? authority->next : NULL;
}

const struct authority *lineage_get(const struct authority *authority, size_t i)
{
	if (i == 0)
		return authority;
	/* it is not changed for that */
	return lineage_writable((struct authority *)authority, i);
}

const struct authority *lineage_newest(const struct authority *authority)
{
	return authority->next ? authority->next : authority;
}

void lineage_derive(struct authority *authority, const struct derivation *from)
{
	struct authority *generation;
	size_t i;

	for (i = 0; (generation = lineage_writable(authority, i)); i++)
		generation->from = from;
}

/* Those that are to be trusted, the newest first; returns how many. */
static size_t trusted(const struct authority *authority,
		      const struct authority *list[2])
{
	size_t n = 0;

	if (authority->stage == LINEAGE_BEGUN)
		list[n++] = authority->next;
	list[n++] = authority;
	if (authority->stage == LINEAGE_SWITCHED)
		list[n++] = authority->old[0];
	return n;
}

STACK_OF(X509) * lineage_chain(const struct authority *generation)
{
	STACK_OF(X509) * list;
	size_t length = 0;
	char *text;

	if (generation->pem)
		return chain_read(generation->pem, strlen(generation->pem));
	text = tree_read(generation->fd, AUTHORITY_CERTIFICATE, &length);
	list = chain_read(text ? text : "", length);
	free(text);
	return list;
}

bool lineage_is_root(const struct authority *authority)
{
	return strcmp(authority->record->subject, authority->record->issuer) ==
	       0;
}

STACK_OF(X509) * lineage_intermediates(const struct authority *generation)
{
	STACK_OF(X509) * list;

	/* mostly: nothing has to be decoded to know it */
	if (generation->record && lineage_is_root(generation))
		return sk_X509_new_null();
	list = lineage_chain(generation);
	chain_drop_roots(list);
	return list;
}

/* What is not in LIST yet of FROM, which it frees. */
static void merge(STACK_OF(X509) * list, STACK_OF(X509) * from)
{
	int i;

	for (i = 0; i < sk_X509_num(from); i++) {
		X509 *certificate = sk_X509_value(from, i);

		if (!chain_has(list, certificate) && X509_up_ref(certificate))
			sk_X509_push(list, certificate);
	}
	chain_free(from);
}

/* The roots of LIST, which becomes that; where there are none, the topmost. */
static STACK_OF(X509) * keep_anchors(STACK_OF(X509) * list)
{
	bool roots = false;
	int i;

	for (i = 0; i < sk_X509_num(list); i++)
		roots = roots || chain_is_root(sk_X509_value(list, i));
	for (i = sk_X509_num(list) - (roots ? 1 : 2); i >= 0; i--)
		if (!roots || !chain_is_root(sk_X509_value(list, i)))
			X509_free(sk_X509_delete(list, i));
	return list;
}

STACK_OF(X509) * lineage_anchors(const struct authority *authority)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	const struct authority *generations[2];
	size_t n = trusted(authority, generations), i;

	if (!list)
		abort();
	/* while the one above is replaced, both of it count */
	if (authority->issuer)
		merge(list, lineage_anchors(authority->issuer));
	for (i = 0; i < n; i++)
		merge(list, keep_anchors(lineage_chain(generations[i])));
	return list;
}

X509 *lineage_anchor(const struct authority *generation)
{
	STACK_OF(X509) *list = keep_anchors(lineage_chain(generation));
	X509 *anchor = sk_X509_shift(list);

	chain_free(list);
	return anchor;
}

const char *lineage_trust(const struct authority *authority)
{
	/* what it is asked for thousands of times is no part of its value */
	struct authority *own = (struct authority *)authority;
	STACK_OF(X509) * list;

	if (own->trust)
		return own->trust;
	list = lineage_anchors(authority);
	own->trust = chain_write(list);
	chain_free(list);
	return own->trust;
}

void lineage_forget(struct authority *authority)
{
	free(authority->trust);
	authority->trust = NULL;
}

/* What PLACE (offset of a char *) has for those that are trusted, and for those
 * of the CA above. */
static char *join(const struct authority *authority, size_t place,
		  const char *between)
{
	const struct authority *list[2];
	size_t n = trusted(authority, list), i;
	char *texts[3] = { NULL }, *text;

	for (i = 0; i < n; i++)
		texts[i] =
			*(char *const *)(const void *)((const char *)list[i] +
						       place);
	if (authority->issuer)
		texts[2] = join(authority->issuer, place, between);
	text = memory_copy("");
	for (i = 0; i < 3; i++) {
		char *longer;

		if (!texts[i] || !*texts[i])
			continue;
		longer = memory_format("%s%s%s", text, *text ? between : "",
				       texts[i]);
		free(text);
		text = longer;
	}
	if (authority->issuer)
		free(texts[2]);
	return text;
}

char *lineage_lists(const struct authority *authority)
{
	return join(authority, offsetof(struct authority, crl), "");
}

char *lineage_list_numbers(const struct authority *authority)
{
	return join(authority, offsetof(struct authority, crl_number), "+");
}

int lineage_load_certificates(struct authority *authority)
{
	if (authority_load_certificate(authority))
		return -1;
	if (authority->stage == LINEAGE_BEGUN)
		return authority_load_certificate(authority->next);
	if (authority->stage == LINEAGE_SWITCHED)
		return authority_load_certificate(authority->old[0]);
	return 0;
}

static void write_fingerprint(FILE *out, const unsigned char *fingerprint)
{
	size_t i;

	for (i = 0; i < FINGERPRINT; i++)
		fprintf(out, "%02x", fingerprint[i]);
}

/* All of LIST, which it frees, with plus signs between them. Free it. */
static char *fingerprints(STACK_OF(X509) * list)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int i;

	if (!out)
		abort();
	for (i = 0; i < sk_X509_num(list); i++) {
		if (!X509_digest(sk_X509_value(list, i), EVP_sha256(), digest,
				 NULL))
			abort();
		if (i)
			fputc('+', out);
		write_fingerprint(out, digest);
	}
	fclose(out);
	chain_free(list);
	return text;
}

char *lineage_fingerprint(const struct authority *authority)
{
	const struct authority *list[2];
	size_t n = trusted(authority, list), length;
	char *text = NULL;
	FILE *out;

	if (!lineage_is_root(list[0]) || (n > 1 && !lineage_is_root(list[1])))
		return fingerprints(lineage_anchors(authority));
	out = open_memstream(&text, &length);
	if (!out)
		abort();
	write_fingerprint(out, list[0]->record->fingerprint);
	if (n > 1) {
		fputc('+', out);
		write_fingerprint(out, list[1]->record->fingerprint);
	}
	fclose(out);
	return text;
}

char *lineage_chain_fingerprint(const struct authority *authority)
{
	if (lineage_is_root(authority))
		return memory_copy("");
	return fingerprints(lineage_intermediates(authority));
}

bool lineage_is_former(const struct authority *authority,
		       const struct authority *above)
{
	return authority->record && above->record &&
	       !lineage_is_root(authority) &&
	       !record_issued_by(authority->record, above->record);
}

void lineage_succeed(struct authority *own, struct authority *next)
{
	size_t i;

	*(struct authority **)memory_append(&next->old, &next->n_old,
					    sizeof(own)) = own;
	for (i = 0; i < own->n_old; i++)
		*(struct authority **)memory_append(&next->old, &next->n_old,
						    sizeof(own)) = own->old[i];
	free(own->old);
	own->old = NULL;
	own->n_old = 0;
}

char *lineage_retired_folder(const struct authority *authority)
{
	const char *last = authority->n_old ?
				   strrchr(authority->old[0]->folder, '/') :
				   NULL;

	return memory_format("%s/" LINEAGE_OLD "/%ld", authority->folder,
			     last ? atol(last + 1) + 1 : 1);
}

size_t lineage_base_length(const char *name)
{
	const char *blank = strrchr(name, ' ');

	if (!blank || blank[1] != 'G' || !blank[2] ||
	    strspn(blank + 2, "0123456789") != strlen(blank + 2))
		return strlen(name);
	return (size_t)(blank - name);
}
