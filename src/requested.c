/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>

#include "conf.h"
#include "memory.h"
#include "requested.h"
#include "usage.h"

/* Of a template that asks for no extensions itself. */
#define OWN_SECTION "requested_extensions"

/* NULL: OpenSSL cannot read it, which conf_load() will report. */
static CONF *parse(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	CONF *conf = NCONF_new(NULL);
	long line;

	if (!bio || !conf)
		abort();
	ERR_set_mark();
	if (NCONF_load_bio(conf, bio, &line) <= 0) {
		NCONF_free(conf);
		conf = NULL;
	}
	ERR_pop_to_mark();
	BIO_free(bio);
	return conf;
}

/* NAME = VALUE, unless the template says something of its own. */
static void add_line(FILE *out, const CONF *conf, const char *section,
		     const char *name, const char *value)
{
	if (!conf_get(conf, section, name))
		fprintf(out, "%s = %s\n", name, value);
}

/* A section that is there already goes on where its name comes again. */
static void write_lines(FILE *out, const CONF *conf, const struct entry *entry)
{
	const struct profile_certificate *type = entry->type;
	const char *section = conf_get(conf, "req", "req_extensions");
	char *usages = usage_text(inventory_usage(type, entry->key));
	char *critical = memory_format("critical,%s", usages);
	char *extended = setting_join(&type->extended_key_usage, ",");

	fputs("\n# Others sign this: what their certificate should say.\n",
	      out);
	if (!section)
		fputs("[ req ]\nreq_extensions = " OWN_SECTION "\n\n", out);
	section = section ? section : OWN_SECTION;
	fprintf(out, "[ %s ]\n", section);
	add_line(out, conf, section, "basicConstraints", "critical,CA:FALSE");
	if (*usages)
		add_line(out, conf, section, "keyUsage", critical);
	if (*extended)
		add_line(out, conf, section, "extendedKeyUsage", extended);
	free(critical);
	free(extended);
	free(usages);
}

void requested_add(struct rendered *rendered, const struct entry *entry)
{
	CONF *conf = parse(rendered->text);
	char *text = NULL;
	size_t length;
	FILE *out;

	if (!conf)
		return;
	out = open_memstream(&text, &length);
	if (!out)
		abort();
	fputs(rendered->text, out);
	write_lines(out, conf, entry);
	fclose(out);
	free(rendered->text);
	rendered->text = text;
	NCONF_free(conf);
}
