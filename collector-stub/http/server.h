/* SPDX-License-Identifier: Apache-2.0 */
/* The serving collector: its listeners, loops and writer. */
#ifndef CW_COLLECTOR_SERVER_H
#define CW_COLLECTOR_SERVER_H

#include <stdatomic.h>

#include "collector-stub/api/party.h"
#include "collector-stub/api/pool.h"
#include "collector-stub/ca/ca.h"
#include "collector-stub/config/config.h"
#include "collector-stub/http/tls.h"
#include "collector-stub/ingest/share.h"
#include "collector-stub/ingest/writer.h"
#include "lib/limits.h"

#define SERVER_THREADS_MAX 256

/* bytes of requests, and of what was decoded from them, that all connections
 * together may make us hold; above it, what is large is refused */
#define SERVER_HELD_MAX MIB(512)
#define SERVER_SMALL KIB(64)

enum listener {
	LISTENER_AGENTS,	/* client certificate required */
	LISTENER_ENROLL,	/* none; page and REST too */
	LISTENER_END
};

/* What /metrics tells; from any thread. */
struct server_counts {
	atomic_ullong replies[6];	/* by the first digit of the status */
	atomic_ullong waits;		/* those of 429 and 503 */
};

struct server {
	const struct collector_config *config;
	struct ca ca;
	struct tls tls;
	struct writer *writer;
	struct share *share;	/* of each agent */
	struct share *visitors;	/* of all others: visit.h */
	struct hold *hold;	/* NULL: no reply is held back */
	struct pool *pool;	/* for page and REST */
	struct page *page;	/* NULL: its files are not there */
	struct party_known known;	/* who was let in */
	struct oidc *oidc;	/* NULL: no such login */
	atomic_int logins;	/* under way */
	char sync_url[320];	/* where agents sync, for their credential */

	int socket[LISTENER_END];
	uint16_t port[LISTENER_END];
	struct loop *loops[SERVER_THREADS_MAX];
	int n_loops;

	struct server_counts counts;
	atomic_llong connections[LISTENER_END];	/* open ones */
	atomic_llong shaking[LISTENER_END];	/* in their handshakes */
	atomic_llong held;		/* of SERVER_HELD_MAX */
	long long max_connections;
};

/* Connections to one database, for the threads that use it. */
struct server_stores {
	struct store *writers[WRITER_LANES];	/* borrowed */
	size_t n_writers;
	struct store *hold;
	struct store *api[POOL_THREADS];
};

/* Opens the listeners, starts loops and writer.  ${config}, ${s} and ${ca} are
 * used until server_stop(); the CA is taken, and so are the stores but the
 * writers'.  Logs what fails.  0 or -errno. */
int server_start(struct server *srv, const struct collector_config *config,
		 const struct server_stores *s, const struct ca *ca);
/* Re-reads the certificates for connections to come; on failure the old ones
 * stay.  Logs.  0 or -errno. */
int server_reload(struct server *srv);
/* Takes no more requests, answers those that are there, ends. */
void server_stop(struct server *srv);

/* The first name of the configuration or, without any, of the server's
 * certificate, as it stands in a URL: 0, -ENOENT, or -errno. */
int server_name(const struct collector_config *c, char *ret, size_t cap);

/* Where browsers reach it, "https://NAME:PORT": as configured or, without that,
 * by server_name() and ${port}.  0, -ENAMETOOLONG, or as server_name(). */
#define SERVER_URL 512
int server_web_url(const struct collector_config *c, uint16_t port,
		   char ret[static SERVER_URL]);

#endif
