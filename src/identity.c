/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "distinguished.h"
#include "identity.h"
#include "memory.h"

struct checking {
	const struct inventory *inventory;
	const char **principals; /* sorted: names that are logins */
	size_t n_principals;
	struct diag *diag;
};

static int principals_order(const void *left, const void *right)
{
	return strcasecmp(*(const char *const *)left,
			  *(const char *const *)right);
}

static void collect_principals(struct checking *in)
{
	const struct topology *topology = in->inventory->topology;
	const struct catalog *catalog = in->inventory->catalog;
	const struct owners *owners = &topology->owners;
	size_t i, k;

	for (k = 0; k < catalog->n; k++) {
		const struct setting_list *list =
			&catalog->profiles[k]->principals;

		for (i = 0; i < list->n && catalog->profiles[k]->logins; i++)
			*(const char **)memory_append(
				&in->principals, &in->n_principals,
				sizeof(char *)) = list->items[i].text;
	}
	for (i = 0; i < owners->n; i++)
		if (owners->items[i].kind == OWNER_USER)
			*(const char **)memory_append(
				&in->principals, &in->n_principals,
				sizeof(char *)) = owners->items[i].name;
	if (in->n_principals)
		qsort(in->principals, in->n_principals, sizeof(char *),
		      principals_order);
}

static bool is_principal(const struct checking *in, const char *name)
{
	return in->n_principals &&
	       bsearch(&name, in->principals, in->n_principals, sizeof(name),
		       principals_order);
}

/* Where each DNS name is a login, none may be somebody's. */
static void refuse_logins(const struct checking *in, const struct entry *entry)
{
	const char *path = in->inventory->topology->path;
	size_t i;

	for (i = 0; i < entry->n_names; i++) {
		const struct san *san = &entry->names[i];

		if (san->type != SAN_DNS || !is_principal(in, san->text))
			continue;
		if (san->line > 0)
			diag_error(in->diag, path, san->line,
				   "dns = %s: this system takes DNS names for "
				   "logins, and '%s' is a user: wanted "
				   "another name",
				   san->text, san->text);
		else
			diag_error(in->diag, path, entry->owner->line,
				   "host %s: this system takes DNS names for "
				   "logins, and '%s' is a user: wanted "
				   "another name",
				   entry->owner->name, san->text);
	}
}

static void check_common_name(const struct checking *in,
			      const struct entry *entry)
{
	const struct owner *owner = entry->owner;
	const struct profile *profile = entry->member->profile;
	const char *why;
	size_t i;

	if (!entry->common_name)
		return; /* imported */
	why = distinguished_check(entry->common_name);

	if (why && *entry->common_name)
		diag_error(in->diag, in->inventory->topology->path, owner->line,
			   "%s %s: common name '%s': %s",
			   owner_kind_name(owner->kind), owner->name,
			   entry->common_name, why);
	if (owner->kind != OWNER_USER || !profile->logins)
		return;
	for (i = 0; i < profile->n_certificates; i++) {
		const struct profile_certificate *other =
			profile->certificates[i];

		if (other->scope.kind == OWNER_HOST &&
		    other->common_name.text &&
		    strcasecmp(other->common_name.text, entry->common_name) ==
			    0)
			diag_error(in->diag, in->inventory->topology->path,
				   owner->line,
				   "user %s: hosts are known by this name: "
				   "wanted another",
				   owner->name);
	}
}

/* A name that follows from the name of a host. */
struct implied {
	const struct san *name;
	const struct owner *owner;
};

static int implied_order(const void *left, const void *right)
{
	const struct implied *a = left, *b = right;
	int order = san_order(a->name, b->name);

	if (order == 0)
		order = a->owner < b->owner ? -1 : a->owner > b->owner;
	return order;
}

/* [host node1] and [host node1.db.example.com] in the domain of that name. */
static void refuse_same_host(const struct checking *in)
{
	const struct inventory *inventory = in->inventory;
	struct implied *list = NULL;
	size_t n = 0, i, j;

	for (i = 0; i < inventory->n_entries; i++) {
		const struct entry *entry = &inventory->entries[i];

		for (j = 0; j < entry->n_names && !entry->service; j++)
			if (!entry->names[j].line)
				*(struct implied *)memory_append(
					&list, &n, sizeof(*list)) =
					(struct implied){ &entry->names[j],
							  entry->owner };
	}
	if (n)
		qsort(list, n, sizeof(*list), implied_order);
	for (i = 1; i < n; i++)
		if (list[i - 1].owner->line != list[i].owner->line &&
		    san_equal(list[i - 1].name, list[i].name) &&
		    strcasecmp(list[i - 1].owner->name, list[i].owner->name) !=
			    0)
			diag_error(in->diag, inventory->topology->path,
				   list[i].owner->line,
				   "host %s is %s, and so is host %s of line "
				   "%d: wanted one section for a host",
				   list[i].owner->name, list[i].name->text,
				   list[i - 1].owner->name,
				   list[i - 1].owner->line);
	free(list);
}

void identity_check(const struct inventory *inventory, struct diag *diag)
{
	struct checking in = { .inventory = inventory, .diag = diag };
	size_t i;

	collect_principals(&in);
	for (i = 0; i < inventory->n_entries; i++) {
		if (inventory->entries[i].member->profile->logins)
			refuse_logins(&in, &inventory->entries[i]);
		check_common_name(&in, &inventory->entries[i]);
	}
	refuse_same_host(&in);
	free(in.principals);
}
