/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/disk.h"

#include <string.h>

struct disk_authority {
	uint64_t subject;	/* the hash's first bytes */
	bool is_root;
	UT_hash_handle hh;
};

void disk_init(struct disk *d, struct arena *arena)
{
	*d = (struct disk){.arena = arena};
}

void disk_free(struct disk *d)
{
	HASH_CLEAR(by_names, d->newest);
	HASH_CLEAR(by_hash, d->all);
	HASH_CLEAR(hh, d->authorities);
}

static uint64_t number(const uint8_t *hash)
{
	uint64_t n = 0;

	memcpy(&n, hash, sizeof(n));
	return n;
}

static uint64_t sum(char *const *list, size_t n)
{
	uint8_t hash[HASH_SIZE];
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++) {
		hash_sha256(list[i], strlen(list[i]), hash);
		total += number(hash);
	}
	return total;
}

uint64_t disk_names(const Cw__Facts *f)
{
	char *subject = f->subject;

	if (f->n_dns_names + f->n_ip_addresses > 0)
		return sum(f->dns_names, f->n_dns_names) +
		       sum(f->ip_addresses, f->n_ip_addresses);
	return *subject ? sum(&subject, 1) : 0;
}

bool disk_is_leaf(const Ipc__Finding *f)
{
	return f->facts && !f->trust_store &&
	       (!f->facts->is_ca || f->facts->self_signed);
}

static bool sorts_before(const ProtobufCBinaryData *a,
			 const ProtobufCBinaryData *b)
{
	int r = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return r != 0 ? r < 0 : a->len < b->len;
}

static void add_authority(struct disk *d, const Cw__Facts *f)
{
	struct disk_authority *a = NULL;
	uint64_t subject;

	if (f->subject_der_sha256.len != HASH_SIZE)
		return;
	subject = number(f->subject_der_sha256.data);
	HASH_FIND(hh, d->authorities, &subject, sizeof(subject), a);
	if (!a) {
		a = arena_alloc(d->arena, sizeof(*a));
		if (!a) {
			d->full = true;
			return;
		}
		a->subject = subject;
		HASH_ADD(hh, d->authorities, subject, sizeof(subject), a);
	}
	a->is_root |= f->self_signed;
}

/* Of two of one moment the one whose hash is less, so that the order in which
 * they were found does not matter. */
static void add_newest(struct disk *d, struct disk_certificate *c)
{
	struct disk_certificate *old = NULL;

	if (c->names == 0)
		return;
	HASH_FIND(by_names, d->newest, &c->names, sizeof(c->names), old);
	if (old && (old->not_before > c->not_before ||
		    (old->not_before == c->not_before &&
		     memcmp(old->sha256, c->sha256, HASH_SIZE) < 0)))
		return;
	if (old)
		HASH_DELETE(by_names, d->newest, old);
	HASH_ADD(by_names, d->newest, names, sizeof(c->names), c);
}

static bool set_path(struct disk *d, struct disk_certificate *c,
		     const Ipc__Candidate *place)
{
	uint8_t *path = arena_dup(d->arena, place->path.data, place->path.len);

	if (!path)
		return false;
	c->path = (ProtobufCBinaryData){place->path.len, path};
	c->changed = place->ctime;
	return true;
}

void disk_add(struct disk *d, const Ipc__Candidate *place,
	      const Ipc__Finding *f)
{
	struct disk_certificate *c = NULL;

	if (!f->facts || f->sha256.len != HASH_SIZE || place->path.len == 0)
		return;
	if (f->facts->is_ca)
		add_authority(d, f->facts);
	if (!disk_is_leaf(f))
		return;
	c = disk_find(d, f->sha256.data);
	if (c) {
		if (sorts_before(&place->path, &c->path))
			set_path(d, c, place);
		return;
	}
	c = arena_alloc(d->arena, sizeof(*c));
	if (!c || !set_path(d, c, place)) {
		d->full = true;
		return;
	}
	memcpy(c->sha256, f->sha256.data, HASH_SIZE);
	c->names = disk_names(f->facts);
	c->not_before = f->facts->not_before;
	HASH_ADD(by_hash, d->all, sha256, HASH_SIZE, c);
	add_newest(d, c);
}

struct disk_certificate *disk_find(const struct disk *d,
				   const uint8_t sha256[static HASH_SIZE])
{
	struct disk_certificate *c = NULL;

	HASH_FIND(by_hash, d->all, sha256, HASH_SIZE, c);
	return c;
}

const struct disk_certificate *disk_newest(const struct disk *d,
					   uint64_t names)
{
	struct disk_certificate *c = NULL;

	HASH_FIND(by_names, d->newest, &names, sizeof(names), c);
	return c;
}

enum disk_issuer disk_issuer(const struct disk *d,
			     const ProtobufCBinaryData *subject)
{
	struct disk_authority *a = NULL;
	uint64_t key;

	if (subject->len != HASH_SIZE)
		return DISK_UNKNOWN;
	key = number(subject->data);
	HASH_FIND(hh, d->authorities, &key, sizeof(key), a);
	if (!a)
		return DISK_UNKNOWN;
	return a->is_root ? DISK_ROOT : DISK_INTERMEDIATE;
}
