/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "digest.h"
#include "memory.h"
#include "sums.h"

#define HEX_LENGTH (2 * (size_t)DIGEST_OCTETS)

struct sum {
	unsigned char digest[DIGEST_OCTETS];
	const char *path;
	uint32_t number; /* the higher one is newer */
	bool old; /* from the file, not of this run */
	bool whole;
};

struct sums {
	struct sum *items;
	size_t n;
	uint32_t added; /* ever: sums that are gone do not count back */
	struct arena *paths;
};

static struct sums *sums_new(void)
{
	struct sums *sums = memory_zeroed(1, sizeof(*sums));

	sums->paths = arena_new();
	return sums;
}

/* PATH has to be in the arena. */
static struct sum *add(struct sums *sums, const unsigned char *digest,
		       const char *path)
{
	struct sum *sum = memory_append(&sums->items, &sums->n, sizeof(*sum));

	memcpy(sum->digest, digest, sizeof(sum->digest));
	sum->number = sums->added++;
	sum->path = path;
	return sum;
}

static unsigned char digit(char hex)
{
	return (unsigned char)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

/* LINE, which is_sum(). */
static struct sum *add_line(struct sums *sums, const char *line)
{
	unsigned char digest[DIGEST_OCTETS];
	size_t i;

	for (i = 0; i < sizeof(digest); i++)
		digest[i] = (unsigned char)(digit(line[2 * i]) << 4 |
					    digit(line[2 * i + 1]));
	return add(sums, digest,
		   arena_copy(sums->paths, line + HEX_LENGTH + 2));
}

/* "HEX  PATH"; cuts the newline off. */
static bool is_sum(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	return strspn(line, "0123456789abcdef") == HEX_LENGTH &&
	       line[HEX_LENGTH] == ' ' && line[HEX_LENGTH + 1] == ' ';
}

/* The same, where PATH exists in FOLDER. */
static bool is_present(int folder, char *line)
{
	return is_sum(line) && faccessat(folder, line + HEX_LENGTH + 2, F_OK,
					 AT_SYMLINK_NOFOLLOW) == 0;
}

static FILE *open_sums(int folder)
{
	int fd = openat(folder, SUMS_FILE, O_RDONLY | O_CLOEXEC);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

bool sums_list(int folder, const char *name)
{
	FILE *stream = open_sums(folder);
	char *line = NULL, *slash;
	bool found = stream && !name;
	size_t room = 0;

	while (stream && !found && getline(&line, &room, stream) > 0) {
		line[strcspn(line, "\n")] = '\0';
		slash = strrchr(line, '/');
		found = slash && strcmp(slash + 1, name) == 0;
	}
	free(line);
	if (stream)
		fclose(stream);
	return found;
}

struct sums *sums_load(int folder)
{
	struct sums *sums = sums_new();
	FILE *stream = open_sums(folder);
	char *line = NULL;
	size_t room = 0;

	while (stream && getline(&line, &room, stream) > 0)
		if (is_present(folder, line))
			add_line(sums, line)->old = true;
	free(line);
	if (stream)
		fclose(stream);
	return sums;
}

void sums_free(struct sums *sums)
{
	if (!sums)
		return;
	arena_free(sums->paths);
	free(sums->items);
	free(sums);
}

void sums_add(struct sums *sums, const char *folder, const char *name,
	      bool whole, const unsigned char *sum)
{
	char *path = memory_format("%s%s%s", folder, *folder ? "/" : "", name);

	add(sums, sum, arena_take(sums->paths, path))->whole = whole;
}

void sums_remove(struct sums *sums, const char *folder)
{
	size_t length = strlen(folder), i, n = 0;

	for (i = 0; i < sums->n; i++) {
		struct sum *sum = &sums->items[i];
		const char *rest = sum->path + length;

		if (strncmp(sum->path, folder, length) == 0 &&
		    (*rest == '/' || strcmp(rest, ".tar.gz") == 0))
			continue;
		sums->items[n++] = *sum;
	}
	sums->n = n;
}

bool sums_match(const unsigned char *sum, const void *data, size_t length)
{
	unsigned char is[DIGEST_OCTETS];

	digest_octets(data, length, is);
	return memcmp(sum, is, sizeof(is)) == 0;
}

static int sum_order(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;
	int order = strcmp(a->path, b->path);

	if (order == 0)
		order = a->number < b->number ? -1 : a->number > b->number;
	return order;
}

struct sums *sums_load_all(int folder, size_t *damaged)
{
	struct sums *sums;
	FILE *stream = open_sums(folder);
	char *line = NULL;
	size_t room = 0, number = 0;

	*damaged = 0;
	if (!stream)
		return NULL;
	sums = sums_new();
	while (getline(&line, &room, stream) > 0) {
		number++;
		if (is_sum(line))
			add_line(sums, line);
		else if (!*damaged)
			*damaged = number;
	}
	free(line);
	fclose(stream);
	sums_sort(sums);
	return sums;
}

static int path_order(const void *path, const void *sum)
{
	return strcmp(path, ((const struct sum *)sum)->path);
}

const unsigned char *sums_find(const struct sums *sums, const char *path)
{
	const struct sum *sum = NULL;

	if (sums->n)
		sum = bsearch(path, sums->items, sums->n, sizeof(*sums->items),
			      path_order);
	return sum ? sum->digest : NULL;
}

const char *sums_path(const struct sums *sums, size_t place)
{
	return place < sums->n ? sums->items[place].path : NULL;
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* How many sums from FIRST on lie in the same folder. */
static size_t count_folder(const struct sums *sums, size_t first)
{
	const char *path = sums->items[first].path;
	size_t length = folder_length(path), i;

	for (i = first + 1; i < sums->n; i++)
		if (folder_length(sums->items[i].path) != length ||
		    strncmp(sums->items[i].path, path, length) != 0)
			break;
	return i - first;
}

static void write_sum(FILE *out, const struct sum *sum)
{
	static const char digits[] = "0123456789abcdef";
	char hex[HEX_LENGTH + 1] = "";
	size_t i;

	for (i = 0; i < DIGEST_OCTETS; i++) {
		hex[2 * i] = digits[sum->digest[i] >> 4];
		hex[2 * i + 1] = digits[sum->digest[i] & 15];
	}
	fprintf(out, "%s  %s\n", hex, sum->path);
}

static void write_folder(FILE *out, const struct sum *sum, size_t n)
{
	bool whole = false;
	size_t i;

	for (i = 0; i < n; i++)
		whole = whole || sum[i].whole;
	for (i = 0; i < n; i++) {
		/* of several for one path the last is the newest */
		if (i + 1 < n && strcmp(sum[i].path, sum[i + 1].path) == 0)
			continue;
		if (!whole || !sum[i].old)
			write_sum(out, &sum[i]);
	}
}

void sums_sort(struct sums *sums)
{
	if (sums->n)
		qsort(sums->items, sums->n, sizeof(*sums->items), sum_order);
}

void sums_write(FILE *out, const void *of)
{
	const struct sums *sums = of;
	size_t i, n;

	for (i = 0; i < sums->n; i += n) {
		n = count_folder(sums, i);
		write_folder(out, &sums->items[i], n);
	}
}
