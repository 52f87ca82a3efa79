/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

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

time_t dates_source_epoch(time_t fallback)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	long long value;
	char *end;

	if (!text || !*text)
		return fallback;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || *end || value < 0 ? fallback : (time_t)value;
}
