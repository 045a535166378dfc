/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/limits.h"

#define CHUNK KIB(16)	/* of items, unless one item is longer */
#define CHUNK_MAX (2 * LIMIT_FRAME)

struct chunk {
	uint64_t next;
	uint64_t len;
};

struct item {
	uint32_t kind;
	uint32_t len;
};

void record_log_init(struct record_log *g, int log, int inodes, uint64_t seed)
{
	static const uint8_t start[8] = "cwindex";

	*g = (struct record_log){.log = log, .seed = seed};
	inode_writer_init(&g->inodes, inodes);
	/* so that no chunk is at offset 0 */
	if (log >= 0)
		g->error = file_write_all(log, start, sizeof(start));
	g->end = sizeof(start);
}

static int read_at(int fd, void *to, size_t len, uint64_t offset)
{
	uint8_t *p = to;

	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int flush(struct record_log *g, struct record *r)
{
	struct chunk c = {.len = r->pending.len};
	int e = file_write_all(g->log, &c, sizeof(c));

	if (e == 0)
		e = file_write_all(g->log, r->pending.data, r->pending.len);
	if (e == 0 && r->last &&
	    pwrite(g->log, &g->end, sizeof(g->end), (off_t)r->last) !=
		    sizeof(g->end))
		e = -EIO;
	if (e < 0)
		return e;
	if (!r->first)
		r->first = g->end;
	r->last = g->end;
	g->end += sizeof(c) + c.len;
	buf_reset(&r->pending);
	if (r->pending.cap > 2 * CHUNK)
		buf_free(&r->pending);
	return 0;
}

static int add(struct record_log *g, struct record *r, enum record_kind kind,
	       const ProtobufCMessage *m)
{
	size_t len = protobuf_c_message_get_packed_size(m);
	struct item it = {kind, (uint32_t)len};
	int e = 0;

	if (len > LIMIT_FRAME)
		return -EFBIG;
	if (r->pending.max == 0)
		buf_init(&r->pending, CHUNK_MAX);
	if (r->pending.len > 0 && r->pending.len + len + sizeof(it) > CHUNK)
		e = flush(g, r);
	if (e == 0)
		e = buf_reserve(&r->pending, sizeof(it) + len);
	if (e < 0)
		return e;
	buf_add(&r->pending, &it, sizeof(it));
	protobuf_c_message_pack(m, r->pending.data + r->pending.len);
	r->pending.len += len;
	return 0;
}

void record_add(struct record_log *g, struct record *r, enum record_kind kind,
		const ProtobufCMessage *m)
{
	if (g->log >= 0 && g->error == 0)
		g->error = add(g, r, kind, m);
}

void record_end(struct record_log *g, struct record *r,
		const struct inode_key *key, const ProtobufCBinaryData *path,
		uint64_t flags)
{
	struct inode_record i = {.key = *key};

	if (g->log < 0 || g->error < 0)
		return;
	if (r->pending.len > 0)
		g->error = flush(g, r);
	i.value[RECORD_PATH] = past_hash(g->seed, path->data, path->len);
	i.value[RECORD_OFFSET] = r->first;
	i.value[RECORD_FLAGS] = flags;
	inode_writer_add(&g->inodes, &i);
	record_drop(r);
}

uint64_t record_end_alone(struct record_log *g, struct record *r)
{
	uint64_t at = 0;

	if (g->log >= 0 && g->error == 0 && r->pending.len > 0)
		g->error = flush(g, r);
	if (g->error == 0)
		at = r->first;
	record_drop(r);
	return at;
}

void record_drop(struct record *r)
{
	buf_free(&r->pending);
	*r = (struct record){.first = 0};
}

static int replay_items(const uint8_t *p, size_t len,
			int (*take)(void *arg, enum record_kind kind,
				    const uint8_t *data, size_t len),
			void *arg)
{
	int r = 0;

	while (len > 0 && r >= 0) {
		struct item it = {0};

		if (len < sizeof(it))
			return -EBADMSG;
		memcpy(&it, p, sizeof(it));
		p += sizeof(it);
		len -= sizeof(it);
		if (it.len > len || it.kind == 0 || it.kind >= RECORD__END)
			return -EBADMSG;
		r = take(arg, (enum record_kind)it.kind, p, it.len);
		p += it.len;
		len -= it.len;
	}
	return r < 0 ? r : 0;
}

int record_replay(int log, uint64_t offset,
		  int (*take)(void *arg, enum record_kind kind,
			      const uint8_t *data, size_t len),
		  void *arg)
{
	struct buf b;
	int r = 0;

	buf_init(&b, CHUNK_MAX);
	while (r == 0 && offset != 0) {
		struct chunk c = {0};

		r = read_at(log, &c, sizeof(c), offset);
		if (r == 0 && (c.len > CHUNK_MAX ||
			       (c.next != 0 && c.next <= offset)))
			r = -EBADMSG;
		buf_reset(&b);
		if (r == 0)
			r = buf_reserve(&b, c.len);
		if (r == 0)
			r = read_at(log, b.data, c.len, offset + sizeof(c));
		if (r == 0)
			r = replay_items(b.data, c.len, take, arg);
		offset = c.next;
	}
	buf_free(&b);
	return r;
}
