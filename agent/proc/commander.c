/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/commander.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/command/ledger.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/message.h"

#define BURST 64	/* frames taken from one process at a time */
#define SEND_MS 10000	/* patience with the command role */

void commander_init(struct commander *c, const struct agent_config *config,
		    const struct commander_hooks *hooks)
{
	*c = (struct commander){.config = config, .hooks = hooks,
				.command = {.sock = -1}, .exec = {.sock = -1}};
}

/* ------------------------------------------------------------- results */

static void end_command(struct commander *c, const char *why);

static int start_command(struct commander *c)
{
	c->awaited = 1;
	return child_start(&c->command, &role_command, c->config);
}

static int send_command(struct commander *c, uint32_t op, const void *data,
			size_t len)
{
	struct pollfd p = {.fd = c->command.sock, .events = POLLOUT};
	int r = 0;

	if (c->command.sock < 0) {
		r = start_command(c);
		p.fd = c->command.sock;
	}
	while (r == 0 && (r = frame_send(c->command.sock, op, data, len, -1)) ==
	       -EAGAIN && op == IPC_COMMAND_FINISHED)
		r = poll(&p, 1, SEND_MS) == 0 ? -ETIMEDOUT : 0;
	if (r == 0)
		c->awaited++;
	/* what comes from the collector comes again */
	else if (r != -EAGAIN)
		log_error("command: %s", strerror(-r));
	return r;
}

static void send_result(struct commander *c, Cw__CommandResult *m)
{
	struct buf b;
	int r;

	m->id = c->running;
	m->started = c->started;
	m->finished = clock_now();
	buf_init(&b, LIMIT_FRAME);
	r = message_pack(&b, &m->base);
	if (r == 0)
		r = send_command(c, IPC_COMMAND_FINISHED, b.data, b.len);
	/* it stays unknown */
	if (r < 0 && c->command.sock >= 0)
		end_command(c, "takes no result");
	buf_free(&b);
	c->running[0] = '\0';
}

static void finish(struct commander *c, Cw__CommandResult__Outcome outcome,
		   const char *detail)
{
	Cw__CommandResult m = CW__COMMAND_RESULT__INIT;

	m.outcome = outcome;
	m.detail = (char *)(uintptr_t)detail;
	send_result(c, &m);
}

/* ----------------------------------------------------------- built-ins */

static void scan_now(struct commander *c)
{
	c->scanning = true;
	c->hooks->scan_now(c->hooks->arg);
}

/* A scan for what has changed asks the listeners too; without them there would
 * be nothing to do. */
static void probe_now(struct commander *c)
{
	if (c->config->ports)
		scan_now(c);
	else
		finish(c, CW__COMMAND_RESULT__OUTCOME__FAILED,
		       "ports is off in this host's configuration");
}

static void rotate_identity(struct commander *c)
{
	int r = c->hooks->to_sync(c->hooks->arg, IPC_SYNC_RENEW, NULL, 0);

	finish(c, r == 0 ? CW__COMMAND_RESULT__OUTCOME__DONE
			 : CW__COMMAND_RESULT__OUTCOME__FAILED,
	       r == 0 ? "a new certificate is asked for with the next report"
		      : strerror(-r));
}

/* What the supervisor does itself; all else is exec's. */
static const struct {
	const char *name;
	void (*run)(struct commander *c);
} built_in[] = {
	{"scan-now", scan_now},
	{"probe-now", probe_now},
	{"rotate-identity", rotate_identity},
};

/* ----------------------------------------------------------------- runs */

static void start_exec(struct commander *c, const struct frame *f)
{
	int r = child_start(&c->exec, &role_exec, c->config);

	if (r == 0)
		r = frame_send(c->exec.sock, IPC_EXEC_RUN, f->data, f->len, -1);
	if (r == 0)
		return;
	child_end(&c->exec, 0);
	finish(c, CW__COMMAND_RESULT__OUTCOME__FAILED, strerror(-r));
}

static int take_run(struct commander *c, const struct frame *f)
{
	Ipc__Run *m = ipc__run__unpack(NULL, f->len, f->data);
	size_t i = 0, n = sizeof(built_in) / sizeof(built_in[0]);

	if (!m || *c->running || strlen(m->id) >= sizeof(c->running)) {
		if (m)
			ipc__run__free_unpacked(m, NULL);
		return -EPROTO;
	}
	snprintf(c->running, sizeof(c->running), "%s", m->id);
	c->started = clock_now();
	while (i < n && strcmp(built_in[i].name, m->action) != 0)
		i++;
	if (i < n && m->dry_run)
		finish(c, CW__COMMAND_RESULT__OUTCOME__DONE,
		       "built in: runs no program");
	else if (i < n)
		built_in[i].run(c);
	else
		start_exec(c, f);
	ipc__run__free_unpacked(m, NULL);
	return 0;
}

static int take_result(struct commander *c, const struct frame *f)
{
	int r = c->hooks->to_sync(c->hooks->arg, IPC_SYNC_RESULT, f->data,
				  f->len);

	/* sync that is away is given all results once it is back */
	return r == -EPROTO ? r : 0;
}

static void end_command(struct commander *c, const char *why)
{
	int status = child_end(&c->command, why ? 1 : 5);
	char fate[80];

	frame_receiver_free(&c->command_in);
	if (why)
		log_error("command: %s, %s; it is started again when it is "
			  "needed", why,
			  child_fate(status, fate, sizeof(fate)));
}

static int dispatch(struct commander *c, const struct frame *f)
{
	if (f->fd >= 0) {
		close(f->fd);
		return -EPROTO;
	}
	if (f->op == IPC_COMMAND_RUN)
		return take_run(c, f);
	if (f->op == IPC_COMMAND_RESULT)
		return take_result(c, f);
	if (f->op != IPC_COMMAND_TURN || c->awaited == 0)
		return -EPROTO;
	c->awaited--;
	return 0;
}

static void read_command(struct commander *c)
{
	struct frame f = {.fd = -1};
	int r = 1;

	for (int i = 0; i < BURST && r == 1; i++) {
		r = frame_recv(&c->command_in, c->command.sock,
			       IPC_COMMAND__END, &f);
		if (r == 1 && dispatch(c, &f) < 0)
			r = -EPROTO;
	}
	if (r != 1 && r != -EAGAIN)
		end_command(c, r == 0 ? "ended" : strerror(-r));
	else if (c->awaited == 0 && !*c->running)
		end_command(c, NULL);
}

static void read_exec(struct commander *c)
{
	struct frame f = {.fd = -1};
	Cw__CommandResult *m = NULL;
	int r = frame_recv(&c->exec_in, c->exec.sock, IPC_EXEC__END, &f);
	char *own;

	if (r == -EAGAIN)
		return;
	if (r == 1 && f.fd >= 0)
		close(f.fd);
	if (r == 1 && f.op == IPC_EXEC_DONE)
		m = cw__command_result__unpack(NULL, f.len, f.data);
	if (m) {
		own = m->id;
		send_result(c, m);
		m->id = own;
		cw__command_result__free_unpacked(m, NULL);
	} else {
		finish(c, CW__COMMAND_RESULT__OUTCOME__UNKNOWN,
		       "the process that ran it ended without a word");
	}
	child_end(&c->exec, 5);
	frame_receiver_free(&c->exec_in);
}

/* ------------------------------------------------------------ interface */

void commander_resume(struct commander *c)
{
	char path[4096];
	struct dirent *e = NULL;
	DIR *d = NULL;

	/* while one runs, whose role is gone, no other may start */
	if (c->command.sock >= 0 || *c->running ||
	    file_path(path, sizeof(path), c->config->commands_dir,
		      LEDGER_RESULTS) < 0)
		return;
	d = opendir(path);
	while (d && (e = readdir(d)) && e->d_name[0] == '.')
		;
	if (e && start_command(c) < 0)
		log_error("command: cannot be started");
	if (d)
		closedir(d);
}

void commander_take(struct commander *c, const struct frame *f)
{
	if (c->command.sock < 0 && *c->running)
		return;		/* it comes again */
	send_command(c, f->op == IPC_SYNC_COMMAND ? IPC_COMMAND_TAKE
						  : IPC_COMMAND_KEPT,
		     f->data, f->len);
}

size_t commander_fds(const struct commander *c,
		     struct pollfd fds[static COMMANDER_FDS])
{
	size_t n = 0;

	if (c->command.sock >= 0)
		fds[n++] = (struct pollfd){.fd = c->command.sock,
					   .events = POLLIN};
	if (c->exec.sock >= 0)
		fds[n++] = (struct pollfd){.fd = c->exec.sock,
					   .events = POLLIN};
	return n;
}

void commander_step(struct commander *c)
{
	if (c->exec.sock >= 0)
		read_exec(c);
	if (c->command.sock >= 0)
		read_command(c);
}

void commander_scanned(struct commander *c, bool good)
{
	if (!c->scanning)
		return;
	c->scanning = false;
	finish(c, good ? CW__COMMAND_RESULT__OUTCOME__DONE
		       : CW__COMMAND_RESULT__OUTCOME__FAILED,
	       good ? "" : "the scan did not come to its end");
}

void commander_free(struct commander *c)
{
	/* it ends what it runs */
	child_end(&c->exec, 3);
	child_end(&c->command, 5);
	frame_receiver_free(&c->exec_in);
	frame_receiver_free(&c->command_in);
	c->running[0] = '\0';
	c->scanning = false;
}
