/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: the agent's certificate, one request at a time, the reply's
 * consequences. */
#include "tests/bench/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/limits.h"
#include "lib/message.h"
#include "tests/bench/wire.h"

#define EVENTS 256
/* ms before a connection is tried again that failed, doubled each time, up to
 * the second one; half of it is by chance */
#define AGAIN_MS 100
#define AGAIN_MAX_MS 3000
/* replies in a row that ask for objects */
#define ASKED_MAX 50

struct connection {
	struct fleet *fleet;
	struct fleet_agent *agent;
	struct wire wire;
	struct buf need;	/* that the last reply has asked for */
};

/* A ticket has come. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct fleet_agent *a = SSL_get_app_data(ssl);
	uint8_t *der = NULL;
	int len = i2d_SSL_SESSION(session, &der);

	if (len > 0) {
		OPENSSL_free(a->session);
		a->session = der;
		a->session_len = len;
	}
	return 0;
}

void fleet_wire_make(struct fleet *f, X509 *ca)
{
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	f->ctx = SSL_CTX_new(TLS_client_method());
	if (f->epoll < 0 || !f->ctx ||
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(f->ctx), ca) != 1)
		fleet_die("no TLS");
	SSL_CTX_set_verify(f->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(f->ctx, SSL_MODE_RELEASE_BUFFERS |
			 SSL_MODE_ENABLE_PARTIAL_WRITE);
	SSL_CTX_set_session_cache_mode(f->ctx, SSL_SESS_CACHE_CLIENT |
				       SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(f->ctx, on_session);
}

static void identify(struct fleet *f, struct fleet_agent *a, SSL *ssl)
{
	const uint8_t *der = a->certificate, *session = a->session;
	X509 *x = d2i_X509(NULL, &der, a->certificate_len);
	SSL_SESSION *last = session ? d2i_SSL_SESSION(NULL, &session,
						      a->session_len) : NULL;

	if (!x || SSL_use_certificate(ssl, x) != 1 ||
	    SSL_use_PrivateKey(ssl, f->key) != 1)
		fleet_die("bad identity");
	if (last)
		SSL_set_session(ssl, last);
	SSL_SESSION_free(last);
	X509_free(x);
	SSL_set_app_data(ssl, a);
}

/* Whom an agent turns to: another one after each failure. */
static uint16_t port_of(const struct fleet *f, const struct fleet_agent *a)
{
	return f->ports[(a->number + a->failures) % f->n_ports];
}

static struct connection *begin(struct fleet *f, struct fleet_agent *a)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		fleet_die("no memory");
	c->fleet = f;
	c->agent = a;
	if (!wire_open(&c->wire, f->epoll, f->ctx, port_of(f, a), c,
		       LIMIT_SYNC_BODY + KIB(4), LIMIT_REPLY)) {
		free(c);
		return NULL;
	}
	buf_init(&c->need, LIMIT_SYNC_NEED * HASH_SIZE);
	identify(f, a, c->wire.ssl);
	a->connection = c;
	f->connections++;
	return c;
}

void fleet_disconnect(struct fleet *f, struct fleet_agent *a)
{
	struct connection *c = a->connection;

	if (!c)
		return;
	wire_close(&c->wire);
	buf_free(&c->need);
	free(c);
	a->connection = NULL;
	f->connections--;
}

/* What was not answered is sent again, after a while. */
static void lose(struct fleet *f, struct fleet_agent *a)
{
	int64_t ms = AGAIN_MS;
	bool rested = a->connection &&
		a->connection->wire.step == WIRE_REST;

	fleet_disconnect(f, a);
	if (rested)
		return;		/* nothing was under way */
	f->now.lost++;
	for (int i = 0; i < a->failures && ms < AGAIN_MAX_MS; i++)
		ms *= 2;
	a->failures++;
	fleet_go_on(f, a, ms / 2 + rand() % (ms / 2 + 1));
}

/* ------------------------------------------------------------------ replies */

static void acknowledge(struct connection *c, const Cw__SyncReply *m)
{
	struct fleet_agent *a = c->agent;

	a->lacking = m->n_need > 0;
	a->asked = a->lacking ? a->asked + 1 : 0;
	if (a->asked > ASKED_MAX)
		fleet_die("the collector asks for objects without end");
	buf_reset(&c->need);
	for (size_t i = 0; i < m->n_need; i++)
		buf_add(&c->need, m->need[i].data, HASH_SIZE);
	c->fleet->now.steps += a->dirty || a->todo > 0;
	if (a->dirty)
		a->generation++;
	else if (a->todo > 0)
		a->todo--;
	memcpy(a->acked, a->now, sizeof(a->acked));
	a->full = a->dirty = false;
}

static void take_message(struct connection *c, const uint8_t *body, size_t len)
{
	Cw__SyncReply *m = cw__sync_reply__unpack(NULL, len, body);
	struct fleet_agent *a = c->agent;

	if (!m)
		fleet_die("a reply that is none");
	if (m->status == CW__SYNC_REPLY__STATUS__ACKNOWLEDGED) {
		acknowledge(c, m);
	} else {
		c->fleet->now.resyncs++;
		a->full = a->dirty = true;
	}
	cw__sync_reply__free_unpacked(m, NULL);
}

/* The collector itself may be overloaded, or its database. */
static void note_refusal(struct fleet_counts *now, const uint8_t *body,
			 size_t len)
{
	Cw__Problem *p = cw__problem__unpack(NULL, len, body);

	now->overloads++;
	if (p && strcmp(p->code, "overloaded") == 0)
		now->crowded++;
	if (p)
		cw__problem__free_unpacked(p, NULL);
}

/* How long the agent waits until its next exchange, ms. */
static int64_t take_reply(struct connection *c, size_t head, size_t len)
{
	struct buf *reply = &c->wire.reply;
	const char *text = buf_str(reply);
	struct fleet_counts *now = &c->fleet->now;
	long status = wire_header(text, "HTTP/1.1 ");
	long retry = wire_header(text, "\r\nRetry-After:");

	now->requests++;
	c->agent->failures = 0;
	fleet_took(c->fleet, wire_now() - c->wire.began);
	if (status == 200) {
		take_message(c, reply->data + head, len);
		return 0;
	}
	if ((status != 503 && status != 429) || retry < 1) {
		fprintf(stderr, "fleet: %.*s\n", 200, text);
		fleet_die("an answer that was not expected");
	}
	if (status == 503)
		note_refusal(now, reply->data + head, len);
	else
		now->too_often++;
	/* as the agents do: never earlier, and not all at once */
	return retry * 1000 + rand() % 500;
}

static void end_exchange(struct connection *c)
{
	struct fleet *f = c->fleet;
	struct fleet_agent *a = c->agent;
	size_t len = 0, head = wire_head(&c->wire.reply, &len);
	int64_t wait = take_reply(c, head, len);

	buf_free(&c->wire.request);
	buf_free(&c->wire.reply);
	if (wait > 0 || (!f->keep && !fleet_has_work(a)))
		fleet_disconnect(f, a);
	fleet_go_on(f, a, wait);
}

/* ----------------------------------------------------------------- progress */

static void move(struct connection *c)
{
	struct fleet_counts *now = &c->fleet->now;
	bool shaken = c->wire.shaken;
	enum wire_event e = wire_move(&c->wire);

	if (c->wire.shaken && !shaken) {
		now->handshakes++;
		now->resumed += c->wire.resumed;
	}
	if (e == WIRE_REPLIED)
		end_exchange(c);
	else if (e == WIRE_LOST)
		lose(c->fleet, c->agent);
}

void fleet_send(struct fleet *f, struct fleet_agent *a)
{
	struct connection *c = a->connection;
	struct buf body;
	bool fresh = !c;

	if (!c)
		c = begin(f, a);
	if (!c) {
		lose(f, a);
		return;
	}
	buf_init(&body, LIMIT_SYNC_BODY);
	fleet_request(a, &c->need, &body);
	wire_post(&c->wire.request, "", &body);
	buf_free(&body);
	buf_reset(&c->need);
	wire_begin(&c->wire);
	if (!fresh)
		move(c);
}

void fleet_work(struct fleet *f, int ms)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(f->epoll, ev, EVENTS, ms);

	/* each event is of another connection, and ends no other */
	for (int i = 0; i < n; i++)
		move(ev[i].data.ptr);
}
