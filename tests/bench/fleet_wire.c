/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: TLS with the agent's certificate, one request at a time, the
 * reply's consequences. */
#include "tests/bench/fleet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/message.h"

#define EVENTS 256
/* ms before a connection is tried again that failed, doubled each time, up to
 * the second one; half of it is by chance */
#define AGAIN_MS 100
#define AGAIN_MAX_MS 3000
/* replies in a row that ask for objects */
#define ASKED_MAX 50

enum step { STEP_SHAKE, STEP_SEND, STEP_RECEIVE, STEP_REST };

struct connection {
	struct fleet *fleet;
	struct fleet_agent *agent;
	SSL *ssl;
	int fd;
	enum step step;
	uint32_t wanted;	/* epoll events */
	int64_t began;		/* µs */
	struct buf request, reply;
	struct buf need;	/* that the last reply has asked for */
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

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

static int dial(uint16_t port)
{
	static const struct linger at_once = { .l_onoff = 1 };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		fleet_die(strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* thousands of connections must not use up the ports */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Whom an agent turns to: another one after each failure. */
static uint16_t port_of(const struct fleet *f, const struct fleet_agent *a)
{
	return f->ports[(a->number + a->failures) % f->n_ports];
}

static struct connection *begin(struct fleet *f, struct fleet_agent *a)
{
	struct connection *c = calloc(1, sizeof(*c));
	struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = c };

	if (!c)
		fleet_die("no memory");
	c->fleet = f;
	c->agent = a;
	c->wanted = EPOLLOUT;
	buf_init(&c->request, LIMIT_SYNC_BODY + KIB(4));
	buf_init(&c->reply, LIMIT_REPLY);
	buf_init(&c->need, LIMIT_SYNC_NEED * HASH_SIZE);
	c->fd = dial(port_of(f, a));
	if (c->fd < 0) {
		free(c);
		return NULL;
	}
	c->ssl = SSL_new(f->ctx);
	if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1)
		fleet_die("no TLS");
	identify(f, a, c->ssl);
	SSL_set_connect_state(c->ssl);
	a->connection = c;
	f->connections++;
	epoll_ctl(f->epoll, EPOLL_CTL_ADD, c->fd, &ev);
	return c;
}

void fleet_disconnect(struct fleet *f, struct fleet_agent *a)
{
	struct connection *c = a->connection;

	if (!c)
		return;
	SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(c->ssl);
	close(c->fd);
	buf_free(&c->request);
	buf_free(&c->reply);
	buf_free(&c->need);
	free(c);
	a->connection = NULL;
	f->connections--;
}

/* What was not answered is sent again, after a while. */
static void lose(struct fleet *f, struct fleet_agent *a)
{
	int64_t ms = AGAIN_MS;
	bool rested = a->connection && a->connection->step == STEP_REST;

	fleet_disconnect(f, a);
	if (rested)
		return;		/* nothing was under way */
	f->now.lost++;
	for (int i = 0; i < a->failures && ms < AGAIN_MAX_MS; i++)
		ms *= 2;
	a->failures++;
	fleet_go_on(f, a, ms / 2 + rand() % (ms / 2 + 1));
}

static void put_head(struct buf *b, const struct buf *body)
{
	buf_reset(b);
	buf_addf(b, "POST /v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		 "Content-Type: application/x-protobuf\r\n"
		 "Content-Length: %zu\r\n\r\n", body->len);
	buf_add(b, body->data, body->len);
	if (b->failed)
		fleet_die("a request is too long");
}

/* ------------------------------------------------------------------ replies */

/* The value of a header as a number, or -1. */
static long header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* How many bytes of the reply its head takes, once all of it is there. */
static size_t whole(struct buf *reply, size_t *ret_body)
{
	const char *text = buf_str(reply);
	const char *end = strstr(text, "\r\n\r\n");
	size_t head = end ? (size_t)(end - text) + 4 : 0;
	long length = end ? header(text, "\r\nContent-Length:") : -1;

	if (!end || (length > 0 && reply->len < head + (size_t)length))
		return 0;
	*ret_body = length > 0 ? (size_t)length : 0;
	return head;
}

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

/* How long the agent waits until its next exchange, ms. */
static int64_t take_reply(struct connection *c, size_t head, size_t len)
{
	const char *text = buf_str(&c->reply);
	struct fleet_counts *now = &c->fleet->now;
	long status = header(text, "HTTP/1.1 ");
	long retry = header(text, "\r\nRetry-After:");

	now->requests++;
	c->agent->failures = 0;
	fleet_took(c->fleet, now_us() - c->began);
	if (status == 200) {
		take_message(c, c->reply.data + head, len);
		return 0;
	}
	if ((status != 503 && status != 429) || retry < 1) {
		fprintf(stderr, "fleet: %.*s\n", 200, text);
		fleet_die("an answer that was not expected");
	}
	if (status == 503)
		now->overloads++;
	else
		now->too_often++;
	/* as the agents do: never earlier, and not all at once */
	return retry * 1000 + rand() % 500;
}

static void end_exchange(struct connection *c)
{
	struct fleet *f = c->fleet;
	struct fleet_agent *a = c->agent;
	size_t len = 0, head = whole(&c->reply, &len);
	int64_t wait = take_reply(c, head, len);

	c->step = STEP_REST;
	buf_free(&c->request);
	buf_free(&c->reply);
	if (wait > 0 || (!f->keep && !a->dirty && !a->lacking))
		fleet_disconnect(f, a);
	fleet_go_on(f, a, wait);
}

/* ----------------------------------------------------------------- progress */

static int receive(struct connection *c, bool *ret_over)
{
	size_t body = 0;
	int r = 0;

	if (buf_reserve(&c->reply, 4096) < 0)
		fleet_die("a reply is too long");
	r = SSL_read(c->ssl, c->reply.data + c->reply.len, 4096);
	if (r > 0) {
		c->reply.len += (size_t)r;
		*ret_over = c->step == STEP_RECEIVE &&
			whole(&c->reply, &body) > 0;
	}
	return r;
}

static int send_some(struct connection *c)
{
	/* what was sent is taken off */
	int r = SSL_write(c->ssl, c->request.data, (int)c->request.len);

	if (r > 0) {
		c->request.len -= (size_t)r;
		memmove(c->request.data, c->request.data + r, c->request.len);
		if (c->request.len == 0)
			c->step = STEP_RECEIVE;
	}
	return r;
}

static int move_once(struct connection *c, bool *ret_over)
{
	int r = 0;

	switch (c->step) {
	case STEP_SHAKE:
		r = SSL_do_handshake(c->ssl);
		if (r == 1) {
			c->fleet->now.handshakes++;
			c->fleet->now.resumed += SSL_session_reused(c->ssl);
			c->step = STEP_SEND;
		}
		return r;
	case STEP_SEND:
		return send_some(c);
	default:
		return receive(c, ret_over);
	}
}

/* Goes on until the socket would block. */
static void move(struct connection *c)
{
	struct epoll_event ev = { .data.ptr = c };
	bool over = false;
	int r = 1;

	while (r > 0 && !over) {
		ERR_clear_error();
		r = move_once(c, &over);
	}
	if (over) {
		end_exchange(c);
		return;
	}
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		ev.events = EPOLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		ev.events = EPOLLOUT;
		break;
	default:
		lose(c->fleet, c->agent);
		return;
	}
	if (ev.events != c->wanted)
		epoll_ctl(c->fleet->epoll, EPOLL_CTL_MOD, c->fd, &ev);
	c->wanted = ev.events;
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
	put_head(&c->request, &body);
	buf_free(&body);
	buf_reset(&c->need);
	buf_reset(&c->reply);
	c->began = now_us();
	c->step = fresh ? STEP_SHAKE : STEP_SEND;
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
