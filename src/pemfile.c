/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "memory.h"
#include "pemfile.h"

#define FILE_LIMIT (1 << 20)

static const char *check_kind(int fd, struct pemfile *file)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	file->mode = st.st_mode & 07777;
	return NULL;
}

static const char *read_all(int fd, struct pemfile *file)
{
	ssize_t n = 1;

	file->text = memory_zeroed(1, FILE_LIMIT + 1);
	while (n != 0 && file->length <= FILE_LIMIT) {
		n = read(fd, file->text + file->length,
			 FILE_LIMIT + 1 - file->length);
		if (n < 0 && errno != EINTR)
			return strerror(errno);
		if (n > 0)
			file->length += (size_t)n;
	}
	return file->length > FILE_LIMIT ? "more than 1 MiB" : NULL;
}

static const char *take(struct pemfile *file, int fd)
{
	const char *why = read_all(fd, file);

	if (why) {
		pemfile_close(file);
		return why;
	}
	file->bio = BIO_new_mem_buf(file->text, (int)file->length);
	if (!file->bio)
		abort();
	return NULL;
}

const char *pemfile_open(struct pemfile *file, const char *path)
{
	return pemfile_open_at(file, AT_FDCWD, path);
}

const char *pemfile_open_at(struct pemfile *file, int folder, const char *path)
{
	/* a pipe that nobody writes to must not keep us */
	int fd = openat(folder, path,
			O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *why;

	memset(file, 0, sizeof(*file));
	if (fd < 0)
		return strerror(errno);
	why = check_kind(fd, file);
	if (!why)
		why = take(file, fd);
	close(fd);
	return why;
}

const char *pemfile_take(struct pemfile *file, int fd)
{
	memset(file, 0, sizeof(*file));
	return take(file, fd);
}

bool pemfile_next(struct pemfile *file, struct pem_block *block)
{
	unsigned long error;
	bool found;

	memset(block, 0, sizeof(*block));
	ERR_set_mark();
	found = PEM_read_bio_ex(file->bio, &block->name, &block->header,
				&block->data, &block->length,
				PEM_FLAG_SECURE) == 1;
	error = ERR_peek_last_error();
	file->damaged = !found &&
			(ERR_GET_LIB(error) != ERR_LIB_PEM ||
			 ERR_GET_REASON(error) != PEM_R_NO_START_LINE);
	ERR_pop_to_mark();
	return found;
}

bool pem_name_is_key(const char *name)
{
	size_t length = strlen(name), end = strlen("PRIVATE KEY");

	return length >= end && strcmp(name + length - end, "PRIVATE KEY") == 0;
}

void pem_block_clear(struct pem_block *block)
{
	OPENSSL_secure_free(block->name);
	OPENSSL_secure_free(block->header);
	OPENSSL_secure_clear_free(block->data, (size_t)block->length);
}

void pemfile_close(struct pemfile *file)
{
	BIO_free(file->bio);
	if (file->text)
		OPENSSL_cleanse(file->text, file->length);
	free(file->text);
}
