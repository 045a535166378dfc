/* SPDX-License-Identifier: Apache-2.0 */
/* BKS, versions 1 and 2, as Bouncy Castle's BcKeyStoreSpi writes it (Android's
 * too): version, salt, iterations, entries up to a zero byte, HMAC-SHA-1.  And
 * UBER, which has the same head and the entries encrypted. */
#include <errno.h>
#include <stdio.h>

#include "agent/format/ber.h"
#include "agent/format/format.h"
#include "agent/format/java.h"
#include "agent/format/keystore.h"
#include "agent/format/pbe.h"
#include "lib/limits.h"

#define MAC_SIZE 20
#define SALT_SIZE 20
#define HEAD_SIZE (3 * 4 + SALT_SIZE)

enum {
	ENTRY_END,
	ENTRY_CERTIFICATE,
	ENTRY_KEY,
	ENTRY_SECRET,
	ENTRY_SEALED,
};

enum {
	KEY_PRIVATE,
	KEY_PUBLIC,
	KEY_SECRET,
};

struct bks {
	struct emit *e;
	struct keystore store;
	struct java in;
	uint32_t version;
};

struct head {
	uint32_t version;
	struct java_bytes salt;
	uint32_t iterations;
};

static struct head read_head(struct java *j)
{
	struct head h = { 0 };

	h.version = java_u32(j);
	h.salt = java_block(j);
	h.iterations = java_u32(j);
	return h;
}

static bool is_head(const struct head *h, const struct java *after)
{
	return !after->failed && h->version >= 1 && h->version <= 2 &&
	       h->salt.len == SALT_SIZE && h->iterations > 0;
}

static bool is_text(struct java_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] < ' ' || b.p[i] == 0x7f)
			return false;
	return true;
}

/* Does an entry begin here: type, alias, date of this century or the last? */
static bool is_entry(struct java j)
{
	uint8_t type = java_u8(&j);
	struct java_bytes alias = { 0 };
	uint64_t date = 0;

	if (type == ENTRY_END)
		return j.left == MAC_SIZE;
	alias = java_utf(&j);
	date = java_u64(&j);
	return !j.failed && type <= ENTRY_SEALED && is_text(alias) &&
	       date < 4102444800000;
}

static enum format_verdict sniff_bks(const uint8_t *head, size_t len,
				     uint64_t size, const char *name)
{
	struct java j = java_of(head, len);
	struct head h = read_head(&j);

	(void)name;
	if (!is_head(&h, &j))
		return FORMAT_NO;
	/* the first block may end before an alias does, but not the type */
	if (size > len && j.left > 0 && *j.p >= ENTRY_CERTIFICATE &&
	    *j.p <= ENTRY_SEALED)
		return FORMAT_YES;
	return is_entry(j) ? FORMAT_YES : FORMAT_NO;
}

static enum format_verdict sniff_uber(const uint8_t *head, size_t len,
				      uint64_t size, const char *name)
{
	struct java j = java_of(head, len);
	struct head h = read_head(&j);

	(void)name;
	/* Bouncy Castle draws 1024 to 2047 rounds; blocks have 16 bytes */
	if (!is_head(&h, &j) || h.version != 1 || h.iterations < 1024 ||
	    h.iterations > 2047 || size <= HEAD_SIZE ||
	    (size - HEAD_SIZE) % 16 != 0)
		return FORMAT_NO;
	return FORMAT_YES;
}

/* The HMAC's key comes from PKCS#12's derivation; version 1 took the number of
 * bytes for one of bits, and thus has two bytes of key. */
static void try_passwords(struct bks *s, const struct head *h,
			  struct ber content)
{
	struct password_try t = { .budget = PBE_BUDGET };
	struct password p = { 0 };
	struct pbe_mac mac = {
		.cost.iterations = h->iterations,
		.digest = "SHA1",
		.salt = ber_of(h->salt.p, h->salt.len),
		.key_len = h->version == 1 ? 2 : MAC_SIZE,
	};

	snprintf(s->store.mac, sizeof(s->store.mac),
		 "HMAC SHA1, %u iterations", h->iterations);
	mac.value = ber_of(content.p + content.left, MAC_SIZE);
	while (!s->store.opened.source &&
	       password_next(&t, h->iterations + pbe_mac_work(content.left),
			     &p))
		if (pbe_mac_verify(&mac, &p, &content) == 0)
			s->store.opened = p;
}

static int emit_certificate(struct bks *s, struct java_bytes alias,
			    unsigned int n, struct java_bytes der)
{
	struct emit_extra extra = { .trust_store = n == 0 };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.len, n);

	if (!entry)
		return -ENOMEM;
	s->store.certificates++;
	return keystore_certificate(s->e, entry, der.p, der.len, &extra);
}

/* ${key}: in clear, or empty; ${leaf}: the first certificate, or empty. */
static int emit_key(struct bks *s, struct java_bytes alias,
		    struct java_bytes key, struct java_bytes leaf)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = { .protection = &protection };
	struct ber spki = { 0 };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.len, 0);

	if (!entry)
		return -ENOMEM;
	ber_certificate_spki(leaf.p, leaf.len, &spki);
	keystore_protection(&s->store, &protection);
	protection.encrypted = key.len == 0;
	s->store.keys++;
	return keystore_private_key(s->e, entry, ber_of(key.p, key.len), spki,
				    &extra);
}

/* A key that is not sealed: only those who know its bytes write such. */
static int parse_clear_key(struct bks *s, struct java_bytes alias,
			   struct java_bytes leaf)
{
	uint8_t type = java_u8(&s->in);
	struct java_bytes der = { 0 };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.len, 0);
	int r = 0;

	java_utf(&s->in);	/* format: PKCS#8, X.509, RAW */
	java_utf(&s->in);	/* algorithm */
	der = java_block(&s->in);
	if (s->in.failed)
		return -EBADMSG;
	if (!entry)
		return -ENOMEM;
	if (type == KEY_PRIVATE)
		return emit_key(s, alias, der, leaf);
	if (type != KEY_PUBLIC) {
		s->store.secrets++;
		return 0;
	}
	r = emit_object(s->e, CW__KIND__KIND_PUBLIC_KEY, entry, der.p, der.len,
			NULL, NULL);
	if (r == -EBADMSG)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
			     "%s: no public key", entry);
	return r;
}

/* What is sealed with its own password: salt, iterations, ciphertext. */
static int parse_sealed(struct bks *s, uint8_t type, struct java_bytes alias,
			struct java_bytes leaf)
{
	struct java_bytes sealed = java_block(&s->in);
	struct java j = java_of(sealed.p, sealed.len);
	uint32_t iterations = 0;

	if (s->in.failed)
		return -EBADMSG;
	if (type == ENTRY_SECRET) {
		s->store.secrets++;
		return 0;
	}
	java_block(&j);
	iterations = java_u32(&j);
	s->store.encrypted = true;
	keystore_scheme(&s->store, "PBEWithSHAAnd3-KeyTripleDES-CBC",
			iterations);
	if (leaf.len > 0)
		return emit_key(s, alias, (struct java_bytes){ 0 }, leaf);
	/* without a chain nobody can tell what kind of key it is */
	s->store.locked++;
	s->store.may_hold_keys = true;
	return 0;
}

static struct java_bytes take_certificate(struct bks *s)
{
	java_utf(&s->in);	/* type: X.509 */
	return java_block(&s->in);
}

static int parse_chain(struct bks *s, struct java_bytes alias,
		       struct java_bytes *ret_leaf)
{
	uint32_t n = java_u32(&s->in);
	struct java_bytes leaf = { .p = (const uint8_t *)"" };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n; i++) {
		struct java_bytes der = take_certificate(s);

		if (s->in.failed)
			return -EBADMSG;
		if (i == 0)
			leaf = der;
		r = emit_certificate(s, alias, i + 1, der);
	}
	*ret_leaf = leaf;
	return r;
}

static int parse_entry(struct bks *s, uint8_t type)
{
	struct java_bytes alias = java_utf(&s->in);
	struct java_bytes leaf = { 0 };
	struct java_bytes der = { 0 };
	char *text = keystore_entry(&s->store.arena, alias.p, alias.len, 0);
	int r = 0;

	java_u64(&s->in);
	if (s->in.failed)
		return -EBADMSG;
	if (!text)
		return -ENOMEM;
	keystore_alias(&s->store, text);
	r = parse_chain(s, alias, &leaf);
	if (r < 0)
		return r;
	switch (type) {
	case ENTRY_CERTIFICATE:
		der = take_certificate(s);
		return s->in.failed ? -EBADMSG :
		       emit_certificate(s, alias, 0, der);
	case ENTRY_KEY:
		return parse_clear_key(s, alias, leaf);
	case ENTRY_SECRET:
	case ENTRY_SEALED:
		return parse_sealed(s, type, alias, leaf);
	default:
		return -EBADMSG;
	}
}

static int parse_store(struct bks *s, size_t len)
{
	struct head h = read_head(&s->in);
	unsigned int n = 0;
	uint8_t type = 0;
	int r = 0;

	if (!is_head(&h, &s->in))
		return -EBADMSG;
	if (s->in.left > MAC_SIZE)
		try_passwords(s, &h, ber_of(s->in.p,
					    s->in.left - MAC_SIZE));
	while (r == 0 && (type = java_u8(&s->in)) != ENTRY_END) {
		n++;
		r = parse_entry(s, type);
		arena_reset(&s->store.arena);
	}
	if (r == -EBADMSG || (r == 0 && s->in.left != MAC_SIZE))
		r = emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
			     "cut off or broken after %u entries, %zu of %zu "
			     "bytes left", n, s->in.left, len);
	return r < 0 ? r : keystore_emit(&s->store, s->e);
}

static int parse_bks_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct bks s = { .e = e, .in = java_of(data, len) };
	int r = 0;

	keystore_init(&s.store);
	r = parse_store(&s, len);
	keystore_free(&s.store);
	return r;
}

static int parse_bks(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bks_bytes);
}

static int parse_uber(const struct source *s, struct emit *e)
{
	struct java j = java_of(s->head, s->head_len);
	struct head h = read_head(&j);
	struct keystore store;
	int r = 0;

	if (!is_head(&h, &j))
		return -EBADMSG;
	keystore_init(&store);
	store.encrypted = true;
	store.locked = 1;
	store.may_hold_keys = true;
	keystore_scheme(&store, "PBEWithSHAAndTwofish-CBC", h.iterations);
	r = keystore_emit(&store, e);
	keystore_free(&store);
	return r;
}

const struct format format_bks = {
	.name = "bks",
	.description = "Bouncy Castle keystore (BKS), also Android's",
	.sniff = sniff_bks,
	.parse = parse_bks,
};

const struct format format_uber = {
	.name = "uber",
	.description = "Bouncy Castle keystore (UBER): recognised, locked",
	.sniff = sniff_uber,
	.parse = parse_uber,
};
