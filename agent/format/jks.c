/* SPDX-License-Identifier: Apache-2.0 */
/* JKS and JCEKS, as sun.security.provider.JavaKeyStore and
 * com.sun.crypto.provider.JceKeyStore write them: magic, version, number of
 * entries, the entries, SHA-1 over password, a constant and all before it. */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "agent/format/ber.h"
#include "agent/format/format.h"
#include "agent/format/java.h"
#include "agent/format/keystore.h"
#include "agent/format/pbe.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define MAGIC_JKS 0xfeedfeedu
#define MAGIC_JCEKS 0xcecececeu
#define DIGEST_SIZE 20
#define SHORTEST_ENTRY 18	/* tag, empty alias, date, empty block */

enum {
	ENTRY_KEY = 1,
	ENTRY_CERTIFICATE = 2,
	ENTRY_SECRET = 3,	/* JCEKS only */
};

struct jks {
	struct emit *e;
	struct keystore store;
	struct java in;
	uint32_t version;
};

static uint32_t magic_of(const uint8_t *p, size_t len)
{
	struct java j = java_of(p, len);

	return java_u32(&j);
}

static enum format_verdict sniff_jks(const uint8_t *head, size_t len,
				     uint64_t size, const char *name)
{
	(void)size;
	(void)name;
	return magic_of(head, len) == MAGIC_JKS ? FORMAT_YES : FORMAT_NO;
}

static enum format_verdict sniff_jceks(const uint8_t *head, size_t len,
				       uint64_t size, const char *name)
{
	(void)size;
	(void)name;
	return magic_of(head, len) == MAGIC_JCEKS ? FORMAT_YES : FORMAT_NO;
}

/* Appends the password as Java has it in memory: UTF-16, big-endian. */
static int add_utf16(struct buf *b, const struct password *p)
{
	const uint8_t *s = (const uint8_t *)p->text;

	for (size_t i = 0, n = 0; i < p->len; i += n) {
		uint32_t c = 0;

		n = utf8_length(s + i, p->len - i);
		if (n == 0)
			return -EILSEQ;
		c = n == 1 ? s[i] : s[i] & (0x7fu >> n);
		for (size_t k = 1; k < n; k++)
			c = c << 6 | (s[i + k] & 0x3f);
		if (c >= 0x10000) {
			c -= 0x10000;
			buf_addch(b, (char)(0xd8 | c >> 18));
			buf_addch(b, (char)(c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		buf_addch(b, (char)(c >> 8));
		buf_addch(b, (char)c);
	}
	return b->failed ? -ENOBUFS : 0;
}

static bool fits(const struct password *p, const uint8_t *data, size_t len,
		 const uint8_t *digest)
{
	static const char constant[] = "Mighty Aphrodite";
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t made[EVP_MAX_MD_SIZE];
	struct buf wide;
	bool yes = false;

	buf_init(&wide, KIB(64));
	if (c && add_utf16(&wide, p) == 0 &&
	    EVP_DigestInit_ex(c, EVP_sha1(), NULL) &&
	    EVP_DigestUpdate(c, wide.data, wide.len) &&
	    EVP_DigestUpdate(c, constant, sizeof(constant) - 1) &&
	    EVP_DigestUpdate(c, data, len) &&
	    EVP_DigestFinal_ex(c, made, NULL))
		yes = CRYPTO_memcmp(made, digest, DIGEST_SIZE) == 0;
	buf_free_secret(&wide);
	EVP_MD_CTX_free(c);
	return yes;
}

static void try_passwords(struct keystore *store, const uint8_t *data,
			  size_t len)
{
	struct password_try t = { .budget = PBE_BUDGET };
	struct password p = { 0 };

	if (len < DIGEST_SIZE)
		return;
	len -= DIGEST_SIZE;
	while (!store->opened.source &&
	       password_next(&t, pbe_mac_work(len), &p))
		if (p.text && fits(&p, data, len, data + len))
			store->opened = p;
}

/* How the key's bytes are protected: PKCS#8 with an algorithm of Sun's own. */
static void note_scheme(struct keystore *store, struct java_bytes key)
{
	struct ber b = ber_of(key.p, key.len);
	struct ber algorithm = { 0 };
	struct ber oid = { 0 };
	struct ber_item salt = { 0 };
	uint64_t iterations = 0;

	if (ber_enter(&b, BER_SEQUENCE, &b) < 0 ||
	    ber_enter(&b, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&algorithm, BER_OID, &oid) < 0)
		return;
	if (BER_IS(&oid, "\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01")) {
		keystore_scheme(store, "JKS SHA-1 stream", 1);
	} else if (BER_IS(&oid, "\x2b\x06\x01\x04\x01\x2a\x02\x13\x01")) {
		if (ber_enter(&algorithm, BER_SEQUENCE, &algorithm) == 0 &&
		    ber_take(&algorithm, BER_OCTETS, &salt) == 0)
			ber_unsigned(&algorithm, &iterations);
		keystore_scheme(store, "JCEKS PBEWithMD5AndTripleDES",
				iterations);
	}
}

/* Certificate, after its type, which version 1 does not write. */
static struct java_bytes take_certificate(struct jks *s)
{
	if (s->version == 2)
		java_utf(&s->in);
	return java_block(&s->in);
}

static int emit_certificate(struct jks *s, struct java_bytes alias,
			    unsigned int n, struct java_bytes der, bool trusted)
{
	struct emit_extra extra = { .trust_store = trusted };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.len, n);

	if (!entry)
		return -ENOMEM;
	s->store.certificates++;
	return keystore_certificate(s->e, entry, der.p, der.len, &extra);
}

static int emit_key(struct jks *s, struct java_bytes alias,
		    struct java_bytes leaf)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = { .protection = &protection };
	struct ber spki = { 0 };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.len, 0);

	if (!entry)
		return -ENOMEM;
	ber_certificate_spki(leaf.p, leaf.len, &spki);
	keystore_protection(&s->store, &protection);
	return emit_private_key(s->e, entry, spki.p, spki.left, &extra);
}

static int parse_key(struct jks *s, struct java_bytes alias)
{
	struct java_bytes key = java_block(&s->in);
	uint32_t chain = java_u32(&s->in);
	struct java_bytes leaf = { .p = (const uint8_t *)"" };
	int r = 0;

	if (s->in.failed)
		return -EBADMSG;
	s->store.keys++;
	s->store.encrypted = true;
	note_scheme(&s->store, key);
	for (uint32_t i = 0; r == 0 && i < chain; i++) {
		struct java_bytes der = take_certificate(s);

		if (s->in.failed)
			break;
		if (i == 0)
			leaf = der;
		r = emit_certificate(s, alias, i + 1, der, false);
	}
	if (r == 0)
		r = emit_key(s, alias, leaf);
	return r == 0 && s->in.failed ? -EBADMSG : r;
}

/* Could an entry of this store begin here? */
static bool plausible(const struct jks *s, struct java at)
{
	uint32_t tag = java_u32(&at);
	struct java_bytes alias = java_utf(&at);
	uint64_t date = java_u64(&at);
	struct java_bytes next = { 0 };

	if (at.failed || tag < ENTRY_KEY || tag > ENTRY_SECRET ||
	    alias.len == 0 || date < 631152000000 || date > 4102444800000)
		return false;
	if (tag == ENTRY_CERTIFICATE && s->version == 2)
		java_utf(&at);
	if (tag != ENTRY_SECRET)
		java_u32(&at);
	next = java_take(&at, 1);
	return next.len == 1 && *next.p == (tag == ENTRY_SECRET ? 0xac : 0x30);
}

/* What is sealed is a Java object of any class: where that cannot be walked,
 * the next entry is searched for. */
static int parse_secret(struct jks *s)
{
	s->store.secrets++;
	s->store.encrypted = true;
	if (java_skip_object(&s->in) == 0)
		return 0;
	while (s->in.left > DIGEST_SIZE && !plausible(s, s->in))
		java_take(&s->in, 1);
	return emit_gap(s->e, CW__GAP_KIND__GAP_UNSUPPORTED,
			"entry %u: sealed object of an unknown form",
			s->store.certificates + s->store.keys +
			s->store.secrets);
}

static int parse_entry(struct jks *s)
{
	uint32_t tag = java_u32(&s->in);
	struct java_bytes alias = java_utf(&s->in);
	struct java_bytes der = { 0 };
	char *text = keystore_entry(&s->store.arena, alias.p, alias.len, 0);

	java_u64(&s->in);
	if (s->in.failed)
		return -EBADMSG;
	if (!text)
		return -ENOMEM;
	keystore_alias(&s->store, text);
	switch (tag) {
	case ENTRY_KEY:
		return parse_key(s, alias);
	case ENTRY_CERTIFICATE:
		der = take_certificate(s);
		return s->in.failed ? -EBADMSG :
		       emit_certificate(s, alias, 0, der, true);
	case ENTRY_SECRET:
		return parse_secret(s);
	default:
		return -EBADMSG;
	}
}

static int parse_entries(struct jks *s, uint32_t count)
{
	int r = 0;

	for (uint32_t i = 0; i < count; i++) {
		r = parse_entry(s);
		if (r == -EBADMSG)
			return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
					"entry %u of %u is cut off or broken",
					i + 1, count);
		if (r < 0)
			return r;
		arena_reset(&s->store.arena);
	}
	if (s->in.left != DIGEST_SIZE)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
			     "%zu bytes after the last entry, not %d",
			     s->in.left, DIGEST_SIZE);
	return r;
}

static int parse_store(struct jks *s, const uint8_t *data, size_t len)
{
	uint32_t count = 0;
	int r = 0;

	java_u32(&s->in);
	s->version = java_u32(&s->in);
	count = java_u32(&s->in);
	if (s->in.failed || s->version < 1 || s->version > 2)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"version %u, not 1 or 2, or cut off",
				s->version);
	if (count > s->in.left / SHORTEST_ENTRY)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"%u entries in %zu bytes", count, len);
	try_passwords(&s->store, data, len);
	r = parse_entries(s, count);
	return r < 0 ? r : keystore_emit(&s->store, s->e);
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct jks s = { .e = e, .in = java_of(data, len) };
	int r = 0;

	keystore_init(&s.store);
	r = parse_store(&s, data, len);
	keystore_free(&s.store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_jks = {
	.name = "jks",
	.description = "Java keystore (JKS)",
	.sniff = sniff_jks,
	.parse = parse,
};

const struct format format_jceks = {
	.name = "jceks",
	.description = "Java keystore (JCEKS)",
	.sniff = sniff_jceks,
	.parse = parse,
};
