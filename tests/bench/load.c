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
 * connection, whose second answer may be held back until there is a command),
 * reports (no heartbeats: 100 locations come, then they go, and so on; one
 * connection).  Prints what happened in SECONDS after a warm-up; server_cpu is
 * the CPU time of the processes PID, p50_us and p99_us are of an exchange, with
 * its handshake where it has one.  wait says "waiting" when all do, and for
 * each command which agent had it and when: "command N MILLISECONDS" since
 * 1970. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "agent/sync/enrol.h"
#include "agent/sync/http.h"
#include "agent/sync/identity.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"
#include "tests/bench/wire.h"

#define TIMEOUT 30		/* seconds of one exchange of enroll */
#define WARM_MS 1000		/* at least, and until all have been answered */
#define WARM_MAX_MS 120000
#define ERRORS_TOLD 3

#define LOCATIONS 100		/* of a report */
/* buckets for the time of an exchange, and the microseconds of each */
#define BUCKETS 200000
#define BUCKET_US 20

enum mode { MODE_KEPT, MODE_FULL, MODE_RESUMED, MODE_WAIT, MODE_REPORTS };

struct client {
	struct run *run;
	struct identity identity;
	struct wire wire;
	SSL_SESSION *session;	/* of the last connection */
	bool answered;		/* at least once */
	bool over;		/* it has had its command */
	int64_t generation;	/* of reports: the last acknowledged */
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
	uint16_t port;
	int epoll;
	SSL_CTX *ctx;
	struct client *clients;
	int n;
	char **pids;		/* ends with NULL */
	struct count now;
	uint32_t *took;		/* exchanges by bucket; the last: longer */
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

static void pack(const Cw__SyncRequest *m, struct buf *ret)
{
	buf_reset(ret);
	if (buf_reserve(ret, cw__sync_request__get_packed_size(m)) < 0)
		die("no memory");
	ret->len = cw__sync_request__pack(m, ret->data);
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
	pack(&m, ret);
}

/* A private key in a file. */
static size_t pack_location(int agent, int n, uint8_t ret[static 256])
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	char path[128];

	snprintf(path, sizeof(path), "/etc/ssl/private/service-%d/%d.pem",
		 agent, n);
	f.path.data = (uint8_t *)path;
	f.path.len = strlen(path);
	f.mode = 0600;
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	l.format = (char *)"pem";
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	return cw__location__pack(&l, ret);
}

/* The next report: after an even generation all come, after an odd one they
 * go.  The first of a run is full, and of an epoch of its own. */
static void pack_report(const struct client *c, uint64_t epoch,
			struct buf *ret)
{
	static uint8_t bytes[LOCATIONS][256];
	ProtobufCBinaryData list[LOCATIONS];
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	struct set_digest digest = { .sum = { 0 } };
	int agent = (int)(c - c->run->clients);
	bool come = c->generation % 2 == 0;

	m.epoch = epoch;
	m.full = c->generation == 0;
	m.base_generation = (uint64_t)c->generation;
	m.new_generation = (uint64_t)c->generation + 1;
	for (int i = 0; i < LOCATIONS; i++) {
		uint8_t hash[HASH_SIZE];
		size_t len = pack_location(agent, i, bytes[i]);

		hash_sha256(bytes[i], len, hash);
		if (come)
			set_digest_add(&digest, hash);
		else
			memcpy(bytes[i], hash, HASH_SIZE);
		list[i] = (ProtobufCBinaryData){ come ? len : HASH_SIZE,
						 bytes[i] };
	}
	if (come) {
		m.n_added = LOCATIONS;
		m.added = list;
	} else {
		m.n_removed = LOCATIONS;
		m.removed = list;
	}
	m.digest = (ProtobufCBinaryData){ HASH_SIZE, digest.sum };
	pack(&m, ret);
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

static void put_request(struct client *c)
{
	static uint64_t epoch;
	struct run *run = c->run;
	struct buf body;

	if (epoch == 0)
		epoch = (uint64_t)wire_now();
	buf_init(&body, LIMIT_SYNC_BODY);
	if (run->mode == MODE_REPORTS)
		pack_report(c, epoch, &body);
	else
		pack_sync((int)(c - run->clients), false, &body);
	wire_post(&c->wire.request, run->mode == MODE_WAIT && c->answered ?
		  "Prefer: wait=3600\r\n" : "", &body);
	buf_free(&body);
}

static void begin(struct client *c)
{
	struct run *run = c->run;

	if (!wire_open(&c->wire, run->epoll, run->ctx, run->port, c,
		       LIMIT_SYNC_BODY, LIMIT_REPLY))
		die("cannot make a connection");
	SSL_set_app_data(c->wire.ssl, c);
	if (SSL_use_certificate(c->wire.ssl, c->identity.certificate) != 1 ||
	    SSL_use_PrivateKey(c->wire.ssl, c->identity.key) != 1)
		die("bad identity");
	if (c->session)
		SSL_set_session(c->wire.ssl, c->session);
	put_request(c);
	wire_begin(&c->wire);
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

static void fail(struct client *c, const char *what)
{
	c->run->now.errors++;
	if (c->run->now.errors <= ERRORS_TOLD)
		fprintf(stderr, "load: %s: %.60s\n", what,
			buf_str(&c->wire.reply));
}

/* Its work is done: the same command would come again at once. */
static void take_command(struct client *c)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	printf("command %d %lld\n", (int)(c - c->run->clients),
	       (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
	fflush(stdout);
	c->over = true;
}

static void note_time(struct run *run, int64_t us)
{
	int64_t bucket = us / BUCKET_US;

	run->took[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

static void take_answer(struct client *c)
{
	struct run *run = c->run;
	bool was_held = run->mode == MODE_WAIT && c->answered;
	/* "HTTP/1.1 204 No Content" */
	bool good = c->wire.reply.len >= 12 &&
		memcmp(c->wire.reply.data + 9, run->status, 3) == 0;

	/* all come at once: who is told to wait tries again */
	if (!good && run->mode == MODE_WAIT)
		return;
	if (!good)
		fail(c, "unexpected answer");
	note_time(run, wire_now() - c->wire.began);
	run->now.requests++;
	c->generation++;
	c->answered = true;
	if (was_held)
		take_command(c);
}

static void begin_again(struct client *c)
{
	wire_close(&c->wire);
	begin(c);
}

/* Goes on until the socket would block. */
static void move(struct client *c)
{
	struct run *run = c->run;
	bool anew = run->mode == MODE_FULL || run->mode == MODE_RESUMED;
	enum wire_event e = WIRE_REPLIED;

	while (e == WIRE_REPLIED) {
		bool shaken = c->wire.shaken;

		e = wire_move(&c->wire);
		if (c->wire.shaken && !shaken) {
			run->now.handshakes++;
			run->now.resumed += c->wire.resumed;
		}
		if (e != WIRE_REPLIED)
			break;
		take_answer(c);
		if (anew) {
			begin_again(c);
			return;
		}
		if (!c->over) {
			put_request(c);
			wire_begin(&c->wire);
		}
	}
	if (e == WIRE_LOST) {
		fail(c, "connection failed");
		begin_again(c);
	}
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

/* The time that so many in a hundred exchanges did not exceed. */
static long took_us(const struct run *run, long requests, int percent)
{
	long left = requests * percent / 100;
	long i = 0;

	while (i < BUCKETS - 1 && left >= (long)run->took[i])
		left -= (long)run->took[i++];
	return (i + 1) * BUCKET_US;
}

static void print(const struct run *run, const struct count *a,
		  const struct count *b)
{
	printf("seconds=%.3f requests=%ld handshakes=%ld resumed=%ld "
	       "errors=%ld client_cpu=%.3f server_cpu=%.3f p50_us=%ld "
	       "p99_us=%ld\n",
	       (double)(b->at - a->at) / 1e3, b->requests - a->requests,
	       b->handshakes - a->handshakes, b->resumed - a->resumed,
	       b->errors, b->client_cpu - a->client_cpu,
	       b->server_cpu - a->server_cpu,
	       took_us(run, b->requests - a->requests, 50),
	       took_us(run, b->requests - a->requests, 99));
}

static void load_client(struct run *run, const char *dir, int n)
{
	struct client *c = &run->clients[n];
	const char *why = NULL;
	char path[4096];

	c->run = run;
	path_of(path, sizeof(path), dir, n);
	if (identity_read(path, &c->identity, &why) < 0)
		die(why ? why : path);
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
	memset(run->took, 0, BUCKETS * sizeof(*run->took));
	from = look(run);
	while (clock_steady_ms() < from.at + seconds * 1000)
		work(run);
	to = look(run);
	print(run, &from, &to);
	for (int i = 0; i < run->n; i++) {
		wire_close(&run->clients[i].wire);
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
					     "wait", "reports" };
	const int n_modes = sizeof(modes) / sizeof(*modes);
	struct run run = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	int mode = 0, r = 0;

	if ((argc == 5 || argc == 6) && strcmp(argv[1], "enroll") == 0)
		return enroll(argv[2], argc == 6 ? number(argv[5], 10000) : 0,
			      number(argv[3], 10000), argv[4]);
	if (argc < 9 || strcmp(argv[1], "run") != 0)
		die("usage: enroll DIR N TOKEN [FIRST] | "
		    "run DIR N MODE SECONDS PORT STATUS PID...");
	while (mode < n_modes && strcmp(argv[4], modes[mode]) != 0)
		mode++;
	if (mode == n_modes)
		die(argv[4]);
	run.mode = (enum mode)mode;
	run.n = number(argv[3], 10000);
	run.port = (uint16_t)number(argv[6], 65535);
	run.status = argv[7];
	run.pids = argv + 8;
	run.clients = calloc((size_t)run.n, sizeof(*run.clients));
	run.took = calloc(BUCKETS, sizeof(*run.took));
	if (!run.clients || !run.took || strlen(run.status) != 3)
		die("no memory, or a bad status");
	for (int i = 0; i < run.n; i++)
		load_client(&run, argv[2], i);
	make_context(&run);
	r = run_load(&run, number(argv[5], 3600));
	free(run.clients);
	free(run.took);
	close(run.epoll);
	return r;
}
