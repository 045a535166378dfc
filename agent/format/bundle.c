/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/bundle.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

/* bytes of CA certificates that no root was among yet; a chain of ten has 20
 * KiB */
#define HELD_MAX KIB(256)

static const char *role_of(const Ipc__Finding *f)
{
	return f->kind == CW__KIND__KIND_CERTIFICATE && f->facts
		       ? f->facts->role : "";
}

static bool is_root(const Ipc__Finding *f)
{
	return strcmp(role_of(f), "root") == 0;
}

static int pass_on(struct bundle *b, const Ipc__Finding *f)
{
	Ipc__Finding mine = *f;

	if (is_root(f) && b->state == BUNDLE_IS)
		mine.trust_store = true;
	if (mine.trust_store &&
	    (is_root(f) || strcmp(role_of(f), "intermediate") == 0))
		mine.role = (char *)(uintptr_t)BUNDLE_ROLE;
	return b->next->finding(b->next->arg, &mine);
}

static int release(struct bundle *b)
{
	size_t at = 0;
	int r = 0;

	while (r >= 0 && at < b->held.len) {
		Ipc__Finding *f = NULL;
		size_t len = 0;

		memcpy(&len, b->held.data + at, sizeof(len));
		at += sizeof(len);
		f = ipc__finding__unpack(NULL, len, b->held.data + at);
		at += len;
		r = f ? pass_on(b, f) : -ENOMEM;
		ipc__finding__free_unpacked(f, NULL);
	}
	buf_reset(&b->held);
	return r;
}

static int decide(struct bundle *b, enum bundle_state state)
{
	b->state = state;
	return release(b);
}

/* Keeps a copy: 0, or -ENOBUFS where there is no room. */
static int hold(struct bundle *b, const Ipc__Finding *f)
{
	size_t len = ipc__finding__get_packed_size(f);
	int r = buf_reserve(&b->held, sizeof(len) + len);

	if (r < 0)
		return r;
	buf_add(&b->held, &len, sizeof(len));
	ipc__finding__pack(f, b->held.data + b->held.len);
	b->held.len += len;
	return 0;
}

/* Does ${f} belong to another part than what came before? */
static bool is_new_part(struct bundle *b, const Ipc__Finding *f)
{
	const char *slash = strrchr(f->entry, '/');
	size_t prefix = slash ? (size_t)(slash - f->entry) : 0;
	size_t format = strlen(f->format) + 1;

	if (b->part.len == format + prefix &&
	    memcmp(b->part.data, f->format, format) == 0 &&
	    memcmp(b->part.data + format, f->entry, prefix) == 0)
		return false;
	buf_reset(&b->part);
	buf_add(&b->part, f->format, format);
	buf_add(&b->part, f->entry, prefix);
	return true;
}

static int begin_part(struct bundle *b)
{
	int r = decide(b, BUNDLE_IS_NOT);

	b->state = BUNDLE_OPEN;
	b->has_root = false;
	return r;
}

static int weigh(struct bundle *b, const Ipc__Finding *f)
{
	int r = 0;

	if (f->kind == CW__KIND__KIND_PRIVATE_KEY ||
	    strcmp(role_of(f), "leaf") == 0)
		r = decide(b, BUNDLE_IS_NOT);
	else if (is_root(f) && b->has_root && f->sha256.len == HASH_SIZE &&
		 memcmp(f->sha256.data, b->root, HASH_SIZE) != 0)
		r = decide(b, BUNDLE_IS);
	else if (f->kind == CW__KIND__KIND_CERTIFICATE && hold(b, f) < 0)
		r = decide(b, BUNDLE_IS_NOT);
	else if (f->kind == CW__KIND__KIND_CERTIFICATE)
		r = 1;
	if (is_root(f) && !b->has_root && f->sha256.len == HASH_SIZE) {
		memcpy(b->root, f->sha256.data, HASH_SIZE);
		b->has_root = true;
	}
	return r;
}

static int bundle_finding(void *arg, const Ipc__Finding *f)
{
	struct bundle *b = arg;
	int r = is_new_part(b, f) ? begin_part(b) : 0;

	if (r >= 0 && b->state == BUNDLE_OPEN)
		r = weigh(b, f);
	if (r != 0)
		return r < 0 ? r : 0;	/* 1: it is held */
	return pass_on(b, f);
}

static int bundle_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	struct bundle *b = arg;

	return b->next->gap(b->next->arg, kind, reason);
}

void bundle_init(struct bundle *b, const struct emit_sink *next)
{
	*b = (struct bundle){.next = next};
	b->sink = (struct emit_sink){bundle_finding, bundle_gap, b};
	buf_init(&b->held, HELD_MAX);
	buf_init(&b->part, KIB(64));
}

int bundle_end(struct bundle *b)
{
	return begin_part(b);
}

void bundle_free(struct bundle *b)
{
	buf_free(&b->held);
	buf_free(&b->part);
}
