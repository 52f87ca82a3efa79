/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_OPTION_H
#define TOPOCERT_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "inifile.h"
#include "setting.h"

enum option_type {
	OPTION_FLAG,
	OPTION_CHOICE,
	OPTION_NAME, /* of a file */
	OPTION_TEXT, /* a part of a distinguished name */
	OPTION_NUMBER,
	OPTION_FILE, /* a path, relative to the topology */
};

/* "split_node", "!split_node", "ui=issue": what an option has to be. */
struct condition_term {
	size_t option; /* its place in the list */
	bool negated;
	char *choice; /* NULL: a flag is yes, another option is set */
};

/* Terms that all have to hold; none: it always does. */
struct condition {
	struct condition_term *terms;
	size_t n;
};

/* What a profile lets the topology choose: an [option NAME] section. */
struct profile_option {
	char *name;
	int line;
	struct setting summary, type_name, fallback;
	struct setting_list choices, sections, implied, needed;
	/* the same as read */
	enum option_type type;
	bool in_cluster, in_host, in_user;
	size_t *implies; /* places in the list */
	size_t n_implies;
	struct condition needs;
};

struct option_list {
	struct profile_option **items;
	size_t n;
};

/* The value of an option; text NULL: not set. Flags are "yes" or NULL. */
struct option_value {
	const char *text;
	int line; /* of the topology; 0: the profile's default */
	bool own; /* by the section itself, not by [cluster] */
	const struct profile_option *overruled; /* "no", but implied by that */
};

struct option_values {
	struct option_value *items; /* in the order of the list */
	size_t n;
};

/* Read an [option NAME] section of FILE and add it to LIST. What is wrong
 * goes to DIAG. */
void option_read(struct option_list *list, const struct inifile *file,
		 const struct inifile_section *section, struct diag *diag);

/* Once all are read: what implies what. */
void option_resolve(struct option_list *list, const char *path,
		    struct diag *diag);
void option_list_clear(struct option_list *list);

/* The place of the option NAME; -1: there is none. */
long option_find(const struct option_list *list, const char *name);

/* "flag", "choice", ... */
const char *option_type_name(enum option_type type);

/* Where a topology may not set OPTION to VALUE: why (free it), else NULL. */
char *option_refuse(const struct profile_option *option, const char *value);

/* What the options are with the keys CLUSTER and OWN (may be NULL) of a
 * topology; the texts stay theirs and the list's. */
void option_values_fill(struct option_values *values,
			const struct option_list *list,
			const struct setting_others *cluster,
			const struct setting_others *own);

/* Report values of the topology PATH that have no effect, or are overruled:
 * those of the section itself (OWN), or those of [cluster]. */
void option_check_values(const struct option_values *values,
			 const struct option_list *list, bool own,
			 const char *path, struct diag *diag);
void option_values_clear(struct option_values *values);

#endif
