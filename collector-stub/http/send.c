/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <openssl/err.h>

#include "collector-stub/http/deadline.h"
#include "lib/clock.h"

/* bytes of a reply that are joined: what a TLS record holds */
#define JOIN_MAX 16384
/* bytes of one that goes past evhttp's buffers */
#define PLAIN_MAX 4096

static struct connection *connection_of(struct evhttp_request *req)
{
	struct evhttp_connection *ec = evhttp_request_get_connection(req);
	struct bufferevent *bev = ec ? evhttp_connection_get_bufferevent(ec) :
		NULL;
	SSL *ssl = bev ? bufferevent_openssl_get_ssl(bev) : NULL;

	return ssl ? deadline_connection(ssl) : NULL;
}

static void on_reply_sent(struct evhttp_request *req, void *arg)
{
	struct connection *c = connection_of(req);

	(void)arg;
	if (c)
		deadline_enter(c, DEADLINE_IDLE);
}

void send_free(struct exchange *x)
{
	if (x->free_work)
		x->free_work(x->work);
	reply_free(&x->reply);
	free(x);
}

/* libevent writes head and body one by one, after it has asked the kernel
 * whether it may; together they are one TLS record and one system call, which
 * nearly always can be made at once.  What does not go out stays for libevent,
 * which goes on with the same bytes. */
static void write_now(struct bufferevent *bev)
{
	struct evbuffer *out = bufferevent_get_output(bev);
	size_t len = evbuffer_get_length(out), done = 0;
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	const uint8_t *bytes = NULL;

	if (len > JOIN_MAX)
		return;
	bytes = evbuffer_pullup(out, (ev_ssize_t)len);
	if (!bytes || len == 0)
		return;
	ERR_clear_error();
	if (SSL_write_ex(ssl, bytes, len, &done) != 1)
		return;
	evbuffer_drain(out, done);
	if (done < len)
		return;
	bufferevent_disable(bev, EV_WRITE);
	bufferevent_trigger(bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static bool is_head(const struct exchange *x)
{
	return evhttp_request_get_command(x->request) == EVHTTP_REQ_HEAD;
}

/* What an agent nearly always gets: a message, on a connection that is kept. */
static bool is_plain(const struct exchange *x, bool closing)
{
	const struct reply *r = &x->reply;
	const struct evhttp_request *req = x->request;
	struct evkeyvalq *in = evhttp_request_get_input_headers(x->request);

	return r->status == 200 && !r->type && r->headers.len == 0 &&
		!r->close && !closing && r->body.len > 0 && !is_head(x) &&
		req->major == 1 && req->minor == 1 && req->uri[0] == '/' &&
		!evhttp_find_header(in, "Connection");
}

/* Its head but for the length, which changes once a second. */
static const char *plain_head(void)
{
	static _Thread_local char head[160];
	static _Thread_local int64_t made;
	int64_t now = clock_now();
	char date[32];

	if (now == made)
		return head;
	made = now;
	evutil_date_rfc1123(date, sizeof(date), NULL);
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n"
		 "Content-Type: application/x-protobuf\r\nDate: %s\r\n"
		 "Content-Length: ", date);
	return head;
}

/* evhttp makes a reply from lists of headers and four buffers, and writes it
 * when the kernel has said that it may.  A plain one is put together here and
 * written at once; then evhttp, which finds nothing that waits, goes on with
 * the next request.  What does not go out stays for libevent, as in
 * write_now(), and evhttp goes on when it has gone.  False: not even begun. */
static bool send_plain(struct exchange *x, struct connection *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	const struct buf *body = &x->reply.body;
	char text[PLAIN_MAX];
	size_t done = 0, len = 0;
	int n = snprintf(text, sizeof(text), "%s%zu\r\n\r\n", plain_head(),
			 body->len);

	if (n < 0 || body->len >= sizeof(text) - (size_t)n ||
	    evbuffer_get_length(out) > 0)
		return false;
	memcpy(text + n, body->data, body->len);
	len = (size_t)n + body->len;
	ERR_clear_error();
	if (SSL_write_ex(ssl, text, len, &done) == 1) {
		deadline_enter(c, DEADLINE_IDLE);
	} else {
		evbuffer_add(out, text, len);
		bufferevent_enable(c->bev, EV_WRITE);
		deadline_enter(c, DEADLINE_REPLYING);
		evhttp_request_set_on_complete_cb(x->request, on_reply_sent,
						  NULL);
	}
	evhttp_send_reply_end(x->request);
	return true;
}

/* Each line of ${lines} is a header. */
static void add_lines(struct evkeyvalq *h, struct buf *lines)
{
	char *at = (char *)(uintptr_t)buf_str(lines), *rest = NULL;

	for (char *line = strtok_r(at, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		evhttp_add_header(h, line, colon + 2);
	}
}

static void add_headers(struct exchange *x, bool closing)
{
	struct evkeyvalq *h = evhttp_request_get_output_headers(x->request);
	struct reply *r = &x->reply;
	char retry[16];

	if (r->body.len > 0 || !r->json)
		evhttp_add_header(h, "Content-Type", r->type ? r->type :
				  "application/x-protobuf");
	if (r->retry_after > 0) {
		snprintf(retry, sizeof(retry), "%d", r->retry_after);
		evhttp_add_header(h, "Retry-After", retry);
	}
	if (r->allow)
		evhttp_add_header(h, "Allow", r->allow);
	if (r->headers.len > 0)
		add_lines(h, &r->headers);
	if (r->close || closing)
		evhttp_add_header(h, "Connection", "close");
}

/* evhttp would send the body, and not tell its length. */
static void drop_body(struct exchange *x)
{
	char length[24];

	snprintf(length, sizeof(length), "%zu", x->reply.body.len);
	if (!x->reply.more && x->reply.status != 204 && x->reply.status != 304)
		evhttp_add_header(evhttp_request_get_output_headers(
					  x->request), "Content-Length",
				  length);
	x->reply.more = false;
	buf_reset(&x->reply.body);
}

/* Where the client has gone meanwhile, the request has no connection any more,
 * and evhttp only frees it. */
static void send_whole(struct exchange *x, bool closing)
{
	struct connection *c = connection_of(x->request);
	struct evbuffer *out = NULL;

	if (c && is_plain(x, closing) && send_plain(x, c))
		return;
	out = evbuffer_new();
	add_headers(x, closing);
	if (is_head(x))
		drop_body(x);
	if (out)
		evbuffer_add(out, x->reply.body.data, x->reply.body.len);
	if (c) {
		deadline_enter(c, DEADLINE_REPLYING);
		evhttp_request_set_on_complete_cb(x->request, on_reply_sent,
						  NULL);
	}
	evhttp_send_reply(x->request, x->reply.status, NULL, out);
	if (c)
		write_now(c->bev);
	if (out)
		evbuffer_free(out);
}

static void on_part_sent(struct evhttp_connection *ec, void *arg)
{
	struct exchange *x = arg;
	struct connection *c = connection_of(x->request);

	(void)ec;
	x->sending = false;
	if (c)
		deadline_enter(c, DEADLINE_WORKING);
	x->next_part(x);
}

/* A part that was on its way will not be reported as sent. */
static void on_gone(struct evhttp_connection *ec, void *arg)
{
	struct exchange *x = arg;

	(void)ec;
	if (!x->sending)
		return;
	x->sending = false;
	x->reply.more = false;
	exchange_finish(x);
}

static void begin(struct exchange *x, bool closing)
{
	struct evhttp_connection *ec =
		evhttp_request_get_connection(x->request);

	x->begun = true;
	add_headers(x, closing);
	if (ec)
		evhttp_connection_set_closecb(ec, on_gone, x);
	evhttp_request_set_on_complete_cb(x->request, on_reply_sent, NULL);
	evhttp_send_reply_start(x->request, x->reply.status, NULL);
}

static void end(struct exchange *x)
{
	struct evhttp_connection *ec =
		evhttp_request_get_connection(x->request);

	if (ec)
		evhttp_connection_set_closecb(ec, NULL, NULL);
	evhttp_send_reply_end(x->request);
}

/* A list that breaks off must not look like one that ends. */
static void break_off(struct exchange *x)
{
	struct connection *c = connection_of(x->request);

	if (c)
		deadline_cut(c);
}

static bool send_part(struct exchange *x)
{
	struct connection *c = connection_of(x->request);
	struct evbuffer *out = c ? evbuffer_new() : NULL;

	if (c && x->reply.status != 200)
		break_off(x);
	if (c)
		deadline_enter(c, DEADLINE_REPLYING);
	if (!out || x->reply.status != 200) {
		if (out)
			evbuffer_free(out);
		end(x);
		return true;
	}
	evbuffer_add(out, x->reply.body.data, x->reply.body.len);
	if (x->reply.more && x->reply.body.len == 0) {
		x->next_part(x);	/* evhttp would never report it */
	} else if (x->reply.more) {
		x->sending = true;
		evhttp_send_reply_chunk_with_cb(x->request, out, on_part_sent,
						x);
	} else {
		evhttp_send_reply_chunk(x->request, out);
		end(x);
	}
	evbuffer_free(out);
	return !x->reply.more;
}

bool send_reply(struct exchange *x, bool closing)
{
	if (!x->begun && (!x->reply.more || is_head(x))) {
		send_whole(x, closing);
		return true;
	}
	if (!x->begun)
		begin(x, closing);
	return send_part(x);
}
