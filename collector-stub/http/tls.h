/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS settings of the two listeners. */
#ifndef CW_COLLECTOR_TLS_H
#define CW_COLLECTOR_TLS_H

#include <pthread.h>
#include <stdbool.h>

#include <openssl/ssl.h>

#include "collector-stub/ca/ca.h"
#include "collector-stub/http/ticket.h"

struct tls {
	pthread_mutex_t lock;
	SSL_CTX *with_client;		/* client certificate required */
	SSL_CTX *without_client;
	struct tickets tickets;
};

/* 0 or -errno. */
int tls_init(struct tls *t);
void tls_free(struct tls *t);

/* Reads server.pem (and ${client_ca}, a PEM file, unless it is "") and puts
 * new settings in place of the old; connections keep theirs.  0, or -errno as
 * ca_load_server(), -EINVAL for a bad ${client_ca}; the old ones then stay. */
int tls_load(struct tls *t, const struct ca *ca, const char *state_dir,
	     const char *client_ca);

/* A connection's side, or NULL without memory.  From any thread. */
SSL *tls_new(struct tls *t, bool with_client);

#endif
