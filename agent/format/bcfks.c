/* SPDX-License-Identifier: Apache-2.0 */
/* BCFKS, as Bouncy Castle's BcFKSKeyStoreSpi writes it: an ObjectStore of two
 * parts, the data (encrypted as a whole with PBES2) and its integrity. */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "agent/format/ber.h"
#include "agent/format/format.h"
#include "agent/format/keystore.h"
#include "agent/format/pbe.h"
#include "lib/limits.h"

#define OID_PBES2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
#define OID_PBKDF2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
#define OID_HMAC_SHA512 "\x2a\x86\x48\x86\xf7\x0d\x02\x0b"
#define OID_AES256_CCM "\x60\x86\x48\x01\x65\x03\x04\x01\x2f"

#define KEY_SIZE 32
#define UTF8_STRING 0x0c

/* type of an ObjectData */
enum {
	OBJECT_CERTIFICATE,
	OBJECT_PRIVATE_KEY,
	OBJECT_SECRET_KEY,
	OBJECT_PROTECTED_PRIVATE_KEY,
	OBJECT_PROTECTED_SECRET_KEY,
};

struct bcfks {
	struct emit *e;
	struct keystore store;
	struct buf plain;
};

/* What it takes to decrypt: AES-256-CCM, the key by PBKDF2 with SHA-512. */
struct box {
	struct ber salt;
	struct ber nonce;
	struct ber data;
	size_t tag_len;
	uint64_t iterations;
};

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	static const uint8_t oid[] = { BER_OID, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				       0x0d, 0x01, 0x05, 0x0d };
	size_t at = 0;

	(void)size;
	(void)name;
	for (int i = 0; i < 3; i++) {
		if (at + 2 > len || head[at] != BER_SEQUENCE)
			return FORMAT_NO;
		at += 2 + (head[at + 1] > 0x80 ? head[at + 1] & 0x7f : 0);
	}
	if (at + sizeof(oid) > len || memcmp(head + at, oid, sizeof(oid)) != 0)
		return FORMAT_NO;
	return FORMAT_YES;
}

/* ---------------------------------------------------------- decryption */

static int read_kdf(struct ber kdf, struct box *ret)
{
	struct ber oid = { 0 };
	struct ber params = { 0 };
	struct ber prf = { 0 };
	uint64_t key_len = KEY_SIZE;

	if (ber_enter(&kdf, BER_OID, &oid) < 0 || !BER_IS(&oid, OID_PBKDF2) ||
	    ber_enter(&kdf, BER_SEQUENCE, &params) < 0 ||
	    ber_enter(&params, BER_OCTETS, &ret->salt) < 0 ||
	    ret->salt.left > PBE_SALT_MAX ||
	    ber_unsigned(&params, &ret->iterations) < 0 ||
	    ret->iterations == 0 || ret->iterations > PBE_BUDGET)
		return -ENOTSUP;
	if (ber_has(&params, BER_INTEGER))
		ber_unsigned(&params, &key_len);
	if (ber_enter(&params, BER_SEQUENCE, &prf) < 0 ||
	    ber_enter(&prf, BER_OID, &oid) < 0 ||
	    !BER_IS(&oid, OID_HMAC_SHA512) || key_len != KEY_SIZE)
		return -ENOTSUP;
	return 0;
}

/* RFC 5084 section 3.1: CCMParameters */
static int read_cipher(struct ber cipher, struct box *ret)
{
	struct ber oid = { 0 };
	struct ber params = { 0 };
	uint64_t tag_len = 12;

	if (ber_enter(&cipher, BER_OID, &oid) < 0 ||
	    !BER_IS(&oid, OID_AES256_CCM) ||
	    ber_enter(&cipher, BER_SEQUENCE, &params) < 0 ||
	    ber_enter(&params, BER_OCTETS, &ret->nonce) < 0)
		return -ENOTSUP;
	if (params.left > 0 && ber_unsigned(&params, &tag_len) < 0)
		return -ENOTSUP;
	if (ret->nonce.left < 7 || ret->nonce.left > 13 || tag_len < 4 ||
	    tag_len > 16 || tag_len % 2 != 0 || ret->data.left <= tag_len)
		return -ENOTSUP;
	ret->tag_len = (size_t)tag_len;
	return 0;
}

static int read_box(struct ber algorithm, struct ber data, struct box *ret)
{
	struct ber oid = { 0 };
	struct ber kdf = { 0 };
	struct ber cipher = { 0 };
	int r = 0;

	*ret = (struct box){ .data = data };
	if (ber_enter(&algorithm, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&algorithm, BER_OID, &oid) < 0 ||
	    !BER_IS(&oid, OID_PBES2) ||
	    ber_enter(&algorithm, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&algorithm, BER_SEQUENCE, &kdf) < 0 ||
	    ber_enter(&algorithm, BER_SEQUENCE, &cipher) < 0)
		return -ENOTSUP;
	r = read_kdf(kdf, ret);
	return r < 0 ? r : read_cipher(cipher, ret);
}

/* As PKCS#12 has it: UTF-16 with a zero at the end, nothing if empty. */
static void add_wide(struct buf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		buf_addch(b, 0);
		buf_addch(b, text[i]);
	}
	if (len > 0)
		buf_add(b, "\0", 2);
}

static bool derive(const struct box *box, const struct password *p,
		   uint8_t key[static KEY_SIZE])
{
	static const char purpose[] = "STORE_ENCRYPTION";
	struct buf text;
	bool ok = false;

	buf_init(&text, KIB(4));
	add_wide(&text, p->text, p->len);
	add_wide(&text, purpose, sizeof(purpose) - 1);
	ok = !text.failed &&
	     PKCS5_PBKDF2_HMAC((const char *)text.data, (int)text.len,
			       box->salt.p, (int)box->salt.left,
			       (int)box->iterations, EVP_sha512(), KEY_SIZE,
			       key);
	buf_free_secret(&text);
	return ok;
}

static bool decrypt(const struct box *box, const uint8_t *key, struct buf *out)
{
	size_t len = box->data.left - box->tag_len;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	void *tag = (void *)(uintptr_t)(box->data.p + len);
	bool ok = false;
	int n = 0;

	if (c && buf_reserve(out, len) == 0 &&
	    EVP_DecryptInit_ex(c, EVP_aes_256_ccm(), NULL, NULL, NULL) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN,
				(int)box->nonce.left, NULL) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)box->tag_len,
				tag) &&
	    EVP_DecryptInit_ex(c, NULL, NULL, key, box->nonce.p) &&
	    EVP_DecryptUpdate(c, NULL, &n, NULL, (int)len) &&
	    EVP_DecryptUpdate(c, out->data, &n, box->data.p, (int)len) > 0)
		ok = true;
	if (ok)
		out->len = (size_t)n;
	EVP_CIPHER_CTX_free(c);
	ERR_clear_error();
	return ok;
}

static bool open_box(struct bcfks *s, const struct box *box)
{
	uint8_t key[KEY_SIZE] = { 0 };
	struct password_try t = { .budget = PBE_BUDGET };
	struct password p = { 0 };
	uint64_t work = box->iterations + pbe_cipher_work(box->data.left);
	bool ok = false;

	/* here, none and the empty one are the same */
	while (!ok && password_next(&t, work, &p))
		ok = p.text && derive(box, &p, key) &&
		     decrypt(box, key, &s->plain);
	if (ok)
		s->store.opened = p;
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

/* ------------------------------------------------------------- objects */

static int emit_certificate(struct bcfks *s, struct ber alias, unsigned int n,
			    const struct ber *der)
{
	struct emit_extra extra = { .trust_store = n == 0 };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.left, n);

	if (!entry)
		return -ENOMEM;
	s->store.certificates++;
	return keystore_certificate(s->e, entry, der->p, der->left, &extra);
}

/* EncryptedPrivateKeyData: the key, still encrypted, and its chain */
static int emit_key(struct bcfks *s, struct ber alias, struct ber data)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = { .protection = &protection };
	struct ber chain = { 0 };
	struct ber spki = { 0 };
	struct ber_item item = { 0 };
	char *entry = keystore_entry(&s->store.arena, alias.p, alias.left, 0);
	unsigned int n = 0;
	int r = 0;

	if (ber_enter(&data, BER_SEQUENCE, &data) < 0 ||
	    ber_next(&data, &item) < 0)
		return -EBADMSG;
	ber_enter(&data, BER_SEQUENCE, &chain);
	while (r == 0 && ber_next(&chain, &item) == 0) {
		if (n == 0)
			ber_certificate_spki(item.whole.p, item.whole.left,
					     &spki);
		r = emit_certificate(s, alias, ++n, &item.whole);
	}
	s->store.keys++;
	keystore_protection(&s->store, &protection);
	if (r == 0)
		r = entry ? emit_private_key(s->e, entry, spki.p, spki.left,
					     &extra) : -ENOMEM;
	return r;
}

static int parse_object(struct bcfks *s, struct ber object)
{
	struct ber_item item = { 0 };
	struct ber alias = { 0 };
	struct ber data = { 0 };
	uint64_t type = 0;
	char *text = NULL;

	if (ber_unsigned(&object, &type) < 0 ||
	    ber_enter(&object, UTF8_STRING, &alias) < 0 ||
	    ber_next(&object, &item) < 0 || ber_next(&object, &item) < 0 ||
	    ber_enter(&object, BER_OCTETS, &data) < 0)
		return -EBADMSG;
	text = keystore_entry(&s->store.arena, alias.p, alias.left, 0);
	if (!text)
		return -ENOMEM;
	keystore_alias(&s->store, text);
	switch (type) {
	case OBJECT_CERTIFICATE:
		return emit_certificate(s, alias, 0, &data);
	case OBJECT_PRIVATE_KEY:
	case OBJECT_PROTECTED_PRIVATE_KEY:
		return emit_key(s, alias, data);
	default:
		s->store.secrets++;
		return 0;
	}
}

/* ObjectStoreData */
static int parse_objects(struct bcfks *s)
{
	struct ber data = ber_of(s->plain.data, s->plain.len);
	struct ber object = { 0 };
	struct ber_item item = { 0 };
	uint64_t version = 0;
	int r = 0;

	if (ber_enter(&data, BER_SEQUENCE, &data) < 0 ||
	    ber_unsigned(&data, &version) < 0 ||
	    ber_next(&data, &item) < 0 || ber_next(&data, &item) < 0 ||
	    ber_next(&data, &item) < 0 ||
	    ber_enter(&data, BER_SEQUENCE, &data) < 0)
		return -EBADMSG;
	while (r == 0 && data.left > 0)
		r = ber_enter(&data, BER_SEQUENCE, &object) < 0 ? -EBADMSG :
		    parse_object(s, object);
	return r;
}

static int parse_store(struct bcfks *s, struct ber file)
{
	struct ber encrypted = { 0 };
	struct ber_item algorithm = { 0 };
	struct ber data = { 0 };
	struct pbe cost = { 0 };
	struct box box = { 0 };
	int r = 0;

	if (ber_enter(&file, BER_SEQUENCE, &file) < 0 ||
	    ber_enter(&file, BER_SEQUENCE, &encrypted) < 0 ||
	    ber_take(&encrypted, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&encrypted, BER_OCTETS, &data) < 0)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"ObjectStore is cut off or no DER");
	pbe_describe(&algorithm.whole, &cost);
	s->store.encrypted = true;
	keystore_scheme(&s->store, cost.scheme, cost.iterations);
	if (read_box(algorithm.whole, data, &box) == 0 && open_box(s, &box)) {
		r = parse_objects(s);
	} else {
		s->store.locked = 1;
		s->store.may_hold_keys = true;
	}
	if (r == -EBADMSG)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
			     "ObjectStoreData is broken");
	return r < 0 ? r : keystore_emit(&s->store, s->e);
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct bcfks s = { .e = e };
	int r = 0;

	keystore_init(&s.store);
	buf_init(&s.plain, LIMIT_SLURP);
	r = parse_store(&s, ber_of(data, len));
	buf_free_secret(&s.plain);
	keystore_free(&s.store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_bcfks = {
	.name = "bcfks",
	.description = "Bouncy Castle FIPS keystore (BCFKS)",
	.sniff = sniff,
	.parse = parse,
};
