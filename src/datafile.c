/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datafile.h"
#include "memory.h"

static const char *data_folder(void)
{
	const char *folder = secure_getenv("TOPOCERT_DATADIR");

	return folder && *folder ? folder : PKGDATADIR;
}

char *datafile_beside(const char *name, const char *from)
{
	const char *slash = strrchr(from, '/');

	if (*name == '/' || !slash)
		return memory_copy(name);
	return memory_format("%.*s/%s", (int)(slash - from), from, name);
}

char *datafile_template(const char *name, const char *extra, const char *from)
{
	char *path;

	if (strchr(name, '/'))
		return datafile_beside(name, from);
	if (extra) {
		path = memory_format("%s/%s", extra, name);
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return memory_format("%s/templates/%s", data_folder(), name);
}

char *datafile_profile(const char *name, const char *from)
{
	size_t length = strlen(name);

	if (strchr(name, '/') ||
	    (length > 4 && strcmp(name + length - 4, ".ini") == 0))
		return datafile_beside(name, from);
	return memory_format("%s/profiles/%s.ini", data_folder(), name);
}

char **datafile_profiles(size_t *n)
{
	char *pattern = memory_format("%s/profiles/*.ini", data_folder());
	char **names = NULL;
	glob_t found;
	size_t i;

	*n = 0;
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc; i++) {
			const char *base = strrchr(found.gl_pathv[i], '/') + 1;

			*(char **)memory_append(&names, n, sizeof(*names)) =
				memory_copy_part(base, strlen(base) - 4);
		}
		globfree(&found);
	}
	free(pattern);
	return names;
}
