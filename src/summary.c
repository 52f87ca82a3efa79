/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

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

static void print_unwanted(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_unwanted && i < LINES_SHOWN; i++) {
		fputs("unwanted ", stdout);
		print_text(plan->unwanted[i]);
		fputs("  still valid, but not in the topology\n", stdout);
	}
	if (plan->n_unwanted > LINES_SHOWN)
		printf("unwanted ... and %zu more (--json has all)\n",
		       plan->n_unwanted - LINES_SHOWN);
}

static size_t count(const struct plan *plan, enum plan_action action)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n_items; i++)
		n += plan->items[i].action == action;
	return n;
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

void summary_plan(const struct job *job)
{
	const struct plan *plan = job->plan;
	int width = path_width(plan);
	size_t i, shown = 0;

	if (plan->create_ca)
		printf("issue    %-*s  new CA \"%s\"\n", width,
		       AUTHORITY_FOLDER, job->inventory->ca.common_name);
	else if (plan->render_ca)
		printf("render   %-*s  not what topology and template ask "
		       "for\n",
		       width, AUTHORITY_FOLDER "/" AUTHORITY_CONF);
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
	print_unwanted(plan);
	if (plan_is_empty(plan))
		printf("%s: nothing to do, %zu certificate%s to keep\n",
		       job->directory, plan->n_items, plural(plan->n_items));
	else
		printf("%s: %zu to issue, %zu to reissue, %zu to keep\n",
		       job->directory, count(plan, PLAN_ISSUE),
		       count(plan, PLAN_REISSUE), count(plan, PLAN_KEEP));
}

/* Where to reach a host: the best name or address that the topology has. */
static const char *address_of(const struct entry *entry)
{
	const char *name = entry->owner->name;
	size_t i;

	for (i = 0; i < entry->n_names; i++)
		if (entry->names[i].type == SAN_DNS && !entry->names[i].line &&
		    strchr(entry->names[i].text, '.'))
			return entry->names[i].text;
	if (strchr(name, '.'))
		return name;
	for (i = 0; i < entry->n_names; i++)
		if (entry->names[i].type == SAN_IP &&
		    strncmp(entry->names[i].text, "127.", 4) != 0 &&
		    strcmp(entry->names[i].text, "::1") != 0)
			return entry->names[i].text;
	return name;
}

static void print_upload(const struct job *job)
{
	const struct plan *plan = job->plan;
	const char *address;
	size_t i;

	for (i = 0; i < plan->n_items; i++)
		if (plan->items[i].action != PLAN_KEEP &&
		    plan->items[i].entry->owner->kind == OWNER_HOST)
			break;
	if (i < plan->n_items) {
		const struct owner *owner = plan->items[i].entry->owner;
		bool brackets;

		address = address_of(plan->items[i].entry);
		brackets = strchr(address, ':') != NULL;
		printf("\nUpload each bundle and unpack it there, as for %s:\n"
		       "  scp %s/hosts/%s.tar.gz %s%s%s:\n"
		       "  ssh %s tar -xzf %s.tar.gz\n",
		       owner->name, job->directory, owner->name,
		       brackets ? "[" : "", address, brackets ? "]" : "",
		       address, owner->name);
	}
	if (plan->create_ca)
		printf("\nKeep %s/ca/ to yourself and back it up: its key "
		       "signs for the cluster.\nOnce uploaded, hosts/ and "
		       "users/ can be deleted here.\n",
		       job->directory);
}

static void print_made(const struct plan_item *item,
		       const struct outcome *outcome)
{
	char *folder = inventory_folder(item->entry->owner);
	char day[DATES_DAY];

	printf("  %s.tar.gz  %s until %s", folder, item->entry->file,
	       dates_day(outcome->not_after, day));
	if (item->action == PLAN_REISSUE) {
		fputs("; ", stdout);
		print_text(item->reason);
	}
	fputc('\n', stdout);
	free(folder);
}

void summary_generate(const struct job *job, const struct outcome *outcomes)
{
	const struct plan *plan = job->plan;
	size_t i, shown = 0;

	if (plan_is_empty(plan)) {
		printf("%s: nothing to do, %zu certificate%s as the topology "
		       "asks for\n",
		       job->directory, plan->n_items, plural(plan->n_items));
		print_unwanted(plan);
		return;
	}
	printf("%s: ", job->directory);
	if (!plan->create_ca && plan->render_ca)
		fputs("rendered " AUTHORITY_FOLDER "/" AUTHORITY_CONF " and ",
		      stdout);
	if (plan->create_ca)
		printf("made the CA \"%s\" (%s) and ",
		       job->inventory->ca.common_name,
		       job->inventory->ca.key->text);
	printf("issued %zu certificate%s", plan->n_work, plural(plan->n_work));
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

	object = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s*, s:s, s:o, s:s, s:I}", "path",
		entry->path, "kind", owner_kind_name(entry->owner->kind),
		"owner", entry->owner->name, "certificate", entry->type->name,
		"action", plan_action_name(item->action), "reason",
		item->reason, "common_name", entry->common_name, "names",
		names_json(entry), "key", entry->key->text, "days",
		(json_int_t)entry->days);
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

/* What every object says of itself. */
static json_t *common_json(const struct job *job, const char *command)
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

static void print_json(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2));
	fputc('\n', stdout);
	json_decref(root);
}

void summary_json(const struct job *job, const char *command,
		  const struct outcome *outcomes)
{
	const struct plan *plan = job->plan;
	json_t *items = json_array(), *unwanted = json_array(), *root;
	size_t i;

	for (i = 0; i < plan->n_items; i++)
		json_array_append_new(items, item_json(&plan->items[i],
						       outcomes ? &outcomes[i] :
								  NULL));
	for (i = 0; i < plan->n_unwanted; i++)
		json_array_append_new(unwanted, json_string(plan->unwanted[i]));
	root = common_json(job, command);
	json_object_set_new(
		root, "ca",
		json_pack("{s:s, s:s, s:s, s:s}", "folder",
			  job->authority->folder, "action",
			  plan->create_ca ? "issue" : "keep", "common_name",
			  plan->create_ca ?
				  job->inventory->ca.common_name :
			  job->authority->record->common_name ?
				  job->authority->record->common_name :
				  "",
			  "conf", plan->render_ca ? "render" : "keep"));
	json_object_set_new(root, "work",
			    json_integer((json_int_t)plan->n_work));
	json_object_set_new(root, "certificates", items);
	json_object_set_new(root, "unwanted", unwanted);
	print_json(root);
}

void summary_interrupted_json(const struct job *job)
{
	print_json(common_json(job, "plan"));
}
