/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "issue.h"
#include "memory.h"
#include "rendering.h"
#include "sample.h"

/* All that have the same of these come from the same lines of templates. */
struct sample {
	const struct profile_certificate *type;
	char *section;
	struct record *record;
};

struct samples {
	const struct inventory *inventory;
	struct authority *const *authorities;
	struct diag *diag;
	struct issuer *issuers; /* one for each CA, prepared when needed */
	struct sample *items;
	size_t n;
	bool failed;
};

struct samples *samples_new(const struct inventory *inventory,
			    struct authority *const *authorities,
			    struct diag *diag)
{
	struct samples *samples = memory_zeroed(1, sizeof(*samples));

	samples->inventory = inventory;
	samples->authorities = authorities;
	samples->diag = diag;
	samples->issuers =
		memory_zeroed(inventory->n_cas, sizeof(*samples->issuers));
	return samples;
}

void samples_free(struct samples *samples)
{
	size_t i;

	for (i = 0; i < samples->inventory->n_cas; i++)
		issuer_clear(&samples->issuers[i]);
	for (i = 0; i < samples->n; i++) {
		free(samples->items[i].section);
		record_free(samples->items[i].record);
	}
	free(samples->issuers);
	free(samples->items);
	free(samples);
}

bool samples_failed(const struct samples *samples)
{
	return samples->failed;
}

static struct record *make(struct samples *samples, const struct entry *entry)
{
	size_t place = (size_t)(entry->ca - samples->inventory->cas);
	struct issuer *issuer = &samples->issuers[place];
	struct record *record = NULL;

	if (samples->failed)
		return NULL; /* once is enough */
	if (!issuer->conf) {
		*issuer = (struct issuer){
			.inventory = samples->inventory,
			.ca = entry->ca,
			.authority = samples->authorities[place],
			.now = samples->inventory->now,
		};
		if (authority_load_certificate(issuer->authority) ||
		    issuer_prepare(issuer, samples->diag))
			samples->failed = true;
	}
	if (!samples->failed)
		record = issue_sample(issuer, entry, samples->diag);
	samples->failed = samples->failed || !record;
	return record;
}

/* That of the kind of ENTRY; NULL: reported. */
static const struct record *find(struct samples *samples,
				 const struct entry *entry)
{
	char *section = rendering_section(samples->inventory, entry);
	struct sample *sample;
	size_t i;

	for (i = 0; i < samples->n; i++) {
		sample = &samples->items[i];
		if (sample->type == entry->type &&
		    strcmp(sample->section, section) == 0) {
			free(section);
			return sample->record;
		}
	}
	sample = memory_append(&samples->items, &samples->n, sizeof(*sample));
	sample->type = entry->type;
	sample->section = section;
	sample->record = make(samples, entry);
	return sample->record;
}

static const char *difference(const struct record *is,
			      const struct record *wanted)
{
	if (strcmp(is->other_subject, wanted->other_subject) != 0)
		return "subject";
	if (is->digest != wanted->digest && is->digest && wanted->digest)
		return "digest";
	return extension_compare(&is->extensions, &wanted->extensions);
}

char *samples_compare(struct samples *samples, const struct entry *entry,
		      const struct record *record)
{
	const struct record *sample = find(samples, entry);
	struct record *own = NULL;
	const char *what;
	char *reason = NULL;

	if (!sample || !difference(record, sample))
		return NULL;
	/* the template may put in something of the owner's */
	own = make(samples, entry);
	what = own ? difference(record, own) : NULL;
	if (what)
		reason = memory_format("template changed: %s", what);
	record_free(own);
	return reason;
}
