/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of TLS tickets (RFC 5077, RFC 8446 section 4.6.1), which are in the
 * database: an agent resumes its session at any collector that uses that, and
 * after a restart.  A key of STORE_TICKET bytes is a name (16), a key for
 * AES-256-CBC (32) and one for HMAC-SHA-256 (32). */
#ifndef CW_COLLECTOR_TICKET_H
#define CW_COLLECTOR_TICKET_H

#include <pthread.h>

#include <openssl/ssl.h>

#include "collector-stub/store/store.h"

/* seconds that a session can be resumed; after which there is a new key; until
 * which all collectors have learnt it; keys that are kept */
#define TICKET_LIFETIME 86400
#define TICKET_ROTATE 21600
#define TICKET_SPREAD 60
#define TICKET_KEYS 6

struct tickets {
	pthread_mutex_t lock;
	struct store_ticket keys[TICKET_KEYS];	/* the newest first */
	size_t n;
	char owner[33];		/* this process, among collectors */
};

/* With a key of its own, until the first tickets_refresh().  0 or -errno. */
int tickets_init(struct tickets *t);
void tickets_free(struct tickets *t);

/* Reads the keys, and makes a new one when it is time.  0 or the store's
 * error; the keys then stay. */
int tickets_refresh(struct tickets *t, struct store *s, int64_t now);

/* Connections of ${ctx} use them: 0 or -errno. */
int tickets_use(struct tickets *t, SSL_CTX *ctx);

#endif
