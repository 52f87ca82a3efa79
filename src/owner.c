/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filename.h"
#include "memory.h"
#include "owner.h"
#include "range.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A section while it is read: its names are those of its owners then. */
struct written {
	struct owner_section section;
	struct setting_list ip, dns, uri, email;
};

/* First those that are not kept. */
static const struct setting_key host_keys[] = {
	{ "ip", offsetof(struct written, ip), 1 },
	{ "dns", offsetof(struct written, dns), 1 },
	{ "uri", offsetof(struct written, uri), 1 },
	{ "email", offsetof(struct written, email), 1 },
	{ "services", offsetof(struct written, section.services), 1 },
	RENEWAL_KEYS(struct written, section.own),
	MEMBERSHIP_KEYS(struct written, section.membership),
	DEFAULTS_KEYS(struct written, section.own),
};

#define N_NAMES 4

static const struct setting_key user_keys[] = {
	RENEWAL_KEYS(struct written, section.own),
	MEMBERSHIP_KEYS(struct written, section.membership),
	DEFAULTS_KEYS(struct written, section.own),
};

struct owner_reading {
	struct owners *owners;
	const struct inifile *file;
	struct diag *diag;
};

const struct setting_key *owner_keys(enum owner_kind kind, size_t *n)
{
	*n = kind == OWNER_HOST ? COUNT(host_keys) : COUNT(user_keys);
	return kind == OWNER_HOST ? host_keys : user_keys;
}

const char *owner_kind_name(enum owner_kind kind)
{
	return kind == OWNER_HOST ? "host" : "user";
}

/* Takes NAME->text over. */
static void add_name(const struct owner_reading *in, struct owner *owner,
		     const struct san *name)
{
	struct san *added = &owner->names[owner->n_names++];

	*added = *name;
	added->text = arena_take(in->owners->texts, name->text);
}

/* Add one name to each of the owners that the section's range makes. */
static void add_names(const struct owner_reading *in, struct owner *owners,
		      const struct range *of_section, enum san_type type,
		      const char *key, const struct setting *item)
{
	struct range range;
	const char *why = range_parse(item->text, &range);
	size_t i;

	if (!why && range_found(&range) && !range_found(of_section))
		why = "range, but the section's name has none to run in step "
		      "with";
	if (why) {
		diag_error(in->diag, in->file->path, item->line, "%s = %s: %s",
			   key, item->text, why);
		return;
	}
	if (range_found(&range) && range.count != of_section->count) {
		diag_error(in->diag, in->file->path, item->line,
			   "%s = %s: range of %zu, but the section's name has "
			   "one of %zu: wanted the same length",
			   key, item->text, range.count, of_section->count);
		return;
	}
	for (i = 0; i < of_section->count; i++) {
		char *text = range_expand(item->text, &range,
					  range_found(&range) ? i : 0);
		struct san san = { .line = item->line };

		why = san_parse(type, text, &san);
		if (why)
			diag_error(in->diag, in->file->path, item->line,
				   "%s = %s: %s", key, text, why);
		else
			add_name(in, &owners[i], &san);
		free(text);
		if (why)
			break;
	}
}

static void refuse_repeated_names(const struct owner_reading *in,
				  const struct owner *owner)
{
	const struct san **sorted;
	size_t i;

	sorted = memory_zeroed(owner->n_names, sizeof(*sorted));
	for (i = 0; i < owner->n_names; i++)
		sorted[i] = &owner->names[i];
	qsort(sorted, owner->n_names, sizeof(*sorted), san_place_order);
	for (i = 1; i < owner->n_names; i++)
		if (san_equal(sorted[i - 1], sorted[i]))
			diag_error(in->diag, in->file->path, sorted[i]->line,
				   "%s:%s twice for one host (line %d): wanted "
				   "each name once",
				   san_type_name(sorted[i]->type),
				   sorted[i]->text, sorted[i - 1]->line);
	free(sorted);
}

/* The name of an owner as folders and certificates take it; NULL: reported. */
static char *owner_name(const struct owner_reading *in, enum owner_kind kind,
			const char *text, int line)
{
	const char *why;
	char *name = NULL;

	if (kind == OWNER_HOST)
		why = san_parse_hostname(text, &name);
	else
		name = memory_copy(text), why = NULL;
	if (!why)
		why = filename_check(name);
	if (!why)
		return arena_take(in->owners->texts, name);
	diag_error(in->diag, in->file->path, line, "[%s %s]: %s",
		   owner_kind_name(kind), text, why);
	free(name);
	return NULL;
}

static void read_owner_names(const struct owner_reading *in,
			     const struct written *written,
			     struct owner *owners, const struct range *range)
{
	const struct {
		const char *key;
		const struct setting_list *list;
		enum san_type type;
	} lists[] = {
		{ "dns", &written->dns, SAN_DNS },
		{ "ip", &written->ip, SAN_IP },
		{ "uri", &written->uri, SAN_URI },
		{ "email", &written->email, SAN_EMAIL },
	};
	size_t i, j, n = 0;

	for (i = 0; i < COUNT(lists); i++)
		n += lists[i].list->n;
	for (i = 0; i < range->count; i++)
		owners[i].names = arena_zeroed(in->owners->texts, n,
					       sizeof(*owners[i].names));
	for (i = 0; i < COUNT(lists); i++)
		for (j = 0; j < lists[i].list->n; j++)
			add_names(in, owners, range, lists[i].type,
				  lists[i].key, &lists[i].list->items[j]);
	for (i = 0; i < range->count; i++)
		refuse_repeated_names(in, &owners[i]);
}

/*
 * Make the owners of a section and check them to the end; they count only
 * where all their names are good.
 */
static void add_owners(const struct owner_reading *in, enum owner_kind kind,
		       const struct inifile_section *section,
		       const struct written *written,
		       const struct owner_section *read,
		       const struct range *range)
{
	struct owner *owners = memory_zeroed(range->count, sizeof(*owners));
	bool good = true;
	size_t i;

	for (i = 0; i < range->count && good; i++) {
		char *text = range_expand(section->name, range, i);

		owners[i].kind = kind;
		owners[i].line = section->line;
		owners[i].section = read;
		owners[i].name = owner_name(in, kind, text, section->line);
		good = owners[i].name != NULL;
		free(text);
	}
	read_owner_names(in, written, owners, range);
	for (i = 0; i < range->count && good; i++)
		*(struct owner *)memory_append(&in->owners->items,
					       &in->owners->n,
					       sizeof(*owners)) = owners[i];
	free(owners);
}

void owners_read(struct owners *owners, enum owner_kind kind,
		 const struct inifile *file,
		 const struct inifile_section *section, struct diag *diag)
{
	const struct owner_reading in = { owners, file, diag };
	struct owner_section *read;
	struct written written = { 0 };
	const struct setting_key *keys;
	struct range range;
	const char *why;
	size_t n_keys;

	if (!owners->texts)
		owners->texts = arena_new();
	written.section.kind = kind;
	written.section.line = section->line;
	keys = owner_keys(kind, &n_keys);
	setting_fill(file, section, keys, n_keys, &written,
		     &written.section.membership.options, diag);
	read = arena_zeroed(owners->texts, 1, sizeof(*read));
	*read = written.section;
	read->place = owners->n_sections;
	read->title = arena_copy(owners->texts, section->name);
	*(struct owner_section **)memory_append(
		&owners->sections, &owners->n_sections, sizeof(read)) = read;
	defaults_check(&read->own, file->path, diag);
	membership_check(&read->membership, file->path, diag);
	why = range_parse(section->name, &range);
	if (why)
		diag_error(diag, file->path, section->line, "[%s %s]: %s",
			   section->kind, section->name, why);
	else
		add_owners(&in, kind, section, &written, read, &range);
	if (kind == OWNER_HOST)
		setting_clear(host_keys, N_NAMES, &written);
}

void owners_complete(struct owners *owners)
{
	memory_resize(&owners->items, owners->n, sizeof(*owners->items));
}

static int owners_order(const void *left, const void *right)
{
	const struct owner *a = *(const struct owner *const *)left;
	const struct owner *b = *(const struct owner *const *)right;
	int order = (int)a->kind - (int)b->kind;

	if (order == 0)
		order = strcasecmp(a->name, b->name);
	if (order == 0)
		order = a < b ? -1 : a > b;
	return order;
}

void owners_refuse_repeated(const struct owners *owners, const char *path,
			    struct diag *diag)
{
	const struct owner **sorted;
	size_t i;

	sorted = memory_zeroed(owners->n, sizeof(*sorted));
	for (i = 0; i < owners->n; i++)
		sorted[i] = &owners->items[i];
	qsort(sorted, owners->n, sizeof(*sorted), owners_order);
	for (i = 1; i < owners->n; i++) {
		const struct owner *a = sorted[i - 1], *b = sorted[i];

		if (a->kind != b->kind || strcasecmp(a->name, b->name) != 0)
			continue;
		/* a header repeated to the letter is reported by inifile */
		if (strcmp(a->section->title, b->section->title) == 0 &&
		    a->section != b->section)
			continue;
		if (strcmp(a->name, b->name) == 0)
			diag_error(diag, path, b->line,
				   "%s %s again: it is in line %d already",
				   owner_kind_name(b->kind), b->name, a->line);
		else
			diag_error(diag, path, b->line,
				   "%s %s differs from %s of line %d only in "
				   "case: wanted another name",
				   owner_kind_name(b->kind), b->name, a->name,
				   a->line);
	}
	free(sorted);
}

static void clear_section(struct owner_section *section)
{
	size_t n;
	const struct setting_key *keys = owner_keys(section->kind, &n);
	const size_t first = section->kind == OWNER_HOST ? N_NAMES : 0;

	/* it is the first member of struct written */
	setting_clear(keys + first, n - first, section);
	setting_others_clear(&section->membership.options);
}

void owners_clear(struct owners *owners)
{
	size_t i;

	for (i = 0; i < owners->n_sections; i++)
		clear_section(owners->sections[i]);
	free(owners->sections);
	free(owners->items);
	arena_free(owners->texts);
}
