/* SPDX-License-Identifier: Apache-2.0 */
/* Replies to a client that is a test's own, over TLS and small sockets: what
 * the kernel does not take at once has to arrive too. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>

#include "collector-stub/http/deadline.h"
#include "collector-stub/http/send.h"

#define MOST 200		/* requests */
#define MORE 5
#define BODY 1000		/* bytes of a reply */
#define SOCKET 4096		/* bytes that each side's socket holds */

static struct collector_config config;
static struct server server;
static struct deadlines all;
static struct event_base *base;
static struct evhttp *http;
static SSL_CTX *ctx, *client_ctx;
static SSL *client;
static struct connection *c;	/* the server's side */
static int fd;			/* the client's */
static int asked;		/* requests that came */
static int status;		/* of the replies */

/* In place of the loop's. */
void exchange_finish(struct exchange *x)
{
	(void)x;
	fail();
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct exchange *x = calloc(1, sizeof(*x));
	char body[BODY];

	(void)arg;
	assert_non_null(x);
	deadline_enter(c, DEADLINE_WORKING);
	x->server = &server;
	x->request = req;
	reply_init(&x->reply);
	x->reply.status = status;
	memset(body, 'a' + asked++ % 26, sizeof(body));
	assert_int_equal(buf_add(&x->reply.body, body, sizeof(body)), 0);
	assert_true(send_reply(x, false));
	send_free(x);
}

static struct bufferevent *on_accept(struct event_base *b, void *arg)
{
	SSL *ssl = SSL_new(ctx);
	struct bufferevent *bev = bufferevent_openssl_socket_new(b, -1, ssl,
		BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);

	(void)arg;
	assert_int_equal(deadline_start(&server, LISTENER_AGENTS, &all, ssl,
					bev), 0);
	c = deadline_connection(ssl);
	return bev;
}

static unsigned int server_key(SSL *ssl, const char *name, unsigned char *key,
			       unsigned int cap)
{
	(void)ssl, (void)name, (void)cap;
	memset(key, 'k', 16);
	return 16;
}

static unsigned int client_key(SSL *ssl, const char *hint, char *name,
			       unsigned int name_cap, unsigned char *key,
			       unsigned int cap)
{
	(void)hint;
	snprintf(name, name_cap, "client");
	return server_key(ssl, name, key, cap);
}

static SSL_CTX *new_ctx(const SSL_METHOD *method)
{
	SSL_CTX *x = SSL_CTX_new(method);

	SSL_CTX_set_max_proto_version(x, TLS1_2_VERSION);
	assert_int_equal(SSL_CTX_set_cipher_list(x, "PSK"), 1);
	return x;
}

static int bound(int size_option, struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int size = SOCKET, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(s, SOL_SOCKET, size_option, &size, sizeof(size));
	assert_int_equal(bind(s, (struct sockaddr *)at, sizeof(*at)), 0);
	getsockname(s, (struct sockaddr *)at, &len);
	return s;
}

static void round_of_loop(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static int set_up(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct sockaddr_in own = { .sin_family = AF_INET };
	int s = -1;

	(void)state;
	asked = 0;
	config = (struct collector_config){ .handshake_timeout = 100,
		.request_timeout = 100, .idle_timeout = 100 };
	server.config = &config;
	deadlines_init(&all);
	base = event_base_new();
	http = evhttp_new(base);
	ctx = new_ctx(TLS_server_method());
	SSL_CTX_set_psk_server_callback(ctx, server_key);
	client_ctx = new_ctx(TLS_client_method());
	SSL_CTX_set_psk_client_callback(client_ctx, client_key);
	at.sin_addr.s_addr = own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s = bound(SO_SNDBUF, &at);
	assert_int_equal(listen(s, 1), 0);
	assert_int_equal(evhttp_accept_socket(http, s), 0);
	evhttp_set_bevcb(http, on_accept, NULL);
	evhttp_set_gencb(http, on_request, NULL);
	fd = bound(SO_RCVBUF, &own);
	connect(fd, (struct sockaddr *)&at, sizeof(at));
	client = SSL_new(client_ctx);
	SSL_set_fd(client, fd);
	while (SSL_connect(client) != 1)
		round_of_loop();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	SSL_free(client);
	close(fd);
	evhttp_free(http);
	round_of_loop();
	event_base_free(base);
	SSL_CTX_free(ctx);
	SSL_CTX_free(client_ctx);
	assert_int_equal(server.connections[LISTENER_AGENTS], 0);
	return 0;
}

static size_t waiting(void)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static void ask(void)
{
	static const char request[] = "POST / HTTP/1.1\r\nHost: x\r\n"
		"Content-Length: 1\r\n\r\nx";
	size_t n = 0;

	assert_int_equal(SSL_write_ex(client, request, sizeof(request) - 1,
				      &n), 1);
}

/* Until the kernel does not take a reply, since nobody reads; then ${more}.
 * How many in all. */
static int ask_without_reading(int more)
{
	int n = 0;

	while (waiting() == 0) {
		assert_true(n < MOST);
		ask();
		for (n++; asked < n;)
			round_of_loop();
	}
	for (int i = 0; i < more; i++)
		ask();
	for (int i = 0; i < 10; i++)
		round_of_loop();
	assert_int_equal(asked, n);
	return n + more;
}

static char text[(MOST + MORE) * (BODY + 300)];

static size_t read_replies(int count)
{
	size_t len = 0, n = 0;
	const char *end = NULL;

	for (int replies = 0; replies < count; round_of_loop()) {
		if (SSL_read_ex(client, text + len, sizeof(text) - 1 - len,
				&n) != 1) {
			assert_int_equal(SSL_get_error(client, 0),
					 SSL_ERROR_WANT_READ);
			continue;
		}
		len += n;
		text[len] = '\0';
		replies = 0;
		for (end = text; (end = strstr(end, "\r\n\r\n")); end += BODY) {
			end += 4;
			if (end + BODY > text + len)
				break;
			replies++;
		}
	}
	return len;
}

/* In the order of the requests, and nothing else between them. */
static void check_replies(int count, size_t len, const char *begin)
{
	const char *at = text, *body = NULL;

	for (int i = 0; i < count; i++) {
		assert_memory_equal(at, begin, strlen(begin));
		body = strstr(at, "\r\n\r\n") + 4;
		for (int k = 0; k < BODY; k++)
			assert_int_equal(body[k], 'a' + i % 26);
		at = body + BODY;
	}
	assert_ptr_equal(at, text + len);
}

static void late(int with, int more, const char *begin)
{
	int n = 0;

	status = with;
	n = ask_without_reading(more);
	assert_true(waiting() > 0);
	assert_int_equal(c->state, DEADLINE_REPLYING);
	check_replies(n, read_replies(n), begin);
	assert_int_equal(asked, n);
	assert_int_equal(waiting(), 0);
	assert_int_equal(c->state, DEADLINE_IDLE);
}

static void a_plain_reply_that_does_not_go_out_at_once_comes_later(void **state)
{
	(void)state;
	late(200, 0, "HTTP/1.1 200 OK\r\n");
}

static void requests_that_came_meanwhile_are_answered_after_it(void **state)
{
	(void)state;
	late(200, MORE, "HTTP/1.1 200 OK\r\n");
}

static void so_it_is_with_a_reply_that_evhttp_makes(void **state)
{
	(void)state;
	late(503, 0, "HTTP/1.1 503 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_reply_that_does_not_go_out_at_once_comes_later),
		TEST(requests_that_came_meanwhile_are_answered_after_it),
		TEST(so_it_is_with_a_reply_that_evhttp_makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
