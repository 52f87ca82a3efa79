/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ui.h>

#include "datafile.h"
#include "memory.h"
#include "passphrase.h"
#include "report.h"

/* As many as PEM_read_PrivateKey(3) takes, and as few as openssl(1) does to
 * protect a new key. */
#define LENGTH_MAX 1023
#define LENGTH_MIN 4

#define TERMINAL "/dev/tty"

struct passphrase {
	const struct source *source;
	char *argument; /* what stands behind the colon */
	char *topology, *name, *label;
	char *secret; /* NULL: not fetched */
};

/* A kind of source. Each writes at most LENGTH_MAX bytes to the secret and
 * returns 0, or reports why it cannot. */
struct source {
	const char *prefix;
	int (*fetch)(struct passphrase *passphrase, bool new);
};

static int fetch_environment(struct passphrase *passphrase, bool new);
static int fetch_file(struct passphrase *passphrase, bool new);
static int fetch_descriptor(struct passphrase *passphrase, bool new);
static int fetch_terminal(struct passphrase *passphrase, bool new);

static const struct source sources[] = {
	{ "env:", fetch_environment },
	{ "file:", fetch_file },
	{ "fd:", fetch_descriptor },
	{ "prompt", fetch_terminal },
};

static const struct source *find_source(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		const char *prefix = sources[i].prefix;
		size_t length = strlen(prefix);

		if (strncmp(text, prefix, length) != 0)
			continue;
		/* what takes an argument has one, and the other has none */
		if ((prefix[length - 1] == ':') == (text[length] != '\0'))
			return &sources[i];
	}
	return NULL;
}

const char *passphrase_check(const char *text)
{
	const struct source *source = find_source(text);

	if (strncmp(text, "pass:", 5) == 0)
		return "it has no place in this file: wanted env:VAR, "
		       "file:PATH, fd:NUMBER or prompt";
	if (!source)
		return "wanted env:VAR, file:PATH, fd:NUMBER or prompt";
	if (source->fetch == fetch_descriptor &&
	    (strspn(text + 3, "0123456789") != strlen(text + 3) ||
	     strlen(text + 3) > 5))
		return "wanted the number of an open file behind fd:";
	if (source->fetch == fetch_environment && strchr(text, '='))
		return "wanted the name of a variable behind env:";
	return NULL;
}

struct passphrase *passphrase_new(const char *text, const char *topology,
				  int line, const char *name)
{
	struct passphrase *passphrase = memory_zeroed(1, sizeof(*passphrase));

	passphrase->source = find_source(text);
	if (!passphrase->source)
		abort();
	passphrase->argument =
		memory_copy(text + strlen(passphrase->source->prefix));
	passphrase->topology = memory_copy(topology);
	passphrase->name = memory_copy(name);
	passphrase->label =
		memory_format("%s:%d: passphrase = %s", topology, line, text);
	return passphrase;
}

void passphrase_free(struct passphrase *passphrase)
{
	if (!passphrase)
		return;
	passphrase_wipe(passphrase);
	free(passphrase->argument);
	free(passphrase->topology);
	free(passphrase->name);
	free(passphrase->label);
	free(passphrase);
}

const char *passphrase_label(const struct passphrase *passphrase)
{
	return passphrase->label;
}

void passphrase_wipe(struct passphrase *passphrase)
{
	if (!passphrase)
		return;
	OPENSSL_secure_clear_free(passphrase->secret, LENGTH_MAX + 1);
	passphrase->secret = NULL;
}

static int too_long(const struct passphrase *passphrase)
{
	report_error("%s: more than %d bytes", passphrase->label, LENGTH_MAX);
	return -1;
}

static int fetch_environment(struct passphrase *passphrase, bool new)
{
	char *value = secure_getenv(passphrase->argument);
	size_t length = value ? strlen(value) : 0;

	(void)new;
	if (!value) {
		report_error("%s: this environment variable is not set",
			     passphrase->label);
		return -1;
	}
	if (length > LENGTH_MAX)
		return too_long(passphrase);
	memcpy(passphrase->secret, value, length);
	return 0;
}

/* The first line, as openssl(1) takes it; what follows is left to others. */
static int read_line(struct passphrase *passphrase, int fd)
{
	size_t length = 0;
	char byte = 0;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
		if (n == 1 && byte != '\n' && length < LENGTH_MAX + 1)
			passphrase->secret[length++] = byte;
	} while ((n == 1 && byte != '\n' && length <= LENGTH_MAX) ||
		 (n < 0 && errno == EINTR));
	OPENSSL_cleanse(&byte, 1);
	if (n < 0) {
		report_error("%s: %s", passphrase->label, strerror(errno));
		return -1;
	}
	if (length > LENGTH_MAX)
		return too_long(passphrase);
	passphrase->secret[length] = '\0';
	if (strlen(passphrase->secret) == length)
		return 0;
	report_error("%s: it holds a zero byte: wanted text",
		     passphrase->label);
	return -1;
}

static int fetch_file(struct passphrase *passphrase, bool new)
{
	char *path =
		datafile_beside(passphrase->argument, passphrase->topology);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int ret = -1;

	(void)new;
	if (fd < 0 || fstat(fd, &st) != 0)
		report_error("%s: %s", passphrase->label, strerror(errno));
	else if (S_ISREG(st.st_mode) && (st.st_mode & 077))
		report_error("%s: mode %04o lets others at the passphrase: "
			     "chmod 0400 it, and think of who may have read "
			     "it",
			     passphrase->label,
			     (unsigned int)st.st_mode & 07777);
	else
		ret = read_line(passphrase, fd);
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

static int fetch_descriptor(struct passphrase *passphrase, bool new)
{
	int fd = atoi(passphrase->argument);
	int flags = fcntl(fd, F_GETFD);

	(void)new;
	/* our own files, which nobody handed to us, all have this flag */
	if (flags >= 0 && !(flags & FD_CLOEXEC))
		return read_line(passphrase, fd);
	report_error("%s: no such file is open: wanted one that was opened "
		     "for this program, as by the shell's %d<FILE",
		     passphrase->label, fd);
	return -1;
}

/* Ask by OpenSSL's own dialog, which turns the echo off. */
static int ask(struct passphrase *passphrase, bool new, char *again)
{
	UI *ui = UI_new_method(UI_OpenSSL());
	char *what = memory_format("Passphrase for the key of CA %s: ",
				   passphrase->name);
	const int least = new ? LENGTH_MIN : 0;
	int answer = -1;

	if (ui &&
	    UI_add_input_string(ui, what, 0, passphrase->secret, least,
				LENGTH_MAX) >= 0 &&
	    (!new || UI_add_verify_string(ui, "Once more: ", 0, again, least,
					  LENGTH_MAX, passphrase->secret) >= 0))
		answer = UI_process(ui);
	UI_free(ui);
	free(what);
	ERR_clear_error();
	/* the dialog caught what was meant for us */
	if (answer == -2)
		raise(SIGINT);
	return answer < 0 ? -1 : 0;
}

static int fetch_terminal(struct passphrase *passphrase, bool new)
{
	/* else the dialog would read standard input */
	int fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
	char *again;
	int ret;

	if (fd < 0) {
		report_error("%s: there is no terminal to ask at: wanted "
			     "env:VAR, file:PATH or fd:NUMBER",
			     passphrase->label);
		return -1;
	}
	close(fd);
	again = OPENSSL_secure_zalloc(LENGTH_MAX + 1);
	if (!again)
		abort();
	ret = ask(passphrase, new, again);
	OPENSSL_secure_clear_free(again, LENGTH_MAX + 1);
	if (ret)
		report_error("%s: no passphrase was given%s", passphrase->label,
			     new ? ", or not the same twice" : "");
	return ret;
}

static int check(const struct passphrase *passphrase, bool new)
{
	if (!*passphrase->secret)
		report_error("%s: it is empty", passphrase->label);
	else if (new &&strlen(passphrase->secret) < LENGTH_MIN)
		report_error("%s: too short for a new key: wanted %d bytes or "
			     "more",
			     passphrase->label, LENGTH_MIN);
	else
		return 0;
	return -1;
}

const char *passphrase_get(struct passphrase *passphrase, bool new)
{
	if (passphrase->secret)
		return check(passphrase, new) ? NULL : passphrase->secret;
	passphrase->secret = OPENSSL_secure_zalloc(LENGTH_MAX + 1);
	if (!passphrase->secret)
		abort();
	if (passphrase->source->fetch(passphrase, new) ||
	    check(passphrase, new)) {
		passphrase_wipe(passphrase);
		return NULL;
	}
	return passphrase->secret;
}
