/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/hsm_module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/limits.h"

/* what a key is called whose URI does not say */
#define LABEL "certwalk command key"
#define ID_SIZE 8
/* bytes of CKA_EC_POINT: the key raw, or in an OCTET STRING */
#define POINT_MAX 256

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* -------------------------------------------------------------- finding */

struct search {
	CK_ATTRIBUTE wish[4];
	CK_ULONG n;
};

static void wish(struct search *s, CK_ATTRIBUTE_TYPE type, const void *value,
		 size_t len)
{
	s->wish[s->n++] = (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

/* The key by the address, and by ${id} where its own is known.  How many there
 * are, at most 2; *ret is the first. */
static int find(struct hsm *h, const CK_OBJECT_CLASS *class,
		CK_OBJECT_HANDLE *ret, char *fault)
{
	static const CK_KEY_TYPE type = CKK_EC_EDWARDS;
	const struct pkcs11_address *a = &h->address;
	struct search s = {.n = 0};
	CK_OBJECT_HANDLE found[2] = {0, 0};
	CK_ULONG n = 0;
	CK_RV rv = CKR_OK;

	wish(&s, CKA_CLASS, class, sizeof(*class));
	wish(&s, CKA_KEY_TYPE, &type, sizeof(type));
	if (a->id_len > 0)
		wish(&s, CKA_ID, a->id, a->id_len);
	if (*a->object)
		wish(&s, CKA_LABEL, a->object, strlen(a->object));
	rv = h->module->C_FindObjectsInit(h->session, s.wish, s.n);
	if (rv != CKR_OK)
		return hsm_module_failed("search", rv, fault);
	rv = h->module->C_FindObjects(h->session, found, 2, &n);
	h->module->C_FindObjectsFinal(h->session);
	if (rv != CKR_OK)
		return hsm_module_failed("search", rv, fault);
	*ret = found[0];
	return n > 2 ? 2 : (int)n;
}

static int read_point(struct hsm *h, CK_OBJECT_HANDLE key,
		      uint8_t ret[static SIGNATURE_KEY])
{
	uint8_t point[POINT_MAX] = {0};
	CK_ATTRIBUTE a = {CKA_EC_POINT, point, sizeof(point)};

	if (h->module->C_GetAttributeValue(h->session, key, &a, 1) != CKR_OK ||
	    a.ulValueLen > sizeof(point))
		return -EPROTO;
	return hsm_module_point(point, a.ulValueLen, ret);
}

/* It is told by an object of its own, or by the private key. */
static int read_public(struct hsm *h, uint8_t ret[static SIGNATURE_KEY],
		       char *fault)
{
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE key = 0;
	int r = find(h, &class, &key, fault);

	if (r < 0)
		return r;
	if (r == 1 && read_point(h, key, ret) == 0)
		return 0;
	if (read_point(h, h->private, ret) == 0)
		return 0;
	snprintf(fault, HSM_FAULT, "the token does not tell the key's public "
		 "half");
	return -ENOTSUP;
}

static int find_private(struct hsm *h, char *fault)
{
	static const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE id = {CKA_ID, h->address.id, sizeof(h->address.id)};
	int r = find(h, &class, &h->private, fault);

	if (r < 0)
		return r;
	if (r != 1) {
		snprintf(fault, HSM_FAULT, r == 0
				 ? "the token has no such Ed25519 key"
				 : "several keys fit: name one by "
				   "object=LABEL or id=BYTES");
		return r == 0 ? -ENOENT : -EEXIST;
	}
	/* so that its public key is that of this one, not of a namesake */
	if (h->address.id_len == 0 &&
	    h->module->C_GetAttributeValue(h->session, h->private, &id, 1) ==
		    CKR_OK && id.ulValueLen <= sizeof(h->address.id))
		h->address.id_len = id.ulValueLen;
	return 0;
}

/* --------------------------------------------------------------- making */

static CK_RV generate(struct hsm *h, const void *curve, size_t len)
{
	struct pkcs11_address *a = &h->address;
	CK_MECHANISM how = {CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};
	CK_ATTRIBUTE public[] = {
		{CKA_EC_PARAMS, (void *)(uintptr_t)curve, len},
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_VERIFY, &yes, sizeof(yes)},
		{CKA_LABEL, a->object, strlen(a->object)},
		{CKA_ID, a->id, a->id_len},
	};
	CK_ATTRIBUTE private[] = {
		{CKA_TOKEN, &yes, sizeof(yes)},
		{CKA_PRIVATE, &yes, sizeof(yes)},
		{CKA_SENSITIVE, &yes, sizeof(yes)},
		{CKA_EXTRACTABLE, &no, sizeof(no)},
		{CKA_SIGN, &yes, sizeof(yes)},
		{CKA_LABEL, a->object, strlen(a->object)},
		{CKA_ID, a->id, a->id_len},
	};
	CK_OBJECT_HANDLE key = 0;

	return h->module->C_GenerateKeyPair(h->session, &how, public,
		sizeof(public) / sizeof(public[0]), private,
		sizeof(private) / sizeof(private[0]), &key, &h->private);
}

/* Modules take the curve as its OID or as its name, some only one of them. */
static int make_key(struct hsm *h, char *fault)
{
	static const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	static const uint8_t oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
	static const char name[] = "\x13\x0c" "edwards25519";
	struct pkcs11_address *a = &h->address;
	CK_MECHANISM_INFO can = {.flags = 0};
	CK_OBJECT_HANDLE there = 0;
	CK_RV rv = h->module->C_GetMechanismInfo(h->slot,
		CKM_EC_EDWARDS_KEY_PAIR_GEN, &can);
	int r = 0;

	if (rv != CKR_OK || !(can.flags & CKF_GENERATE_KEY_PAIR)) {
		snprintf(fault, HSM_FAULT, "the token cannot make Ed25519 keys "
			 "(CKM_EC_EDWARDS_KEY_PAIR_GEN)");
		return -ENOTSUP;
	}
	if (!*a->object)
		snprintf(a->object, sizeof(a->object), "%s", LABEL);
	r = find(h, &class, &there, fault);
	if (r != 0) {
		if (r > 0)
			snprintf(fault, HSM_FAULT, "the token has a key "
				 "\"%.100s\" already: name another by "
				 "object=LABEL", a->object);
		return r < 0 ? r : -EEXIST;
	}
	if (a->id_len == 0) {
		if (RAND_bytes((uint8_t *)a->id, ID_SIZE) != 1)
			return -EIO;
		a->id_len = ID_SIZE;
	}
	rv = generate(h, oid, sizeof(oid));
	if (rv != CKR_OK)
		rv = generate(h, name, sizeof(name) - 1);
	return rv == CKR_OK ? 0
			    : hsm_module_failed("the key is not made", rv,
						fault);
}

/* ------------------------------------------------------------ interface */

int hsm_sign(struct hsm *h, const void *data, size_t len,
	     uint8_t ret[static SIGNATURE_SIZE], char fault[static HSM_FAULT])
{
	CK_MECHANISM how = {CKM_EDDSA, NULL, 0};
	uint8_t signature[SIGNATURE_SIZE];
	CK_ULONG n = sizeof(signature);
	CK_RV rv = h->module->C_SignInit(h->session, &how, h->private);

	if (rv == CKR_OK)
		rv = h->module->C_Sign(h->session,
				       (CK_BYTE *)(uintptr_t)data, len,
				       signature, &n);
	if (rv != CKR_OK) {
		hsm_module_failed("the token does not sign", rv, fault);
		return -EIO;
	}
	if (n != SIGNATURE_SIZE) {
		snprintf(fault, HSM_FAULT, "the token's signature has %lu "
			 "bytes, not %d", n, SIGNATURE_SIZE);
		return -EIO;
	}
	memcpy(ret, signature, SIGNATURE_SIZE);
	return 0;
}

/* A token may use another curve, variant or key than it says. */
static int try_out(struct hsm *h, const uint8_t public[static SIGNATURE_KEY],
		   char *fault)
{
	static const uint8_t payload[] = "is this key what it says?";
	uint8_t signature[SIGNATURE_SIZE];
	struct buf m;
	int r;

	buf_init(&m, KIB(1));
	r = signature_message(payload, sizeof(payload), &m);
	if (r == 0)
		r = hsm_sign(h, m.data, m.len, signature, fault);
	if (r == 0 && !signature_is_valid(public, payload, sizeof(payload),
					  signature, sizeof(signature))) {
		snprintf(fault, HSM_FAULT, "the token's signatures are not "
			 "Ed25519's of the key that it tells");
		r = -ENOTSUP;
	}
	buf_free(&m);
	return r;
}

int hsm_open(const char *uri, bool create, struct hsm **ret,
	     uint8_t public[static SIGNATURE_KEY], char fault[static HSM_FAULT])
{
	struct hsm *h = calloc(1, sizeof(*h));
	const char *why = NULL;
	uint8_t key[SIGNATURE_KEY];
	int r = h ? 0 : -ENOMEM;

	snprintf(fault, HSM_FAULT, "no memory");
	if (r == 0) {
		r = pkcs11_uri_parse(uri, &h->address, &why);
		if (r < 0)
			snprintf(fault, HSM_FAULT, "%s", why);
	}
	if (r == 0)
		r = hsm_module_begin(h, create, fault);
	if (r == 0)
		r = create ? make_key(h, fault) : find_private(h, fault);
	if (r == 0)
		r = read_public(h, key, fault);
	if (r == 0)
		r = try_out(h, key, fault);
	if (r < 0) {
		hsm_close(h);
		return r;
	}
	memcpy(public, key, sizeof(key));
	*ret = h;
	return 0;
}

int hsm_uri(const struct hsm *h, struct buf *out)
{
	const struct pkcs11_address *a = &h->address;
	const CK_TOKEN_INFO *t = &h->token;

	buf_adds(out, "pkcs11:");
	pkcs11_uri_add(out, "token", t->label,
		       hsm_module_text(t->label, sizeof(t->label)));
	pkcs11_uri_add(out, ";serial", t->serialNumber,
		       hsm_module_text(t->serialNumber,
				       sizeof(t->serialNumber)));
	pkcs11_uri_add(out, ";object", a->object, strlen(a->object));
	pkcs11_uri_add(out, ";id", a->id, a->id_len);
	if (*a->module_path)
		pkcs11_uri_add(out, "?module-path", a->module_path,
			       strlen(a->module_path));
	else
		pkcs11_uri_add(out, "?module-name", a->module_name,
			       strlen(a->module_name));
	return out->failed ? -ENOBUFS : 0;
}

void hsm_close(struct hsm *h)
{
	if (!h)
		return;
	hsm_module_end(h);
	free(h);
}
