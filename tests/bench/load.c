/* SPDX-License-Identifier: Apache-2.0 */
/* Many agents at once, for the bench.
 *
 *	load enroll DIR N TOKEN [FIRST]
 *	load run DIR N MODE SECONDS PORT STATUS PID...
 *
 * enroll makes N agents in DIR (FIRST.pem ..., from 0), as the agent itself
 * enrols, and sends each one's first, empty state.
 *
 * run sends heartbeats, one at a time for each agent, to 127.0.0.1:PORT, which
 * has to answer each with HTTP status STATUS.  MODE: kept (one connection for
 * all), full (a new connection with a full handshake for each), resumed (a new
 * connection for each, which goes on with the session of the last), wait (one
 * connection, whose second answer may be held back until there is a command).
 * Prints what happened in SECONDS after a warm-up; server_cpu is the CPU time
 * of the processes PID.  wait says "waiting" when all do, and for each command
 * which agent had it and when: "command N MILLISECONDS" since 1970. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/sync/enrol.h"
#include "agent/sync/http.h"
#include "agent/sync/identity.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "proto/certwalk.pb-c.h"

#define TIMEOUT 30		/* seconds of one exchange of enroll */
#define WARM_MS 1000		/* at least, and until all have been answered */
#define WARM_MAX_MS 120000
#define ERRORS_TOLD 3

enum mode { MODE_KEPT, MODE_FULL, MODE_RESUMED, MODE_WAIT };

enum step { STEP_SHAKE, STEP_SEND, STEP_RECEIVE, STEP_OVER };

struct client {
	struct run *run;
	struct identity identity;
	SSL *ssl;
	int fd;
	enum step step;
	uint32_t wanted;	/* epoll events */
	SSL_SESSION *session;	/* of the last connection */
	bool answered;		/* at least once */
	char request[512];
	size_t request_len;
	char patient[512];	/* the same, to be held back */
	size_t patient_len;
	char reply[4096];
	size_t reply_len;
};

/* What is counted; two of them make a difference. */
struct count {
	int64_t at;		/* ms */
	long requests, handshakes, resumed, errors;
	double client_cpu, server_cpu;	/* seconds */
};

struct run {
	enum mode mode;
	const char *status;
	struct sockaddr_in to;
	int epoll;
	SSL_CTX *ctx;
	struct client *clients;
	int n;
	char **pids;		/* ends with NULL */
	struct count now;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

static void path_of(char *ret, size_t cap, const char *dir, int n)
{
	char name[32];

	snprintf(name, sizeof(name), "%d.pem", n);
	if (file_path(ret, cap, dir, name) < 0)
		die("path too long");
}

/* A request without changes; the first one of an agent is ${full}. */
static void pack_sync(int n, bool full, struct buf *ret)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	uint8_t digest[HASH_SIZE] = { 0 };

	m.epoch = (uint64_t)n + 1;
	m.base_generation = full ? 0 : 1;
	m.new_generation = 1;
	m.full = full;
	m.digest = (ProtobufCBinaryData){ sizeof(digest), digest };
	buf_reset(ret);
	if (buf_reserve(ret, cw__sync_request__get_packed_size(&m)) < 0)
		die("no memory");
	ret->len = cw__sync_request__pack(&m, ret->data);
}

/* ------------------------------------------------------------------ enroll */

static void send_first_state(struct http *h, const struct identity *id, int n)
{
	struct http_peer peer = { .identity = id };
	struct outcome out = { .status = 0 };
	struct buf body;

	buf_init(&body, 4096);
	pack_sync(n, true, &body);
	if (http_post(h, &peer, id->sync_url, "/v1/sync", &body, 0) < 0)
		die("cannot send");
	while (!http_wait(h, NULL, -1, &out))
		;
	if (out.class != OUTCOME_DONE)
		die(out.text);
	http_forget(h);
	buf_free(&body);
}

static int enroll(const char *dir, int first, int n, const char *text)
{
	struct http *h = http_new(TIMEOUT);
	struct token t;

	if (!h || token_decode(text, &t) < 0)
		die("bad token");
	for (int i = first; i < first + n; i++) {
		struct identity id = { .key = NULL };
		struct outcome out = { .text = "bad answer" };
		const char *why = NULL;
		char path[4096];

		if (enrol(&t, TIMEOUT, &id, &out, &why) < 0)
			die(why ? why : out.text);
		path_of(path, sizeof(path), dir, i);
		if (identity_write(path, &id, (uid_t)-1, (gid_t)-1) < 0)
			die(path);
		send_first_state(h, &id, i);
		identity_free(&id);
	}
	http_free(h);
	return 0;
}

/* --------------------------------------------------------------------- run */

static void begin(struct client *c)
{
	static const struct linger at_once = { .l_onoff = 1 };
	struct run *run = c->run;
	struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = c };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	c->ssl = SSL_new(run->ctx);
	if (c->fd < 0 || !c->ssl)
		die("cannot make a connection");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* thousands of connections must not use up the ports */
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(c->fd, (struct sockaddr *)&run->to, sizeof(run->to)) < 0 &&
	    errno != EINPROGRESS)
		die(strerror(errno));
	SSL_set_app_data(c->ssl, c);
	if (SSL_set_fd(c->ssl, c->fd) != 1 ||
	    SSL_use_certificate(c->ssl, c->identity.certificate) != 1 ||
	    SSL_use_PrivateKey(c->ssl, c->identity.key) != 1)
		die("bad identity");
	if (c->session)
		SSL_set_session(c->ssl, c->session);
	SSL_set_connect_state(c->ssl);
	c->step = STEP_SHAKE;
	c->reply_len = 0;
	c->wanted = EPOLLOUT;
	epoll_ctl(run->epoll, EPOLL_CTL_ADD, c->fd, &ev);
}

static void end(struct client *c)
{
	SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(c->ssl);
	close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
}

/* A ticket has come.  1: it is ours now. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct client *c = SSL_get_app_data(ssl);

	if (c->run->mode != MODE_RESUMED)
		return 0;
	SSL_SESSION_free(c->session);
	c->session = session;
	return 1;
}

/* The whole answer is there: its head, and as many bytes as the head says. */
static bool is_whole(struct client *c)
{
	const char *body = NULL, *length = NULL;
	size_t len = 0;

	c->reply[c->reply_len] = '\0';
	body = strstr(c->reply, "\r\n\r\n");
	if (!body)
		return false;
	body += 4;
	length = strcasestr(c->reply, "\r\nContent-Length:");
	if (length && length < body)
		len = strtoul(length + 17, NULL, 10);
	return c->reply_len >= (size_t)(body - c->reply) + len;
}

static void fail(struct client *c, const char *what)
{
	c->run->now.errors++;
	if (c->run->now.errors <= ERRORS_TOLD)
		fprintf(stderr, "load: %s: %.60s\n", what, c->reply);
}

/* Its work is done: the same command would come again at once. */
static void take_command(struct client *c)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	printf("command %d %lld\n", (int)(c - c->run->clients),
	       (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	fflush(stdout);
	c->step = STEP_OVER;
}

static void take_answer(struct client *c)
{
	struct run *run = c->run;
	bool was_held = run->mode == MODE_WAIT && c->answered;
	/* "HTTP/1.1 204 No Content" */
	bool good = c->reply_len >= 12 &&
		memcmp(c->reply + 9, run->status, 3) == 0;

	c->reply_len = 0;
	c->step = STEP_SEND;
	/* all come at once: who is told to wait tries again */
	if (!good && run->mode == MODE_WAIT)
		return;
	if (!good)
		fail(c, "unexpected answer");
	run->now.requests++;
	c->answered = true;
	if (was_held)
		take_command(c);
}

/* One call of libssl; its result.  *ret_over: the exchange has ended. */
static int move_once(struct client *c, bool *ret_over)
{
	int r = 0;

	switch (c->step) {
	case STEP_SHAKE:
		r = SSL_do_handshake(c->ssl);
		if (r == 1) {
			c->run->now.handshakes++;
			c->run->now.resumed += SSL_session_reused(c->ssl);
			c->step = STEP_SEND;
		}
		break;
	case STEP_SEND:
		if (c->run->mode == MODE_WAIT && c->answered)
			r = SSL_write(c->ssl, c->patient, (int)c->patient_len);
		else
			r = SSL_write(c->ssl, c->request, (int)c->request_len);
		if (r > 0)
			c->step = STEP_RECEIVE;
		break;
	case STEP_OVER:
	case STEP_RECEIVE:
		r = SSL_read(c->ssl, c->reply + c->reply_len,
			     (int)(sizeof(c->reply) - 1 - c->reply_len));
		if (r <= 0)
			break;
		c->reply_len += (size_t)r;
		if (is_whole(c)) {
			take_answer(c);
			*ret_over = true;
		}
		break;
	}
	return r;
}

/* Goes on until the socket would block. */
static void move(struct client *c)
{
	struct epoll_event ev = { .data.ptr = c };
	int r = 1;

	while (r > 0) {
		bool over = false;

		ERR_clear_error();
		r = move_once(c, &over);
		if (over && c->run->mode != MODE_KEPT &&
		    c->run->mode != MODE_WAIT) {
			end(c);
			begin(c);
			return;
		}
	}
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		ev.events = EPOLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		ev.events = EPOLLOUT;
		break;
	default:
		fail(c, "connection failed");
		end(c);
		begin(c);
		return;
	}
	if (ev.events != c->wanted)
		epoll_ctl(c->run->epoll, EPOLL_CTL_MOD, c->fd, &ev);
	c->wanted = ev.events;
}

/* User and system time of a process, seconds: fields 14 and 15 of its stat,
 * counted from behind the name, which may hold anything. */
static double cpu_of(const char *pid)
{
	char path[64], text[1024] = "";
	char *at = NULL;
	double ticks = 0;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die("the server is gone");
	close(fd);
	at = strrchr(text, ')');
	for (int field = 2; at && field < 15; field++) {
		at = strchr(at + 1, ' ');
		if (at && field >= 13)
			ticks += (double)strtoul(at, NULL, 10);
	}
	return ticks / (double)sysconf(_SC_CLK_TCK);
}

static struct count look(struct run *run)
{
	struct count now = run->now;
	struct rusage u;

	now.at = clock_steady_ms();
	getrusage(RUSAGE_SELF, &u);
	now.client_cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	for (char **p = run->pids; *p; p++)
		now.server_cpu += cpu_of(*p);
	return now;
}

static bool all_answered(const struct run *run)
{
	for (int i = 0; i < run->n; i++)
		if (!run->clients[i].answered)
			return false;
	return true;
}

static void work(struct run *run)
{
	struct epoll_event ev[128];
	int n = epoll_wait(run->epoll, ev, 128, 100);

	for (int i = 0; i < n; i++)
		move(ev[i].data.ptr);
}

static void print(const struct count *a, const struct count *b)
{
	printf("seconds=%.3f requests=%ld handshakes=%ld resumed=%ld "
	       "errors=%ld client_cpu=%.3f server_cpu=%.3f\n",
	       (double)(b->at - a->at) / 1e3, b->requests - a->requests,
	       b->handshakes - a->handshakes, b->resumed - a->resumed,
	       b->errors, b->client_cpu - a->client_cpu,
	       b->server_cpu - a->server_cpu);
}

static size_t write_request(char ret[static 512], const char *field,
			    const struct buf *body)
{
	int head = snprintf(ret, 512,
			    "POST /v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\n"
			    "Content-Type: application/x-protobuf\r\n%s"
			    "Content-Length: %zu\r\n\r\n", field, body->len);

	if (head < 0 || (size_t)head + body->len > 512)
		die("request too long");
	memcpy(ret + head, body->data, body->len);
	return (size_t)head + body->len;
}

static void load_client(struct run *run, const char *dir, int n)
{
	struct client *c = &run->clients[n];
	const char *why = NULL;
	struct buf body;
	char path[4096];

	c->run = run;
	path_of(path, sizeof(path), dir, n);
	if (identity_read(path, &c->identity, &why) < 0)
		die(why ? why : path);
	buf_init(&body, 256);
	pack_sync(n, false, &body);
	c->request_len = write_request(c->request, "", &body);
	c->patient_len = write_request(c->patient, "Prefer: wait=3600\r\n",
				       &body);
	buf_free(&body);
}

static void make_context(struct run *run)
{
	X509_STORE *store = NULL;
	STACK_OF(X509) *anchors = run->clients[0].identity.anchors;

	run->ctx = SSL_CTX_new(TLS_client_method());
	if (!run->ctx)
		die("no TLS");
	store = SSL_CTX_get_cert_store(run->ctx);
	for (int i = 0; i < sk_X509_num(anchors); i++)
		X509_STORE_add_cert(store, sk_X509_value(anchors, i));
	SSL_CTX_set_verify(run->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(run->ctx, SSL_SESS_CACHE_CLIENT |
				       SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(run->ctx, on_session);
}

static int run_load(struct run *run, int seconds)
{
	int64_t start = clock_steady_ms();
	struct count from, to;

	for (int i = 0; i < run->n; i++)
		begin(&run->clients[i]);
	while (clock_steady_ms() < start + WARM_MS || !all_answered(run)) {
		work(run);
		if (clock_steady_ms() > start + WARM_MAX_MS)
			die("not all agents were answered");
	}
	if (run->mode == MODE_WAIT) {
		printf("waiting\n");
		fflush(stdout);
	}
	from = look(run);
	while (clock_steady_ms() < from.at + seconds * 1000)
		work(run);
	to = look(run);
	print(&from, &to);
	for (int i = 0; i < run->n; i++) {
		end(&run->clients[i]);
		SSL_SESSION_free(run->clients[i].session);
		identity_free(&run->clients[i].identity);
	}
	SSL_CTX_free(run->ctx);
	return 0;
}

static int number(const char *text, int most)
{
	char *rest = NULL;
	long n = strtol(text, &rest, 10);

	if (!*text || *rest || n < 0 || n > most)
		die(text);
	return (int)n;
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "kept", "full", "resumed",
					     "wait" };
	struct run run = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	int mode = 0, r = 0;

	if ((argc == 5 || argc == 6) && strcmp(argv[1], "enroll") == 0)
		return enroll(argv[2], argc == 6 ? number(argv[5], 10000) : 0,
			      number(argv[3], 10000), argv[4]);
	if (argc < 9 || strcmp(argv[1], "run") != 0)
		die("usage: enroll DIR N TOKEN [FIRST] | "
		    "run DIR N MODE SECONDS PORT STATUS PID...");
	while (mode < 4 && strcmp(argv[4], modes[mode]) != 0)
		mode++;
	if (mode == 4)
		die(argv[4]);
	run.mode = (enum mode)mode;
	run.n = number(argv[3], 10000);
	run.to.sin_family = AF_INET;
	run.to.sin_port = htons((uint16_t)number(argv[6], 65535));
	run.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	run.status = argv[7];
	run.pids = argv + 8;
	run.clients = calloc((size_t)run.n, sizeof(*run.clients));
	if (!run.clients || strlen(run.status) != 3)
		die("no memory, or a bad status");
	for (int i = 0; i < run.n; i++)
		load_client(&run, argv[2], i);
	make_context(&run);
	r = run_load(&run, number(argv[5], 3600));
	free(run.clients);
	close(run.epoll);
	return r;
}
