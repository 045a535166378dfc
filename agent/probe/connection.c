/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "lib/limits.h"

#define CHUNK KIB(16)

static void over(struct connection *c, int error, const char *why)
{
	c->state = CONNECTION_OVER;
	c->error = error;
	c->why = why;
}

void connection_start(struct connection *c, int fd,
		      const struct sockaddr *to, socklen_t len,
		      const struct starttls *protocol, const char *name,
		      const struct hello *question)
{
	*c = (struct connection){.fd = fd, .lent = fd >= 0,
				 .question = question, .why = ""};
	starttls_begin(&c->talk, protocol, name);
	record_init(&c->records);
	reply_init(&c->reply);
	buf_init(&c->out, KIB(64));
	if (c->fd < 0)
		c->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK |
			       SOCK_CLOEXEC, 0);
	if (c->fd < 0 || (connect(c->fd, to, len) < 0 && errno != EINPROGRESS))
		over(c, -errno, "");
}

/* Sends what there is, or what of it there is room for. */
static void flush(struct connection *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->sent,
				 c->out.len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno != EPIPE && errno != ECONNRESET) {
			over(c, -errno, "");
			return;
		}
		/* what it said before it closed may be an alert */
		c->sent = n < 0 ? c->out.len : c->sent + (size_t)n;
	}
	c->out.len = 0;
	c->sent = 0;
}

/* Puts records into a message of the protocol, where it wants that. */
static int wrap(struct connection *c, const struct buf *records)
{
	const struct starttls *p = c->talk.protocol;
	int r = 0;

	if (p->wrap && records->len > 0)
		r = p->wrap(&c->out, records->len);
	return r < 0 ? r : buf_add(&c->out, records->data, records->len);
}

static void say_hello(struct connection *c)
{
	struct buf records;
	int r = 0;

	buf_init(&records, KIB(32));
	c->state = CONNECTION_READING;
	if (c->question->library) {
		c->library = library_new(c->question, &c->reply);
		r = c->library ? library_step(c->library, NULL, 0, &records,
					      &c->why) : -ENOMEM;
	} else {
		r = hello_build(c->question, &records);
	}
	if (r == 0)
		r = wrap(c, &records);
	buf_free(&records);
	if (r < 0)
		over(c, r, c->why);
}

static bool is_answered(const struct connection *c)
{
	const struct reply *r = &c->reply;

	return r->done || r->alerted || (c->question->brief && r->has_chain);
}

static void read_records(struct connection *c, const uint8_t *data, size_t len)
{
	int r = record_feed(&c->records, data, len);

	while (r == 0 && !is_answered(c)) {
		struct record_message m = {0};
		int e = record_next(&c->records, &m);

		if (e == RECORD_MORE)
			return;
		if (e == RECORD_MESSAGE)
			r = reply_message(&c->reply, m.type, m.body, m.len,
					  &c->why);
		else if (e == RECORD_ALERT) {
			c->reply.alerted = true;
			c->reply.alert = m.type;
		} else if (e == RECORD_SEALED)
			c->reply.done = true;
		else
			r = e;
	}
	if (r == -EBADMSG && !*c->why && !c->reply.hello) {
		/* a server that has agreed to TLS may end in its own words */
		r = c->talk.protocol->talk ? 0 : r;
		c->why = "no TLS";
	}
	over(c, r, c->why);
}

static void read_library(struct connection *c, const uint8_t *data, size_t len)
{
	struct buf records;
	int r = 0;

	buf_init(&records, KIB(32));
	r = library_step(c->library, data, len, &records, &c->why);
	if (r == 0 && wrap(c, &records) < 0)
		r = -ENOMEM;
	if (r != 0)
		over(c, r < 0 ? r : 0, c->why);
	buf_free(&records);
}

/* TLS bytes as they came, or in messages of the protocol. */
static void take_tls(struct connection *c, const uint8_t *data, size_t len)
{
	struct starttls_talk *t = &c->talk;
	struct buf plain;
	int r = 0;

	if (!t->protocol->unwrap) {
		c->library ? read_library(c, data, len)
			   : read_records(c, data, len);
		return;
	}
	buf_init(&plain, LIMIT_STARTTLS);
	r = buf_add(&t->in, data, len);
	if (r == 0)
		r = t->protocol->unwrap(&t->in, &plain);
	if (r < 0)
		over(c, r == -ENOBUFS ? -EMSGSIZE : r, "");
	else if (plain.len > 0)
		c->library ? read_library(c, plain.data, plain.len)
			   : read_records(c, plain.data, plain.len);
	buf_free(&plain);
}

/* The protocol's turn, after more came or at first. */
static void talk(struct connection *c)
{
	struct starttls_talk *t = &c->talk;
	int r = t->protocol->talk ? t->protocol->talk(t) : 1;

	if (t->out.len > 0 && buf_add(&c->out, t->out.data, t->out.len) < 0)
		r = -ENOMEM;
	buf_reset(&t->out);
	if (r < 0)
		over(c, r, t->why);
	if (r == 1)
		say_hello(c);
}

static void take(struct connection *c, const uint8_t *data, size_t len)
{
	size_t room = sizeof(c->first) - c->n_first;
	size_t n = len < room ? len : room;

	memcpy(c->first + c->n_first, data, n);
	c->n_first += n;
	c->received += len;
	if (c->state == CONNECTION_READING) {
		take_tls(c, data, len);
		return;
	}
	/* all of it, not only what waits: a greeting without an end would take
	 * the turn of all others */
	if (c->received > LIMIT_STARTTLS ||
	    buf_add(&c->talk.in, data, len) < 0)
		over(c, -EMSGSIZE, "more than a greeting");
	else
		talk(c);
}

/* The other side has closed, or reset: behind a hello that is an answer, as
 * some give it to a version that they do not like. */
static void ended(struct connection *c, int error)
{
	bool closed = error == 0 || error == -ECONNRESET || error == -EPIPE;

	if (closed && c->state == CONNECTION_READING)
		over(c, 0, "");
	else
		over(c, error == 0 ? -ECONNABORTED : error, "");
}

/* True where there may be more to read now. */
static bool receive(struct connection *c)
{
	uint8_t chunk[CHUNK];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);

	if (n > 0)
		take(c, chunk, (size_t)n);
	else if (n == 0)
		ended(c, 0);
	else if (errno == EINTR)
		return true;
	else if (errno != EAGAIN)
		ended(c, -errno);
	else
		return false;
	return n == (ssize_t)sizeof(chunk);
}

bool connection_step(struct connection *c)
{
	bool more = true;

	if (c->state == CONNECTION_CONNECTING) {
		/* where the connection failed, what follows is told why */
		c->state = CONNECTION_TALKING;
		talk(c);
		flush(c);
		more = c->state == CONNECTION_TALKING;
	}
	while (more && c->state != CONNECTION_OVER) {
		more = receive(c);
		if (c->state != CONNECTION_OVER)
			flush(c);
	}
	return c->state == CONNECTION_OVER;
}

void connection_end(struct connection *c)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (c->fd >= 0 && c->lent)
		connect(c->fd, &none, sizeof(none));
	else if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	library_free(c->library);
	starttls_free(&c->talk);
	record_free(&c->records);
	reply_free(&c->reply);
	buf_free(&c->out);
}
