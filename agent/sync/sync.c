/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "agent/proc/index.h"
#include "agent/proc/ipc.h"
#include "agent/proc/trim.h"
#include "agent/sync/carry.h"
#include "agent/sync/contact.h"
#include "agent/sync/status.h"
#include "agent/sync/wire.h"
#include "lib/frame.h"
#include "lib/log.h"
#include "lib/message.h"

const char *const sync_reads[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
	"/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
	"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
	"/etc/os-release", "/usr/lib/os-release", "/etc/machine-id",
	"/etc/ssl/openssl.cnf", "/etc/ld.so.cache", "/usr/lib", "/lib",
	"/lib64", "/dev/urandom", NULL,
};

enum { ITEM_LOCATION = 1, ITEM_OBJECT, ITEM_OBJECT_KEPT };
enum { OBJECT_SHA256 = 1, OBJECT_KIND, OBJECT_DER };

#define FRAMES_AT_ONCE 256
#define IDLE_MS 1000	/* a wait before which memory is given back */

/* A snapshot on its way from the supervisor. */
struct incoming {
	struct snapshot_writer writer;
	struct kept kept;	/* objects of it that are not supplied */
	bool begun;		/* between BEGIN and COMMIT */
	int failure;		/* why it cannot be written, or 0 */
};

struct sync {
	int sock;
	const struct agent_config *config;
	struct frame_receiver frames;
	struct state state;
	struct contact contact;
	struct session_hooks hooks;
	struct incoming whole;
	struct incoming patch;
	struct path_list patched;	/* the paths of that */
	struct buf told;	/* those patched since ${whole} began, NUL
				 * each; last those of ${patch} */
	size_t told_len;	/* without those */
	bool full_wanted;	/* objects of the last snapshot are lost */
	bool trimmed;		/* since the last work */
	bool end;
};

/* ------------------------------------------------- from the supervisor */

static void give_up_snapshot(struct incoming *in, int failure)
{
	hashset_free(&in->kept.hashes);
	in->kept.left = 0;
	in->failure = failure;
	snapshot_abort(&in->writer);
}

static void take_begin(struct sync *s, struct incoming *in)
{
	char path[4096];
	int r = file_path(path, sizeof(path), s->config->state_dir,
			  STATE_CURRENT);

	give_up_snapshot(in, 0);
	in->begun = true;
	if (r == 0)
		r = snapshot_begin(&in->writer, path);
	if (r < 0)
		give_up_snapshot(in, r);
}

static int take_patch(struct sync *s, const struct frame *f)
{
	int r;

	take_begin(s, &s->patch);
	path_list_free(&s->patched);
	s->told.len = s->told_len;
	r = path_list_copy(&s->patched, f->data, f->len, 0);
	return r < 0 ? r : buf_add(&s->told, f->data, f->len);
}

/* The DER is not copied: an Object that points into the frame. */
static int read_object(const struct wire_field *f, Cw__Object *ret)
{
	const uint8_t *at = f->data, *end = f->data + f->len;
	struct wire_field o = {0};
	int r;

	cw__object__init(ret);
	while ((r = wire_next(&at, end, &o)) > 0) {
		ProtobufCBinaryData d = {o.len, (uint8_t *)(uintptr_t)o.data};

		if (o.number == OBJECT_SHA256 && o.type == WIRE_BYTES)
			ret->sha256 = d;
		else if (o.number == OBJECT_DER && o.type == WIRE_BYTES)
			ret->der = d;
		else if (o.number == OBJECT_KIND && o.type == WIRE_VARINT)
			ret->kind = (Cw__Kind)o.value;
	}
	return r;
}

struct item {
	struct wire_field location;
	Cw__Object object;
	bool kept;	/* the object is that of the snapshot before */
};

static int read_item(const struct frame *f, struct item *ret)
{
	const uint8_t *at = f->data, *end = f->data + f->len;
	struct wire_field field = {0};
	int r;

	cw__object__init(&ret->object);
	while ((r = wire_next(&at, end, &field)) > 0) {
		if (field.number == ITEM_OBJECT_KEPT)
			ret->kept = field.type == WIRE_VARINT && field.value;
		else if (field.type != WIRE_BYTES)
			return -EPROTO;
		else if (field.number == ITEM_LOCATION)
			ret->location = field;
		else if (field.number == ITEM_OBJECT &&
			 read_object(&field, &ret->object) < 0)
			return -EPROTO;
	}
	return r < 0 || !ret->location.data ? -EPROTO : 0;
}

static int take_item(struct incoming *in, const struct frame *f)
{
	struct item i = {.kept = false};
	int r = in->begun ? read_item(f, &i) : -EPROTO;

	if (r < 0 || in->failure)
		return r;
	r = snapshot_add(&in->writer, i.location.data, i.location.len,
			 &i.object);
	carry_have(&in->kept, &i.object.sha256);
	if (r >= 0 && i.kept)
		r = carry_keep(&in->kept, &in->writer, i.location.data,
			       i.location.len);
	if (r < 0 && r != -EMSGSIZE)
		give_up_snapshot(in, r);
	return 0;
}

static int send_status(struct sync *s, uint32_t op)
{
	struct pollfd p = {.fd = s->sock, .events = POLLOUT};
	Ipc__Status m = IPC__STATUS__INIT;
	struct buf b;
	int r;

	buf_init(&b, LIMIT_FRAME_INLINE);
	contact_status(&s->contact, &m);
	m.full_wanted = s->full_wanted;
	r = message_pack(&b, &m.base);
	while (r == 0 && (r = frame_send(s->sock, op, b.data, b.len, -1)) ==
	       -EAGAIN && op == IPC_SYNC_STORED)
		r = poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
	buf_free(&b);
	if (r != -EAGAIN)
		s->contact.changed = false;
	return r == -EAGAIN || r == -EPIPE ? 0 : r;
}

/* What was told beside the scan is newer than what that read. */
static int keep_told(struct sync *s)
{
	struct path_list told = {.count = 0};
	int r = 0;

	if (s->told_len > 0)
		r = path_list_copy(&told, s->told.data, s->told_len, 0);
	if (r == 0 && told.count > 0)
		r = carry_told(&s->state, &s->whole.writer, &told);
	path_list_free(&told);
	return r;
}

static int take_commit(struct sync *s, const struct frame *f)
{
	Cw__Coverage *coverage = cw__coverage__unpack(NULL, f->len, f->data);
	struct incoming *in = &s->whole;
	int r = in->failure;

	if (!in->begun || !coverage) {
		if (coverage)
			cw__coverage__free_unpacked(coverage, NULL);
		return -EPROTO;
	}
	if (r == 0)
		r = carry_kept(&s->state, &in->writer, &in->kept);
	s->full_wanted = r == 0 && in->kept.left > 0;
	if (r == 0)
		r = carry_over(&s->state, &in->writer, coverage);
	if (r == 0)
		r = keep_told(s);
	if (r == 0)
		r = state_commit(&s->state, &in->writer, coverage);
	cw__coverage__free_unpacked(coverage, NULL);
	give_up_snapshot(in, 0);
	in->begun = false;
	contact_snapshot(&s->contact, r);
	frame_receiver_free(&s->frames);
	return send_status(s, IPC_SYNC_STORED);
}

/* That of the last scan; NULL where there is none. */
static Cw__Coverage *last_coverage(struct sync *s)
{
	struct snapshot old = {0};
	Cw__Coverage *c = NULL;

	if (state_map(&s->state, &old) < 0)
		return NULL;
	if (old.coverage.data)
		c = cw__coverage__unpack(NULL, old.coverage.len,
					 old.coverage.data);
	snapshot_close(&old);
	return c;
}

/* What was looked at and where it ended is told by the scan under way; until
 * then the last one's coverage stands. */
static int apply_patch(struct sync *s, const Cw__Coverage *patch)
{
	Cw__Coverage *last = last_coverage(s);
	int r = last ? 0 : -ENOENT;

	if (r == 0)
		r = carry_others(&s->state, &s->patch.writer, &s->patched,
				 patch);
	if (r == 0)
		r = state_commit(&s->state, &s->patch.writer, last);
	if (last)
		cw__coverage__free_unpacked(last, NULL);
	return r;
}

/* Before the first scan there is nothing to patch. */
static int take_patch_commit(struct sync *s, const struct frame *f)
{
	Cw__Coverage *c = cw__coverage__unpack(NULL, f->len, f->data);
	int r = s->patch.failure;

	if (!s->patch.begun || !c) {
		if (c)
			cw__coverage__free_unpacked(c, NULL);
		return -EPROTO;
	}
	if (r == 0)
		r = s->state.current.usable ? apply_patch(s, c) : -ENOENT;
	cw__coverage__free_unpacked(c, NULL);
	give_up_snapshot(&s->patch, 0);
	s->patch.begun = false;
	if (r == 0)
		s->told_len = s->told.len;
	if (r != -ENOENT)
		contact_snapshot(&s->contact, r);
	return 0;
}

static int take_snapshot(struct sync *s, const struct frame *f)
{
	switch (f->op) {
	case IPC_SYNC_BEGIN:
		take_begin(s, &s->whole);
		s->told_len = 0;
		return 0;
	case IPC_SYNC_ITEM:
		return take_item(&s->whole, f);
	case IPC_SYNC_COMMIT:
		return take_commit(s, f);
	case IPC_SYNC_PATCH:
		return take_patch(s, f);
	case IPC_SYNC_PATCH_ITEM:
		return take_item(&s->patch, f);
	case IPC_SYNC_PATCH_COMMIT:
		return take_patch_commit(s, f);
	default:
		return -EPROTO;
	}
}

static int dispatch(struct sync *s, const struct frame *f)
{
	switch (f->op) {
	case IPC_SYNC_WATCHING:
		if (f->len > LIMIT_FRAME_INLINE)
			return -EPROTO;
		contact_watching(&s->contact, (const char *)f->data, f->len);
		return 0;
	case IPC_SYNC_RESULT:
		contact_result(&s->contact, f->data, f->len);
		return 0;
	case IPC_SYNC_RENEW:
		contact_renew(&s->contact);
		return 0;
	case IPC_SYNC_RELOAD:
		s->end = true;
		return 0;
	default:
		return take_snapshot(s, f);
	}
}

/* As many frames as there are, up to a bound: the network waits meanwhile. */
static int take_frames(struct sync *s)
{
	struct frame f = {.fd = -1};
	int r = 0;

	for (int n = 0; n < FRAMES_AT_ONCE && !s->end; n++) {
		r = frame_recv(&s->frames, s->sock, IPC_SYNC__END, &f);
		if (r == -EAGAIN)
			return 0;
		if (r <= 0) {
			s->end = true;
			return r;
		}
		if (f.fd >= 0) {
			close(f.fd);
			return -EPROTO;
		}
		r = dispatch(s, &f);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --------------------------------------------------- to the supervisor */

static void pass_on(struct sync *s, uint32_t op, const ProtobufCMessage *m)
{
	struct pollfd p = {.fd = s->sock, .events = POLLOUT};
	struct buf b;
	int r;

	buf_init(&b, LIMIT_FRAME);
	r = message_send(&b, s->sock, op, m, -1);
	/* what is dropped comes again with the next reply */
	if (r == -EAGAIN && poll(&p, 1, 1000) > 0)
		r = message_send(&b, s->sock, op, m, -1);
	if (r < 0)
		log_error("a command cannot be passed on: %s", strerror(-r));
	buf_free(&b);
}

static void on_command(void *arg, const Cw__SignedCommand *c)
{
	pass_on(arg, IPC_SYNC_COMMAND, &c->base);
}

static void on_kept(void *arg, char **ids, size_t n)
{
	Ipc__Kept m = IPC__KEPT__INIT;

	m.ids = ids;
	m.n_ids = n;
	pass_on(arg, IPC_SYNC_KEPT, &m.base);
}

/* ---------------------------------------------------------------- loop */

static int turn(struct sync *s)
{
	struct pollfd p = {.fd = s->sock, .events = POLLIN};
	struct outcome o = {0};
	int64_t wait;
	int r = 0;

	contact_step(&s->contact);
	wait = contact_wait(&s->contact);
	if (wait > IDLE_MS && !s->trimmed) {
		s->trimmed = true;
		trim_memory();
	}
	if (s->contact.changed)
		r = send_status(s, IPC_SYNC_STATUS);
	if (r == 0 && http_wait(s->contact.http, &p, wait, &o)) {
		contact_take(&s->contact, &o);
		s->trimmed = false;
	}
	if (r == 0 && p.revents) {
		r = take_frames(s);
		s->trimmed = false;
	}
	return r;
}

static int begin(struct sync *s)
{
	int flags = fcntl(s->sock, F_GETFL), r;

	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (flags < 0 || fcntl(s->sock, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return -ENOMEM;
	state_load(&s->state, s->config->state_dir);
	s->hooks = (struct session_hooks){on_command, on_kept, s};
	r = contact_init(&s->contact, s->config, &s->state);
	s->contact.session.hooks = &s->hooks;
	return r;
}

int sync_role(int sock, const struct agent_config *config)
{
	struct sync s = {.sock = sock, .config = config};
	int r;

	buf_init(&s.told, INDEX_ANEW);
	r = begin(&s);
	while (r == 0 && !s.end)
		r = turn(&s);
	if (r == -EPROTO)
		log_error("sync: broken frame from the supervisor");
	else if (r < 0)
		log_error("sync: %s", strerror(-r));
	give_up_snapshot(&s.whole, 0);
	give_up_snapshot(&s.patch, 0);
	path_list_free(&s.patched);
	buf_free(&s.told);
	contact_free(&s.contact);
	state_free(&s.state);
	frame_receiver_free(&s.frames);
	curl_global_cleanup();
	return r < 0;
}
