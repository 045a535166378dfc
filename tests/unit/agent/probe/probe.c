/* SPDX-License-Identifier: Apache-2.0 */
/* The process of the probe role against a listener of our own, which says what
 * a server of TLS 1.2 says. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/probe/probe.h"

/* ServerHello (ECDHE-RSA), Certificate (one of three bytes), ServerHelloDone */
static const char flight[] =
	"\x16\3\3\0\x3b"
	"\2\0\0\x26" "\3\3" "0123456789abcdef0123456789abcdef" "\0" "\xc0\x2f"
	"\0"
	"\x0b\0\0\x09" "\0\0\6" "\0\0\3" "abc"
	"\x0e\0\0\0";

struct listener {
	int fd;
	uint16_t port;
	pthread_t thread;
	unsigned int connections;
};

static void *serve(void *arg)
{
	struct listener *l = arg;
	char in[4096];

	for (;;) {
		int c = accept(l->fd, NULL, NULL);

		if (c < 0)
			return NULL;
		l->connections++;
		if (recv(c, in, sizeof(in), 0) > 0)
			send(c, flight, sizeof(flight) - 1, MSG_NOSIGNAL);
		/* until the other side has gone */
		recv(c, in, sizeof(in), 0);
		close(c);
	}
}

static void listen_begin(struct listener *l)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	*l = (struct listener){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	assert_true(l->fd >= 0);
	assert_int_equal(bind(l->fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(l->fd, 4096), 0);
	assert_int_equal(getsockname(l->fd, (struct sockaddr *)&a, &len), 0);
	l->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&l->thread, NULL, serve, l), 0);
}

static void listen_end(struct listener *l)
{
	shutdown(l->fd, SHUT_RDWR);
	pthread_join(l->thread, NULL);
	close(l->fd);
}

struct seen {
	unsigned int results;
	size_t served;
	char failure[32];
	char first_sni[64], last_sni[64];
};

static int take(void *arg, const Ipc__ProbeResult *r)
{
	struct seen *s = arg;

	s->results++;
	s->served += r->n_served;
	snprintf(s->failure, sizeof(s->failure), "%s", r->failure);
	if (r->n_served > 0) {
		snprintf(s->first_sni, sizeof(s->first_sni), "%s",
			 r->served[0]->place->sni);
		snprintf(s->last_sni, sizeof(s->last_sni), "%s",
			 r->served[r->n_served - 1]->place->sni);
	}
	return 0;
}

static struct agent_config config = {.user = (char *)(uintptr_t)"nobody"};

static void target(Ipc__ProbeTarget *t, uint64_t id, uint16_t port)
{
	static uint8_t address[4] = {127, 0, 0, 1};

	ipc__probe_target__init(t);
	t->id = id;
	t->address = (ProtobufCBinaryData){4, address};
	t->port = port;
	t->timeout_ms = 10000;
}

/* The only way into another network namespace: the socket is made there. */
static void a_socket_that_is_lent_serves_for_all_connections(void **state)
{
	char *names[] = {(char *)(uintptr_t)"a.example",
			 (char *)(uintptr_t)"b.example"};
	struct seen seen = {.results = 0};
	const struct probe_sink sink = {take, NULL, &seen};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct probe *p = NULL;
	struct listener l;
	Ipc__ProbeTarget t;

	(void)state;
	assert_int_equal(probe_start(&config, &sink, &p), 0);
	listen_begin(&l);
	target(&t, 7, l.port);
	t.names = names;
	t.n_names = 2;
	t.brief = true;
	assert_int_equal(probe_add(p, &t, fd), 0);
	assert_int_equal(probe_pending(p), 1);
	assert_int_equal(probe_run_all(p), 0);
	assert_int_equal(seen.results, 1);
	assert_string_equal(seen.failure, "");
	assert_int_equal(seen.served, 3);
	assert_string_equal(seen.first_sni, "");
	assert_string_equal(seen.last_sni, "b.example");
	assert_int_equal(l.connections, 3);
	probe_free(p);
	listen_end(&l);
}

static void each_target_has_one_result(void **state)
{
	struct seen seen = {.results = 0};
	const struct probe_sink sink = {take, NULL, &seen};
	struct probe *p = NULL;
	struct listener l;
	Ipc__ProbeTarget t;

	(void)state;
	assert_int_equal(probe_start(&config, &sink, &p), 0);
	listen_begin(&l);
	for (uint64_t i = 0; i < 2000; i++) {
		target(&t, i, l.port);
		t.brief = true;
		t.owner = (char *)(uintptr_t)(i % 2 ? "one" : "");
		assert_int_equal(probe_add(p, &t, -1), 0);
	}
	target(&t, 5, l.port);
	assert_int_equal(probe_add(p, &t, -1), -EEXIST);
	assert_int_equal(probe_run_all(p), 0);
	assert_int_equal(seen.results, 2000);
	assert_int_equal(seen.served, 2000);
	probe_free(p);
	listen_end(&l);
}

static void a_target_that_cannot_be_has_a_result_too(void **state)
{
	struct seen seen = {.results = 0};
	const struct probe_sink sink = {take, NULL, &seen};
	struct probe *p = NULL;
	Ipc__ProbeTarget t;

	(void)state;
	assert_int_equal(probe_start(&config, &sink, &p), 0);
	target(&t, 1, 0);
	assert_int_equal(probe_add(p, &t, -1), 0);
	assert_int_equal(probe_run_all(p), 0);
	assert_int_equal(seen.results, 1);
	assert_string_equal(seen.failure, "unreachable");
	probe_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_socket_that_is_lent_serves_for_all_connections),
		cmocka_unit_test(each_target_has_one_result),
		cmocka_unit_test(a_target_that_cannot_be_has_a_result_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
