/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/snapshot_feed.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "agent/proc/ipc.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"

#define PATIENCE_MS 60000	/* sync writes to a disk that may be slow */

/* Sends, and waits while the socket is full. */
static int send_patiently(struct snapshot_feed *f, uint32_t op,
			  const void *data, size_t len)
{
	int r;

	for (;;) {
		struct pollfd p = {.fd = f->sock, .events = POLLOUT};

		r = frame_send(f->sock, op, data, len, -1);
		if (r != -EAGAIN)
			break;
		if (poll(&p, 1, PATIENCE_MS) == 0) {
			r = -ETIMEDOUT;
			break;
		}
	}
	if (r < 0 && !f->lost) {
		log_error("sync takes nothing more: %s", strerror(-r));
		f->lost = true;
	}
	return r;
}

static void begin(struct snapshot_feed *f, int sock)
{
	if (f->packed.max == 0) {
		buf_init(&f->packed, LIMIT_FRAME);
		buf_init(&f->location, LIMIT_FRAME);
	}
	f->sock = sock;
	f->lost = false;
}

void snapshot_feed_begin(struct snapshot_feed *f, int sock)
{
	begin(f, sock);
	send_patiently(f, IPC_SYNC_BEGIN, NULL, 0);
}

void snapshot_feed_begin_patch(struct snapshot_feed *f, int sock,
			       const void *paths, size_t len)
{
	begin(f, sock);
	f->patch = true;
	send_patiently(f, IPC_SYNC_PATCH, paths, len);
}

static int pack(struct buf *b, const ProtobufCMessage *m)
{
	buf_reset(b);
	return message_pack(b, m);
}

int snapshot_feed_location(void *arg, const Cw__Location *l,
			   const Ipc__Finding *finding)
{
	struct snapshot_feed *f = arg;
	Ipc__SnapshotItem item = IPC__SNAPSHOT_ITEM__INIT;
	Cw__Object object = CW__OBJECT__INIT;
	int r;

	if (f->lost)
		return 0;
	r = pack(&f->location, &l->base);
	if (r < 0)
		return r;
	item.location = (ProtobufCBinaryData){f->location.len,
					      f->location.data};
	if (finding->der.len > 0) {
		object.sha256 = finding->sha256;
		object.der = finding->der;
		object.kind = finding->kind == CW__KIND__KIND_PRIVATE_KEY
				      ? CW__KIND__KIND_PUBLIC_KEY
				      : finding->kind;
		item.object = &object;
	}
	item.object_kept = finding->der_known && finding->der.len == 0;
	r = pack(&f->packed, &item.base);
	if (r == 0)
		send_patiently(f, f->patch ? IPC_SYNC_PATCH_ITEM
					   : IPC_SYNC_ITEM, f->packed.data,
			       f->packed.len);
	return r;
}

int snapshot_feed_commit(struct snapshot_feed *f, const Cw__Coverage *c)
{
	uint32_t op = f->patch ? IPC_SYNC_PATCH_COMMIT : IPC_SYNC_COMMIT;
	int r = f->lost ? -EPIPE : pack(&f->packed, &c->base);

	if (r == 0)
		r = send_patiently(f, op, f->packed.data, f->packed.len);
	snapshot_feed_free(f);
	return r;
}

void snapshot_feed_incomplete(struct snapshot_feed *f, const Cw__Coverage *c)
{
	Cw__Coverage incomplete = *c;

	incomplete.complete = false;
	incomplete.last_full = 0;
	incomplete.finished = clock_now();
	/* begun anew: the part that was found is dropped */
	snapshot_feed_begin(f, f->sock);
	snapshot_feed_commit(f, &incomplete);
}

void snapshot_feed_lost(struct snapshot_feed *f)
{
	f->lost = true;
}

void snapshot_feed_free(struct snapshot_feed *f)
{
	buf_free(&f->packed);
	buf_free(&f->location);
}
