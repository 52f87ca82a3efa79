/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_SAN_H
#define TOPOCERT_SAN_H

#include <stdbool.h>
#include <stddef.h>

/* The kinds of subject alternative names that a topology gives (RFC 5280,
 * section 4.2.1.6). */
enum san_type { SAN_DNS, SAN_IP, SAN_URI, SAN_EMAIL };

/* TEXT is in the canonical form: DNS names as A-labels, IP addresses as
 * inet_ntop(3) writes them. */
struct san {
	char *text;
	enum san_type type;
	int line; /* of the topology; 0: follows from the host itself */
};

/* Instead of the line: the profile adds it. */
#define SAN_LINE_PROFILE (-1)

/* "DNS", "IP", "URI", "email": as OpenSSL's configuration spells them. */
const char *san_type_name(enum san_type type);

/*
 * Check TEXT and fill SAN with its canonical form (free with san_clear()).
 * Returns NULL, or what is wrong, as a constant text; then SAN is untouched.
 * DNS: RFC 1123 labels (63 octets each, 253 in all), "*." only in front,
 * international names by RFC 5891. IP: as inet_pton(3), no unspecified,
 * multicast or broadcast address. URI: RFC 3986, absolute. Email: RFC 5321
 * dot-string, less the characters that mean something to OpenSSL.
 */
const char *san_parse(enum san_type type, const char *text, struct san *san);

/* As san_parse() of a DNS name, without wildcards. *NAME is to be freed. */
const char *san_parse_hostname(const char *text, char **name);

void san_clear(struct san *san);

/* Equal in meaning: host names without regard to case. */
bool san_equal(const struct san *a, const struct san *b);

/* Order by type and meaning, 0 for equals; for qsort(3). */
int san_order(const void *a, const void *b);

/* The same of pointers to names of one array, for qsort(3): equal ones keep
 * their order. */
int san_place_order(const void *left, const void *right);

#endif
