/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "check.h"
#include "dates.h"
#include "memory.h"
#include "usage.h"

/* Names shown of a longer difference. */
#define NAMES_SHOWN 6

/* The longest lifetime that certificates of servers usually have had, and so
 * what CAs give that are not asked. */
#define FOREIGN_DAYS 825

static char *check_subject(const struct entry *entry,
			   const struct record *record)
{
	if (!record->common_name)
		return memory_copy("not exactly one common name");
	if (strcmp(record->common_name, entry->common_name) != 0)
		return memory_format("common name is '%s', wanted '%s'",
				     record->common_name, entry->common_name);
	if (!record->organization ||
	    strcmp(record->organization, entry->organization) != 0)
		return memory_format(
			"organization is '%s', wanted '%s'",
			record->organization ? record->organization : "",
			entry->organization);
	if (record->several_units)
		return memory_copy("more than one organizational unit");
	if (strcmp(record->organizational_unit ? record->organizational_unit :
						 "",
		   entry->organizational_unit ? entry->organizational_unit :
						"") != 0)
		return memory_format("organizational unit is '%s', wanted '%s'",
				     record->organizational_unit ?
					     record->organizational_unit :
					     "",
				     entry->organizational_unit ?
					     entry->organizational_unit :
					     "");
	return NULL;
}

struct difference {
	FILE *out;
	size_t n;
};

static void show(struct difference *difference, char sign,
		 const struct san *name)
{
	if (++difference->n <= NAMES_SHOWN)
		fprintf(difference->out, " %c%s %s", sign,
			san_type_name(name->type), name->text);
}

/* Both lists are sorted. */
static void compare_names(struct difference *difference,
			  const struct san *wanted, size_t n_wanted,
			  const struct san *found, size_t n_found)
{
	size_t w = 0, f = 0;

	while (w < n_wanted || f < n_found) {
		int order = w == n_wanted ? 1 :
			    f == n_found  ? -1 :
					    san_order(&wanted[w], &found[f]);

		if (order < 0)
			show(difference, '+', &wanted[w++]);
		else if (order > 0)
			show(difference, '-', &found[f++]);
		else
			w++, f++;
	}
}

static bool same_names(const struct san *wanted, size_t n,
		       const struct record *record)
{
	size_t i;

	for (i = 0; i < n && n == record->n_names; i++)
		if (!san_equal(&wanted[i], &record->names[i]))
			break;
	return i == n && n == record->n_names;
}

static char *check_names(const struct entry *entry, const struct record *record)
{
	struct difference difference = { 0 };
	struct san *wanted;
	char *text = NULL;
	size_t length;

	if (record->other_names)
		return memory_copy("a name of a type that is not in the "
				   "topology");
	wanted = memory_zeroed(entry->n_names, sizeof(*wanted));
	if (entry->n_names) {
		memcpy(wanted, entry->names, entry->n_names * sizeof(*wanted));
		qsort(wanted, entry->n_names, sizeof(*wanted), san_order);
	}
	if (same_names(wanted, entry->n_names, record)) {
		free(wanted);
		return NULL;
	}
	difference.out = open_memstream(&text, &length);
	if (!difference.out)
		abort();
	fputs("names changed:", difference.out);
	compare_names(&difference, wanted, entry->n_names, record->names,
		      record->n_names);
	free(wanted);
	if (difference.n > NAMES_SHOWN)
		fprintf(difference.out, " and %zu more",
			difference.n - NAMES_SHOWN);
	fclose(difference.out);
	return text;
}

static char *extended_text(const int *nids, size_t n)
{
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	for (i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? "," : "", OBJ_nid2sn(nids[i]));
	if (!n)
		fputs("none", out);
	fclose(out);
	return text;
}

/* Of USAGE, BESIDES may be there or not. */
static char *compare_usages(const struct entry *entry,
			    const struct record *record, unsigned int besides)
{
	const struct profile_certificate *type = entry->type;
	unsigned int usage = inventory_usage(type, entry->key);
	char *is = NULL, *wanted = NULL, *text = NULL;

	if (record->version != 3)
		return memory_format("X.509 version %d, wanted 3",
				     record->version);
	if (record->is_ca)
		return memory_copy("basicConstraints is CA:TRUE, wanted none "
				   "or CA:FALSE");
	if ((record->usage & ~(besides & ~usage)) != usage) {
		is = usage_text(record->usage);
		wanted = usage_text(usage);
		text = memory_format("keyUsage is %s, wanted %s", is, wanted);
	} else if (record->n_extended != type->n_extended ||
		   (type->n_extended &&
		    memcmp(record->extended, type->extended,
			   type->n_extended * sizeof(int)) != 0)) {
		is = extended_text(record->extended, record->n_extended);
		wanted = extended_text(type->extended, type->n_extended);
		text = memory_format("extendedKeyUsage is %s, wanted %s", is,
				     wanted);
	}
	free(is);
	free(wanted);
	return text;
}

static char *check_usages(const struct entry *entry,
			  const struct record *record)
{
	return compare_usages(entry, record, 0);
}

/* Some CAs know one keyUsage for all kinds of keys. What they do not ask for
 * at all, as one that signs certificates, is another thing. */
static char *check_foreign_usages(const struct entry *entry,
				  const struct record *record)
{
	return compare_usages(entry, record,
			      KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION |
				      KU_KEY_ENCIPHERMENT |
				      KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT);
}

static char *compare_uris(const char *what, char *const *found, size_t n,
			  const struct setting_list *wanted)
{
	size_t i;

	for (i = 0; i < n && i < wanted->n; i++)
		if (strcmp(found[i], wanted->items[i].text) != 0)
			break;
	if (i == n && n == wanted->n)
		return NULL;
	return memory_format("%s is %s, wanted %s", what,
			     i < n ? found[i] : "not there",
			     i < wanted->n ? wanted->items[i].text : "none");
}

/* Where to ask whether it is revoked, and for the CA's certificate. */
static char *check_addresses(const struct entry *entry,
			     const struct record *record)
{
	static const struct setting_list none;
	const struct ca_section *section = entry->ca->section;
	char *difference;

	difference = compare_uris("OCSP address", record->ocsp, record->n_ocsp,
				  section ? &section->ocsp : &none);
	if (!difference)
		difference = compare_uris("CRL address", record->crl,
					  record->n_crl,
					  section ? &section->crl : &none);
	if (!difference)
		difference =
			compare_uris("address of the CA's certificate",
				     record->ca_issuers, record->n_ca_issuers,
				     section ? &section->ca_issuers : &none);
	return difference;
}

static char *check_key(const struct entry *entry, const struct record *record)
{
	if (strcmp(record->key, entry->key->text) == 0)
		return NULL;
	return memory_format("key is %s, wanted %s", record->key,
			     entry->key->text);
}

/*
 * notBefore lies up to the backdate before the start of the lifetime; less
 * where the CA itself was younger.
 */
static char *check_lifetime(const struct entry *entry,
			    const struct record *record)
{
	long span = (long)(record->not_after - record->not_before);
	long least = entry->days * DAY;
	long hours = entry->backdate > 24 ? entry->backdate : 24;

	if (span >= least && span <= least + hours * HOUR)
		return NULL;
	return memory_format("lifetime is %ld days, wanted %ld",
			     (span - entry->backdate * HOUR + DAY / 2) / DAY,
			     entry->days);
}

/* The days for which others may sign ENTRY, at most. */
static long foreign_days(const struct entry *entry)
{
	return entry->days * 2 > FOREIGN_DAYS ? entry->days * 2 : FOREIGN_DAYS;
}

/* A request does not say how long, so others have a wide margin. */
static char *check_foreign_lifetime(const struct entry *entry,
				    const struct record *record)
{
	long days = (long)(record->not_after - record->not_before) / DAY;

	if (days <= foreign_days(entry))
		return NULL;
	return memory_format("lifetime is %ld days, and the topology has days "
			     "= %ld: wanted %ld at most",
			     days, entry->days, foreign_days(entry));
}

long check_renewal(const struct entry *entry, const struct record *record)
{
	long days = (long)(record->not_after - record->not_before) / DAY;

	return days < entry->days && days / 3 < entry->renew_before ?
		       days / 3 :
		       entry->renew_before;
}

typedef char *check_function(const struct entry *, const struct record *);

static char *check_all(check_function *const *checks, const struct entry *entry,
		       const struct record *record)
{
	size_t i;

	for (i = 0; checks[i]; i++) {
		char *difference = checks[i](entry, record);

		if (difference)
			return difference;
	}
	return NULL;
}

char *check_entry(const struct entry *entry, const struct record *record)
{
	static check_function *const checks[] = {
		check_names,    check_subject,   check_key, check_usages,
		check_lifetime, check_addresses, NULL,
	};

	return check_all(checks, entry, record);
}

char *check_request(const struct entry *entry, const struct record *record)
{
	static check_function *const checks[] = {
		check_names, check_subject, check_key, check_usages, NULL,
	};

	return check_all(checks, entry, record);
}

char *check_foreign(const struct entry *entry, const struct record *record)
{
	static check_function *const checks[] = {
		check_foreign_usages,   check_names, check_subject, check_key,
		check_foreign_lifetime, NULL,
	};

	return check_all(checks, entry, record);
}
