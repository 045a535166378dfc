/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/past.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u	/* Linux 6.8 */
#endif

/* Values of a record of a directory. */
enum { DIRECTORY_PARENT, DIRECTORY_DEVICE, DIRECTORY_NAME };
/* beside the parent's device */
#define LOOK ((uint64_t)1 << 63)
#define TOLD ((uint64_t)1 << 62)

void past_init(struct past *n)
{
	*n = (struct past){.next = -1};
}

void past_free(struct past *n)
{
	inode_map_close(&n->directories);
	inode_map_close(&n->records);
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

uint64_t past_hash(uint64_t seed, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t h = mix(seed ^ len);

	for (; len >= 8; p += 8, len -= 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		h = mix(h ^ v) + seed;
	}
	for (; len > 0; p++, len--)
		h = mix(h ^ *p) + seed;
	return mix(h);
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec
				      : a->tv_nsec < b->tv_nsec;
}

/* The number of a mount, which no later one gets again where the kernel has
 * that kind of number. */
static uint64_t mount_number(const struct statx *st)
{
	return st->stx_mask & (STATX_MNT_ID_UNIQUE | STATX_MNT_ID)
		       ? st->stx_mnt_id
		       : 0;
}

/* On a mount or subvolume that its parent does not lie on. */
static void enter(struct directory_place *p, int fd)
{
	struct statfs fs = {0};
	enum past_trust trust;
	uint64_t id = 0;

	p->trusted = p->swaps = false;
	p->volume = 0;
	if (fstatfs(fd, &fs) < 0)
		return;
	memcpy(&id, &fs.f_fsid, sizeof(id));
	trust = past_trusts((uint64_t)fs.f_type & 0xffffffffu);
	p->trusted = trust != PAST_UNTRUSTED;
	p->swaps = trust == PAST_SWAPS;
	p->volume = mix(p->mount ^ mix(id));
}

/* What is unmounted in another namespace, nobody notices (remount.h). */
static bool is_trusted(const struct directory *d, const struct statx *st)
{
	return !d->base || (st->stx_mask & STATX_MNT_ID_UNIQUE);
}

static uint64_t sum(const struct past *n, const struct directory *d)
{
	uint64_t base = d->base && !d->parent ? mix(d->base->identity) : 0;

	return past_hash(n->seed, d->name, d->name_len) ^ d->place.volume ^
	       base;
}

static struct inode_record record_of(const struct past *n,
				     const struct directory *d)
{
	const struct directory *up = d->parent;

	return (struct inode_record){
		.key = d->place.key,
		.value = {
			[DIRECTORY_PARENT] = up ? up->place.key.inode : 0,
			[DIRECTORY_DEVICE] = up ? up->place.key.device : 0,
			[DIRECTORY_NAME] = sum(n, d),
		},
	};
}

static bool is_same_directory(const struct inode_record *a,
			      const struct inode_record *b)
{
	return a->value[DIRECTORY_PARENT] == b->value[DIRECTORY_PARENT] &&
	       (a->value[DIRECTORY_DEVICE] & ~(LOOK | TOLD)) ==
		       (b->value[DIRECTORY_DEVICE] & ~(LOOK | TOLD)) &&
	       a->value[DIRECTORY_NAME] == b->value[DIRECTORY_NAME];
}

static bool was_listed(const struct past *n, struct directory *d)
{
	struct inode_record want = record_of(n, d);
	const struct inode_record *r;
	uint64_t marks = 0;
	bool listed = false;
	size_t at = 0;

	/* it may have been kept twice, the second time to be looked at */
	while ((r = inode_map_next(&n->directories, &want.key, &at))) {
		if (!is_same_directory(r, &want))
			continue;
		listed = true;
		marks |= r->value[DIRECTORY_DEVICE];
	}
	d->place.look |= (marks & LOOK) != 0;
	d->place.bare = listed && !(marks & TOLD);
	return listed;
}

int past_directory(const struct past *n, struct directory *d, int fd)
{
	const struct directory_place *up =
		d->parent ? &d->parent->place : NULL;
	struct directory_place *p = &d->place;
	struct timespec ctime;
	struct statx st = {0};
	bool other_device;

	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT,
		  STATX_INO | STATX_CTIME | STATX_MNT_ID | STATX_MNT_ID_UNIQUE,
		  &st) < 0)
		return -errno;
	p->key.inode = st.stx_ino;
	p->key.device = makedev(st.stx_dev_major, st.stx_dev_minor);
	p->mount = mount_number(&st);
	other_device = !up || p->key.device != up->key.device;
	if (other_device || p->mount != up->mount) {
		enter(p, fd);
		p->trusted &= is_trusted(d, &st);
	} else {
		p->trusted = up->trusted;
		p->swaps = up->swaps;
		p->volume = up->volume;
	}
	ctime = (struct timespec){st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec};
	p->recent = !is_before(&ctime, &n->since);
	/* a subvolume that was replaced by another shows in the directory that
	 * it hangs in only */
	if (!n->stands || (up && !up->known) ||
	    (up && other_device && p->mount == up->mount && up->recent))
		p->known = false;
	else
		p->known = was_listed(n, d);
	p->look |= p->swaps && p->recent;
	return 0;
}

void past_keep(const struct past *n, const struct directory *d, bool look,
	       bool told, struct inode_writer *out)
{
	struct inode_record r = record_of(n, d);

	if (look)
		r.value[DIRECTORY_DEVICE] |= LOOK;
	if (told)
		r.value[DIRECTORY_DEVICE] |= TOLD;
	if (n->next >= 0)
		inode_writer_add(out, &r);
}

bool past_is_old(const struct past *n, const struct directory *d,
		  const struct stat *st)
{
	return S_ISREG(st->st_mode) && is_before(&st->st_ctim, &n->since) &&
	       st->st_dev == d->place.key.device;
}

const struct inode_record *past_record(const struct past *n,
					const struct stat *st,
					const struct buf *path)
{
	struct inode_key key = {.device = st->st_dev, .inode = st->st_ino};
	const struct inode_record *r;
	uint64_t want = path ? past_hash(n->seed, path->data, path->len) : 0;
	size_t at = 0;

	do {
		r = inode_map_next(&n->records, &key, &at);
	} while (r && path && r->value[RECORD_PATH] != want);
	return r;
}
