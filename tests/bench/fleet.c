/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet in one process.
 *
 *	fleet URL STATE_DIR N PORT[,PORT...] [authorities=N] [own=N] [width=N]
 *
 * Enrols N agents in the database URL by the CA in STATE_DIR (all have one key;
 * the rest of them is their own), and then does what the lines of its input
 * say, against the collectors at these ports of 127.0.0.1:
 *
 *	pids PID...	of the collectors, for CPU time and memory
 *	load		all report what they have, and what they are asked for
 *	day N PERCENT	each sends N heartbeats; so many of them renew one
 *			certificate first
 *	outage PERCENT	all connections end, so many renew; all come back
 *	signal PERCENT SIGNAL PID	to this process, when so much of the
 *			phase that follows is done
 *	check		what was acknowledged is what is stored
 *	end
 *
 * own: most certificates of a host's own.  width: connections at a time; with
 * fewer agents, each keeps its own.  Prints a line for each phase, "PHASE
 * struck" when the signal is sent, and "PHASE crowded" when a collector first
 * says that it is overloaded. */
#include "tests/bench/fleet.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "collector-stub/ca/ca.h"
#include "lib/clock.h"

#define PIDS 8
/* connections that are begun before answers are looked at again */
#define AT_ONCE 32
/* how often those are looked at that wait, and ms without any answer after
 * which the fleet gives up */
#define LOOK_MS 50
#define STUCK_MS 120000

static char pids[PIDS][16];
static int n_pids;

/* A signal for a process in the middle of a phase. */
static struct {
	int percent, signal, pid;
} blow;

void fleet_die(const char *what)
{
	fprintf(stderr, "fleet: %s\n", what);
	exit(1);
}

/* ------------------------------------------------------------------ figures */

static bool read_proc(const char *pid, const char *name, char *ret, size_t cap)
{
	char path[64];
	ssize_t n = -1;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, ret, cap - 1);
		close(fd);
	}
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Fields 14 and 15, counted from behind the name, which may hold anything;
 * below 0 where one of the processes is gone. */
static double server_cpu(void)
{
	double ticks = 0;

	for (int i = 0; i < n_pids; i++) {
		char text[2048];
		char *at = NULL;

		if (!read_proc(pids[i], "stat", text, sizeof(text)))
			return -1;
		at = strrchr(text, ')');
		for (int field = 2; at && field < 15; field++) {
			at = strchr(at + 1, ' ');
			if (at && field >= 13)
				ticks += (double)strtoul(at, NULL, 10);
		}
	}
	return ticks / (double)sysconf(_SC_CLK_TCK);
}

static long server_mib(void)
{
	long kib = 0;

	for (int i = 0; i < n_pids; i++) {
		char text[4096];
		const char *at = NULL;

		if (read_proc(pids[i], "status", text, sizeof(text)))
			at = strstr(text, "\nVmRSS:");
		if (at)
			kib += strtol(at + strlen("\nVmRSS:"), NULL, 10);
	}
	return kib / 1024;
}

static struct fleet_counts look(const struct fleet *f)
{
	struct fleet_counts now = f->now;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	now.at = clock_steady_ms();
	now.client_cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	now.server_cpu = server_cpu();
	return now;
}

void fleet_took(struct fleet *f, int64_t us)
{
	if (f->n_took == f->cap_took) {
		f->cap_took = 2 * f->cap_took + 4096;
		f->took = realloc(f->took, f->cap_took * sizeof(*f->took));
		if (!f->took)
			fleet_die("no memory");
	}
	f->took[f->n_took++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double took_ms(const struct fleet *f, size_t percent)
{
	return f->n_took == 0 ? 0 : f->took[f->n_took * percent / 100] / 1e3;
}

/* server_us: CPU time of the collectors for a request; -1: not known. */
static void print_phase(struct fleet *f, const char *phase,
			const struct fleet_counts *a)
{
	struct fleet_counts b = look(f);
	double seconds = (double)(b.at - a->at + 1) / 1e3;
	long requests = b.requests - a->requests;
	bool known = a->server_cpu >= 0 && b.server_cpu >= a->server_cpu;

	if (f->n_took > 0)
		qsort(f->took, f->n_took, sizeof(*f->took), by_value);
	printf("%s agents=%d seconds=%.2f requests=%ld rate=%.0f p50_ms=%.1f "
	       "p99_ms=%.1f handshakes=%ld resumed=%ld lost=%ld resyncs=%ld "
	       "overloads=%ld crowded=%ld too_often=%ld client_us=%.0f "
	       "server_us=%.0f server_mib=%ld\n", phase, f->n, seconds,
	       requests,
	       (double)requests / seconds, took_ms(f, 50), took_ms(f, 99),
	       b.handshakes - a->handshakes, b.resumed - a->resumed,
	       b.lost - a->lost, b.resyncs - a->resyncs,
	       b.overloads - a->overloads, b.crowded - a->crowded,
	       b.too_often - a->too_often,
	       (b.client_cpu - a->client_cpu) * 1e6 / (double)(requests + 1),
	       known ? (b.server_cpu - a->server_cpu) * 1e6 /
	       (double)(requests + 1) : -1.0, server_mib());
	fflush(stdout);
}

/* ------------------------------------------------------------------- phases */

bool fleet_has_work(const struct fleet_agent *a)
{
	return a->dirty || a->lacking || a->todo > 0;
}

void fleet_go_on(struct fleet *f, struct fleet_agent *a, int64_t ms)
{
	if (!fleet_has_work(a)) {
		f->idle++;
		return;
	}
	a->waiting = true;
	a->due = ms > 0 ? clock_steady_ms() + ms : 0;
	if (ms > 0)
		return;
	/* one that has its connection must not wait for those that want one */
	if (!f->keep && a->connection) {
		a->next = f->head;
		f->head = a;
		if (!a->next)
			f->tail = &a->next;
		return;
	}
	a->next = NULL;
	*f->tail = a;
	f->tail = &a->next;
}

static void wake(struct fleet *f)
{
	static int64_t at;
	int64_t now = clock_steady_ms();

	if (now < at + LOOK_MS)
		return;
	at = now;
	for (int i = 0; i < f->n; i++) {
		struct fleet_agent *a = &f->agents[i];

		if (a->waiting && a->due > 0 && a->due <= now)
			fleet_go_on(f, a, 0);
	}
}

static void admit(struct fleet *f)
{
	for (int n = 0; n < AT_ONCE && f->head; n++) {
		struct fleet_agent *a = f->head;

		if (!a->connection && f->connections >= f->width)
			return;
		f->head = a->next;
		if (!f->head)
			f->tail = &f->head;
		a->waiting = false;
		fleet_send(f, a);
	}
}

/* All begin, in an order by chance; how many steps they have to take. */
static long begin_all(struct fleet *f)
{
	int *order = calloc((size_t)f->n, sizeof(*order));
	long steps = 0;

	if (!order)
		fleet_die("no memory");
	for (int i = 0; i < f->n; i++) {
		int other = rand() % (i + 1);

		order[i] = order[other];
		order[other] = i;
	}
	f->idle = 0;
	for (int i = 0; i < f->n; i++) {
		struct fleet_agent *a = &f->agents[order[i]];

		steps += a->dirty + a->todo;
		fleet_go_on(f, a, 0);
	}
	free(order);
	return steps;
}

static void tell_crowded(const char *phase, bool is, bool *told)
{
	if (!is || *told)
		return;
	printf("%s crowded\n", phase);
	fflush(stdout);
	*told = true;
}

/* From here, as who reads a line may come when the phase has ended. */
static void strike(const char *phase, long done, long all)
{
	if (blow.pid <= 0 || done * 100 < all * blow.percent)
		return;
	if (kill(blow.pid, blow.signal) < 0)
		fleet_die("no such process");
	blow.pid = 0;
	printf("%s struck\n", phase);
	fflush(stdout);
}

/* Until nobody has anything to do. */
static void run_phase(struct fleet *f, const char *phase)
{
	struct fleet_counts from = look(f);
	int64_t answered = from.at;
	long requests = from.requests, steps = 0;
	bool crowded = false;

	f->n_took = 0;
	steps = begin_all(f);
	while (f->idle < f->n) {
		admit(f);
		fleet_work(f, f->head && f->connections < f->width ? 0 : 10);
		wake(f);
		if (f->now.requests > requests) {
			requests = f->now.requests;
			answered = clock_steady_ms();
		} else if (clock_steady_ms() > answered + STUCK_MS) {
			fleet_die("nobody answers");
		}
		tell_crowded(phase, f->now.crowded > from.crowded, &crowded);
		strike(phase, f->now.steps - from.steps, steps);
	}
	print_phase(f, phase, &from);
}

static void renew_some(struct fleet *f, int percent)
{
	for (int i = 0; i < f->n; i++) {
		struct fleet_agent *a = &f->agents[i];

		if (rand() % 100 < percent)
			fleet_renew(a, rand() % a->own);
	}
}

static void day(struct fleet *f, int heartbeats, int percent)
{
	renew_some(f, percent);
	for (int i = 0; i < f->n; i++)
		f->agents[i].todo = heartbeats;
	run_phase(f, "day");
}

static void outage(struct fleet *f, int percent)
{
	for (int i = 0; i < f->n; i++) {
		fleet_disconnect(f, &f->agents[i]);
		f->agents[i].todo = 1;
	}
	renew_some(f, percent);
	run_phase(f, "outage");
}

static void take_pids(char *text)
{
	char *rest = NULL;

	n_pids = 0;
	for (char *word = strtok_r(text, " \n", &rest); word && n_pids < PIDS;
	     word = strtok_r(NULL, " \n", &rest))
		snprintf(pids[n_pids++], sizeof(*pids), "%.15s", word);
}

/* Whether it went well. */
static bool obey(struct fleet *f, const char *url, char *line)
{
	int a = 0, b = 0;

	if (strncmp(line, "pids ", 5) == 0)
		take_pids(line + 5);
	else if (sscanf(line, "signal %d %d %d", &blow.percent, &blow.signal,
			&blow.pid) == 3)
		;
	else if (strcmp(line, "load\n") == 0)
		run_phase(f, "load");
	else if (sscanf(line, "day %d %d", &a, &b) == 2)
		day(f, a, b);
	else if (sscanf(line, "outage %d", &a) == 1)
		outage(f, a);
	else if (strcmp(line, "check\n") == 0)
		return fleet_check(f, url);
	else
		fleet_die(line);
	return true;
}

/* -------------------------------------------------------------------- setup */

static int number(const char *text, int most)
{
	char *rest = NULL;
	long n = strtol(text, &rest, 10);

	if (!*text || *rest || n < 1 || n > most)
		fleet_die(text);
	return (int)n;
}

static void take_ports(struct fleet *f, char *text)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, ",", &rest); word && f->n_ports < 8;
	     word = strtok_r(NULL, ",", &rest))
		f->ports[f->n_ports++] = (uint16_t)number(word, 65535);
	if (f->n_ports == 0)
		fleet_die("no port");
}

static void limit_width(struct fleet *f)
{
	struct rlimit rl = { .rlim_cur = 1024 };

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	if (f->width > (int)rl.rlim_cur - 64)
		f->width = (int)rl.rlim_cur - 64;
	f->keep = f->n <= f->width;
}

static void set_up(struct fleet *f, const char *url, const char *state_dir,
		   int authorities, int own)
{
	struct ca ca;

	limit_width(f);
	f->tail = &f->head;
	f->key = EVP_EC_gen("P-256");
	f->agents = calloc((size_t)f->n, sizeof(*f->agents));
	if (!f->key || !f->agents || ca_load(state_dir, &ca) < 0)
		fleet_die("no collector's CA, or no memory");
	fleet_content_make(f->key, authorities, own);
	fleet_wire_make(f, ca.cert);
	ca_free(&ca);
	fleet_enrol(f, url, state_dir);
	for (int i = 0; i < f->n; i++)
		fleet_begin(&f->agents[i]);
	printf("enrolled agents=%d\n", f->n);
	fflush(stdout);
}

static void tear_down(struct fleet *f)
{
	for (int i = 0; i < f->n; i++) {
		fleet_disconnect(f, &f->agents[i]);
		OPENSSL_free(f->agents[i].session);
		free(f->agents[i].certificate);
	}
	free(f->agents);
	free(f->took);
	SSL_CTX_free(f->ctx);
	EVP_PKEY_free(f->key);
	close(f->epoll);
	fleet_content_free();
}

int main(int argc, char **argv)
{
	struct fleet f = { .width = 2000 };
	int authorities = 24, own = FLEET_OWN;
	char line[256];
	bool good = true;

	if (argc < 5)
		fleet_die("usage: fleet URL STATE_DIR N PORT[,PORT...] "
			  "[authorities=N] [own=N] [width=N]");
	f.n = number(argv[3], 1000000);
	take_ports(&f, argv[4]);
	for (int i = 5; i < argc; i++) {
		if (strncmp(argv[i], "authorities=", 12) == 0)
			authorities = number(argv[i] + 12, 1000);
		else if (strncmp(argv[i], "own=", 4) == 0)
			own = number(argv[i] + 4, FLEET_OWN);
		else if (strncmp(argv[i], "width=", 6) == 0)
			f.width = number(argv[i] + 6, 60000);
		else
			fleet_die(argv[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	srand(20261122);
	set_up(&f, argv[1], argv[2], authorities, own);
	while (good && fgets(line, sizeof(line), stdin) &&
	       strcmp(line, "end\n") != 0)
		good = obey(&f, argv[1], line);
	tear_down(&f);
	return good ? 0 : 1;
}
