/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "presented.h"

/*
 * In place of a verification. A client is asked this for every certificate
 * that it gets, before the server can refuse the client for having none.
 */
static int note(X509_STORE_CTX *ctx, void *user)
{
	struct presented *presented = user;

	presented->leaf = X509_STORE_CTX_get0_cert(ctx);
	if (presented->leaf)
		X509_up_ref(presented->leaf);
	presented->chain =
		X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(ctx));
	return 1;
}

/* Whatever the server still speaks: nothing secret is sent. */
static SSL_CTX *new_context(struct presented *presented)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		abort();
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, note, presented);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, 0);
	return ctx;
}

/* Why the handshake failed, in constant text. */
static const char *reason_of(int problem)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (problem == SSL_ERROR_SSL && reason)
		return reason;
	if (errno && problem == SSL_ERROR_SYSCALL)
		return strerror(errno);
	return "the server closed the connection";
}

static const char *shake_hands(SSL *ssl, struct wire *wire)
{
	for (;;) {
		int rc, problem;

		errno = 0;
		ERR_clear_error();
		rc = SSL_connect(ssl);
		if (rc == 1)
			return NULL;
		problem = SSL_get_error(ssl, rc);
		if (problem != SSL_ERROR_WANT_READ &&
		    problem != SSL_ERROR_WANT_WRITE)
			return reason_of(problem);
		if (wire_wait(wire, problem == SSL_ERROR_WANT_READ ? POLLIN :
								     POLLOUT))
			return strerror(errno);
	}
}

const char *presented_take(struct presented *presented, struct wire *wire,
			   const struct starttls *protocol, const char *server)
{
	const char *why = protocol ? protocol->ask(wire) : NULL;
	SSL_CTX *ctx;
	SSL *ssl;

	memset(presented, 0, sizeof(*presented));
	if (why)
		return why;
	/* OpenSSL writes to a socket that may be closed */
	signal(SIGPIPE, SIG_IGN);
	ERR_set_mark();
	ctx = new_context(presented);
	ssl = SSL_new(ctx);
	if (!ssl || !SSL_set_fd(ssl, wire->fd))
		abort();
	if (server)
		SSL_set_tlsext_host_name(ssl, server);
	why = shake_hands(ssl, wire);
	if (!why)
		snprintf(presented->version, sizeof(presented->version), "%s",
			 SSL_get_version(ssl));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_pop_to_mark();
	if (presented->leaf)
		return NULL;
	return why ? why : "the server shows no certificate";
}

void presented_clear(struct presented *presented)
{
	X509_free(presented->leaf);
	sk_X509_pop_free(presented->chain, X509_free);
	memset(presented, 0, sizeof(*presented));
}
