/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>

#include <jansson.h>

#include "dates.h"
#include "lineage.h"
#include "list.h"
#include "report.h"
#include "summary.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, summary_json_text(text));
}

/* Where it is known: 0 stands for a date that is not. */
static void set_date(json_t *object, const char *key, time_t time)
{
	char date[DATES_FULL];

	if (time)
		json_object_set_new(object, key,
				    json_string(dates_full(time, date)));
}

static json_t *names_json(const struct ledger_row *row)
{
	json_t *names = json_array();
	size_t i, n = row->record ? row->record->n_names : 0;

	for (i = 0; i < n; i++) {
		const struct san *name = &row->record->names[i];
		char *plain = report_plain(name->text);

		json_array_append_new(
			names, json_sprintf("%s:%s", san_type_name(name->type),
					    plain));
		free(plain);
	}
	return names;
}

static json_t *row_json(const struct ledger_row *row)
{
	json_t *object = json_object();

	set_text(object, "owner", row->owner);
	set_text(object, "kind", ledger_kind_name(row->kind));
	set_text(object, "file", row->file);
	set_text(object, "subject", row->subject);
	json_object_set_new(object, "names", names_json(row));
	set_text(object, "issuer", row->issuer);
	set_text(object, "serial", row->serial);
	set_date(object, "not_before", row->not_before);
	set_date(object, "not_after", row->not_after);
	json_object_set_new(object, "days_left", json_integer(row->days_left));
	set_text(object, "status", ledger_status_name(row->status));
	json_object_set_new(object, "wanted", json_boolean(row->wanted));
	json_object_set_new(object, "superseded",
			    json_boolean(row->superseded));
	json_object_set_new(object, "damaged", json_boolean(row->damaged));
	json_object_set_new(object, "imported", json_boolean(!row->authority));
	set_date(object, "revoked", row->revoked);
	set_text(object, "reason", row->reason);
	if (row->authority)
		set_text(object, "ca", row->authority->folder);
	return object;
}

static const char *role(const struct authority *lineage,
			const struct authority *generation)
{
	return generation == lineage       ? "signs" :
	       generation == lineage->next ? "next" :
					     "old";
}

static json_t *ca_json(struct authority *lineage)
{
	json_t *object = json_object(), *list = json_array();
	const struct authority *generation;
	size_t i;

	set_text(object, "folder", lineage->folder);
	set_text(object, "common_name", list_ca_name(lineage));
	set_text(object, "stage", lineage_stage_name(lineage->stage));
	for (i = 0; (generation = lineage_get(lineage, i)); i++) {
		json_t *item = json_object();

		set_text(item, "folder", generation->folder);
		set_text(item, "common_name", list_ca_name(generation));
		set_text(item, "role", role(lineage, generation));
		json_array_append_new(list, item);
	}
	json_object_set_new(object, "generations", list);
	return object;
}

int list_json(const struct job *job, const struct ledger *ledger)
{
	json_t *root = summary_json_new(job, "list");
	json_t *cas = json_array(), *certificates = json_array();
	size_t i;

	for (i = 0; i < ledger->n_lineages; i++)
		json_array_append_new(cas, ca_json(ledger->lineages[i]));
	for (i = 0; i < ledger->n; i++)
		json_array_append_new(certificates, row_json(&ledger->rows[i]));
	json_object_set_new(root, "cas", cas);
	json_object_set_new(root, "certificates", certificates);
	summary_json_print(root);
	return STATUS_DONE;
}
