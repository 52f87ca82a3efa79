/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"

const char *dates_day(time_t time, char buffer[DATES_DAY])
{
	struct tm tm;

	if (!gmtime_r(&time, &tm) ||
	    strftime(buffer, DATES_DAY, "%Y-%m-%d", &tm) == 0)
		buffer[0] = '\0';
	return buffer;
}

const char *dates_full(time_t time, char buffer[DATES_FULL])
{
	struct tm tm;

	if (!gmtime_r(&time, &tm) ||
	    strftime(buffer, DATES_FULL, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		buffer[0] = '\0';
	return buffer;
}

int dates_parse(const char *text, time_t *time)
{
	static const struct {
		const char *form;
		const char *(*write)(time_t time, char *buffer);
	} forms[] = {
		{ "%Y-%m-%d", dates_day },
		{ "%Y-%m-%dT%H:%M:%SZ", dates_full },
	};
	char again[DATES_FULL];
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i].form, &tm);

		if (!end || *end)
			continue;
		*time = timegm(&tm);
		/* strptime(3) takes February 30, and numbers cut short */
		if (strcmp(forms[i].write(*time, again), text) == 0)
			return 0;
	}
	return -1;
}

/* The last second of the year 9999 (RFC 5280, section 4.1.2.5). */
#define EPOCH_MAX 253402300799LL

static const char *source_epoch(time_t *time)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	size_t length = text ? strlen(text) : 0;
	long long value;

	if (!length)
		return NULL;
	if (length > 12 || strspn(text, "0123456789") != length)
		return text;
	value = atoll(text);
	if (value > EPOCH_MAX)
		return text;
	*time = (time_t)value;
	return NULL;
}

time_t dates_source_epoch(time_t fallback)
{
	time_t time = fallback;

	source_epoch(&time);
	return time;
}

const char *dates_wrong_epoch(void)
{
	time_t time;

	return source_epoch(&time);
}
