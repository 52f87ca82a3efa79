/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "filename.h"

static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789_.-";

bool filename_is_plain(const char *text)
{
	return *text && *text != '.' && *text != '-' &&
	       strspn(text, allowed) == strlen(text);
}

bool filename_is_plain_path(const char *text)
{
	const char *p = text + (*text == '~');
	size_t length;

	if (!*text || (*text == '~' && text[1] && text[1] != '/') ||
	    *text == '-' || strstr(text, "//"))
		return false;
	for (; *p; p += length) {
		if (*p == '/')
			p++;
		length = strspn(p, allowed);
		if (p[length] && p[length] != '/')
			return false;
		if ((length == 2 && strncmp(p, "..", 2) == 0) ||
		    (length == 1 && *p == '.'))
			return false;
	}
	return true;
}

const char *filename_check(const char *name)
{
	size_t length = strlen(name);

	if (strspn(name, allowed) != length)
		return "character not allowed: wanted letters, digits, '_', "
		       "'-' and '.'";
	if (*name == '.' || *name == '-')
		return "begins with '.' or '-': wanted a letter, digit or '_'";
	if (name[length - 1] == '.')
		return "ends in '.': wanted a letter, digit, '_' or '-'";
	if (length >= 7 && strcasecmp(name + length - 7, ".tar.gz") == 0)
		return "ends in .tar.gz, as only bundles may";
	if (length > 200)
		return "name of more than 200 characters";
	return NULL;
}
