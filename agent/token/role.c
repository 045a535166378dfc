/* SPDX-License-Identifier: Apache-2.0 */
/* The token role: the one process that runs code that is not ours, the PKCS#11
 * modules of the host, one in each.  It reads what walk may read and reaches
 * what a module has to reach (the smart card daemon, a network HSM), writes no
 * file but shared memory and locks, executes nothing, and runs as root without
 * its privileges where the agent does, since modules check who asks.
 *
 * p11-kit is loaded at run time: it knows where modules lie and how they are
 * initialised. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <p11-kit/p11-kit.h>

#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "agent/token/module.h"
#include "agent/token/reader.h"
#include "lib/frame.h"
#include "lib/message.h"
#include "lib/pkcs11_uri.h"

#define GAPS_MAX 512	/* more than are named */
#define MEMORY_MAX MIB(1024)

struct role_state {
	int sock;
	struct buf out;
	Cw__Gap gaps[GAPS_MAX];
	size_t n_gaps;
	Ipc__TokenDone done;
	/* p11-kit's */
	CK_FUNCTION_LIST *(*load)(const char *path, int flags);
	CK_RV (*initialize)(CK_FUNCTION_LIST *module);
	CK_RV (*finalize)(CK_FUNCTION_LIST *module);
};

static int send_message(struct role_state *s, uint32_t op,
			const ProtobufCMessage *m)
{
	return message_send(&s->out, s->sock, op, m, -1);
}

static int role_finding(void *arg, const Cw__TokenPlace *place,
			const Ipc__Finding *f)
{
	Ipc__TokenFinding m = IPC__TOKEN_FINDING__INIT;

	m.place = (Cw__TokenPlace *)(uintptr_t)place;
	m.finding = (Ipc__Finding *)(uintptr_t)f;
	return send_message(arg, IPC_TOKEN_FINDING, &m.base);
}

static int role_gap(void *arg, const Cw__TokenPlace *place, Cw__GapKind kind,
		    const char *reason)
{
	struct role_state *s = arg;
	Cw__Gap *g = &s->gaps[s->n_gaps];
	struct buf uri;

	if (s->n_gaps == GAPS_MAX)
		return 0;
	buf_init(&uri, LIMIT_GAP_PATH);
	cw__gap__init(g);
	g->kind = kind;
	g->reason = strdup(reason);
	if (!g->reason || pkcs11_uri(&uri, place) < 0) {
		free(g->reason);
		buf_free(&uri);
		return -ENOMEM;
	}
	/* steals the buffer's memory */
	g->path = (ProtobufCBinaryData){uri.len, uri.data};
	s->n_gaps++;
	return 0;
}

static int module_gap(struct role_state *s, const char *name, Cw__GapKind kind,
		      const char *reason)
{
	Cw__TokenPlace place = CW__TOKEN_PLACE__INIT;

	place.module = (char *)(uintptr_t)name;
	return role_gap(s, &place, kind, reason);
}

static bool load_p11_kit(struct role_state *s)
{
	void *library = dlopen("libp11-kit.so.0", RTLD_NOW | RTLD_LOCAL);
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{"p11_kit_module_load", &s->load},
		{"p11_kit_module_initialize", &s->initialize},
		{"p11_kit_module_finalize", &s->finalize},
	};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = library ? dlsym(library, symbols[i].name) : NULL;

		if (!symbol)
			return false;
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	return true;
}

static int send_modules(struct role_state *s, const struct module *list,
			size_t n)
{
	int r = 0;

	if (n > LIMIT_TOKEN_MODULES) {
		n = LIMIT_TOKEN_MODULES;
		r = module_gap(s, "", CW__GAP_KIND__GAP_TOO_LARGE,
			       "more PKCS#11 modules than are looked at");
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct module *m = &list[i];
		Ipc__TokenModule out = IPC__TOKEN_MODULE__INIT;

		if (m->fault) {
			r = module_gap(s, m->name,
				       CW__GAP_KIND__GAP_MALFORMED, m->fault);
		} else if (m->remote) {
			r = module_gap(s, m->name,
				       CW__GAP_KIND__GAP_UNSUPPORTED,
				       "reached through a program, which this "
				       "process may not run");
		} else if (!m->enabled) {
			s->done.not_enabled++;
		} else if (m->library[0]) {
			out.name = (char *)(uintptr_t)m->name;
			out.trust = m->trust;
			r = send_message(s, IPC_TOKEN_MODULE, &out.base);
		}
	}
	return r;
}

static int read_module(struct role_state *s, const struct module *m)
{
	const struct reader_sink sink = {role_finding, role_gap, s};
	CK_FUNCTION_LIST *functions = s->load(m->library,
					      P11_KIT_MODULE_UNMANAGED);
	char why[80] = "cannot be loaded";
	CK_RV rv = CKR_OK;
	int r;

	if (functions)
		rv = s->initialize(functions);
	if (rv != CKR_OK)
		snprintf(why, sizeof(why), "cannot be started: error 0x%lx",
			 rv);
	if (!functions || rv != CKR_OK)
		return module_gap(s, m->name, CW__GAP_KIND__GAP_UNREADABLE,
				  why);
	r = reader_run(functions, m->name, &sink);
	s->done.tokens = r > 0 ? (uint32_t)r : 0;
	return r < 0 ? r : 0;
}

static int do_job(struct role_state *s, const Ipc__TokenJob *job)
{
	struct module list[LIMIT_TOKEN_MODULES + 1];
	size_t n;

	if (!load_p11_kit(s)) {
		s->done.absent = true;
		return 0;
	}
	n = modules_read(list);
	if (!*job->module)
		return send_modules(s, list, n);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, job->module) == 0)
			return read_module(s, &list[i]);
	}
	return module_gap(s, job->module, CW__GAP_KIND__GAP_VANISHED,
			  "is no longer set up");
}

static int finish(struct role_state *s)
{
	Cw__Gap *list[GAPS_MAX];

	for (size_t i = 0; i < s->n_gaps; i++)
		list[i] = &s->gaps[i];
	s->done.gaps = list;
	s->done.n_gaps = s->n_gaps;
	return send_message(s, IPC_TOKEN_DONE, &s->done.base);
}

/* One job, then the process ends: the module's own ends are not waited for. */
static int token_run(int sock, const struct agent_config *config)
{
	static struct role_state s = {.sock = -1};
	struct frame_receiver in = {0};
	struct frame f = {.fd = -1};
	Ipc__TokenJob *job = NULL;
	int r;

	(void)config;
	s.sock = sock;
	ipc__token_done__init(&s.done);
	buf_init(&s.out, LIMIT_FRAME);
	r = frame_recv(&in, sock, IPC_TOKEN__END, &f);
	if (r == 1 && f.op == IPC_TOKEN_JOB && f.fd < 0)
		job = ipc__token_job__unpack(NULL, f.len, f.data);
	/* a module's own messages are not for our log */
	dup2(STDIN_FILENO, STDERR_FILENO);
	if (!job)
		_exit(1);
	r = do_job(&s, job);
	if (r == 0)
		r = finish(&s);
	_exit(r < 0 ? 1 : 0);
}

static int token_prepare(const struct agent_config *config)
{
	struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};

	(void)config;
#ifndef CW_SANITIZED
	setrlimit(RLIMIT_DATA, &memory);
#endif
	(void)memory;
	return 0;
}

static const struct sandbox_path token_paths[] = {
	{"/", SANDBOX_READ},
	{"/dev/null", SANDBOX_WRITE},
	{"/dev/shm", SANDBOX_WRITE},
	{"/run/lock", SANDBOX_WRITE},
	{NULL, SANDBOX_READ},
};

const struct role role_token = {
	.name = "token",
	.prepare = token_prepare,
	.run = token_run,
	.gives_way = true,
	.sandbox = {
		.capabilities = 1ULL << CAP_DAC_READ_SEARCH,
		.paths = token_paths,
		.network = true,
	},
	.stays_root = true,
};
