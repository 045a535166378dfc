/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/watching.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/proc/ipc.h"
#include "agent/walk/namespaces.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/log.h"

#define RESTART_FIRST_MS 1000
#define RESTART_LAST_MS 600000
#define MOUNTS_MS 10000		/* between two starts for other mounts */
#define STEADY_MS 60000		/* it ran so long: its end is a new one */
#define SETTLE_MS 10000		/* a scan does not wait longer for it */
#define PATIENCE_MS 5000	/* to take a frame */
#define BURST 16		/* frames taken at a time */

static void start(struct watching *w)
{
	int r = child_start(&w->child, &role_watch, w->config);

	w->started = clock_steady_ms();
	w->start = 0;
	w->ready = false;
	if (r < 0) {
		log_error("cannot start watch: %s", strerror(-r));
		w->start = w->started + RESTART_LAST_MS;
	}
}

void watching_begin(struct watching *w, const struct agent_config *config)
{
	*w = (struct watching){.child = {.sock = -1}, .config = config,
			       .restart_wait = RESTART_FIRST_MS};
	buf_init(&w->how, KIB(8));
	buf_init(&w->names, WATCHING_NAMES);
	buf_init(&w->known, LIMIT_FRAME_INLINE + LIMIT_PATH + 1);
	if (strcmp(config->watch, "off") == 0)
		buf_adds(&w->how, "off");
	else
		start(w);
}

void watching_end(struct watching *w)
{
	child_end(&w->child, 5);
	frame_receiver_free(&w->in);
	buf_free(&w->how);
	buf_free(&w->names);
	buf_free(&w->known);
}

/* It is gone.  What changes until it is back is found by a scan. */
static void ended(struct watching *w, int patience)
{
	char fate[80];
	int status = child_end(&w->child, patience);
	int64_t now = clock_steady_ms();

	frame_receiver_free(&w->in);
	w->telling = false;
	if (status == 0) {
		log_debug("other file systems are mounted: watching starts "
			  "anew");
		w->start = w->started + MOUNTS_MS > now
				   ? w->started + MOUNTS_MS : now;
		return;
	}
	if (now - w->started > STEADY_MS)
		w->restart_wait = RESTART_FIRST_MS;
	w->start = now + w->restart_wait;
	log_error("watch %s; it is started again in %lld s",
		  child_fate(status, fate, sizeof(fate)),
		  (long long)w->restart_wait / 1000);
	w->restart_wait = w->restart_wait * 2 > RESTART_LAST_MS
				  ? RESTART_LAST_MS : w->restart_wait * 2;
}

static bool is_names(const struct frame *f)
{
	const uint8_t *at = f->data, *end = at + f->len;

	if (f->len == 0 || end[-1] != '\0')
		return false;
	for (; at < end; at += strlen((const char *)at) + 1) {
		if ((at[0] != 'd' && at[0] != 'f') || at[1] != '/')
			return false;
	}
	return true;
}

static void lose_names(struct watching *w)
{
	buf_free(&w->names);
	w->scan_wanted = true;
}

static int take(struct watching *w, const struct frame *f)
{
	if (f->fd >= 0) {
		close(f->fd);
		return -EPROTO;
	}
	switch (f->op) {
	case IPC_WATCH_READY:
		/* what happened while nobody watched */
		lose_names(w);
		w->ready = true;
		buf_reset(&w->how);
		if (buf_add(&w->how, f->data, f->len) < 0)
			return -EPROTO;
		log_info("changes: %s", buf_str(&w->how));
		return 0;
	case IPC_WATCH_CHANGED:
		if (!is_names(f))
			return -EPROTO;
		if (buf_add(&w->names, f->data, f->len) < 0)
			lose_names(w);
		return 0;
	case IPC_WATCH_LOST:
		log_info("changes: %.*s: all files are looked at",
			 (int)(f->len < 200 ? f->len : 200), f->data);
		lose_names(w);
		return 0;
	default:
		return -EPROTO;
	}
}

struct pollfd watching_fd(const struct watching *w)
{
	return (struct pollfd){.fd = w->child.sock, .events = POLLIN};
}

int64_t watching_due(const struct watching *w)
{
	if (w->start)
		return w->start;
	return w->child.pid && !w->ready ? w->started + SETTLE_MS : INT64_MAX;
}

bool watching_step(struct watching *w)
{
	struct frame f = {.fd = -1};
	bool was_ready = w->ready;
	int r = 1;

	if (w->start && clock_steady_ms() >= w->start)
		start(w);
	if (w->child.pid == 0)
		return false;
	for (int i = 0; i < BURST && r == 1; i++) {
		r = frame_recv(&w->in, w->child.sock, IPC_WATCH__END, &f);
		if (r == 1 && take(w, &f) < 0)
			r = -EPROTO;
	}
	if (r != 1 && r != -EAGAIN)
		ended(w, r == 0 ? 1 : 0);
	return w->ready && !was_ready;
}

bool watching_is_settled(const struct watching *w)
{
	return w->child.pid == 0 || w->ready ||
	       clock_steady_ms() >= w->started + SETTLE_MS;
}

/* -------------------------------------------------------- what is known */

static void send_known(struct watching *w, uint32_t op, const void *data,
		       size_t len)
{
	struct pollfd p = {.fd = w->child.sock, .events = POLLOUT};
	int r = w->telling ? -EAGAIN : 0;

	while (r == -EAGAIN) {
		r = frame_send(w->child.sock, op, data, len, -1);
		if (r == -EAGAIN && poll(&p, 1, PATIENCE_MS) == 0)
			r = -ETIMEDOUT;
	}
	if (r < 0)
		ended(w, 0);
}

void watching_known_begin(struct watching *w, int64_t since)
{
	w->telling = w->child.pid && w->ready;
	buf_reset(&w->known);
	send_known(w, IPC_WATCH_BEGIN, &since, sizeof(since));
}

/* The entries of one file come one after the other. */
static bool is_last(const struct buf *b, const ProtobufCBinaryData *path)
{
	size_t n = path->len + 1;

	return b->len >= n && memcmp(b->data + b->len - n, path->data,
				     path->len) == 0 &&
	       (b->len == n || b->data[b->len - n - 1] == '\0');
}

void watching_known(struct watching *w, const ProtobufCBinaryData *path)
{
	size_t n = path->len;

	if (!w->telling || n == 0 || n > LIMIT_PATH ||
	    memchr(path->data, '\0', n) || path->data[0] != '/' ||
	    namespaces_prefix(path->data, n) > 0)
		return;
	if (w->known.len + n + 1 > LIMIT_FRAME_INLINE && w->known.len > 0) {
		send_known(w, IPC_WATCH_PATHS, w->known.data, w->known.len);
		buf_reset(&w->known);
	}
	if (is_last(&w->known, path))
		return;
	buf_add(&w->known, path->data, n);
	buf_addch(&w->known, '\0');
}

void watching_known_end(struct watching *w)
{
	if (w->known.len > 0)
		send_known(w, IPC_WATCH_PATHS, w->known.data, w->known.len);
	send_known(w, IPC_WATCH_END, NULL, 0);
	w->telling = false;
	buf_free(&w->known);
}
