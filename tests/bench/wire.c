/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/wire.h"

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

#define PIECE 4096	/* bytes that are read at a time */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "wire: %s\n", what);
	exit(1);
}

int64_t wire_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
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
		die(strerror(errno));
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

bool wire_open(struct wire *w, int epoll, SSL_CTX *ctx, uint16_t port,
	       void *arg, size_t request_max, size_t reply_max)
{
	struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = arg };
	int fd = dial(port);

	if (fd < 0)
		return false;
	*w = (struct wire){ .epoll = epoll, .fd = fd, .ssl = SSL_new(ctx),
			    .wanted = EPOLLOUT, .arg = arg };
	if (!w->ssl || SSL_set_fd(w->ssl, fd) != 1)
		die("no TLS");
	SSL_set_connect_state(w->ssl);
	buf_init(&w->request, request_max);
	buf_init(&w->reply, reply_max);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
	return true;
}

void wire_close(struct wire *w)
{
	if (!w->ssl)
		return;
	SSL_set_shutdown(w->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(w->ssl);
	close(w->fd);
	w->ssl = NULL;
	buf_free(&w->request);
	buf_free(&w->reply);
}

void wire_post(struct buf *ret, const char *fields, const struct buf *body)
{
	buf_reset(ret);
	buf_addf(ret, "POST /v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		 "Content-Type: application/x-protobuf\r\n%s"
		 "Content-Length: %zu\r\n\r\n", fields, body->len);
	buf_add(ret, body->data, body->len);
	if (ret->failed)
		die("a request is too long");
}

void wire_begin(struct wire *w)
{
	w->sent = 0;
	buf_reset(&w->reply);
	w->began = wire_now();
	w->step = w->shaken ? WIRE_SEND : WIRE_SHAKE;
}

long wire_header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

size_t wire_head(struct buf *reply, size_t *ret_body)
{
	const char *text = buf_str(reply);
	const char *end = strstr(text, "\r\n\r\n");
	size_t head = end ? (size_t)(end - text) + 4 : 0;
	long length = end ? wire_header(text, "\r\nContent-Length:") : -1;

	if (!end || (length > 0 && reply->len < head + (size_t)length))
		return 0;
	*ret_body = length > 0 ? (size_t)length : 0;
	return head;
}

static int shake(struct wire *w)
{
	int r = SSL_do_handshake(w->ssl);

	if (r == 1) {
		w->shaken = true;
		w->resumed = SSL_session_reused(w->ssl);
		w->step = WIRE_SEND;
	}
	return r;
}

static int send_some(struct wire *w)
{
	int r = SSL_write(w->ssl, w->request.data + w->sent,
			  (int)(w->request.len - w->sent));

	if (r > 0)
		w->sent += (size_t)r;
	if (w->sent == w->request.len)
		w->step = WIRE_RECEIVE;
	return r;
}

static int receive(struct wire *w)
{
	size_t body = 0;
	int r = 0;

	if (buf_reserve(&w->reply, PIECE) < 0)
		die("a reply is too long");
	r = SSL_read(w->ssl, w->reply.data + w->reply.len, PIECE);
	if (r <= 0)
		return r;
	w->reply.len += (size_t)r;
	if (w->step == WIRE_RECEIVE && wire_head(&w->reply, &body) > 0)
		w->step = WIRE_REST;
	return r;
}

/* One call of libssl; its result. */
static int move_once(struct wire *w)
{
	switch (w->step) {
	case WIRE_SHAKE:
		return shake(w);
	case WIRE_SEND:
		return send_some(w);
	default:
		return receive(w);
	}
}

enum wire_event wire_move(struct wire *w)
{
	struct epoll_event ev = { .data.ptr = w->arg };
	bool rested = w->step == WIRE_REST;
	int r = 1;

	while (r > 0) {
		ERR_clear_error();
		r = move_once(w);
		if (r > 0 && !rested && w->step == WIRE_REST)
			return WIRE_REPLIED;
	}
	switch (SSL_get_error(w->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		ev.events = EPOLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		ev.events = EPOLLOUT;
		break;
	default:
		return WIRE_LOST;
	}
	if (ev.events != w->wanted)
		epoll_ctl(w->epoll, EPOLL_CTL_MOD, w->fd, &ev);
	w->wanted = ev.events;
	return WIRE_WAITS;
}
