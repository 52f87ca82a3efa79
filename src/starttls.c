/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "starttls.h"
#include "suggest.h"

#define NO_TLS "the server does not offer TLS"

/*
 * PostgreSQL, "Frontend/Backend Protocol", sections "SSL Session Encryption"
 * and "Message Formats": SSLRequest is its length 8 and the code 80877103,
 * both in network order. One byte answers: S for yes, N for no, E begins an
 * error. No more is read, for what comes with it was not sent under TLS.
 */
static const char *ask_postgres(struct wire *wire)
{
	static const unsigned char request[] = { 0, 0, 0, 8, 4, 210, 22, 47 };
	char answer;

	if (wire_write(wire, request, sizeof(request)) ||
	    wire_read(wire, &answer, 1))
		return strerror(errno);
	if (answer == 'S')
		return NULL;
	return answer == 'N' || answer == 'E' ?
		       NO_TLS :
		       "the server speaks another protocol";
}

/* Of the MySQL protocol, see below. */
#define GREETING_MAX 4096
#define PROTOCOL_10 10
#define CLIENT_PROTOCOL_41 0x00000200ul
#define CLIENT_SSL 0x00000800ul
#define CLIENT_SECURE_CONNECTION 0x00008000ul

/* The capabilities that the greeting says, the lower 16 bits; -1: none. */
static long capabilities(const unsigned char *greeting, size_t length)
{
	const unsigned char *end;
	size_t place;

	if (length < 2 || greeting[0] != PROTOCOL_10)
		return -1;
	end = memchr(greeting + 1, 0, length - 1);
	if (!end)
		return -1;
	/* behind the version: thread id, 8 bytes of scramble, a filler */
	place = (size_t)(end - greeting) + 1 + 4 + 8 + 1;
	if (place + 2 > length)
		return -1;
	return greeting[place] | (long)greeting[place + 1] << 8;
}

/*
 * MySQL, "Client/Server Protocol": a packet is the length in 3 bytes, the
 * lowest first, a number, and the payload. The server greets
 * (HandshakeV10), and the client answers with SSLRequest: capabilities,
 * longest packet, character set, 23 bytes of zero.
 */
static const char *ask_mysql(struct wire *wire)
{
	const unsigned long asked = CLIENT_PROTOCOL_41 | CLIENT_SSL |
				    CLIENT_SECURE_CONNECTION;
	unsigned char head[4], greeting[GREETING_MAX];
	unsigned char request[4 + 32] = { 32, 0, 0, 1 };
	size_t length;
	long offered;

	if (wire_read(wire, head, sizeof(head)))
		return strerror(errno);
	length = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
	if (length > sizeof(greeting))
		return "the server speaks another protocol";
	if (wire_read(wire, greeting, length))
		return strerror(errno);
	if (length && greeting[0] == 0xff)
		return "the server refuses this host";
	offered = capabilities(greeting, length);
	if (offered < 0)
		return "the server speaks another protocol";
	if (!((unsigned long)offered & CLIENT_SSL))
		return NO_TLS;
	request[3] = (unsigned char)(head[3] + 1);
	request[4] = asked & 0xff;
	request[5] = asked >> 8 & 0xff;
	request[11] = 1; /* longest packet: 16 MiB */
	request[12] = 45; /* utf8mb4 */
	return wire_write(wire, request, sizeof(request)) ? strerror(errno) :
							    NULL;
}

static const struct starttls protocols[] = {
	{ "postgres", ask_postgres },
	{ "mysql", ask_mysql },
};

const struct starttls *starttls_find(const char *name, const char **nearest)
{
	const size_t n = sizeof(protocols) / sizeof(protocols[0]);
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	*nearest = suggest_nearest(name, protocols, n, sizeof(protocols[0]));
	return NULL;
}
