/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/asn1.h>

#include "distinguished.h"

static bool is_allowed(unsigned long point)
{
	if (point < 0x80)
		return isalnum((int)point) ||
		       (point && strchr(" .'()&-/:_!", (int)point));
	/* beyond ASCII: no spaces, controls, directions or private use */
	return point >= 0xc0 && (point < 0x2000 || point > 0x206f) &&
	       (point < 0xd800 || point > 0xf8ff) && point != 0x3000 &&
	       (point < 0xfff0 || point > 0xffff) && point < 0x30000;
}

const char *distinguished_check(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), characters = 0;

	while (left > 0) {
		unsigned long point;
		int n = UTF8_getc(p, left > 6 ? 6 : (int)left, &point);

		if (n < 1)
			return "not UTF-8";
		if (!is_allowed(point))
			return "character not allowed: wanted letters, "
			       "digits, blanks and .'()&-/:_!";
		p += n;
		left -= (size_t)n;
		characters++;
	}
	if (characters == 0)
		return "empty";
	if (characters > DISTINGUISHED_MAX)
		return "more than 64 characters, the limit of X.509";
	if (*text == ' ' || p[-1] == ' ' || strstr(text, "  "))
		return "blanks at an end or two in a row";
	return NULL;
}
