/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/match.h"

#include <string.h>

#include <uthash.h>

#include "lib/limits.h"

#define SPOTS_MAX 1000	/* looked at for one key */

struct match_spot {
	struct match_spot *next;
	ProtobufCBinaryData path;
};

struct match_known {
	uint8_t spki[HASH_SIZE];
	struct match_spot *spots;
	UT_hash_handle hh;
};

void match_init(struct match *m)
{
	*m = (struct match){.known = NULL};
	arena_init(&m->arena, LIMIT_MATCH_BYTES);
}

void match_free(struct match *m)
{
	HASH_CLEAR(hh, m->known);
	arena_free(&m->arena);
	match_init(m);
}

static struct match_known *find(struct match *m,
				const uint8_t spki[static HASH_SIZE])
{
	struct match_known *k = NULL;

	HASH_FIND(hh, m->known, spki, HASH_SIZE, k);
	return k;
}

static bool remember(struct match *m, const uint8_t spki[static HASH_SIZE],
		     const ProtobufCBinaryData *path)
{
	struct match_known *k = find(m, spki);
	struct match_spot *s;

	/* the next certificate of a bundle, or the same once more */
	if (k && k->spots->path.len == path->len &&
	    memcmp(k->spots->path.data, path->data, path->len) == 0)
		return true;
	s = arena_alloc(&m->arena, sizeof(*s));
	if (!s)
		return false;
	s->path.data = arena_dup(&m->arena, path->data, path->len);
	s->path.len = path->len;
	if (!s->path.data)
		return false;
	if (!k) {
		k = arena_alloc(&m->arena, sizeof(*k));
		if (!k)
			return false;
		memcpy(k->spki, spki, HASH_SIZE);
		HASH_ADD(hh, m->known, spki, HASH_SIZE, k);
	}
	s->next = k->spots;
	k->spots = s;
	return true;
}

/* The hash of its public key, or NULL: the object of a private key is that key,
 * all else has it among its facts. */
static const uint8_t *spki_of(const Ipc__Finding *f)
{
	const ProtobufCBinaryData *spki = &f->sha256;

	if (f->kind != CW__KIND__KIND_PRIVATE_KEY)
		spki = f->facts ? &f->facts->spki_sha256 : NULL;
	return spki && spki->len == HASH_SIZE ? spki->data : NULL;
}

void match_certificate(struct match *m, const Ipc__Finding *f,
		       const ProtobufCBinaryData *path)
{
	const uint8_t *spki = spki_of(f);

	if (spki && !remember(m, spki, path))
		m->full = true;
}

bool match_defer(struct match *m, const Ipc__Candidate *place,
		 const Ipc__Finding *f)
{
	if (!spki_of(f))
		return false;
	if (waiting_add(&m->keys, &m->arena, place, f))
		return true;
	m->full = true;
	return false;
}

/* Bytes of a path up to its last slash. */
static size_t folder(const ProtobufCBinaryData *path)
{
	const uint8_t *slash = memrchr(path->data, '/', path->len);

	return slash ? (size_t)(slash - path->data) : 0;
}

/* Of two that are equally near the one that sorts first: threads decide which
 * was found first, and an unchanged host must not look changed. */
static bool sorts_before(const ProtobufCBinaryData *a,
			 const ProtobufCBinaryData *b)
{
	int r = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

	return r != 0 ? r < 0 : a->len < b->len;
}

static const char *relation(const ProtobufCBinaryData *key,
			    const ProtobufCBinaryData *certificate)
{
	size_t n = folder(key);
	bool files = key->len > 0 && key->data[0] == '/';

	if (key->len == certificate->len &&
	    memcmp(key->data, certificate->data, key->len) == 0)
		return "same-file";
	/* the other place may be a token's URI */
	if (files && n == folder(certificate) && certificate->data[0] == '/' &&
	    memcmp(key->data, certificate->data, n) == 0)
		return "neighbour";
	return "elsewhere";
}

/* The nearest certificate. */
static const char *nearest(struct match *m, const Ipc__Finding *f,
			   const ProtobufCBinaryData *path,
			   const ProtobufCBinaryData **ret)
{
	const uint8_t *spki = spki_of(f);
	const struct match_known *known = spki ? find(m, spki) : NULL;
	const char *none = m->full ? "unknown" : "none", *best = none;
	unsigned int n = 0;

	for (const struct match_spot *s = known ? known->spots : NULL;
	     s && n++ < SPOTS_MAX; s = s->next) {
		const char *r = relation(path, &s->path);

		if (best == none || strcmp(r, "same-file") == 0 ||
		    (strcmp(r, "neighbour") == 0 &&
		     strcmp(best, "elsewhere") == 0) ||
		    (strcmp(r, best) == 0 && sorts_before(&s->path, *ret))) {
			best = r;
			*ret = &s->path;
		}
	}
	return best;
}

struct handing {
	struct match *match;
	match_take *take;
	void *arg;
};

static int hand_out(void *arg, const Ipc__Candidate *place,
		    const Ipc__Finding *f)
{
	static const ProtobufCBinaryData none;
	const struct handing *h = arg;
	const ProtobufCBinaryData *path = &none;
	const char *matches = nearest(h->match, f, &place->path, &path);

	return h->take(h->arg, place, f, matches,
		       strcmp(matches, "same-file") == 0 ? &none : path);
}

int match_keys(struct match *m, match_take *take, void *arg)
{
	struct handing h = {m, take, arg};
	int r = waiting_each(&m->keys, hand_out, &h);

	match_free(m);
	return r;
}
