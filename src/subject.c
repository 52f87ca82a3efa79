/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/objects.h>

#include "memory.h"
#include "record.h"
#include "subject.h"

/* The value of the only attribute NID of NAME; NULL: none, or several. */
static char *read_attribute(const X509_NAME *name, int nid)
{
	int index = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *utf8 = NULL;
	char *copy = NULL;
	int length;

	if (index < 0 || X509_NAME_get_index_by_NID(name, nid, index) >= 0)
		return NULL;
	length = ASN1_STRING_to_UTF8(
		&utf8,
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
	if (length >= 0 && strlen((char *)utf8) == (size_t)length)
		copy = memory_copy((char *)utf8);
	OPENSSL_free(utf8);
	return copy;
}

char *subject_line(const X509_NAME *name)
{
	char *line = X509_NAME_oneline(name, NULL, 0);
	char *copy = memory_copy(line ? line : "");

	OPENSSL_free(line);
	return copy;
}

static bool is_usual(const X509_NAME_ENTRY *entry)
{
	int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));

	return nid == NID_commonName || nid == NID_organizationName ||
	       nid == NID_organizationalUnitName;
}

/* One attribute is no subject of a topology by itself. */
static bool has_others(const X509_NAME *name)
{
	int i, n = X509_NAME_entry_count(name);

	for (i = 0; i < n && n > 1; i++)
		if (!is_usual(X509_NAME_get_entry(name, i)))
			return true;
	return false;
}

/* The attributes that no topology gives, but a template may. */
static char *read_others(const X509_NAME *name)
{
	X509_NAME *others = NULL;
	char *line;
	int i;

	if (has_others(name))
		others = X509_NAME_dup(name);
	for (i = others ? X509_NAME_entry_count(others) : 0; i-- > 0;)
		if (is_usual(X509_NAME_get_entry(others, i)))
			X509_NAME_ENTRY_free(X509_NAME_delete_entry(others, i));
	line = others ? subject_line(others) : memory_copy("");
	X509_NAME_free(others);
	return line;
}

void subject_read(struct record *record, const X509_NAME *name)
{
	int unit = NID_organizationalUnitName;

	record->subject = subject_line(name);
	record->other_subject = read_others(name);
	record->common_name = read_attribute(name, NID_commonName);
	record->organization = read_attribute(name, NID_organizationName);
	record->organizational_unit = read_attribute(name, unit);
	if (!record->organizational_unit)
		record->several_units =
			X509_NAME_get_index_by_NID(name, unit, -1) >= 0;
}
