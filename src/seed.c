/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "memory.h"
#include "report.h"
#include "seed.h"
#include "stream.h"

#define DIGITS (2 * SEED_OCTETS)
#define MODE_SEED 0400

struct seed {
	unsigned char octets[SEED_OCTETS];
	EVP_KDF *hkdf;
	struct streams streams;
};

void seed_free(struct seed *seed)
{
	if (!seed)
		return;
	streams_close(&seed->streams);
	EVP_KDF_free(seed->hkdf);
	OPENSSL_secure_clear_free(seed, sizeof(*seed));
}

static struct seed *new_seed(const unsigned char octets[SEED_OCTETS])
{
	struct seed *seed = OPENSSL_secure_zalloc(sizeof(*seed));

	if (!seed)
		abort();
	memcpy(seed->octets, octets, SEED_OCTETS);
	seed->hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	if (streams_open(&seed->streams) == 0 && seed->hkdf)
		return seed;
	seed_free(seed);
	return NULL;
}

OSSL_LIB_CTX *seed_context(const struct seed *seed)
{
	return seed->streams.context;
}

/* What is wrong with the N octets of TEXT, constant; NULL: nothing. */
static const char *check(const char *text, size_t n)
{
	if (n == DIGITS + 1 && text[DIGITS] == '\n')
		n--;
	if (n != DIGITS || strspn(text, "0123456789abcdefABCDEF") != DIGITS)
		return "wanted 64 hexadecimal digits in one line, as topocert "
		       "seed makes them";
	return NULL;
}

static struct seed *parse(char text[DIGITS + 1])
{
	unsigned char octets[SEED_OCTETS];
	struct seed *seed = NULL;
	size_t n;

	text[DIGITS] = '\0';
	if (OPENSSL_hexstr2buf_ex(octets, sizeof(octets), &n, text, '\0'))
		seed = new_seed(octets);
	OPENSSL_cleanse(octets, sizeof(octets));
	return seed;
}

/* What is wrong with the file itself; NULL: nothing. Free it. */
static char *check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return memory_copy(strerror(errno));
	if (!S_ISREG(st.st_mode))
		return memory_copy("wanted a regular file");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return memory_copy("it belongs to another user: wanted one of "
				   "one's own");
	if (st.st_mode & 077)
		return memory_format("others can get at it (mode %04o): chmod "
				     "0400 it",
				     (unsigned int)st.st_mode & 07777);
	return NULL;
}

struct seed *seed_read(const char *path, char **why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct seed *seed = NULL;
	char text[DIGITS + 3];
	const char *wrong;
	ssize_t n;

	*why = fd < 0 ? memory_copy(strerror(errno)) : check_file(fd);
	if (!*why) {
		memset(text, 0, sizeof(text));
		n = read(fd, text, sizeof(text) - 1);
		wrong = n < 0 ? strerror(errno) : check(text, (size_t)n);
		if (!wrong)
			seed = parse(text);
		if (!seed)
			*why = memory_copy(
				wrong ? wrong :
					"OpenSSL cannot derive from it");
		OPENSSL_cleanse(text, sizeof(text));
	}
	if (fd >= 0)
		close(fd);
	return seed;
}

/* New digits and the end of their line. */
static int draw(char text[DIGITS + 2])
{
	unsigned char octets[SEED_OCTETS];
	int ret = -1;

	if (RAND_priv_bytes(octets, sizeof(octets)) == 1 &&
	    OPENSSL_buf2hexstr_ex(text, DIGITS + 1, NULL, octets,
				  sizeof(octets), '\0')) {
		text[DIGITS] = '\n';
		ret = 0;
	}
	OPENSSL_cleanse(octets, sizeof(octets));
	return ret;
}

/* The name of a new file lasts only when its folder is written. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder =
		slash ? memory_copy_part(path, (size_t)(slash - path) + 1) :
			memory_copy(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(folder);
	return ret;
}

static int write_digits(int fd, const char *text)
{
	/* all at once, or the disk is full */
	return fchmod(fd, MODE_SEED) == 0 &&
			       write(fd, text, DIGITS + 1) == DIGITS + 1 &&
			       fsync(fd) == 0 ?
		       0 :
		       -1;
}

int seed_create(const char *path)
{
	char text[DIGITS + 2];
	int fd, ret, error;

	if (draw(text)) {
		report_openssl("cannot draw a seed");
		return -1;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  MODE_SEED);
	ret = fd < 0 ? -1 : write_digits(fd, text);
	if (fd >= 0 && close(fd) != 0)
		ret = -1;
	if (ret == 0)
		ret = sync_folder(path);
	error = errno;
	OPENSSL_cleanse(text, sizeof(text));
	if (ret == 0)
		return 0;
	report_error("%s: %s", path,
		     fd < 0 && error == EEXIST ?
			     "is there already, and a seed is never replaced: "
			     "wanted another name" :
			     strerror(error));
	if (fd >= 0)
		unlink(path);
	return -1;
}

int seed_derive(const struct seed *seed, const void *info, size_t length,
		unsigned char *octets, size_t n)
{
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(seed->hkdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						 (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_KEY, (void *)seed->octets, SEED_OCTETS),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
						  (void *)info, length),
		OSSL_PARAM_construct_end(),
	};
	int ret = ctx && EVP_KDF_derive(ctx, octets, n, params) > 0 ? 0 : -1;

	EVP_KDF_CTX_free(ctx);
	return ret;
}
