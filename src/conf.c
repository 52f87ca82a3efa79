/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>

#include "conf.h"
#include "report.h"

static bool holds(const CONF *conf, const struct template_put *put)
{
	const char *value = conf_get(conf, put->section, put->key);

	if (!value)
		return false;
	return put->whole ? strcmp(value, put->value) == 0 :
			    strstr(value, put->value) != NULL;
}

CONF *conf_load(const struct rendered *rendered, const char *path)
{
	BIO *bio = BIO_new_mem_buf(rendered->text, -1);
	CONF *conf = NCONF_new(NULL);
	long line = 0;
	size_t i;

	ERR_clear_error();
	if (!bio || !conf || NCONF_load_bio(conf, bio, &line) <= 0) {
		report_openssl("%s: the rendered file is no OpenSSL "
			       "configuration (its line %ld)",
			       path, line);
		goto fail;
	}
	for (i = 0; i < rendered->n_puts; i++) {
		const struct template_put *put = &rendered->puts[i];

		if (!holds(conf, put)) {
			report_error("%s:%d: [%s] %s does not read back the "
				     "value '%s' that was put in",
				     path, put->line, put->section, put->key,
				     put->value);
			goto fail;
		}
	}
	BIO_free(bio);
	return conf;
fail:
	NCONF_free(conf);
	BIO_free(bio);
	return NULL;
}

const char *conf_get(const CONF *conf, const char *section, const char *key)
{
	const char *value;

	ERR_set_mark();
	value = NCONF_get_string(conf, section, key);
	ERR_pop_to_mark();
	return value;
}

bool conf_yes(const CONF *conf, const char *section, const char *key)
{
	const char *value = conf_get(conf, section, key);

	return value && strcmp(value, "yes") == 0;
}

unsigned long conf_string_mask(const CONF *conf, const char *section)
{
	static const struct {
		const char *name;
		unsigned long mask;
	} masks[] = {
		{ "utf8only", B_ASN1_UTF8STRING },
		{ "pkix", 0xffffffffUL & ~(unsigned long)B_ASN1_T61STRING },
		{ "nombstr",
		  0xffffffffUL & ~(unsigned long)(B_ASN1_BMPSTRING |
						  B_ASN1_UTF8STRING) },
		{ "default", 0xffffffffUL },
	};
	const char *name = conf_get(conf, section, "string_mask");
	size_t i;

	if (!name)
		return B_ASN1_UTF8STRING;
	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		if (strcmp(masks[i].name, name) == 0)
			return masks[i].mask;
	report_error("string_mask = %s: wanted utf8only, pkix, nombstr or "
		     "default",
		     name);
	return 0;
}
