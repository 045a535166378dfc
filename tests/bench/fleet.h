/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet of agents in one process, by the real protocol: fleet.c runs it,
 * fleet_content.c says what its hosts have, fleet_wire.c talks to collectors,
 * fleet_store.c enrols it and compares it with the database. */
#ifndef CW_TESTS_FLEET_H
#define CW_TESTS_FLEET_H

#include <openssl/ssl.h>

#include "collector-stub/store/store.h"

/* most certificates of its own that a host has, and fewest */
#define FLEET_OWN 30
#define FLEET_OWN_LEAST 2
/* locations of one of them: certificate, key, endpoint */
#define FLEET_PLACES 4

struct fleet_agent {
	int number;
	char id[STORE_AGENT_ID];
	uint8_t *certificate, *session;		/* DER; session: or NULL */
	int certificate_len, session_len;
	/* what the host has, and what was acknowledged: how often each of its
	 * certificates was renewed */
	int own;
	uint8_t now[FLEET_OWN], acked[FLEET_OWN];
	int64_t generation;			/* the last acknowledged */
	struct set_digest digest;		/* of what it has now */
	bool full;		/* the next report has to carry everything */
	bool dirty;		/* there is something to report */
	bool lacking;		/* the collector asks for objects */
	int asked;		/* so often in a row */
	int todo;		/* heartbeats that are to be sent */
	int failures;		/* in a row */
	int64_t due;		/* steady ms, before which it does nothing */
	bool waiting;		/* in a queue, or until due */
	struct connection *connection;
	struct fleet_agent *next;		/* in the queue */
};

/* What is counted. */
struct fleet_counts {
	int64_t at;				/* steady ms */
	long requests, steps, handshakes, resumed, lost, resyncs;
	long overloads, too_often;		/* 503, 429 */
	long crowded;		/* 503 of the collector, not of its database */
	double client_cpu, server_cpu;		/* seconds; below 0: unknown */
};

struct fleet {
	struct fleet_agent *agents;
	int n;
	int width;		/* most connections at a time */
	int connections;
	bool keep;		/* each agent keeps its own */
	uint16_t ports[8];
	int n_ports;
	int epoll;
	SSL_CTX *ctx;
	EVP_PKEY *key;		/* of all agents */
	struct fleet_agent *head, **tail;	/* who may go on */
	int idle;		/* agents that have nothing to do */
	struct fleet_counts now;
	uint32_t *took;		/* µs of each exchange of this phase */
	size_t n_took, cap_took;
};

_Noreturn void fleet_die(const char *what);

/* fleet.c: an exchange of ${a} has ended; or it may go on after ${ms}. */
void fleet_took(struct fleet *f, int64_t us);
void fleet_go_on(struct fleet *f, struct fleet_agent *a, int64_t ms);
bool fleet_has_work(const struct fleet_agent *a);

/* fleet_content.c: ${authorities} certificates in each host's trust store, and
 * at most ${own} of its own. */
void fleet_content_make(EVP_PKEY *key, int authorities, int own);
void fleet_content_free(void);
/* How many locations of its own certificate ${i}, renewed ${version} times,
 * with their hashes. */
int fleet_hashes(const struct fleet_agent *a, int i, int version,
		 uint8_t ret[static FLEET_PLACES][HASH_SIZE]);
/* Of the trust store: HASH_SIZE bytes each. */
const uint8_t *fleet_authorities(size_t *ret_count);
/* Gives the host its first state. */
void fleet_begin(struct fleet_agent *a);
void fleet_renew(struct fleet_agent *a, int i);
/* The next request; ${need} is what the last reply asked for. */
void fleet_request(const struct fleet_agent *a, const struct buf *need,
		   struct buf *ret);

/* fleet_wire.c */
void fleet_wire_make(struct fleet *f, X509 *ca);
/* Sends the agent's next request, on a new connection where it has none. */
void fleet_send(struct fleet *f, struct fleet_agent *a);
void fleet_disconnect(struct fleet *f, struct fleet_agent *a);
/* Moves on what can be moved within ${ms}. */
void fleet_work(struct fleet *f, int ms);

/* fleet_store.c: agents' rows and certificates, by the CA in ${state_dir}. */
void fleet_enrol(struct fleet *f, const char *url, const char *state_dir);
/* Compares what was acknowledged with what is stored; prints a line; whether
 * they are the same. */
bool fleet_check(struct fleet *f, const char *url);

#endif
