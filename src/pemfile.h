/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_PEMFILE_H
#define TOPOCERT_PEMFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <openssl/bio.h>

/* A file of PEM blocks that somebody else wrote. It may hold a key: what was
 * read of it is wiped. */
struct pemfile {
	char *text;
	size_t length;
	mode_t mode; /* permission bits */
	BIO *bio; /* of the text, read only */
	bool damaged; /* set by pemfile_next(): what comes is no PEM */
};

/* As PEM_read_bio_ex(3) has it. */
struct pem_block {
	char *name, *header;
	unsigned char *data;
	long length;
};

/*
 * Read PATH, a regular file of 1 MiB at most, into FILE. Returns NULL, or what
 * is wrong, which is not to be freed; then there is nothing to close.
 */
const char *pemfile_open(struct pemfile *file, const char *path);

/* The same, where PATH is relative to the open directory FOLDER. */
const char *pemfile_open_at(struct pemfile *file, int folder, const char *path);

/* The same of what comes from FD, whatever that is, until it ends. */
const char *pemfile_take(struct pemfile *file, int fd);

/*
 * The next block; false at the end, or where the file is damaged. Clear it
 * with pem_block_clear().
 */
bool pemfile_next(struct pemfile *file, struct pem_block *block);

/* A block of that NAME is a private key, of whatever form. */
bool pem_name_is_key(const char *name);

void pem_block_clear(struct pem_block *block);
void pemfile_close(struct pemfile *file);

#endif
