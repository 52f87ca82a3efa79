/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list-group.h"
#include "list.h"
#include "memory.h"

/* For qsort(3): a row, and the order that it is in. */
struct sorted {
	const struct ledger_row *row;
	int (*order)(const struct ledger_row *a, const struct ledger_row *b);
};

static const char *owner(const struct ledger_row *row)
{
	return row->owner ? row->owner : row->subject;
}

static int sorted_order(const void *left, const void *right)
{
	const struct sorted *a = left, *b = right;
	int order = a->order(a->row, b->row);

	if (!order)
		order = strcmp(owner(a->row), owner(b->row));
	return order ? order : strcmp(a->row->file, b->row->file);
}

static void split(struct list_groups *groups, size_t n,
		  int (*order)(const struct ledger_row *a,
			       const struct ledger_row *b))
{
	struct list_group *group = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct ledger_row **row = groups->rows + i;

		if (!i || order(row[-1], row[0])) {
			group = memory_append(&groups->items, &groups->n,
					      sizeof(*groups->items));
			group->rows = row;
		}
		if (!group->n || strcmp(owner(row[-1]), owner(row[0])) != 0)
			group->n_owners++;
		group->n++;
	}
}

struct list_groups *list_groups_new(const struct ledger *ledger,
				    bool (*part)(const struct ledger_row *row),
				    int (*order)(const struct ledger_row *a,
						 const struct ledger_row *b))
{
	struct list_groups *groups = memory_zeroed(1, sizeof(*groups));
	struct sorted *sorted = memory_zeroed(ledger->n, sizeof(*sorted));
	size_t i, n = 0;

	for (i = 0; i < ledger->n; i++)
		if (part(&ledger->rows[i]))
			sorted[n++] =
				(struct sorted){ &ledger->rows[i], order };
	if (n)
		qsort(sorted, n, sizeof(*sorted), sorted_order);
	groups->rows = memory_zeroed(n, sizeof(*groups->rows));
	for (i = 0; i < n; i++)
		groups->rows[i] = sorted[i].row;
	free(sorted);
	split(groups, n, order);
	return groups;
}

void list_groups_free(struct list_groups *groups)
{
	if (!groups)
		return;
	free(groups->items);
	free(groups->rows);
	free(groups);
}

char *list_group_title(const struct list_group *group)
{
	static const char *const plurals[] = {
		[LEDGER_CA] = "CAs",
		[LEDGER_HOST] = "hosts",
		[LEDGER_USER] = "users",
		[LEDGER_SERVICE] = "services",
	};
	const struct ledger_row *row = group->rows[0];
	char *title, *whole;

	/* nobody knows how many owners these have */
	if (!row->owner)
		return memory_format("%zu of an unknown owner", group->n);
	title = group->n_owners == 1 ? list_owner(row) :
				       memory_format("%zu %s", group->n_owners,
						     plurals[row->kind]);
	if (group->n == group->n_owners)
		return title;
	whole = memory_format("%s, %zu certificates", title, group->n);
	free(title);
	return whole;
}

/* What tells the members of the group apart. */
static const char *member(const struct list_group *group, size_t i)
{
	if (group->rows[i]->kind == LEDGER_CA)
		return list_ca_name(group->rows[i]->authority);
	return group->n_owners == 1 ? list_short_file(group->rows[i]) :
				      owner(group->rows[i]);
}

static bool is_repeated(const struct list_group *group, size_t i)
{
	return i && strcmp(member(group, i - 1), member(group, i)) == 0;
}

char *list_group_names(const struct list_group *group, size_t room)
{
	size_t i, used = 0, shown = 0, total = 0, length;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	for (i = 0; i < group->n; i++)
		total += !is_repeated(group, i);
	for (i = 0; i < group->n; i++) {
		const char *name = member(group, i);

		if (is_repeated(group, i))
			continue;
		used += strlen(name) + 2;
		if (shown && used > room)
			break;
		fprintf(out, "%s%s", shown ? ", " : "", name);
		shown++;
	}
	if (shown < total)
		fprintf(out, ", and %zu more", total - shown);
	fclose(out);
	return text;
}
