/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "dates.h"
#include "lineage.h"
#include "memory.h"
#include "report.h"
#include "summary.h"

/* The version of the JSON that is printed; raised when a key changes. */
#define JSON_FORMAT 1

static json_t *names_json(const struct entry *entry)
{
	json_t *names = json_array();
	size_t i;

	for (i = 0; i < entry->n_names; i++)
		json_array_append_new(
			names, json_sprintf("%s:%s",
					    san_type_name(entry->names[i].type),
					    entry->names[i].text));
	return names;
}

static json_t *item_json(const struct plan_item *item,
			 const struct outcome *outcome)
{
	const struct entry *entry = item->entry;
	char *folder = inventory_folder(entry->owner);
	char date[DATES_FULL];
	json_t *object;

	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s*, s:o}",
			   "path", entry->path, "kind",
			   owner_kind_name(entry->owner->kind), "owner",
			   entry->owner->name, "profile",
			   entry->member->profile->label, "certificate",
			   entry->type->name, "action",
			   plan_action_name(item->action), "reason",
			   item->reason, "service", entry->service, "names",
			   names_json(entry));
	if (entry->import) {
		json_object_set_new(object, "import",
				    json_string(entry->import->path));
	} else {
		json_object_set_new(object, "ca",
				    json_string(entry->ca->folder));
		json_object_set_new(object, "common_name",
				    json_string(entry->common_name));
		json_object_set_new(object, "key",
				    json_string(entry->key->text));
		json_object_set_new(object, "days", json_integer(entry->days));
	}
	if (outcome && outcome->serial) {
		json_object_set_new(object, "serial",
				    json_string(outcome->serial));
		json_object_set_new(
			object, "not_after",
			json_string(dates_full(outcome->not_after, date)));
		json_object_set_new(object, "bundle",
				    json_sprintf("%s.tar.gz", folder));
	}
	free(folder);
	return object;
}

json_t *summary_json_new(const struct job *job, const char *command)
{
	json_t *root;

	root = json_pack("{s:i, s:s, s:s, s:s, s:b}", "format", JSON_FORMAT,
			 "command", command, "cluster",
			 job->topology->cluster.name.text, "directory",
			 job->directory, "interrupted", job->output->pending);
	if (!root)
		abort();
	return root;
}

json_t *summary_json_text(const char *text)
{
	json_t *string = json_string(text);
	char *plain;

	/* not in UTF-8: as a terminal would show it */
	if (!string) {
		plain = report_plain(text);
		string = json_string(plain);
		free(plain);
	}
	return string;
}

void summary_json_print(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2));
	fputc('\n', stdout);
	json_decref(root);
}

/* Bundles of which only the files change. */
static json_t *repacked_json(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	json_t *list = json_array();
	size_t i, k;

	for (i = 0; i < inventory->n_groups; i++) {
		const struct group *group = &inventory->groups[i];

		for (k = 0; plan_only_repacks(job->plan, inventory, i) &&
			    k < group->n_holders;
		     k++) {
			char *folder = inventory_folder(
				inventory->holders[group->first_holder + k]
					.owner);

			json_array_append_new(
				list,
				json_pack("{s:o, s:s, s:b}", "bundle",
					  json_sprintf("%s.tar.gz", folder),
					  "reason",
					  job->plan->groups[i].repacked,
					  "partial",
					  job->plan->groups[i].partial));
			free(folder);
		}
	}
	return list;
}

static const char *ca_action(const struct plan_ca *planned,
			     const struct ca_entry *ca)
{
	if (planned->adopt)
		return "adopt";
	if (planned->create)
		return ca->origin ? "adopt" : "issue";
	if (planned->certify)
		return "reissue";
	return planned->replace ? "renew" : "keep";
}

static json_t *ca_json(const struct job *job, size_t place)
{
	const struct plan_ca *planned = &job->plan->cas[place];
	const struct ca_entry *ca = &job->inventory->cas[place];
	const struct record *record = job->authorities[place]->record;
	const char *name = planned->create     ? ca->common_name :
			   !record             ? "" :
			   record->common_name ? record->common_name :
						 "";

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "folder", ca->folder,
			 "action", ca_action(planned, ca), "common_name", name,
			 "conf", planned->render ? "render" : "keep", "stage",
			 lineage_stage_name(job->authorities[place]->stage));
}

void summary_json(const struct job *job, const char *command,
		  const struct outcome *outcomes)
{
	const struct plan *plan = job->plan;
	json_t *items = json_array(), *unwanted = json_array();
	json_t *cas = json_array(), *pruned = json_array(), *root;
	size_t i;

	for (i = 0; i < plan->n_items; i++)
		json_array_append_new(items, item_json(&plan->items[i],
						       outcomes ? &outcomes[i] :
								  NULL));
	for (i = 0; i < plan->n_unwanted; i++)
		json_array_append_new(plan->unwanted[i].pruned ? pruned :
								 unwanted,
				      json_string(plan->unwanted[i].path));
	root = summary_json_new(job, command);
	for (i = 0; i < plan->n_cas; i++)
		json_array_append_new(cas, ca_json(job, i));
	json_object_set(root, "ca", json_array_get(cas, 0));
	json_object_set_new(root, "cas", cas);
	json_object_set_new(root, "work",
			    json_integer((json_int_t)plan->n_work));
	json_object_set_new(root, "requests",
			    json_integer((json_int_t)plan->n_requests));
	json_object_set_new(root, "waits",
			    json_integer((json_int_t)plan->n_waits));
	json_object_set_new(root, "certificates", items);
	json_object_set_new(root, "unwanted", unwanted);
	json_object_set_new(root, "pruned", pruned);
	json_object_set_new(root, "left",
			    json_integer((json_int_t)plan->n_left));
	json_object_set_new(root, "repacked", repacked_json(job));
	summary_json_print(root);
}

void summary_interrupted(const struct job *job, const char *command)
{
	if (job->options->json)
		summary_json_print(summary_json_new(job, command));
	else if (!job->options->quiet)
		printf("%s: an interrupted run is to be completed\n",
		       job->directory);
}
