/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"
#include "memory.h"
#include "report.h"
#include "summary.h"

/* The version of the JSON that is printed; raised when a key changes. */
#define JSON_FORMAT 1

/* Lines of a kind that a person will read; --json has all. */
#define LINES_SHOWN 20

static void print_text(const char *text)
{
	report_text(stdout, text);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static bool only_repacked(const struct job *job, size_t place)
{
	const struct group *group = &job->inventory->groups[place];
	size_t i;

	for (i = 0; i < group->n_entries; i++)
		if (job->plan->items[group->first_entry + i].action !=
		    PLAN_KEEP)
			return false;
	return job->plan->repacked[place] != NULL;
}

static void print_unwanted(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_unwanted && i < LINES_SHOWN; i++) {
		fputs("unwanted ", stdout);
		print_text(plan->unwanted[i].path);
		printf("  still valid, signed in %s/, but not in the "
		       "topology\n",
		       plan->unwanted[i].folder);
	}
	if (plan->n_unwanted > LINES_SHOWN)
		printf("unwanted ... and %zu more (--json has all)\n",
		       plan->n_unwanted - LINES_SHOWN);
}

/* Bundles that hold other files than before, with the same certificates. */
static void print_repacked(const struct job *job)
{
	const struct inventory *inventory = job->inventory;
	const struct plan *plan = job->plan;
	size_t i, shown = 0;

	for (i = 0; i < inventory->n_groups && plan->n_repacked; i++) {
		char *folder;

		if (!only_repacked(job, i) || ++shown > LINES_SHOWN)
			continue;
		folder = inventory_folder(
			inventory->holders[inventory->groups[i].first_holder]
				.owner);
		printf("repack   %s.tar.gz  ", folder);
		print_text(plan->repacked[i]);
		fputc('\n', stdout);
		free(folder);
	}
	if (shown > LINES_SHOWN)
		printf("repack   ... and %zu more (--json has all)\n",
		       shown - LINES_SHOWN);
}

static size_t count(const struct plan *plan, enum plan_action action)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n_items; i++)
		n += plan->items[i].action == action;
	return n;
}

static void print_counts(const struct job *job)
{
	const struct plan *plan = job->plan;

	printf("%s: %zu to issue, %zu to reissue, ", job->directory,
	       count(plan, PLAN_ISSUE), count(plan, PLAN_REISSUE));
	if (count(plan, PLAN_IMPORT))
		printf("%zu to import, ", count(plan, PLAN_IMPORT));
	printf("%zu to keep\n", count(plan, PLAN_KEEP));
}

/* How wide the column of paths has to be, within reason. */
static int path_width(const struct plan *plan)
{
	size_t i, width = 0, shown = 0;

	for (i = 0; i < plan->n_items && shown < LINES_SHOWN; i++) {
		size_t length = strlen(plan->items[i].entry->path);

		if (plan->items[i].action == PLAN_KEEP)
			continue;
		shown++;
		if (length > width && length <= 48)
			width = length;
	}
	return (int)width;
}

static void print_cas(const struct job *job, int width)
{
	size_t i;

	for (i = 0; i < job->plan->n_cas; i++) {
		const struct ca_entry *ca = &job->inventory->cas[i];
		char *conf = memory_format("%s/" AUTHORITY_CONF, ca->folder);

		if (job->plan->cas[i].create)
			printf("issue    %-*s  new CA \"%s\"\n", width,
			       ca->folder, ca->common_name);
		else if (job->plan->cas[i].render)
			printf("render   %-*s  not what topology and template "
			       "ask for\n",
			       width, conf);
		free(conf);
	}
}

void summary_plan(const struct job *job)
{
	const struct plan *plan = job->plan;
	int width = path_width(plan);
	size_t i, shown = 0;

	print_cas(job, width);
	for (i = 0; i < plan->n_items && shown < LINES_SHOWN; i++) {
		const struct plan_item *item = &plan->items[i];

		if (item->action == PLAN_KEEP)
			continue;
		shown++;
		printf("%-8s %-*s  ", plan_action_name(item->action), width,
		       item->entry->path);
		print_text(item->reason);
		fputc('\n', stdout);
	}
	if (plan->n_work > shown)
		printf("... and %zu more (--json has all)\n",
		       plan->n_work - shown);
	print_repacked(job);
	print_unwanted(plan);
	if (plan_is_empty(plan))
		printf("%s: nothing to do, %zu certificate%s to keep\n",
		       job->directory, plan->n_items, plural(plan->n_items));
	else
		print_counts(job);
}

/* Makes a CA anew. */
static bool creates(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_cas; i++)
		if (plan->cas[i].create)
			return true;
	return false;
}

static void print_upload(const struct job *job)
{
	const struct plan *plan = job->plan;
	char *address;
	size_t i;

	for (i = 0; i < plan->n_items; i++)
		if (plan->items[i].action != PLAN_KEEP &&
		    plan->items[i].entry->owner->kind == OWNER_HOST)
			break;
	if (i < plan->n_items) {
		const struct owner *owner = plan->items[i].entry->owner;
		bool brackets;

		address = topology_reach(job->topology, owner);
		brackets = strchr(address, ':') != NULL;
		printf("\nUpload each bundle and unpack it there, as for %s:\n"
		       "  scp %s/hosts/%s.tar.gz %s%s%s:\n"
		       "  ssh %s tar -xzf %s.tar.gz\n",
		       owner->name, job->directory, owner->name,
		       brackets ? "[" : "", address, brackets ? "]" : "",
		       address, owner->name);
		free(address);
	}
	if (creates(plan))
		printf("\nKeep %s/%s to yourself and back %s up: %s for the "
		       "cluster.\nOnce uploaded, hosts/ and users/ can be "
		       "deleted here.\n",
		       job->directory, plan->n_cas > 1 ? "ca*/" : "ca/",
		       plan->n_cas > 1 ? "them" : "it",
		       plan->n_cas > 1 ? "their keys sign" : "its key signs");
}

static void print_made(const struct plan_item *item,
		       const struct outcome *outcome)
{
	const struct entry *entry = item->entry;
	char *folder = inventory_folder(entry->owner);
	char day[DATES_DAY];

	if (entry->service)
		printf("  %s, %s of all its hosts", entry->folder, entry->file);
	else
		printf("  %s.tar.gz  %s", folder, entry->file);
	printf(" until %s",
	       dates_day(entry->import ? entry->import->record->not_after :
					 outcome->not_after,
			 day));
	if (entry->import)
		fputs(", imported", stdout);
	if (item->action == PLAN_REISSUE) {
		fputs("; ", stdout);
		print_text(item->reason);
	}
	fputc('\n', stdout);
	free(folder);
}

static void print_made_cas(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->plan->n_cas; i++) {
		const struct ca_entry *ca = &job->inventory->cas[i];

		if (job->plan->cas[i].create)
			printf("made the CA \"%s\" (%s) and ", ca->common_name,
			       ca->key->text);
		else if (job->plan->cas[i].render)
			printf("rendered %s/" AUTHORITY_CONF " and ",
			       ca->folder);
	}
}

void summary_generate(const struct job *job, const struct outcome *outcomes)
{
	const struct plan *plan = job->plan;
	size_t i, n, shown = 0;

	if (plan_is_empty(plan)) {
		printf("%s: nothing to do, %zu certificate%s as the topology "
		       "asks for\n",
		       job->directory, plan->n_items, plural(plan->n_items));
		print_unwanted(plan);
		return;
	}
	printf("%s: ", job->directory);
	print_made_cas(job);
	n = plan->n_work - count(plan, PLAN_IMPORT);
	printf("issued %zu certificate%s", n, plural(n));
	if (count(plan, PLAN_IMPORT))
		printf(", imported %zu", count(plan, PLAN_IMPORT));
	if (count(plan, PLAN_KEEP))
		printf(", kept %zu", count(plan, PLAN_KEEP));
	fputc('\n', stdout);
	for (i = 0; i < plan->n_items && shown < LINES_SHOWN; i++)
		if (plan->items[i].action != PLAN_KEEP) {
			print_made(&plan->items[i], &outcomes[i]);
			shown++;
		}
	if (plan->n_work > shown)
		printf("  ... and %zu more (--json has all)\n",
		       plan->n_work - shown);
	print_repacked(job);
	print_unwanted(plan);
	print_upload(job);
}

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
	if (outcome && *outcome->serial) {
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

json_t *summary_common_json(const struct job *job, const char *command)
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

void summary_print_json(json_t *root)
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

		for (k = 0; only_repacked(job, i) && k < group->n_holders;
		     k++) {
			char *folder = inventory_folder(
				inventory->holders[group->first_holder + k]
					.owner);

			json_array_append_new(
				list,
				json_pack("{s:o, s:s}", "bundle",
					  json_sprintf("%s.tar.gz", folder),
					  "reason", job->plan->repacked[i]));
			free(folder);
		}
	}
	return list;
}

static json_t *ca_json(const struct job *job, size_t place)
{
	const struct plan_ca *planned = &job->plan->cas[place];
	const struct ca_entry *ca = &job->inventory->cas[place];
	const struct record *record = job->authorities[place]->record;
	const char *name = planned->create     ? ca->common_name :
			   record->common_name ? record->common_name :
						 "";

	return json_pack("{s:s, s:s, s:s, s:s}", "folder", ca->folder, "action",
			 planned->create ? "issue" : "keep", "common_name",
			 name, "conf", planned->render ? "render" : "keep");
}

void summary_json(const struct job *job, const char *command,
		  const struct outcome *outcomes)
{
	const struct plan *plan = job->plan;
	json_t *items = json_array(), *unwanted = json_array();
	json_t *cas = json_array(), *root;
	size_t i;

	for (i = 0; i < plan->n_items; i++)
		json_array_append_new(items, item_json(&plan->items[i],
						       outcomes ? &outcomes[i] :
								  NULL));
	for (i = 0; i < plan->n_unwanted; i++)
		json_array_append_new(unwanted,
				      json_string(plan->unwanted[i].path));
	root = summary_common_json(job, command);
	for (i = 0; i < plan->n_cas; i++)
		json_array_append_new(cas, ca_json(job, i));
	json_object_set(root, "ca", json_array_get(cas, 0));
	json_object_set_new(root, "cas", cas);
	json_object_set_new(root, "work",
			    json_integer((json_int_t)plan->n_work));
	json_object_set_new(root, "certificates", items);
	json_object_set_new(root, "unwanted", unwanted);
	json_object_set_new(root, "repacked", repacked_json(job));
	summary_print_json(root);
}

void summary_interrupted_json(const struct job *job)
{
	summary_print_json(summary_common_json(job, "plan"));
}
