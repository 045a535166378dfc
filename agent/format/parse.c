/* SPDX-License-Identifier: Apache-2.0 */
/* The parse role: descriptors in, findings out.  Opens no file, knows no path,
 * has no network, executes nothing. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "agent/appconf/appconf.h"
#include "agent/format/bundle.h"
#include "agent/format/format.h"
#include "agent/format/inbox.h"
#include "agent/format/password.h"
#include "agent/format/pbe.h"
#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"

struct parse {
	struct inbox inbox;
	uint64_t id;		/* of the job under work */
	char name[256];		/* of its file */
	int broken;		/* what went wrong with the supervisor, or 0 */
	struct buf out;
	Cw__Gap gaps[LIMIT_GAPS_PER_FILE + 4];
	size_t n_gaps;
};

static int send_message(struct parse *p, uint32_t op,
			const ProtobufCMessage *m)
{
	return message_send(&p->out, p->inbox.sock, op, m, -1);
}

static int parse_finding(void *arg, const Ipc__Finding *f)
{
	struct parse *p = arg;
	Ipc__Finding mine = *f;

	mine.id = p->id;
	return send_message(p, IPC_PARSE_FINDING, &mine.base);
}

static int parse_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	struct parse *p = arg;
	Cw__Gap *g = &p->gaps[p->n_gaps];

	if (p->n_gaps == sizeof(p->gaps) / sizeof(p->gaps[0]))
		return 0;
	cw__gap__init(g);
	g->kind = kind;
	g->reason = strdup(reason);
	if (!g->reason)
		return -ENOMEM;
	p->n_gaps++;
	return 0;
}

static int finish(struct parse *p)
{
	Ipc__JobDone done = IPC__JOB_DONE__INIT;
	Cw__Gap *list[LIMIT_GAPS_PER_FILE + 4];
	int r;

	for (size_t i = 0; i < p->n_gaps; i++)
		list[i] = &p->gaps[i];
	done.id = p->id;
	done.n_gaps = p->n_gaps;
	done.gaps = list;
	r = send_message(p, IPC_PARSE_DONE, &done.base);
	for (size_t i = 0; i < p->n_gaps; i++)
		free(p->gaps[i].reason);
	p->n_gaps = 0;
	return r;
}

/* What a negative result of a parse means for the file. */
static int explain(struct parse *p, int r)
{
	switch (r) {
	case -EOVERFLOW:	/* was said by who noticed */
		return 0;
	case -EIO:
	case -ESTALE:
		return parse_gap(p, CW__GAP_KIND__GAP_UNREADABLE, strerror(-r));
	case -ENOMEM:
	case -ENOBUFS:
		return parse_gap(p, CW__GAP_KIND__GAP_TOO_LARGE,
				 "needs more memory than one file may");
	default:
		return parse_gap(p, CW__GAP_KIND__GAP_UNREADABLE, strerror(-r));
	}
}

/* ----------------------------------------------------------- passwords */

struct found {
	const char *application;
	int result;
};

static void take_password(void *arg, const char *text, size_t len,
			  enum appconf_rank rank)
{
	struct found *f = arg;
	int r = password_add(PASSWORD_APPLICATION, text, len, rank,
			     f->application);

	if (r < 0)
		f->result = r;
}

/* Why passwords may be missing; NULL where nothing is. */
static const char *reading_fault(int r)
{
	switch (r) {
	case 0:
		return NULL;
	case -EBADMSG:
		return "is not well-formed";
	case -ENOTSUP:
		return "cannot be read: a library is not installed";
	case -E2BIG:
	case -EFBIG:
		return "is beyond a limit of size, depth or number";
	default:
		return "cannot be read";
	}
}

/* An application's configuration near the file under work. */
static int read_configuration(struct parse *p, const struct frame *f)
{
	Ipc__Configuration *m = ipc__configuration__unpack(NULL, f->len,
							   f->data);
	struct source s = {.fd = f->fd};
	struct stat st = {0};
	const struct appconf *c = NULL;
	struct found found = {0};
	struct appconf_sink sink = {take_password, &found, p->name};
	const char *fault = NULL;
	char why[160];
	struct buf text;
	int r = 0;

	if (m && m->kind < appconf_count)
		c = &appconf_table[m->kind];
	ipc__configuration__free_unpacked(m, NULL);
	if (!c || f->fd < 0)
		return -EPROTO;
	found.application = c->application;
	buf_init(&text, LIMIT_APPCONF_BYTES);
	if (fstat(f->fd, &st) == 0)
		s.size = (uint64_t)st.st_size;
	r = source_slurp(&s, &text);
	if (r == 0)
		r = c->read(c, text.data, text.len, &sink);
	fault = reading_fault(r < 0 ? r : found.result);
	snprintf(why, sizeof(why), "passwords: %s's %s next to it %s",
		 c->application, c->files[0], fault ? fault : "");
	buf_free_secret(&text);
	return fault ? parse_gap(p, CW__GAP_KIND__GAP_UNSUPPORTED, why) : 0;
}

/* The end of an answer: what the agent's configuration has. */
static int read_answer(struct parse *p, const struct frame *f)
{
	Ipc__Answer *m = ipc__answer__unpack(NULL, f->len, f->data);
	int r = m && m->id == p->id ? 0 : -EPROTO;

	for (size_t i = 0; m && i < m->n_passwords; i++) {
		ProtobufCBinaryData *one = &m->passwords[i];

		if (r == 0)
			r = password_add(PASSWORD_CONFIGURED, one->data,
					 one->len, 0,
					 PASSWORD_SOURCE_CONFIGURED);
		OPENSSL_cleanse(one->data, one->len);
	}
	ipc__answer__free_unpacked(m, NULL);
	return r == -E2BIG ? 0 : r;
}

/* The supervisor is asked once for each file, and only where something in it
 * is locked. */
static void ask(void *arg)
{
	struct parse *p = arg;
	Ipc__Ask m = IPC__ASK__INIT;
	bool more = true;
	int r = 0;

	m.id = p->id;
	r = send_message(p, IPC_PARSE_ASK, &m.base);
	while (r == 0 && more) {
		struct frame f = {.fd = -1};

		r = inbox_answer(&p->inbox, &f);
		if (r <= 0)
			r = r == 0 ? -EPIPE : r;
		else if (f.op == IPC_PARSE_CONFIGURATION)
			r = read_configuration(p, &f);
		else if (f.op == IPC_PARSE_ANSWER)
			r = read_answer(p, &f);
		else
			r = -EPROTO;
		more = f.op != IPC_PARSE_ANSWER;
		if (f.fd >= 0)
			close(f.fd);
	}
	inbox_wipe(&p->inbox);
	p->broken = r;
}

static int parse_job(struct parse *p, const Ipc__Job *job, int fd)
{
	static const struct emit_sink callbacks = {parse_finding, parse_gap,
						   NULL};
	struct emit_sink sink = callbacks;
	uint8_t head[LIMIT_HEAD];
	struct bundle b;
	struct source s;
	struct emit e;
	int r, end;

	sink.arg = p;
	p->id = job->id;
	memset(p->name, 0, sizeof(p->name));
	if (job->name.len < sizeof(p->name) && job->name.len > 0)
		memcpy(p->name, job->name.data, job->name.len);
	password_ask(ask, p, job->passwords);
	bundle_init(&b, &sink);
	emit_init(&e, &b.sink);
	r = source_open_fd(&s, fd, job->size, p->name, head);
	if (r == 0)
		r = format_parse(&s, &e);
	end = bundle_end(&b);
	r = r < 0 ? r : end;
	bundle_free(&b);
	emit_free(&e);
	password_forget();
	OPENSSL_cleanse(head, sizeof(head));
	if (p->broken < 0)
		return p->broken;
	if (r == -EPIPE || r == -ECONNRESET)
		return r;
	if (r < 0)
		r = explain(p, r);
	return r < 0 ? r : finish(p);
}

static int parse_run(int sock, const struct agent_config *config)
{
	struct parse p = {.inbox.sock = sock};
	int r;

	(void)config;
	/* what one large file took goes back at once */
	mallopt(M_MMAP_THRESHOLD, (int)KIB(512));
	mallopt(M_TRIM_THRESHOLD, (int)KIB(512));
	buf_init(&p.out, LIMIT_FRAME);
	for (;;) {
		struct inbox_job j = {.fd = -1};

		r = inbox_job(&p.inbox, &j);
		if (r <= 0)
			break;
		r = parse_job(&p, j.job, j.fd);
		inbox_job_free(&j);
		if (r < 0)
			break;
	}
	buf_free_secret(&p.out);
	inbox_free(&p.inbox);
	return r < 0 ? 1 : 0;
}

/* Libraries are opened, libcrypto reads its configuration, its random source
 * and its old ciphers, while they still can. */
static int parse_prepare(const struct agent_config *config)
{
	struct debian_keys *weak_keys = NULL;
	uint8_t hash[HASH_SIZE];
	struct buf why;

	/* the coverage says what of it is missing */
	buf_init(&why, KIB(8));
	debian_keys_load(config->weak_keys, &why, &weak_keys);
	buf_free(&why);
	format_configure(&(struct format_settings){
		.archives = config->archives, .deep = config->deep,
		.weak_keys = weak_keys});
	format_prepare();
	appconf_prepare();
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return -ENOTSUP;
	hash_sha256("", 0, hash);
	return pbe_init();
}

static const char *const parse_syscalls[] = {
	"read", "pread64", "write", "lseek", "close", "fcntl", "fstat",
	"newfstatat", "fstat64", "fstatat64", "recvmsg", "sendmsg",
	"memfd_create", "mmap", "mmap2", "munmap", "mprotect", "mremap",
	"madvise", "brk", "futex", "futex_time64", "getrandom",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"restart_syscall", "exit", "exit_group", "getpid", "gettid",
	"getppid", "sched_yield", "_llseek", "fcntl64", "membarrier", NULL,
};

const struct role role_parse = {
	.name = "parse",
	.prepare = parse_prepare,
	.run = parse_run,
	.gives_way = true,
	.sandbox = {.syscalls = parse_syscalls},
};
