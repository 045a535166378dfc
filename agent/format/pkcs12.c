/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#12.  All bags are gathered first, since a key's public half may have to
 * be taken from a certificate that stands elsewhere. */
#include "agent/format/pkcs12.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/pbe.h"
#include "lib/limits.h"

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	static const uint8_t version[] = { BER_INTEGER, 1, 3, BER_SEQUENCE };
	size_t at = 2;

	(void)size;
	(void)name;
	if (len < 32 || head[0] != BER_SEQUENCE)
		return FORMAT_NO;
	if (head[1] > 0x80)
		at += head[1] & 0x7f;
	if (at + sizeof(version) + 16 > len ||
	    memcmp(head + at, version, sizeof(version)) != 0)
		return FORMAT_NO;
	at += sizeof(version);
	at += head[at] > 0x80 ? 1 + (head[at] & 0x7f) : 1;
	if (at + 11 > len || head[at] != BER_OID || head[at + 1] != 9 ||
	    memcmp(head + at + 2, PKCS12_PKCS7, sizeof(PKCS12_PKCS7) - 1) != 0)
		return FORMAT_NO;
	return FORMAT_YES;
}

/* The entry: friendly name, or "1", "2" ... by place. */
static char *entry_of(struct pkcs12 *s, const struct pkcs12_bag *bag,
		      unsigned int n)
{
	if (bag->name.left > 0)
		return keystore_entry(&s->store.arena, bag->name.p,
				      bag->name.left, 0);
	return keystore_entry(&s->store.arena, "", 0, n);
}

static int emit_crl(struct pkcs12 *s, const char *entry, struct ber der)
{
	const char *why = "";
	int r = emit_object(s->e, CW__KIND__KIND_CRL, entry, der.p, der.left,
			    NULL, &why);

	s->store.crls++;
	if (r == -EBADMSG)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"CRL %s: %s", entry, why);
	return r;
}

/* Bytes of the key itself, decrypted where need be; -EKEYREJECTED ... */
static int open_key(struct pkcs12 *s, const struct pkcs12_bag *bag,
		    struct ber *ret)
{
	struct ber content = bag->value;
	struct ber_item algorithm = { 0 };
	struct ber_item octets = { 0 };
	struct ber in = { 0 };
	int r = 0;

	*ret = bag->value;
	if (bag->kind == PKCS12_KEY)
		return 0;
	if (ber_enter(&content, BER_SEQUENCE, &content) < 0 ||
	    ber_take(&content, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_next(&content, &octets) < 0)
		return -EBADMSG;
	r = ber_octets(&octets, &s->store.arena, &in);
	return r < 0 ? r : pkcs12_decrypt(s, &algorithm.whole, &in, ret);
}

/* The SPKI of the certificate with the same localKeyID. */
static struct ber find_spki(const struct pkcs12 *s,
			    const struct pkcs12_bag *key)
{
	for (const struct pkcs12_bag *b = s->first; b && key->id.left > 0;
	     b = b->next)
		if (b->kind == PKCS12_CERTIFICATE && b->spki.left > 0 &&
		    ber_equal(&b->id, key->id.p, key->id.left))
			return b->spki;
	return (struct ber){ 0 };
}

static int emit_key(struct pkcs12 *s, const struct pkcs12_bag *bag,
		    const char *entry)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = { .protection = &protection };
	struct ber key = { 0 };
	int r = open_key(s, bag, &key);

	s->store.keys++;
	if (r < 0) {
		s->store.keys_locked++;
		key = (struct ber){ 0 };
	}
	if (r == -EBADMSG)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
			     "%s: RFC 5958 section 3: EncryptedPrivateKeyInfo",
			     entry);
	else if (r < 0)
		r = pkcs12_locked(s, entry, r);
	keystore_protection(&s->store, &protection);
	protection.encrypted = bag->encrypted &&
		!(s->store.opened.source && s->store.opened.len == 0);
	return r < 0 ? r : keystore_private_key(s->e, entry, key,
						find_spki(s, bag), &extra);
}

static int emit_certificate(struct pkcs12 *s, struct pkcs12_bag *bag,
			    const char *entry)
{
	struct emit_extra extra = { .trust_store = bag->trusted };

	s->store.certificates++;
	ber_certificate_spki(bag->value.p, bag->value.left, &bag->spki);
	return keystore_certificate(s->e, entry, bag->value.p, bag->value.left,
				    &extra);
}

static int emit_bag(struct pkcs12 *s, struct pkcs12_bag *bag, const char *entry)
{
	switch (bag->kind) {
	case PKCS12_CERTIFICATE:
		return emit_certificate(s, bag, entry);
	case PKCS12_CRL:
		return emit_crl(s, entry, bag->value);
	case PKCS12_SECRET:
		s->store.secrets++;
		return 0;
	default:
		return emit_gap(s->e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"%s: bag of unknown type (RFC 7292 section "
				"4.2)", entry);
	}
}

static bool is_key(const struct pkcs12_bag *bag)
{
	return bag->kind == PKCS12_KEY || bag->kind == PKCS12_SHROUDED;
}

/* Keys after all else, since they may need a certificate. */
static int emit_bags(struct pkcs12 *s, bool keys)
{
	unsigned int n = 0;
	int r = 0;

	for (struct pkcs12_bag *b = s->first; r == 0 && b; b = b->next) {
		char *entry = entry_of(s, b, ++n);

		if (!entry)
			return -ENOMEM;
		if (is_key(b) != keys)
			continue;
		keystore_alias(&s->store, b->name.left > 0 ? entry : "");
		r = keys ? emit_key(s, b, entry) : emit_bag(s, b, entry);
	}
	return r;
}

/* RFC 7292 section 4: PFX */
static int parse_pfx(struct pkcs12 *s, struct ber pfx)
{
	struct ber info = { 0 };
	struct ber oid = { 0 };
	struct ber content = { 0 };
	struct ber_item octets = { 0 };
	struct ber safes = { 0 };
	uint64_t version = 0;
	int r = 0;

	if (ber_enter(&pfx, BER_SEQUENCE, &pfx) < 0 ||
	    ber_unsigned(&pfx, &version) < 0 ||
	    ber_enter(&pfx, BER_SEQUENCE, &info) < 0 ||
	    ber_enter(&info, BER_OID, &oid) < 0 ||
	    ber_enter(&info, PKCS12_CONTEXT0, &content) < 0)
		return -EBADMSG;
	if (!BER_IS(&oid, PKCS12_PKCS7 "\x01"))
		return emit_gap(s->e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"signed, not protected by a password (RFC 7292 "
				"section 3.1)");
	if (ber_next(&content, &octets) < 0)
		return -EBADMSG;
	r = ber_octets(&octets, &s->store.arena, &safes);
	if (r == 0 && pfx.left > 0)
		r = pkcs12_try_mac(s, pfx, &safes);
	return r < 0 ? r : pkcs12_read_safes(s, safes);
}

static int parse_all(struct pkcs12 *s, struct ber data)
{
	int r = parse_pfx(s, data);

	if (r == -EBADMSG)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
			     "RFC 7292 section 4: cut off or no BER after %u "
			     "bags", s->bags);
	if (r == -ENOBUFS || r == -ENOMEM)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "more memory than %zu bytes is needed",
			     s->store.arena.max);
	if (r == 0)
		r = emit_bags(s, false);
	if (r == 0)
		r = emit_bags(s, true);
	if (r == 0)
		r = keystore_emit(&s->store, s->e);
	return r;
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct pkcs12 s = { .e = e, .budget = PBE_BUDGET };
	int r = 0;

	s.last = &s.first;
	keystore_init(&s.store);
	r = parse_all(&s, ber_of(data, len));
	pkcs12_forget(&s);
	keystore_free(&s.store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_pkcs12 = {
	.name = "pkcs12",
	.description = "PKCS#12 (p12, pfx), also Oracle's ewallet.p12",
	.sniff = sniff,
	.parse = parse,
};
