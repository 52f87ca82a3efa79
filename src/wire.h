/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOPOCERT_WIRE_H
#define TOPOCERT_WIRE_H

#include <stddef.h>
#include <time.h>

/* A TCP connection that gives up in time. */
struct wire {
	int fd; /* non-blocking; -1: closed */
	struct timespec deadline; /* of CLOCK_MONOTONIC */
	char address[80]; /* that it is connected to: "10.0.0.1", "::1" */
};

/* Connect to PORT of HOST, a name or an address. Returns NULL, or why not;
 * that is constant text. */
const char *wire_open(struct wire *wire, const char *host, const char *port);
void wire_close(struct wire *wire);

/* Wait until it can be read (POLLIN) or written (POLLOUT). -1: errno,
 * ETIMEDOUT at the deadline. */
int wire_wait(struct wire *wire, short events);

/* Exactly N bytes. -1: errno, ECONNRESET at an early end. */
int wire_read(struct wire *wire, void *data, size_t n);
int wire_write(struct wire *wire, const void *data, size_t n);

#endif
