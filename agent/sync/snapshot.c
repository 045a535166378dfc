/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/snapshot.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sync/wire.h"
#include "lib/limits.h"
#include "lib/message.h"

/* Numbers of the fields of cw.Snapshot and cw.Object. */
enum { EPOCH = 1, GENERATION, DIGEST, LOCATIONS, OBJECTS, COVERAGE };
enum { OBJECT_SHA256 = 1, OBJECT_KIND, OBJECT_DER };

#define PENDING KIB(64)

static int flush(struct snapshot_writer *w)
{
	int r = replace_write(&w->file, w->pending.data, w->pending.len);

	buf_reset(&w->pending);
	return r;
}

/* Memory stays small: what does not fit goes to the file first. */
static int put(struct snapshot_writer *w, const void *data, size_t len)
{
	int r = 0;

	if (w->bytes + len > LIMIT_SNAPSHOT)
		return -EFBIG;
	w->bytes += len;
	if (len > PENDING - w->pending.len)
		r = flush(w);
	if (r < 0)
		return r;
	if (len > PENDING)
		return replace_write(&w->file, data, len);
	return buf_add(&w->pending, data, len);
}

static int put_field(struct snapshot_writer *w, uint32_t number,
		     const void *data, size_t len)
{
	uint8_t header[WIRE_HEADER];
	int r = put(w, header, wire_header(header, number, len));

	return r < 0 ? r : put(w, data, len);
}

int snapshot_begin(struct snapshot_writer *w, const char *path)
{
	int r;

	snapshot_abort(w);
	*w = (struct snapshot_writer){0};
	r = replace_open(&w->file, path, 0600);
	if (r < 0)
		return r;
	buf_init(&w->pending, PENDING);
	w->open = true;
	return 0;
}

static int put_object(struct snapshot_writer *w, const Cw__Object *o)
{
	struct buf b;
	int r;

	buf_init(&b, LIMIT_DER + KIB(1));
	r = wire_put_bytes(&b, OBJECT_SHA256, o->sha256.data, o->sha256.len);
	if (r == 0)
		r = wire_put_varint(&b, OBJECT_KIND, (uint64_t)o->kind);
	if (r == 0)
		r = wire_put_bytes(&b, OBJECT_DER, o->der.data, o->der.len);
	if (r == 0)
		r = put_field(w, OBJECTS, b.data, b.len);
	buf_free(&b);
	return r;
}

int snapshot_add(struct snapshot_writer *w, const uint8_t *location, size_t len,
		 const Cw__Object *object)
{
	uint8_t hash[HASH_SIZE];
	int r;

	assert(w->open);
	if (len > SNAPSHOT_LOCATION) {
		w->too_large++;
		return -EMSGSIZE;
	}
	hash_sha256(location, len, hash);
	r = hashset_add(&w->locations, hash);
	if (r <= 0)
		return r;
	set_digest_add(&w->digest, hash);
	r = put_field(w, LOCATIONS, location, len);
	return r < 0 || !object ? r : snapshot_add_object(w, object);
}

int snapshot_add_object(struct snapshot_writer *w, const Cw__Object *object)
{
	int r;

	if (object->sha256.len != HASH_SIZE || object->der.len == 0 ||
	    object->der.len > LIMIT_DER)
		return 0;
	r = hashset_add(&w->objects, object->sha256.data);
	return r <= 0 ? r : put_object(w, object);
}

static int put_packed(struct snapshot_writer *w, const Cw__Coverage *c)
{
	struct buf packed;
	int r;

	buf_init(&packed, SNAPSHOT_COVERAGE);
	r = message_pack(&packed, &c->base);
	if (r == 0)
		r = put_field(w, COVERAGE, packed.data, packed.len);
	buf_free(&packed);
	return r;
}

/* The counts stay whole when the list of gaps has to be cut. */
static int put_coverage(struct snapshot_writer *w, const Cw__Coverage *coverage)
{
	static char shortened[] = "list of gaps shortened to fit a report";
	char too_large[80];
	Cw__Coverage c = *coverage;
	char **notes = calloc(c.n_notes + 2, sizeof(*notes));
	int r;

	if (!notes)
		return -ENOMEM;
	for (size_t i = 0; i < c.n_notes; i++)
		notes[i] = c.notes[i];
	c.notes = notes;
	if (w->too_large > 0) {
		snprintf(too_large, sizeof(too_large),
			 "locations too large to report: %llu",
			 (unsigned long long)w->too_large);
		notes[c.n_notes++] = too_large;
	}
	if (cw__coverage__get_packed_size(&c) > SNAPSHOT_COVERAGE)
		notes[c.n_notes++] = shortened;
	while (c.n_gaps > 0 &&
	       cw__coverage__get_packed_size(&c) > SNAPSHOT_COVERAGE)
		c.n_gaps /= 2;
	r = put_packed(w, &c);
	free(notes);
	return r;
}

int snapshot_commit(struct snapshot_writer *w, uint64_t epoch,
		    uint64_t generation, const Cw__Coverage *coverage)
{
	struct buf head;
	int r = 0;

	assert(w->open);
	buf_init(&head, 256);
	if (coverage)
		r = put_coverage(w, coverage);
	wire_put_fixed64(&head, EPOCH, epoch);
	wire_put_varint(&head, GENERATION, generation);
	wire_put_bytes(&head, DIGEST, w->digest.sum, HASH_SIZE);
	if (r == 0)
		r = head.failed ? -ENOMEM : put(w, head.data, head.len);
	if (r == 0)
		r = flush(w);
	if (r == 0)
		r = replace_commit(&w->file);
	buf_free(&head);
	snapshot_abort(w);
	return r;
}

void snapshot_abort(struct snapshot_writer *w)
{
	if (w->open)
		replace_abort(&w->file);
	buf_free(&w->pending);
	hashset_free(&w->locations);
	hashset_free(&w->objects);
	w->open = false;
}

/* ------------------------------------------------------------- reading */

static int map_file(int fd, struct snapshot *s)
{
	struct stat st = {0};
	void *p = NULL;
	int r = 0;

	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if ((uint64_t)st.st_size > LIMIT_SNAPSHOT)
		r = -EFBIG;
	if (r == 0 && st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
			 0);
		if (p == MAP_FAILED)
			r = -errno;
	}
	if (r < 0)
		return r;
	s->data = p;
	s->len = (size_t)st.st_size;
	return 0;
}

static int map(const char *path, struct snapshot *s)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	r = map_file(fd, s);
	close(fd);
	return r;
}

static bool is_span(const struct wire_field *f, uint32_t number)
{
	return f->number == number && f->type == WIRE_BYTES;
}

static int read_coverage(struct snapshot *s, const struct wire_field *f)
{
	Cw__Coverage *c;

	if (f->len > LIMIT_FRAME)
		return -EBADMSG;
	c = cw__coverage__unpack(NULL, f->len, f->data);
	if (!c)
		return -EBADMSG;
	s->coverage = (struct snapshot_span){f->data, f->len};
	s->started = c->started;
	cw__coverage__free_unpacked(c, NULL);
	return 0;
}

static const char *read_field(struct snapshot *s, const struct wire_field *f,
			      struct set_digest *sum, bool *digest)
{
	uint8_t hash[HASH_SIZE];

	if (f->number == EPOCH && f->type == WIRE_FIXED64) {
		s->epoch = f->value;
	} else if (f->number == GENERATION && f->type == WIRE_VARINT) {
		s->generation = f->value;
	} else if (is_span(f, DIGEST)) {
		if (f->len != HASH_SIZE)
			return "digest is not 32 bytes";
		memcpy(s->digest, f->data, HASH_SIZE);
		*digest = true;
	} else if (is_span(f, LOCATIONS)) {
		if (f->len > SNAPSHOT_LOCATION)
			return "location too large";
		hash_sha256(f->data, f->len, hash);
		set_digest_add(sum, hash);
		s->locations++;
	} else if (is_span(f, COVERAGE) && read_coverage(s, f) < 0) {
		return "coverage is malformed";
	}
	return NULL;
}

static const char *check(struct snapshot *s)
{
	const uint8_t *at = s->data, *end = NULL;
	struct set_digest sum = {0};
	struct wire_field f = {0};
	const char *why = NULL;
	bool digest = false;
	int r = 1;

	if (s->len == 0)
		return "empty file";
	end = s->data + s->len;
	while (r > 0 && !why) {
		r = wire_next(&at, end, &f);
		if (r > 0)
			why = read_field(s, &f, &sum, &digest);
	}
	if (r < 0)
		return "not a whole protobuf message";
	if (!why && !digest)
		return "no digest: cut short";
	if (!why && memcmp(sum.sum, s->digest, HASH_SIZE) != 0)
		return "digest does not fit the locations";
	return why;
}

int snapshot_open(const char *path, struct snapshot *ret, const char **ret_why)
{
	struct snapshot s = {0};
	const char *why = NULL;
	int r = map(path, &s);

	if (r < 0)
		return r;
	why = check(&s);
	if (why) {
		snapshot_close(&s);
		*ret_why = why;
		return -EBADMSG;
	}
	*ret = s;
	return 0;
}

int snapshot_reread(struct snapshot_writer *w, struct snapshot *ret)
{
	struct snapshot s = {0};
	int r = flush(w);

	if (r == 0)
		r = map_file(w->file.fd, &s);
	if (r == 0)
		*ret = s;
	return r;
}

void snapshot_close(struct snapshot *s)
{
	if (s->data)
		munmap((void *)(uintptr_t)s->data, s->len);
	*s = (struct snapshot){0};
}

static bool next_span(const struct snapshot *s, uint32_t number, size_t *at,
		      struct snapshot_span *ret)
{
	const uint8_t *p = s->data + *at, *end = s->data + s->len;
	struct wire_field f = {0};

	while (*at < s->len && wire_next(&p, end, &f) > 0) {
		*at = (size_t)(p - s->data);
		if (!is_span(&f, number))
			continue;
		*ret = (struct snapshot_span){f.data, f.len};
		return true;
	}
	return false;
}

bool snapshot_location(const struct snapshot *s, size_t *at,
		       struct snapshot_span *ret)
{
	return next_span(s, LOCATIONS, at, ret);
}

bool snapshot_object(const struct snapshot *s, size_t *at,
		     struct snapshot_span *ret)
{
	return next_span(s, OBJECTS, at, ret);
}

static int object_field(const struct snapshot_span *object, uint32_t number,
			struct snapshot_span *ret)
{
	const uint8_t *at = object->data, *end = at + object->len;
	struct wire_field f = {0};

	while (wire_next(&at, end, &f) > 0) {
		if (!is_span(&f, number))
			continue;
		*ret = (struct snapshot_span){f.data, f.len};
		return 0;
	}
	return -EBADMSG;
}

int snapshot_object_hash(const struct snapshot_span *object,
			 uint8_t ret[static HASH_SIZE])
{
	struct snapshot_span hash = {0};

	if (object_field(object, OBJECT_SHA256, &hash) < 0 ||
	    hash.len != HASH_SIZE)
		return -EBADMSG;
	memcpy(ret, hash.data, HASH_SIZE);
	return 0;
}

bool snapshot_object_is_whole(const struct snapshot_span *object)
{
	uint8_t stated[HASH_SIZE], hash[HASH_SIZE];
	struct snapshot_span der = {0};

	if (snapshot_object_hash(object, stated) < 0 ||
	    object_field(object, OBJECT_DER, &der) < 0 || der.len == 0 ||
	    der.len > LIMIT_DER)
		return false;
	hash_sha256(der.data, der.len, hash);
	return memcmp(hash, stated, HASH_SIZE) == 0;
}
