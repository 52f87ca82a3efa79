/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "memory.h"
#include "password.h"

#define LENGTH_MIN 6 /* what keytool(1) asks for */
#define LENGTH_MAX 128

static const char *check(const char *text, size_t length)
{
	size_t i;

	if (length < LENGTH_MIN || length > LENGTH_MAX)
		return "the password has to have 6 to 128 characters";
	for (i = 0; i < length; i++)
		if (text[i] < '!' || text[i] > '~')
			return "the password has to be printable ASCII without "
			       "blanks";
	return NULL;
}

char *password_read(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[LENGTH_MAX + 2], *password = NULL;
	struct stat st;
	ssize_t n;

	*why = strerror(errno);
	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	*why = strerror(errno);
	if (n >= 0 && fstat(fd, &st) == 0) {
		text[n] = '\0';
		if (st.st_mode & 077)
			*why = "others may read it: chmod 0600 it";
		else
			*why = check(text, strcspn(text, "\r\n"));
		if (!*why)
			password =
				memory_copy_part(text, strcspn(text, "\r\n"));
	}
	OPENSSL_cleanse(text, sizeof(text));
	close(fd);
	return password;
}

void password_free(char *password)
{
	if (password)
		OPENSSL_cleanse(password, strlen(password));
	free(password);
}
