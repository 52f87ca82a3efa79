/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

/* For one server, from the connection to the end of the handshake. */
#define SECONDS 5

/* Milliseconds up to the deadline. */
static int time_left(const struct wire *wire)
{
	struct timespec now;
	long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (long)(wire->deadline.tv_sec - now.tv_sec) * 1000 +
	       (wire->deadline.tv_nsec - now.tv_nsec) / 1000000;
	return left > 0 ? (int)left : 0;
}

int wire_wait(struct wire *wire, short events)
{
	struct pollfd poller = { .fd = wire->fd, .events = events };
	int n;

	do
		n = poll(&poller, 1, time_left(wire));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static int finish_connect(struct wire *wire)
{
	socklen_t length = sizeof(int);
	int error = 0;

	if (errno != EINPROGRESS || wire_wait(wire, POLLOUT))
		return -1;
	if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int connect_to(struct wire *wire, const struct addrinfo *to)
{
	int error;

	clock_gettime(CLOCK_MONOTONIC, &wire->deadline);
	wire->deadline.tv_sec += SECONDS;
	wire->fd = socket(to->ai_family,
			  to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
			  to->ai_protocol);
	if (wire->fd < 0)
		return -1;
	getnameinfo(to->ai_addr, to->ai_addrlen, wire->address,
		    sizeof(wire->address), NULL, 0, NI_NUMERICHOST);
	if (connect(wire->fd, to->ai_addr, to->ai_addrlen) == 0 ||
	    finish_connect(wire) == 0)
		return 0;
	error = errno;
	wire_close(wire);
	errno = error;
	return -1;
}

const char *wire_open(struct wire *wire, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL, *to;
	int rc;

	memset(wire, 0, sizeof(*wire));
	wire->fd = -1;
	rc = getaddrinfo(host, port, &hints, &list);
	if (rc)
		return rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc);
	errno = EADDRNOTAVAIL;
	for (to = list; to && wire->fd < 0; to = to->ai_next)
		connect_to(wire, to);
	rc = errno;
	freeaddrinfo(list);
	return wire->fd < 0 ? strerror(rc) : NULL;
}

void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

int wire_read(struct wire *wire, void *data, size_t n)
{
	char *p = data;

	while (n > 0) {
		ssize_t got = recv(wire->fd, p, n, 0);

		if (got > 0) {
			p += got;
			n -= (size_t)got;
		} else if (got == 0) {
			errno = ECONNRESET;
			return -1;
		} else if (errno == EAGAIN) {
			if (wire_wait(wire, POLLIN))
				return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

int wire_write(struct wire *wire, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t put = send(wire->fd, p, n, MSG_NOSIGNAL);

		if (put > 0) {
			p += put;
			n -= (size_t)put;
		} else if (put < 0 && errno == EAGAIN) {
			if (wire_wait(wire, POLLOUT))
				return -1;
		} else if (put < 0 && errno != EINTR) {
			return -1;
		}
	}
	return 0;
}
