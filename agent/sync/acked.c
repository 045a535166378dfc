/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/acked.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/limits.h"
#include "lib/message.h"
#include "proto/certwalk.pb-c.h"

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

static bool is_distinct(const uint8_t *hashes, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (memcmp(hashes + (i - 1) * HASH_SIZE, hashes + i * HASH_SIZE,
			   HASH_SIZE) == 0)
			return false;
	}
	return true;
}

/* Steals the hashes of ${m}. */
static const char *take(Cw__Acknowledged *m, struct acked *ret)
{
	struct acked a = {.epoch = m->epoch, .generation = m->generation,
			  .coverage_started = m->coverage_started};

	if (m->digest.len != HASH_SIZE)
		return "digest is not 32 bytes";
	if (m->hashes.len % HASH_SIZE != 0)
		return "hashes are not of 32 bytes each";
	a.hashes = m->hashes.data;
	a.count = m->hashes.len / HASH_SIZE;
	if (a.count > 0)
		qsort(a.hashes, a.count, HASH_SIZE, compare);
	if (!is_distinct(a.hashes, a.count))
		return "same hash twice";
	for (size_t i = 0; i < a.count; i++)
		set_digest_add(&a.digest, a.hashes + i * HASH_SIZE);
	if (memcmp(a.digest.sum, m->digest.data, HASH_SIZE) != 0)
		return "digest does not fit the hashes";
	if (m->host_sha256.len == HASH_SIZE)
		memcpy(a.host, m->host_sha256.data, HASH_SIZE);
	m->hashes = (ProtobufCBinaryData){0};
	*ret = a;
	return NULL;
}

int acked_load(const char *path, struct acked *ret, const char **ret_why)
{
	Cw__Acknowledged *m = NULL;
	const char *why = NULL;
	struct buf b;
	int r;

	buf_init(&b, LIMIT_SNAPSHOT);
	r = file_read(path, &b);
	if (r == 0) {
		if (b.len > 0)
			m = cw__acknowledged__unpack(NULL, b.len, b.data);
		why = m ? take(m, ret) : b.len ? "not a protobuf message" :
			"empty file";
		if (m)
			cw__acknowledged__free_unpacked(m, NULL);
	}
	buf_free(&b);
	if (!why)
		return r;
	*ret_why = why;
	return -EBADMSG;
}

int acked_store(const char *path, const struct acked *a)
{
	Cw__Acknowledged m = CW__ACKNOWLEDGED__INIT;
	struct set_digest digest = a->digest;
	uint8_t host[HASH_SIZE];
	struct buf packed;
	int r;

	memcpy(host, a->host, HASH_SIZE);
	m.epoch = a->epoch;
	m.generation = a->generation;
	m.digest = (ProtobufCBinaryData){HASH_SIZE, digest.sum};
	m.hashes = (ProtobufCBinaryData){a->count * HASH_SIZE, a->hashes};
	m.coverage_started = a->coverage_started;
	m.host_sha256 = (ProtobufCBinaryData){HASH_SIZE, host};
	buf_init(&packed, LIMIT_SNAPSHOT);
	r = message_pack(&packed, &m.base);
	if (r == 0)
		r = file_replace(path, 0600, packed.data, packed.len);
	buf_free(&packed);
	return r;
}

void acked_free(struct acked *a)
{
	free(a->hashes);
	*a = (struct acked){0};
}

ssize_t acked_index(const struct acked *a,
		    const uint8_t hash[static HASH_SIZE])
{
	const uint8_t *p = NULL;

	if (a->count > 0)
		p = bsearch(hash, a->hashes, a->count, HASH_SIZE, compare);
	return p ? (p - a->hashes) / HASH_SIZE : -1;
}

int acked_apply(struct acked *a, const uint8_t *removed, size_t removed_count,
		const uint8_t *added, size_t added_count)
{
	size_t count = a->count - removed_count + added_count, n = 0;
	uint8_t *next = malloc(count * HASH_SIZE + 1);

	assert(removed_count <= a->count);
	if (!next)
		return -ENOMEM;
	for (size_t i = 0, r = 0; i < a->count; i++) {
		uint8_t *hash = a->hashes + i * HASH_SIZE;

		if (r < removed_count &&
		    compare(removed + r * HASH_SIZE, hash) == 0) {
			set_digest_sub(&a->digest, hash);
			r++;
		} else {
			memcpy(next + n++ * HASH_SIZE, hash, HASH_SIZE);
		}
	}
	for (size_t i = 0; i < added_count; i++) {
		set_digest_add(&a->digest, added + i * HASH_SIZE);
		memcpy(next + n++ * HASH_SIZE, added + i * HASH_SIZE,
		       HASH_SIZE);
	}
	assert(n == count);
	if (count > 0)
		qsort(next, count, HASH_SIZE, compare);
	free(a->hashes);
	a->hashes = next;
	a->count = count;
	return 0;
}
