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
	const char *folder; /* many have the same; NULL: NAME is the path */
	const char *name;
	uint32_t number; /* the higher one is newer */
	bool old; /* from the file, not of this run */
	bool whole;
};

struct sums {
	struct sum *items;
	size_t n;
	uint32_t added; /* ever: sums that are gone do not count back */
	struct arena *paths;
	const char *last; /* folder that was added to */
};

static struct sums *sums_new(void)
{
	struct sums *sums = memory_zeroed(1, sizeof(*sums));

	sums->paths = arena_new();
	return sums;
}

/* FOLDER and NAME have to be in the arena. */
static struct sum *add(struct sums *sums, const unsigned char *digest,
		       const char *folder, const char *name)
{
	struct sum *sum = memory_append(&sums->items, &sums->n, sizeof(*sum));

	memcpy(sum->digest, digest, sizeof(sum->digest));
	sum->number = sums->added++;
	sum->folder = folder;
	sum->name = name;
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
	return add(sums, digest, NULL,
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

/* FOLDER in the arena, once for files that come one after the other. */
static const char *keep_folder(struct sums *sums, const char *folder)
{
	if (!sums->last || strcmp(sums->last, folder) != 0)
		sums->last = arena_copy(sums->paths, folder);
	return sums->last;
}

void sums_add(struct sums *sums, const char *folder, const char *name,
	      bool whole, const unsigned char *sum)
{
	/* names within folders recur */
	struct sum *added =
		*folder ? add(sums, sum, keep_folder(sums, folder),
			      arena_share(sums->paths, name)) :
			  add(sums, sum, NULL, arena_copy(sums->paths, name));

	added->whole = whole;
}

/* A path, character by character. */
struct walk {
	const char *at;
	const char *next; /* what comes behind a slash; NULL: nothing */
};

static struct walk walk_of(const struct sum *sum)
{
	return sum->folder ? (struct walk){ sum->folder, sum->name } :
			     (struct walk){ sum->name, NULL };
}

static unsigned char step(struct walk *walk)
{
	if (*walk->at || !walk->next)
		return (unsigned char)(*walk->at ? *walk->at++ : 0);
	walk->at = walk->next;
	walk->next = NULL;
	return '/';
}

static int walk_order(struct walk a, struct walk b)
{
	unsigned char x, y;

	do {
		x = step(&a);
		y = step(&b);
	} while (x && x == y);
	return x < y ? -1 : x > y;
}

static int compare_paths(const struct sum *a, const struct sum *b)
{
	if (a->folder && a->folder == b->folder)
		return strcmp(a->name, b->name);
	return walk_order(walk_of(a), walk_of(b));
}

/* Free it. */
static char *path_of(const struct sum *sum)
{
	return memory_format("%s%s%s", sum->folder ? sum->folder : "",
			     sum->folder ? "/" : "", sum->name);
}

void sums_remove(struct sums *sums, const char *folder)
{
	size_t length = strlen(folder), i, n = 0;

	for (i = 0; i < sums->n; i++) {
		char *path = path_of(&sums->items[i]);
		const char *rest = path + length;

		if (strncmp(path, folder, length) != 0 ||
		    (*rest != '/' && strcmp(rest, ".tar.gz") != 0))
			sums->items[n++] = sums->items[i];
		free(path);
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
	int order = compare_paths(a, b);

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
	return walk_order((struct walk){ path, NULL }, walk_of(sum));
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
	return place < sums->n ? sums->items[place].name : NULL;
}

/* The folder of a path, and how long that is. */
static const char *folder_of(const struct sum *sum, size_t *length)
{
	const char *slash = strrchr(sum->name, '/');

	*length = sum->folder ? strlen(sum->folder) :
		  slash       ? (size_t)(slash - sum->name) :
				0;
	return sum->folder ? sum->folder : sum->name;
}

/* How many sums from FIRST on lie in the same folder. */
static size_t count_folder(const struct sums *sums, size_t first)
{
	size_t length, other, i;
	const char *folder = folder_of(&sums->items[first], &length);

	for (i = first + 1; i < sums->n; i++)
		if (strncmp(folder_of(&sums->items[i], &other), folder,
			    length) != 0 ||
		    other != length)
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
	fprintf(out, "%s  %s%s%s\n", hex, sum->folder ? sum->folder : "",
		sum->folder ? "/" : "", sum->name);
}

static void write_folder(FILE *out, const struct sum *sum, size_t n)
{
	bool whole = false;
	size_t i;

	for (i = 0; i < n; i++)
		whole = whole || sum[i].whole;
	for (i = 0; i < n; i++) {
		/* of several for one path the last is the newest */
		if (i + 1 < n && compare_paths(&sum[i], &sum[i + 1]) == 0)
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
