/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include "lineage.h"
#include "list.h"
#include "memory.h"

char *list_owner(const struct ledger_row *row)
{
	if (!row->owner)
		return memory_copy("-");
	return memory_format(
		"%s %s",
		row->kind == LEDGER_CA ? "CA" : ledger_kind_name(row->kind),
		row->owner);
}

/* Of "hosts/node1/certs/node.crt" all but the folders that every host has. */
const char *list_short_file(const struct ledger_row *row)
{
	const char *file = row->file;

	if (row->kind == LEDGER_CA || !row->owner)
		return file;
	file = strchr(file, '/') + 1;
	file = strchr(file, '/') + 1;
	return strncmp(file, "certs/", 6) == 0 && file[6] ? file + 6 : file;
}

const char *list_name(const struct ledger_row *row, size_t i)
{
	const struct record *record =
		row->kind == LEDGER_CA ? row->authority->record : row->record;

	if (record && record->n_names)
		return i < record->n_names ? record->names[i].text : NULL;
	if (i)
		return NULL;
	return record && record->common_name ? record->common_name :
					       row->subject;
}

const char *list_note(const struct ledger_row *row)
{
	if (row->damaged)
		return "record damaged";
	if (!row->wanted && row->owner && !ledger_is_past(row))
		return "not wanted";
	return row->authority ? NULL : "imported";
}

const char *list_ca_name(const struct authority *authority)
{
	return authority->record->common_name ? authority->record->common_name :
						authority->record->subject;
}

char *list_rotation(const struct job *job, const struct authority *lineage)
{
	const struct inventory *inventory = job->inventory;
	const char *name = "";
	size_t i;

	/* which one has to be said where there are several */
	for (i = 0; inventory->n_cas > 1 && i < inventory->n_cas; i++)
		if (job->authorities[i] == lineage)
			name = inventory->cas[i].name;
	switch (lineage->stage) {
	case LINEAGE_BEGUN:
		return memory_format("%s/: rotation begun: %s/ still signs: "
				     "next is topocert rotate ca switch%s%s",
				     lineage->folder, lineage->folder,
				     *name ? " --ca " : "", name);
	case LINEAGE_SWITCHED:
		return memory_format("%s/: rotation switched: %s/ signs now: "
				     "next is topocert rotate ca finish%s%s",
				     lineage->folder, lineage->folder,
				     *name ? " --ca " : "", name);
	case LINEAGE_SETTLED:
		break;
	}
	return NULL;
}

char *list_when(const struct ledger_row *row)
{
	bool expired = row->status == LEDGER_EXPIRED;
	long days = expired ? -row->days_left : row->days_left;

	if (!days)
		return memory_copy(expired ? "less than a day ago" :
					     "within a day");
	return memory_format("%s%ld day%s%s", expired ? "" : "in ", days,
			     list_plural((size_t)days), expired ? " ago" : "");
}

const char *list_plural(size_t n)
{
	return n == 1 ? "" : "s";
}
