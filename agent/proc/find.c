/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/finder/finder.h"
#include "agent/proc/child.h"
#include "agent/proc/config_open.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/process_list.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/log.h"
#include "lib/message.h"

#define BURST 64
#define RESTARTS_MAX 20

struct find {
	const struct agent_config *config;
	struct find_sink sink;
	struct child child;
	struct frame_receiver in;
	struct process_list processes;
	uint32_t service;	/* under work */
	uint32_t first;		/* to begin with */
	unsigned int restarts;
	size_t n_asked;
	uint64_t bytes;
	int64_t since;		/* when it last said anything, steady ms */
	size_t others;		/* processes that are not the host's, */
	size_t other_bytes;	/* and what the role keeps of them */
	bool crowded;		/* there are more of these */
	bool ended;
};

static int begin(struct find *f)
{
	f->since = clock_steady_ms();
	f->service = f->first;
	f->others = 0;
	f->other_bytes = 0;
	process_list_start(&f->processes);
	return child_start(&f->child, &role_find, f->config);
}

int find_start(const struct agent_config *config, const struct find_sink *sink,
	       struct find **ret)
{
	struct find *f = calloc(1, sizeof(*f));
	int r = -ENOMEM;

	if (!f)
		return r;
	f->config = config;
	f->sink = *sink;
	f->child.sock = -1;
	r = begin(f);
	if (r < 0)
		find_free(f);
	else
		*ret = f;
	return r;
}

void find_free(struct find *f)
{
	if (!f)
		return;
	child_end(&f->child, f->ended ? 5 : 0);
	frame_receiver_free(&f->in);
	process_list_end(&f->processes);
	free(f);
}

static void gap(struct find *f, Cw__GapKind kind, const char *path,
		const char *reason)
{
	ProtobufCBinaryData p = {strlen(path), (uint8_t *)(uintptr_t)path};

	coverage_gap(f->sink.coverage, kind, &p, reason);
}

static int reply(struct find *f, const Ipc__FindAnswer *a, int fd)
{
	struct buf b;
	int r;

	buf_init(&b, LIMIT_FRAME);
	/* it waits for this answer, so its socket has room; one that has died
	 * is noticed when it is read from */
	r = message_send(&b, f->child.sock, IPC_FIND_ANSWER, &a->base, fd);
	buf_free(&b);
	return r == -EAGAIN || r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

static const char *why_not(int error)
{
	if (error == -ENOBUFS)
		return "there are too many of that kind";
	if (error == -E2BIG)
		return "it has more mounts than are looked at";
	return error == -EREMOTE ? "its root is on no local file system"
				 : strerror(-error);
}

/* Half of what is kept at most, so that what users and containers run is not
 * at the expense of the host's own. */
static bool has_room(struct find *f, int view)
{
	const struct process_list *p = &f->processes;
	const uint8_t *end = p->command.data + p->command.len;
	size_t cost = p->command.len + p->exe.len + p->cwd.len;

	if (view == 0 && p->view.user == 0)
		return true;
	for (const uint8_t *a = p->command.data; a < end; a++)
		cost += *a ? 0 : sizeof(char *);
	if (f->others < LIMIT_PROCESSES / 2 &&
	    f->other_bytes + cost <= LIMIT_BINDING_BYTES / 2) {
		f->others++;
		f->other_bytes += cost;
		return true;
	}
	if (!f->crowded)
		gap(f, CW__GAP_KIND__GAP_TOO_LARGE, "/proc",
		    "more command lines of users and containers than are "
		    "kept");
	f->crowded = true;
	return false;
}

/* The next one whose files can be reached; a gap tells of the others. */
static bool next_process(struct find *f, int *ret_view)
{
	while (process_list_next(&f->processes)) {
		const struct process_list *p = &f->processes;
		char why[160];
		bool full;
		int r = views_number(f->sink.views, p->pid, &p->view);

		if (r >= 0 && !has_room(f, r)) {
			process_list_refuse(&f->processes);
			continue;
		}
		if (r >= 0) {
			*ret_view = r;
			return true;
		}
		if (r == -ESRCH || r == -ENOENT)
			continue;
		full = r == -ENOBUFS || r == -E2BIG;
		snprintf(why, sizeof(why), "a process has files of its own, "
			 "which are not looked at: %s", why_not(r));
		gap(f, full ? CW__GAP_KIND__GAP_TOO_LARGE
			    : CW__GAP_KIND__GAP_UNREADABLE, p->exe_text, why);
	}
	return false;
}

static int answer_process(struct find *f)
{
	Ipc__FindAnswer a = IPC__FIND_ANSWER__INIT;
	Ipc__FindProcess p = IPC__FIND_PROCESS__INIT;
	int view = 0;

	a.first = f->first;
	if (next_process(f, &view)) {
		p.exe = f->processes.exe;
		p.cwd = f->processes.cwd;
		p.arguments = f->processes.arguments;
		p.view = (uint32_t)view;
		p.user = f->processes.view.user;
		p.where = (char *)(uintptr_t)views_where(f->sink.views,
							 p.view);
		a.process = &p;
	}
	return reply(f, &a, -1);
}

static int open_for(struct find *f, uint32_t view, const char *path,
		    struct finder_file *ret)
{
	const struct config_opener *o = views_opener(f->sink.views, view);
	int r;

	*ret = (struct finder_file){.fd = -1};
	if (f->n_asked++ >= LIMIT_FINDER_ASKS ||
	    f->bytes > LIMIT_FINDER_BYTES) {
		if (f->n_asked <= LIMIT_FINDER_ASKS + 1)
			gap(f, CW__GAP_KIND__GAP_TOO_LARGE, path,
			    "more configuration files than one scan reads");
		f->n_asked = LIMIT_FINDER_ASKS + 1;
		return -ECANCELED;
	}
	r = config_open((void *)(uintptr_t)o, path, ret);
	if (r == 0)
		f->bytes += ret->size;
	return r;
}

/* What the host has no path for is not watched. */
static void tell_asked(struct find *f, uint32_t view, const char *path,
		       bool is_folder)
{
	const struct views *v = f->sink.views;
	char real[4096], key[4096], text[4100];

	if (!f->sink.asked)
		return;
	if (config_resolve(views_opener(v, view), path, real) == 0)
		path = real;
	if (views_key(v, view, path, key) < 0 ||
	    view_prefix(key, strlen(key)) > 0)
		return;
	snprintf(text, sizeof(text), "%s%s", key,
		 is_folder && key[1] ? "/" : "");
	f->sink.asked(f->sink.arg, text);
}

static int answer_path(struct find *f, uint32_t view, const char *path)
{
	Ipc__FindAnswer a = IPC__FIND_ANSWER__INIT;
	struct finder_file file;
	ProtobufCBinaryData *names = NULL;
	int r = open_for(f, view, path, &file);

	tell_asked(f, view, path, file.is_folder);
	a.error = -r;
	a.size = file.size;
	a.folder = file.is_folder;
	if (file.n_names > 0)
		names = calloc(file.n_names, sizeof(*names));
	for (size_t i = 0; names && i < file.n_names; i++)
		names[i] = (ProtobufCBinaryData){strlen(file.names[i]),
						 (uint8_t *)file.names[i]};
	if (file.n_names > 0 && !names)
		a.error = ENOMEM;
	a.names = names;
	a.n_names = names ? file.n_names : 0;
	r = reply(f, &a, file.fd);
	free(names);
	opener_free(&file);
	return r;
}

static bool is_text(const ProtobufCBinaryData *b)
{
	return b->len > 0 && b->len < 4096 && b->data[0] == '/' &&
	       !memchr(b->data, '\0', b->len);
}

static int take_ask(struct find *f, const struct frame *in)
{
	Ipc__FindAsk *m = ipc__find_ask__unpack(NULL, in->len, in->data);
	char path[4096] = "";
	int r = -EPROTO;

	if (m && m->path.len == 0) {
		r = answer_process(f);
	} else if (m && is_text(&m->path) &&
		   views_opener(f->sink.views, m->view)) {
		memcpy(path, m->path.data, m->path.len);
		path[m->path.len] = '\0';
		r = answer_path(f, m->view, path);
	} else if (m && views_opener(f->sink.views, m->view)) {
		Ipc__FindAnswer a = IPC__FIND_ANSWER__INIT;

		a.error = m->path.len >= 4096 ? ENAMETOOLONG : EINVAL;
		r = reply(f, &a, -1);
	}
	ipc__find_ask__free_unpacked(m, NULL);
	return r;
}

/* ------------------------------------------------------------- bindings */

static void set_text(char *to, size_t cap, const ProtobufCBinaryData *from)
{
	snprintf(to, cap, "%.*s", (int)from->len, (char *)from->data);
}

/* Where a configured file lies.  That it is not there is a fault of the
 * configuration; who has read it may serve it still.  0 or -errno. */
static int place_of(struct find *f, const Ipc__FindBinding *m,
		    char key[static 4096], enum bound_kind *ret)
{
	const struct config_opener *o = views_opener(f->sink.views, m->view);
	char path[4096], real[4096], config[4096], why[4400];
	int r, e;

	set_text(path, sizeof(path), &m->path);
	set_text(config, sizeof(config), &m->binding->config);
	r = config_resolve(o, path, real);
	*ret = r == 0 && config_is_folder(o, real) ? BOUND_FOLDER : BOUND_FILE;
	if (r < 0) {
		snprintf(why, sizeof(why), "%s: line %u: %s %s: %s%s%s",
			 m->binding->service, m->binding->line,
			 m->binding->role, path, strerror(-r),
			 m->view ? ", in " : "",
			 views_where(f->sink.views, m->view));
		gap(f, r == -EACCES || r == -EPERM
			       ? CW__GAP_KIND__GAP_UNREADABLE
			       : CW__GAP_KIND__GAP_MALFORMED, config, why);
		*ret = BOUND_GONE;
	}
	e = views_key(f->sink.views, m->view, r < 0 ? path : real, key);
	return r < 0 && r != -ENOENT ? r : e;
}

/* The user whom a configuration is of, where that is no service's: who runs it,
 * or who may write what another runs; else 0. */
static uint32_t user_of(struct find *f, const Ipc__FindBinding *m)
{
	const struct config_opener *o = views_opener(f->sink.views, m->view);
	const Cw__Binding *b = m->binding;
	char path[4096], real[4096];
	struct statx st = {.stx_uid = 0};

	if (m->user > 0 || !m->by_process)
		return m->user;
	set_text(path, sizeof(path), b->main.len > 0 ? &b->main : &b->config);
	return config_resolve(o, path, real) == 0 &&
	       config_stat(o, real, &st) == 0 && view_is_ordinary(st.stx_uid)
		       ? st.stx_uid : 0;
}

static bool is_hosts(struct find *f, uint32_t view,
		     const ProtobufCBinaryData *path)
{
	char text[4096], key[4096];

	set_text(text, sizeof(text), path);
	return views_key(f->sink.views, view, text, key) == 0 &&
	       strcmp(text, key) == 0;
}

/* Many services run in a mount namespace of their own, in which nothing that
 * matters here differs from the host. */
static bool is_as_hosts(struct find *f, const Ipc__FindBinding *m,
			const struct view *view, const char *key)
{
	const Cw__Binding *b = m->binding;

	return !view->own_root && view_prefix(key, strlen(key)) == 0 &&
	       is_hosts(f, m->view, &b->config) &&
	       (b->main.len == 0 || is_hosts(f, m->view, &b->main));
}

static int add_binding(struct find *f, const Ipc__FindBinding *m)
{
	const struct view *view = views_view(f->sink.views, m->view);
	struct bound_by by = {.user = m->user};
	Cw__Binding line = *m->binding;
	char key[4096], config[4096], why[4400], service[128];
	uint32_t user = user_of(f, m);
	enum bound_kind kind;
	int r = place_of(f, m, key, &kind);

	if (r < 0)
		return 0;
	if (view) {
		by.view = view->id;
		by.space = view->space;
	}
	if (view && !is_as_hosts(f, m, view, key))
		line.container = (char *)(uintptr_t)
			views_where(f->sink.views, m->view);
	by.foreign = user > 0;
	snprintf(service, sizeof(service), "%.100s (user %u)", line.service,
		 user);
	if (user > 0)
		line.service = service;
	r = bindings_add(f->sink.bindings, key, kind, &line, &by);
	if (r == -ENOBUFS) {
		set_text(config, sizeof(config), &line.config);
		snprintf(why, sizeof(why), "%s: line %u: more lines than are "
			 "kept name %s, or files in all", line.service,
			 line.line, key);
		gap(f, CW__GAP_KIND__GAP_TOO_LARGE, config, why);
		r = 0;
	}
	return r;
}

static int take_binding(struct find *f, const struct frame *in)
{
	Ipc__FindBinding *m = NULL;
	int r = -EPROTO;

	m = ipc__find_binding__unpack(NULL, in->len, in->data);
	if (m && m->binding && is_text(&m->path) &&
	    views_opener(f->sink.views, m->view))
		r = add_binding(f, m);
	ipc__find_binding__free_unpacked(m, NULL);
	return r;
}

static int take_gap(struct find *f, const struct frame *in)
{
	Cw__Gap *g = cw__gap__unpack(NULL, in->len, in->data);

	if (!g)
		return -EPROTO;
	coverage_gap(f->sink.coverage, g->kind, &g->path, g->reason);
	cw__gap__free_unpacked(g, NULL);
	return 0;
}

static int take_service(struct find *f, const struct frame *in)
{
	Ipc__FindService *m = NULL;
	int r = -EPROTO;

	m = ipc__find_service__unpack(NULL, in->len, in->data);
	if (m && m->number >= f->service) {
		f->service = m->number;
		r = 0;
	}
	ipc__find_service__free_unpacked(m, NULL);
	return r;
}

static int take(struct find *f, const struct frame *in)
{
	if (in->fd >= 0) {
		close(in->fd);
		return -EPROTO;
	}
	switch (in->op) {
	case IPC_FIND_SERVICE:
		return take_service(f, in);
	case IPC_FIND_ASK:
		return take_ask(f, in);
	case IPC_FIND_BINDING:
		return take_binding(f, in);
	case IPC_FIND_GAP:
		return take_gap(f, in);
	case IPC_FIND_DONE:
		f->ended = true;
		return 0;
	default:
		return -EPROTO;
	}
}

/* The service that it was at is told; the others go on. */
static int failed(struct find *f, bool timeout)
{
	uint32_t n = 0;
	char fate[80], why[160];
	int status = child_end(&f->child, timeout ? 0 : 1);
	const char *name = "?";

	frame_receiver_free(&f->in);
	while (finder_table[n])
		n++;
	if (f->service < 2 * n)
		name = finder_table[f->service % n]->name;
	snprintf(why, sizeof(why), "%s: the configuration was not read to its "
		 "end: its reader %s", name,
		 timeout ? "took longer than parse_timeout"
			 : child_fate(status, fate, sizeof(fate)));
	log_warn("%s", why);
	gap(f, timeout ? CW__GAP_KIND__GAP_TIMEOUT
		       : CW__GAP_KIND__GAP_CRASHED, "", why);
	process_list_end(&f->processes);
	f->first = f->service + 1;
	if (f->first >= 2 * n || f->restarts++ == RESTARTS_MAX) {
		f->ended = true;
		return 1;
	}
	return begin(f);
}

int find_step(struct find *f)
{
	struct frame in = {.fd = -1};
	int64_t limit = f->config->parse_timeout * 1000;
	int r = 0;

	for (int i = 0; i < BURST && r == 0 && !f->ended; i++) {
		r = frame_recv(&f->in, f->child.sock, IPC_FIND__END, &in);
		if (r == -EAGAIN) {
			if (clock_steady_ms() - f->since > limit)
				return failed(f, true);
			return 0;
		}
		f->since = clock_steady_ms();
		r = r == 1 ? take(f, &in) : -EPROTO;
		if (r == -EPROTO)
			return failed(f, false);
	}
	return r < 0 ? r : f->ended;
}

struct pollfd find_fd(const struct find *f)
{
	return (struct pollfd){.fd = f->child.sock, .events = POLLIN};
}

int find_timeout(const struct find *f)
{
	int64_t left = f->since + f->config->parse_timeout * 1000 -
		       clock_steady_ms();

	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left + 1;
}
