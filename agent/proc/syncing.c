/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/syncing.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/proc/ipc.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/notify.h"

#define RESTART_FIRST_MS 1000	/* wait before it is started again */
#define RESTART_LAST_MS 60000
#define BURST 64		/* frames taken at a time */

/* The sandbox allows single files by their inodes, so it has to be started
 * again when one of them was replaced (/etc/resolv.conf, a certificate). */
static uint64_t readable_files(const struct syncing *s)
{
	struct sandbox_path paths[32] = {{0}};
	uint64_t sum = 0;

	role_sync.paths(s->config, paths, 31);
	for (size_t i = 0; paths[i].path; i++) {
		struct stat st = {0};

		if (stat(paths[i].path, &st) == 0 && S_ISREG(st.st_mode))
			sum = sum * 31 + st.st_ino * 7 + st.st_dev;
	}
	return sum;
}

static void start(struct syncing *s)
{
	int r;

	s->readable = readable_files(s);
	r = child_start(&s->child, &role_sync, s->config);
	s->start = 0;
	if (r < 0) {
		log_error("cannot start sync: %s", strerror(-r));
		s->start = clock_steady_ms() + RESTART_LAST_MS;
	} else {
		s->hooks->started(s->hooks->arg);
	}
}

void syncing_begin(struct syncing *s, const struct agent_config *config,
		   const struct syncing_hooks *hooks)
{
	*s = (struct syncing){.child = {.sock = -1}, .config = config,
			      .hooks = hooks,
			      .restart_wait = RESTART_FIRST_MS};
	start(s);
}

void syncing_end(struct syncing *s)
{
	child_end(&s->child, 5);
	frame_receiver_free(&s->in);
}

static void ended(struct syncing *s, int patience)
{
	char fate[80];
	int status = child_end(&s->child, patience);

	frame_receiver_free(&s->in);
	log_error("sync %s; it is started again in %lld s",
		  child_fate(status, fate, sizeof(fate)),
		  (long long)s->restart_wait / 1000);
	s->start = clock_steady_ms() + s->restart_wait;
	s->restart_wait = s->restart_wait * 2 > RESTART_LAST_MS
				  ? RESTART_LAST_MS : s->restart_wait * 2;
	s->hooks->ended(s->hooks->arg);
}

static void take_status(struct syncing *s, const struct frame *f)
{
	Ipc__Status *m = ipc__status__unpack(NULL, f->len, f->data);

	if (!m)
		return;
	s->restart_wait = RESTART_FIRST_MS;
	s->hooks->status(s->hooks->arg, m, f->op == IPC_SYNC_STORED);
	if (*m->last_error)
		notify_systemd(*m->collector ? "STATUS=not in sync with the "
					       "collector, see certwalk status"
					     : "STATUS=not enrolled");
	else
		notify_systemd("STATUS=in sync with the collector");
	if (*m->last_error && s->readable != readable_files(s))
		s->stale = true;
	ipc__status__free_unpacked(m, NULL);
}

static int take_frames(struct syncing *s)
{
	struct frame f = {.fd = -1};
	int r = 1;

	for (int i = 0; i < BURST && r == 1; i++) {
		r = frame_recv(&s->in, s->child.sock, IPC_SYNC__END, &f);
		if (r == 1 && f.fd >= 0)
			close(f.fd);
		if (r == 1 && (f.op == IPC_SYNC_COMMAND ||
			       f.op == IPC_SYNC_KEPT))
			s->hooks->command(s->hooks->arg, &f);
		else if (r == 1)
			take_status(s, &f);
	}
	return r;
}

void syncing_step(struct syncing *s, bool idle)
{
	int r = s->child.sock < 0 ? -EAGAIN : take_frames(s);

	if (s->child.sock >= 0 && s->stale && idle) {
		s->stale = false;
		log_info("files that sync reads were replaced: it is started "
			 "again");
		syncing_end(s);
		start(s);
	} else if (r != -EAGAIN && r != 1) {
		ended(s, r == 0 ? 1 : 0);
	}
	if (s->start && clock_steady_ms() >= s->start)
		start(s);
}

int syncing_sock(const struct syncing *s)
{
	return s->child.sock;
}

struct pollfd syncing_fd(const struct syncing *s)
{
	return (struct pollfd){.fd = s->child.sock, .events = POLLIN};
}

int64_t syncing_due(const struct syncing *s)
{
	return s->start ? s->start : INT64_MAX;
}

int syncing_send(const struct syncing *s, uint32_t op, const void *data,
		 size_t len)
{
	return s->child.sock < 0 ? -EPIPE
				 : frame_send(s->child.sock, op, data, len, -1);
}
