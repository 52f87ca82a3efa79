/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "contents.h"
#include "datafile.h"
#include "filename.h"
#include "memory.h"
#include "password.h"

/* A key store's password is for nobody else. */
#define MODE_PASSWORD 0600

struct listing {
	const struct holder *holder;
	struct inventory *inventory;
	const struct group *group;
	struct content *items; /* so far */
	size_t n;
	struct diag *diag;
};

const struct entry *content_entry(const struct inventory *inventory,
				  const struct group *group,
				  const struct content *content)
{
	return &inventory->entries[group->first_entry + content->entry];
}

const char *content_folder(const struct content *content)
{
	return content->member->profile->folder.text;
}

static bool same_name(const struct content *a, const struct content *b)
{
	return strcasecmp(a->name, b->name) == 0 &&
	       strcmp(content_folder(a), content_folder(b)) == 0;
}

/* Two systems on one host may trust the same CA by the same file. */
static bool same_file(const struct content *a, const struct content *b)
{
	if (a->kind == CONTENT_PASSWORD && b->kind == CONTENT_PASSWORD)
		return a->member == b->member &&
		       a->file->password_option == b->file->password_option;
	return a->kind == CONTENT_CA && b->kind == CONTENT_CA &&
	       a->ca == b->ca && a->mode == b->mode &&
	       strcmp(a->name, b->name) == 0;
}

/* "[certificate node]" of the profile; free it. */
static char *describe(const struct listing *in, const struct content *content)
{
	switch (content->kind) {
	case CONTENT_CA:
		return memory_format("[ca%s%s]", *content->ca->name ? " " : "",
				     content->ca->name);
	case CONTENT_CERTIFICATE:
	case CONTENT_KEY:
		return memory_format("[certificate %s]",
				     content_entry(in->inventory, in->group,
						   content)
					     ->type->name);
	default:
		return memory_format("[file %s]", content->file->name);
	}
}

static void refuse_same_name(const struct listing *in,
			     const struct content *content,
			     const struct content *other)
{
	const struct owner *owner = in->holder->owner;
	const struct profile *profile = content->member->profile;
	char *mine = describe(in, content), *theirs = describe(in, other);

	if (profile != other->member->profile)
		diag_error(in->diag, in->inventory->topology->path, owner->line,
			   "%s %s: profile %s, %s, and profile %s, %s, both "
			   "want the file %s/%s: wanted other names, or two "
			   "hosts",
			   owner_kind_name(owner->kind), owner->name,
			   other->member->profile->label, theirs,
			   profile->label, mine, content_folder(content),
			   content->name);
	else
		diag_error(in->diag, profile->path, content->line,
			   "%s: a file of %s %s has the name of one of %s: %s",
			   mine, owner_kind_name(owner->kind), owner->name,
			   theirs, content->name);
	free(mine);
	free(theirs);
}

static void check_name(const struct listing *in, const struct content *content)
{
	static const char *const keys[] = {
		[CONTENT_CA] = "file",
		[CONTENT_CERTIFICATE] = "file",
		[CONTENT_KEY] = "key_file",
		[CONTENT_FILE] = "file",
		[CONTENT_PASSWORD] = "password_file",
	};

	/* an empty one is reported already */
	if (*content->name && !filename_is_plain(content->name))
		diag_error(in->diag, content->member->profile->path,
			   content->line,
			   "%s = %s: wanted a plain name of letters, digits, "
			   "'_', '-' and '.'",
			   keys[content->kind], content->name);
}

static void add(struct listing *in, const struct content content)
{
	size_t i;

	check_name(in, &content);
	for (i = 0; *content.name && i < in->n; i++) {
		if (!same_name(&in->items[i], &content))
			continue;
		if (!same_file(&in->items[i], &content))
			refuse_same_name(in, &content, &in->items[i]);
		return;
	}
	*(struct content *)memory_append(&in->items, &in->n, sizeof(content)) =
		content;
}

static const char *expand(const struct listing *in, const struct member *member,
			  const struct setting *text, const char *organization)
{
	return inventory_share(in->inventory,
			       inventory_expand(in->inventory, member,
						in->holder->owner, text,
						organization, in->diag));
}

/* Where ENTRY is in the group. */
static size_t place_of(const struct listing *in, const struct entry *entry)
{
	return (size_t)(entry - in->inventory->entries) -
	       in->group->first_entry;
}

static void add_cas(struct listing *in, const struct member *member)
{
	const struct profile *profile = member->profile;
	size_t i;

	for (i = 0; i < profile->n_cas; i++) {
		const struct profile_ca *type = profile->cas[i];
		const struct ca_entry *ca =
			inventory_ca(in->inventory, type->name);

		if (!ca || !type->for_kind[member->section->kind] ||
		    !condition_holds(&type->condition, &member->options))
			continue;
		add(in, (struct content){
				.kind = CONTENT_CA,
				.member = member,
				.ca = ca,
				.entry = SIZE_MAX,
				.name = expand(in, member, &type->file,
					       ca->organization),
				.mode = type->file_mode,
				.line = type->file.line,
			});
	}
}

static void add_certificates(struct listing *in, const struct member *member)
{
	const struct inventory *inventory = in->inventory;
	const struct profile *profile = member->profile;
	size_t i;

	for (i = 0; i < profile->n_certificates; i++) {
		const struct profile_certificate *type =
			profile->certificates[i];
		const struct entry *entry;
		struct content content = { .member = member };

		if (!member_in_scope(member, &type->scope))
			continue;
		entry = inventory_entry(inventory, in->holder, member,
					type->name);
		content.entry = place_of(in, entry);
		content.kind = CONTENT_CERTIFICATE;
		content.name = entry->file;
		content.mode = type->file_mode;
		content.line = type->file.line;
		add(in, content);
		content.kind = CONTENT_KEY;
		content.name = entry->key_file;
		content.mode = type->key_file_mode;
		content.line = type->key_file.line;
		add(in, content);
	}
}

const struct option_value *content_password_option(const struct content *store)
{
	long place = store->file->password_option;
	const struct option_value *value =
		place < 0 ? NULL : &store->member->options.items[place];

	return value && value->text ? value : NULL;
}

static const struct ca_entry *signer_of(const struct inventory *inventory,
					const struct group *group,
					const struct content *content)
{
	return content->entry == SIZE_MAX ?
		       NULL :
		       content_entry(inventory, group, content)->ca;
}

const char *content_chain(const struct inventory *inventory,
			  const struct group *group,
			  const struct content *content)
{
	const struct ca_entry *ca = signer_of(inventory, group, content);
	const struct profile_file *file = content->file;
	bool has = content->kind == CONTENT_CERTIFICATE &&
		   content_entry(inventory, group, content)->type->is_chained;

	if (content->kind == CONTENT_FILE)
		has = profile_file_has(file, PART_CHAIN) ||
		      profile_file_has(file, PART_FULLCHAIN);
	return has && ca && ca->chain && *ca->chain ? ca->chain : NULL;
}

bool content_is_public(const struct inventory *inventory,
		       const struct group *group, const struct content *content)
{
	if (content->kind == CONTENT_CERTIFICATE)
		return content_chain(inventory, group, content);
	if (content->kind != CONTENT_FILE)
		return content->kind == CONTENT_CA;
	return content->entry == SIZE_MAX &&
	       (!content->file->password_file.text ||
		content_password_option(content));
}

bool content_holds_key(const struct content *content)
{
	const struct profile_file *file = content->file;

	if (content->kind != CONTENT_FILE)
		return content->kind == CONTENT_KEY;
	return content->entry != SIZE_MAX &&
	       (file->format >= FORMAT_PKCS12 ||
		profile_file_has(file, PART_KEY) ||
		profile_file_has(file, PART_TRADITIONAL_KEY));
}

/* It is read again when it is needed. */
static void check_password(const struct listing *in,
			   const struct content *store)
{
	const struct option_value *value = content_password_option(store);
	const char *topology = in->inventory->topology->path, *why;
	char *path = datafile_beside(value->text, topology);
	char *password = password_read(path, &why);

	if (!password)
		diag_error(in->diag, topology, value->line, "%s = %s: %s: %s",
			   store->file->password.text, value->text, path, why);
	password_free(password);
	free(path);
}

static void add_password(struct listing *in, const struct content *store)
{
	struct content content = *store;
	const struct profile_file *file = store->file;
	const struct setting *name = &file->password_file;

	if (content_password_option(store)) {
		check_password(in, store);
		return; /* whoever set it has it */
	}
	content.kind = CONTENT_PASSWORD;
	content.alias = NULL;
	content.name = expand(in, store->member, name,
			      store->member->profile->organization.text);
	content.mode = MODE_PASSWORD;
	content.line = name->line;
	add(in, content);
}

/* The place of the certificate that FILE is of; SIZE_MAX: of none. */
static size_t certificate_of(const struct listing *in,
			     const struct member *member,
			     const struct profile_file *file)
{
	const struct entry *entry;

	if (!file->certificate_name.text)
		return SIZE_MAX;
	entry = inventory_entry(in->inventory, in->holder, member,
				file->certificate_name.text);
	if (entry)
		return place_of(in, entry);
	diag_error(in->diag, member->profile->path, file->certificate_name.line,
		   "certificate = %s: %s %s has none, but gets this file: "
		   "wanted owner, service and when of both to agree",
		   file->certificate_name.text,
		   owner_kind_name(in->holder->owner->kind),
		   in->holder->owner->name);
	return SIZE_MAX;
}

static void add_files(struct listing *in, const struct member *member)
{
	const struct profile *profile = member->profile;
	size_t i;

	for (i = 0; i < profile->n_files; i++) {
		const struct profile_file *file = profile->files[i];
		struct content content = { .kind = CONTENT_FILE,
					   .member = member,
					   .file = file,
					   .mode = file->file_mode,
					   .line = file->file.line };

		if (!member_in_scope(member, &file->scope))
			continue;
		content.entry = certificate_of(in, member, file);
		if (file->ca)
			content.ca =
				inventory_ca(in->inventory, file->ca->name);
		if (file->ca && !content.ca)
			diag_error(in->diag, profile->path, file->line,
				   "[file %s]: of [ca %s], but that CA is not "
				   "there with these options",
				   file->name, file->ca->name);
		if (file->alias.text)
			content.alias = expand(in, member, &file->alias,
					       profile->organization.text);
		content.name = expand(in, member, &file->file,
				      profile->organization.text);
		add(in, content);
		if (file->password_file.text)
			add_password(in, &content);
	}
}

static bool equal(const struct content *a, const struct content *b)
{
	/* texts are shared: the same one is in the same place */
	return a->kind == b->kind && a->member == b->member && a->ca == b->ca &&
	       a->entry == b->entry && a->file == b->file &&
	       a->alias == b->alias && a->name == b->name &&
	       a->mode == b->mode && a->line == b->line;
}

/* The contents as LAST, of the same section, has them. */
static bool is_as(const struct listing *in, const struct holder *last)
{
	size_t i;

	if (last->members != in->holder->members || last->n_contents != in->n)
		return false;
	for (i = 0; i < in->n && equal(&in->items[i], &last->contents[i]); i++)
		;
	return i == in->n;
}

/* Hosts of one section mostly have the same files: they are kept once. */
void contents_fill(struct holder *holder, struct inventory *inventory,
		   struct diag *diag)
{
	struct listing in = { .holder = holder,
			      .inventory = inventory,
			      .group = &inventory->groups[holder->group],
			      .diag = diag };
	const struct holder *last = holder - 1;
	struct content *list;
	size_t i;

	for (i = 0; i < holder->n_members; i++) {
		add_cas(&in, &holder->members[i]);
		add_certificates(&in, &holder->members[i]);
		add_files(&in, &holder->members[i]);
	}
	holder->n_contents = (unsigned int)in.n;
	if (holder > inventory->holders && is_as(&in, last)) {
		holder->contents = last->contents;
	} else {
		list = arena_zeroed(inventory->texts, in.n, sizeof(*list));
		if (in.n)
			memcpy(list, in.items, in.n * sizeof(*list));
		holder->contents = list;
	}
	free(in.items);
}
