/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/key_locked.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "agent/format/key.h"
#include "agent/format/pbe.h"
#include "lib/hash.h"
#include "lib/limits.h"

struct locked {
	struct ber algorithm;	/* AlgorithmIdentifier; empty: RFC 1421 */
	const char *info;	/* of DEK-Info */
	struct ber data;
	bool none_differs;	/* PKCS#12 knows none and an empty password */
	uint64_t work;		/* rounds a password; 0: none is tried */
	uint8_t hash[HASH_SIZE];	/* of the whole */
};

/* ------------------------------------------------------- what did not fit */

/* Keys are copied from file to file; what was tried in vain is known by a hash
 * over key and password, the latest that fell on its place. */
static uint64_t tried[1024];
#define TRIED (sizeof(tried) / sizeof(tried[0]))

static uint64_t *tried_place(const struct locked *l, const struct password *p,
			     uint64_t *ret_hash)
{
	uint8_t text[HASH_SIZE + LIMIT_PASSWORD];
	uint8_t hash[HASH_SIZE];
	uint64_t n = 0;

	memcpy(text, l->hash, HASH_SIZE);
	if (p->len > 0)
		memcpy(text + HASH_SIZE, p->text, p->len);
	hash_sha256(text, HASH_SIZE + p->len, hash);
	OPENSSL_cleanse(text, HASH_SIZE + p->len);
	memcpy(&n, hash, sizeof(n));
	*ret_hash = n;
	return &tried[n % TRIED];
}

/* ----------------------------------------------------------------- trying */

static int decrypt(const struct locked *l, const struct password *p,
		   struct buf *out)
{
	if (l->algorithm.left > 0)
		return pbe_decrypt(&l->algorithm, p, &l->data, out);
	return pbe_pem_decrypt(l->info, p, &l->data, out);
}

/* Decrypts and emits: 0; -EKEYREJECTED; -ENOTSUP; other negative: stop. */
static int open_with(struct emit *e, const char *entry, const struct locked *l,
		     const struct password *p, Cw__Protection *protection)
{
	static const char *const flags[] = { "well-known-password", NULL };
	struct emit_extra extra = { .protection = protection };
	struct buf plain;
	int r = 0;

	/* a block more than there is: libcrypto cuts the padding off later */
	buf_init(&plain, l->data.left + 64);
	r = decrypt(l, p, &plain);
	if (r == 0) {
		protection->opened_by = (char *)(uintptr_t)p->source;
		protection->well_known_password = p->well_known;
		if (p->well_known)
			extra.flags = flags;
		/* padding is right by chance once in 256 times */
		r = key_emit_der(e, entry, plain.data, plain.len, &extra);
		r = r == -EBADMSG ? -EKEYREJECTED : r;
	}
	buf_free_secret(&plain);
	return r;
}

/* All passwords, until one fits: as open_with(). */
static int open_any(struct emit *e, const char *entry, const struct locked *l,
		    Cw__Protection *protection)
{
	struct password_try t = { .budget = PBE_BUDGET - e->unlock_work };
	Cw__Protection locked = *protection;
	struct password p = { 0 };
	int r = -EKEYREJECTED;

	while (r == -EKEYREJECTED && password_next(&t, l->work, &p)) {
		uint64_t hash = 0, *place = tried_place(l, &p, &hash);

		if ((!p.text && !l->none_differs) || *place == hash) {
			t.budget += l->work;
			continue;
		}
		r = open_with(e, entry, l, &p, protection);
		if (r == -EKEYREJECTED && p.text)
			*place = hash;
	}
	e->unlock_work = PBE_BUDGET - t.budget;
	if (r == -EKEYREJECTED)
		*protection = locked;
	return r;
}

static int emit_either(struct emit *e, const char *entry,
		       const struct locked *l, Cw__Protection *protection)
{
	struct emit_extra extra = { .protection = protection };
	int r = -EKEYREJECTED;

	protection->encrypted = true;
	if (l->work > 0 && l->data.left > 0 && l->data.left <= KEY_MAX)
		r = open_any(e, entry, l, protection);
	if (r != -EKEYREJECTED && r != -ENOTSUP)
		return r;
	return emit_private_key(e, entry, NULL, 0, &extra);
}

int key_locked_emit(struct emit *e, const char *entry, const uint8_t *der,
		    size_t len)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct locked l = { .info = "" };
	struct ber b = ber_of(der, len);
	struct ber_item algorithm = { 0 };
	struct pbe cost = { 0 };

	if (len < 16 || len > LIMIT_DER ||
	    ber_enter(&b, BER_SEQUENCE, &b) < 0 ||
	    ber_take(&b, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&b, BER_OCTETS, &l.data) < 0)
		return -EBADMSG;
	l.algorithm = algorithm.whole;
	if (pbe_describe(&l.algorithm, &cost) == 0 && cost.iterations > 0 &&
	    cost.work <= PBE_BUDGET)
		l.work = cost.work + pbe_cipher_work(l.data.left);
	l.none_differs = strncmp(cost.scheme, "PBE-", 4) == 0;
	hash_sha256(der, len, l.hash);
	protection.scheme = cost.scheme;
	protection.iterations = cost.iterations;
	return emit_either(e, entry, &l, &protection);
}

int key_locked_emit_pem(struct emit *e, const char *entry, const char *info,
			const uint8_t *data, size_t len)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct locked l = { .info = info, .data = ber_of(data, len) };
	uint8_t both[HASH_SIZE + PBE_INFO_MAX] = { 0 };
	char scheme[PBE_INFO_MAX] = "";

	if (strlen(info) >= PBE_INFO_MAX)
		return -EBADMSG;
	l.work = *info ? 1 + pbe_cipher_work(len) : 0;
	/* the salt stands in the header */
	hash_sha256(data, len, both);
	memcpy(both + HASH_SIZE, info, strlen(info));
	hash_sha256(both, sizeof(both), l.hash);
	snprintf(scheme, sizeof(scheme), "%.*s", (int)strcspn(info, ","), info);
	protection.scheme = scheme;
	return emit_either(e, entry, &l, &protection);
}
