/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "command.h"
#include "datafile.h"
#include "diag.h"
#include "memory.h"
#include "profile.h"
#include "report.h"

/* Columns that the longest names leave for. */
#define NAME_WIDTH 18

/* "when split_node, service pd"; free it. */
static char *scope_text(const struct profile_scope *scope)
{
	char *when = setting_join(&scope->when, ", ");
	char *text = memory_format(
		"%s%s%s%s", scope->service.text ? "service " : "",
		scope->service.text ? scope->service.text : "",
		scope->service.text && *when ? ", " : "", *when ? "when " : "");
	char *all = memory_format("%s%s", text, when);

	free(when);
	free(text);
	return all;
}

/* A file that somebody gets. */
struct row {
	char *name;
	const char *mode;
	char *what, *condition;
};

struct rows {
	struct row *items;
	size_t n;
};

/* "{{name}}" as people write it: "NAME". Free it. */
static char *readable(const char *text)
{
	char *result = memory_zeroed(strlen(text) + 1, 1), *p = result;
	bool inside = false;

	for (; *text; text++) {
		if (strncmp(text, "{{", 2) == 0 ||
		    strncmp(text, "}}", 2) == 0) {
			inside = *text == '{';
			if (inside && strncmp(text + 2, "option.", 7) == 0)
				text += 7;
			text++;
			continue;
		}
		*p++ = (char)(inside && *text >= 'a' && *text <= 'z' ?
				      *text - 'a' + 'A' :
				      *text);
	}
	return result;
}

/* WHAT and CONDITION are taken over. */
static void add_row(struct rows *rows, const char *name, const char *mode,
		    char *what, char *condition)
{
	struct row *row = memory_append(&rows->items, &rows->n, sizeof(*row));

	row->name = readable(name);
	row->mode = mode;
	row->what = what;
	row->condition = condition;
}

static void print_rows(struct rows *rows)
{
	int width = 0;
	size_t i;

	for (i = 0; i < rows->n; i++)
		if ((int)strlen(rows->items[i].name) > width)
			width = (int)strlen(rows->items[i].name);
	for (i = 0; i < rows->n; i++) {
		struct row *row = &rows->items[i];

		printf("  %-*s  %s  %s\n", width, row->name, row->mode,
		       row->what);
		if (*row->condition)
			printf("  %-*s        %s\n", width, "", row->condition);
		free(row->name);
		free(row->what);
		free(row->condition);
	}
	free(rows->items);
}

static void add_cas(struct rows *rows, const struct profile *profile,
		    enum owner_kind kind)
{
	size_t i;

	for (i = 0; i < profile->n_cas; i++) {
		const struct profile_ca *ca = profile->cas[i];
		char *when = setting_join(&ca->when, ", ");

		if (ca->for_kind[kind])
			add_row(rows, ca->file.text, ca->mode.text,
				memory_format("the CA of ca%s%s/",
					      *ca->name ? "-" : "", ca->name),
				memory_format("%s%s", *when ? "when " : "",
					      when));
		free(when);
	}
}

static void add_certificate(struct rows *rows,
			    const struct profile_certificate *type)
{
	char *usages = setting_join(&type->extended_key_usage, ", ");
	char *common_name = type->common_name.text ?
				    readable(type->common_name.text) :
				    memory_copy("");

	add_row(rows, type->file.text, type->mode.text,
		type->import.text ?
			memory_format("the file %s", type->import.text) :
			memory_format("CN=%s, %s%s", common_name, usages,
				      type->has_names ? ", all its names" : ""),
		scope_text(&type->scope));
	add_row(rows, type->key_file.text, type->key_mode.text,
		memory_copy("its key"), memory_copy(""));
	free(common_name);
	free(usages);
}

static void add_further(struct rows *rows, const struct profile_file *file)
{
	char *parts = setting_join(&file->content, ", ");
	const char *format = file->format_name.text;
	bool of = file->certificate_name.text != NULL;

	add_row(rows, file->file.text, file->mode.text,
		memory_format("%s%s%s%s%s%s", parts, of ? " of " : "",
			      of ? file->certificate_name.text : "",
			      format ? " (" : "", format ? format : "",
			      format ? ")" : ""),
		scope_text(&file->scope));
	if (file->password_file.text)
		add_row(rows, file->password_file.text, "0600",
			memory_copy("its password"), memory_copy(""));
	free(parts);
}

static bool has_any(const struct profile *profile, enum owner_kind kind)
{
	size_t i;

	for (i = 0; i < profile->n_certificates; i++)
		if (profile->certificates[i]->scope.kind == kind)
			return true;
	return false;
}

/* The files of a host or a user. */
static void print_owner(const struct profile *profile, enum owner_kind kind)
{
	const char *place = kind == OWNER_HOST ? profile->directory.text :
						 profile->user_directory.text;
	struct rows rows = { 0 };
	size_t i;

	if (!has_any(profile, kind)) {
		printf("\nNothing for %ss.\n", owner_kind_name(kind));
		return;
	}
	printf("\nEach %s gets in %s/", owner_kind_name(kind),
	       profile->folder.text);
	if (place)
		printf(", for %s", place);
	puts(":");
	add_cas(&rows, profile, kind);
	for (i = 0; i < profile->n_certificates; i++)
		if (profile->certificates[i]->scope.kind == kind)
			add_certificate(&rows, profile->certificates[i]);
	for (i = 0; i < profile->n_files; i++)
		if (profile->files[i]->scope.kind == kind)
			add_further(&rows, profile->files[i]);
	print_rows(&rows);
}

static void print_option(const struct profile_option *option)
{
	char *choices = setting_join(&option->choices, " | ");
	char *sections = option->sections.n ?
				 setting_join(&option->sections, ", ") :
				 memory_copy("cluster");

	printf("  %s = %s", option->name,
	       option->type == OPTION_FLAG   ? "yes | no" :
	       option->type == OPTION_CHOICE ? choices :
					       option_type_name(option->type));
	printf("  in [%s]", sections);
	if (option->fallback.text)
		printf(", default %s", option->fallback.text);
	printf("\n      %s\n", option->summary.text);
	free(choices);
	free(sections);
}

static void print_profile(const struct profile *profile)
{
	char *services = setting_join(&profile->services, ", ");
	size_t i;

	printf("%s\n", profile->description.text);
	if (*services)
		printf("\nEach host names its services: %s.\n", services);
	print_owner(profile, OWNER_HOST);
	print_owner(profile, OWNER_USER);
	if (profile->options.n)
		puts("\nOptions:");
	for (i = 0; i < profile->options.n; i++)
		print_option(profile->options.items[i]);
	printf("\nCONFIG.txt in each bundle says where the files are named in "
	       "the\nconfiguration of the system. The profile is %s.\n",
	       profile->path);
	free(services);
}

static json_t *scope_json(const struct profile_scope *scope, const char *file,
			  const char *mode, const char *kind)
{
	char *when = setting_join(&scope->when, ", ");
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "owner",
				   owner_kind_name(scope->kind), "file", file,
				   "mode", mode, "kind", kind, "service",
				   scope->service.text);

	if (*when)
		json_object_set_new(object, "when", json_string(when));
	free(when);
	return object;
}

static json_t *files_json(const struct profile *profile)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const struct profile_certificate *type =
			profile->certificates[i];

		json_array_append_new(
			list, scope_json(&type->scope, type->file.text,
					 type->mode.text, "certificate"));
		json_array_append_new(
			list, scope_json(&type->scope, type->key_file.text,
					 type->key_mode.text, "key"));
	}
	for (i = 0; i < profile->n_files; i++)
		json_array_append_new(
			list, scope_json(&profile->files[i]->scope,
					 profile->files[i]->file.text,
					 profile->files[i]->mode.text, "file"));
	return list;
}

static json_t *profile_json(const struct profile *profile)
{
	json_t *options = json_array();
	json_t *object;
	size_t i;

	for (i = 0; i < profile->options.n; i++) {
		const struct profile_option *option = profile->options.items[i];

		json_array_append_new(
			options,
			json_pack("{s:s, s:s, s:s, s:s*}", "name", option->name,
				  "type", option_type_name(option->type),
				  "summary", option->summary.text, "default",
				  option->fallback.text));
	}
	object = json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", profile->label,
			   "description", profile->description.text, "path",
			   profile->path, "files", files_json(profile),
			   "options", options);
	if (!object)
		abort();
	return object;
}

/* Read NAME and print or list it; LIST may be NULL. */
static int show(const char *name, bool whole, json_t *list)
{
	struct diag *diag = diag_new();
	struct profile *profile = profile_read(name, "profiles", 0, NULL, diag);

	diag_flush(diag, stderr);
	diag_free(diag);
	if (!profile)
		return STATUS_TOPOLOGY;
	if (list)
		json_array_append_new(list, profile_json(profile));
	else if (whole)
		print_profile(profile);
	else
		printf("%-*s %s\n", NAME_WIDTH, profile->label,
		       profile->description.text);
	profile_free(profile);
	return STATUS_DONE;
}

int cmd_profiles(const struct options *options)
{
	json_t *list = options->json ? json_array() : NULL;
	int status = STATUS_DONE, one;
	char **names;
	size_t n, i;

	if (options->operand) {
		status = show(options->operand, true, list);
	} else {
		names = datafile_profiles(&n);
		for (i = 0; i < n; i++) {
			one = show(names[i], false, list);
			status = one == STATUS_DONE ? status : one;
			free(names[i]);
		}
		free(names);
		if (!n)
			report_error("there are no profiles: wanted them where "
				     "topocert was installed, or "
				     "TOPOCERT_DATADIR");
		if (!n)
			status = STATUS_FAILED;
	}
	if (list && status == STATUS_DONE) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	}
	json_decref(list);
	return status;
}
