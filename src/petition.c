/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "asked.h"
#include "memory.h"
#include "pemfile.h"
#include "petition.h"

void petition_refuse(struct petition *petition, const char *format, ...)
{
	va_list args;

	if (petition->refusal)
		return;
	va_start(args, format);
	if (vasprintf(&petition->refusal, format, args) < 0)
		abort();
	va_end(args);
}

/* Nothing may stand behind it. */
static void decode(struct petition *petition, const unsigned char *der,
		   long length)
{
	const unsigned char *p = der;

	ERR_set_mark();
	petition->request = d2i_X509_REQ(NULL, &p, length);
	ERR_pop_to_mark();
	if (!petition->request)
		petition_refuse(petition, "damaged: no request in it, or not "
					  "a whole one");
	else if (p != der + length)
		petition_refuse(petition, "more than a request in it: wanted "
					  "one, and nothing else");
}

static bool is_request(const char *name)
{
	return strcmp(name, PEM_STRING_X509_REQ) == 0 ||
	       strcmp(name, PEM_STRING_X509_REQ_OLD) == 0;
}

static void read_block(struct petition *petition, const struct pem_block *block)
{
	if (pem_name_is_key(block->name))
		petition_refuse(petition,
				"a private key is in it, which should not have "
				"left its host: wanted a request by a new key");
	else if (!is_request(block->name))
		petition_refuse(petition,
				"a '%s' is in it: wanted a request and nothing "
				"else",
				block->name);
	else if (*block->header)
		petition_refuse(petition, "it is encrypted");
	else if (petition->request)
		petition_refuse(petition, "more than one request in it: wanted "
					  "one in each file");
	else
		decode(petition, block->data, block->length);
}

/* ASN.1: a SEQUENCE. */
static bool is_der(const struct pemfile *file)
{
	return file->length > 0 && *file->text == 0x30;
}

static void read_file(struct petition *petition, struct pemfile *file)
{
	struct pem_block block;
	bool any = false;

	while (!petition->refusal && pemfile_next(file, &block)) {
		any = true;
		read_block(petition, &block);
		pem_block_clear(&block);
	}
	if (petition->refusal)
		return;
	if (!any && is_der(file))
		decode(petition, (const unsigned char *)file->text,
		       (long)file->length);
	else if (file->damaged)
		petition_refuse(petition, "damaged PEM: wanted a whole "
					  "request");
	else if (!any)
		petition_refuse(petition, "no request in it, neither in PEM "
					  "nor in DER");
}

void petition_read(struct petition *petition, const char *path)
{
	struct pemfile file;
	const char *why;

	memset(petition, 0, sizeof(*petition));
	petition->path = path;
	why = strcmp(path, "-") == 0 ? pemfile_take(&file, STDIN_FILENO) :
				       pemfile_open(&file, path);
	if (why) {
		petition_refuse(petition, "%s", why);
		return;
	}
	read_file(petition, &file);
	pemfile_close(&file);
	if (!petition->refusal)
		petition->asked =
			asked_read(petition->request, &petition->refusal);
}

void petition_clear(struct petition *petition)
{
	X509_REQ_free(petition->request);
	record_free(petition->asked);
	free(petition->refusal);
	memset(petition, 0, sizeof(*petition));
}
