/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include "authority.h"
#include "dates.h"
#include "memory.h"
#include "seeding.h"
#include "serial.h"

void seeding_begin(struct inventory *inventory, const struct seed *seed)
{
	size_t i;

	inventory->seed = seed;
	for (i = 0; seed && i < inventory->n_cas; i++) {
		struct ca_entry *ca = &inventory->cas[i];

		ca->derivation = memory_zeroed(1, sizeof(*ca->derivation));
		*ca->derivation = (struct derivation){
			.seed = seed,
			.cluster = inventory->topology->cluster.name.text,
			.owner = AUTHORITY_FOLDER,
			.name = ca->name,
			.key = ca->key->text,
			.generation = ca->generation,
		};
	}
}

bool seeding_is_stated(const struct inventory *inventory)
{
	return inventory->topology->cluster.seed_file.text != NULL;
}

const struct derivation *seeding_of_owner(const struct inventory *inventory,
					  const struct owner *owner,
					  const char *folder,
					  struct derivation *derivation)
{
	const struct setting *all =
		&inventory->topology->cluster.defaults.generation;

	if (!inventory->seed)
		return NULL;
	*derivation = (struct derivation){
		.seed = inventory->seed,
		.cluster = inventory->topology->cluster.name.text,
		.owner = folder,
		.name = "",
		.key = "",
		.generation = setting_number_or(&owner->section->own.generation,
						setting_number_or(all, 1)),
	};
	return derivation;
}

const struct derivation *seeding_of(const struct inventory *inventory,
				    const struct entry *entry,
				    struct derivation *derivation)
{
	if (!seeding_of_owner(inventory, entry->owner, entry->folder,
			      derivation))
		return NULL;
	derivation->name = entry->label;
	derivation->key = entry->key->text;
	return derivation;
}

time_t seeding_start(const struct inventory *inventory,
		     const struct entry *entry)
{
	time_t start = defaults_start(&entry->owner->section->own);

	return start ? start :
		       defaults_start(&inventory->topology->cluster.defaults);
}

time_t seeding_end(const struct inventory *inventory, const struct entry *entry,
		   time_t first)
{
	time_t start = seeding_start(inventory, entry);

	if (!start)
		start = inventory->now;
	else if (start < first)
		start = first;
	return start + entry->days * DAY;
}

char *seeding_misfit(const struct inventory *inventory,
		     const struct entry *entry, const struct record *record,
		     const struct record *issuer)
{
	time_t start = seeding_start(inventory, entry);
	struct derivation from;
	char is[DATES_FULL], wanted[DATES_FULL];

	if (!seeding_of(inventory, entry, &from))
		return NULL;
	if (!serial_is_of(&from, record->serial))
		return memory_format("not from the seed in generation %ld",
				     from.generation);
	/* none begins before its CA */
	if (start && start < issuer->not_before)
		start = issuer->not_before;
	if (!start || record->not_before == start)
		return NULL;
	return memory_format("begins at %s, wanted %s",
			     dates_full(record->not_before, is),
			     dates_full(start, wanted));
}

/* The line of the topology that says it of CA. */
static int line_of(const struct inventory *inventory, const struct ca_entry *ca,
		   const struct setting *own, const struct setting *all)
{
	if (ca->section)
		return own->text ? own->line : ca->section->line;
	return all->text ? all->line : inventory->topology->cluster.line;
}

void seeding_compare_ca(const struct inventory *inventory,
			const struct ca_entry *ca, const struct record *record,
			struct diag *diag)
{
	static const struct defaults none;
	const struct topology *topology = inventory->topology;
	const struct defaults *own = ca->section ? &ca->section->own : &none;
	char is[DATES_FULL];

	if (!ca->derivation || ca->origin || ca->is_external)
		return;
	if (!serial_is_of(ca->derivation, record->serial))
		diag_warning(diag, topology->path,
			     line_of(inventory, ca, &own->generation,
				     &topology->cluster.seed_file),
			     "the CA in %s/ is not from the seed in generation "
			     "%ld: it stays; topocert rotate ca begin makes "
			     "one that is",
			     ca->folder, ca->generation);
	else if (ca->start && record->not_before != ca->start)
		diag_warning(diag, topology->path,
			     line_of(inventory, ca, &own->not_before,
				     &topology->cluster.defaults.not_before),
			     "the CA in %s/ begins at %s: it stays; wanted "
			     "that as not_before in [ca%s%s]",
			     ca->folder, dates_full(record->not_before, is),
			     *ca->name ? " " : "", ca->name);
}
