/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/token/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/format/emit.h"
#include "agent/token/attribute.h"
#include "agent/token/public_key.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define BATCH 64	/* handles asked for at a time */

/* The public key of an object, by which a private key with the same CKA_ID is
 * told. */
struct known {
	struct known *next;
	const uint8_t *id;
	size_t id_len;
	const uint8_t *spki;
	size_t spki_len;
};

struct reader {
	CK_FUNCTION_LIST *module;
	const struct reader_sink *sink;
	Cw__TokenPlace place;
	struct emit_sink emit_sink;
	struct emit emit;
	/* of the token under work */
	CK_SESSION_HANDLE session;
	struct arena arena;
	struct known *known;
	CK_OBJECT_HANDLE *handles;
	unsigned int count[3];	/* by class, see classes */
	/* of the object under work */
	struct buf id;
	struct buf label;
	struct buf value;
};

static int on_finding(void *arg, const Ipc__Finding *f)
{
	struct reader *r = arg;
	Ipc__Finding mine = *f;

	/* objects of a token have no order */
	mine.chain_position = 0;
	r->place.id = (ProtobufCBinaryData){r->id.len, r->id.data};
	return r->sink->finding(r->sink->arg, &r->place, &mine);
}

static int on_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	struct reader *r = arg;

	return r->sink->gap(r->sink->arg, &r->place, kind, reason);
}

/* A label as text: printable UTF-8, NUL-terminated, from the arena.  Strings of
 * fixed size are padded with blanks, by some modules with NUL. */
static char *text_of(struct reader *r, const uint8_t *from, size_t len)
{
	char *text, *to;

	while (len > 0 && (from[len - 1] == ' ' || from[len - 1] == '\0'))
		len--;
	text = to = arena_alloc(&r->arena, len + 1);
	for (size_t i = 0, n = 0; text && i < len; i += n > 0 ? n : 1) {
		n = utf8_length(from + i, len - i);
		if (n == 0 || from[i] < ' ' || from[i] == 0x7f) {
			*to++ = '?';
			continue;
		}
		memcpy(to, from + i, n);
		to += n;
	}
	return text;
}

/* The entry: the label, or the id where there is none. */
static char *entry_of(struct reader *r, const struct object *o)
{
	char *text;

	buf_reset(&r->id);
	buf_reset(&r->label);
	if (attribute_bytes(o, CKA_ID, &r->id) < 0)
		buf_reset(&r->id);
	if (attribute_bytes(o, CKA_LABEL, &r->label) < 0)
		buf_reset(&r->label);
	text = text_of(r, r->label.data, r->label.len);
	if (!text || *text || r->id.len == 0)
		return text;
	text = arena_alloc(&r->arena, 2 * r->id.len + 1);
	if (text)
		encode_hex(r->id.data, r->id.len, text);
	return text;
}

/* Where there is no room, a private key may stay without its public one. */
static void remember(struct reader *r, const uint8_t *spki, size_t len)
{
	struct known *k = arena_alloc(&r->arena, sizeof(*k));

	if (!k || r->id.len == 0)
		return;
	k->id = arena_dup(&r->arena, r->id.data, r->id.len);
	k->id_len = r->id.len;
	k->spki = arena_dup(&r->arena, spki, len);
	k->spki_len = len;
	if (!k->id || !k->spki)
		return;
	k->next = r->known;
	r->known = k;
}

static const struct known *recall(const struct reader *r)
{
	for (const struct known *k = r->known; k && r->id.len > 0;
	     k = k->next) {
		if (k->id_len == r->id.len &&
		    memcmp(k->id, r->id.data, k->id_len) == 0)
			return k;
	}
	return NULL;
}

static int unreadable(struct reader *r, const char *entry, int error)
{
	if (error == -EFBIG)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_TOO_LARGE,
				"%s: larger than an object may be", entry);
	if (error == -ENOENT)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_UNSUPPORTED,
				"%s: has no value", entry);
	return emit_gap(&r->emit, CW__GAP_KIND__GAP_MALFORMED,
			"%s: the module cannot tell it", entry);
}

static int read_certificate(struct reader *r, const struct object *o,
			    const char *entry)
{
	struct emit_extra extra = {
		.trust_store = attribute_is_set(o, CKA_TRUSTED)};
	const uint8_t *spki = NULL;
	const char *why = "";
	CK_ULONG type = CKC_X_509;
	size_t len = 0;
	int e = attribute_number(o, CKA_CERTIFICATE_TYPE, &type);

	if (e == 0 && type != CKC_X_509)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_UNSUPPORTED,
				"%s: certificate of type %lu", entry, type);
	e = attribute_bytes(o, CKA_VALUE, &r->value);
	if (e == 0 && r->value.len == 0)
		e = -ENOENT;
	if (e < 0)
		return unreadable(r, entry, e);
	if (public_key_of_certificate(r->value.data, r->value.len, &spki,
				      &len) == 0)
		remember(r, spki, len);
	e = emit_object(&r->emit, CW__KIND__KIND_CERTIFICATE, entry,
			r->value.data, r->value.len, &extra, &why);
	if (e == -EBADMSG)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_MALFORMED,
				"%s: %s", entry, why);
	return e;
}

static int read_public_key(struct reader *r, const struct object *o,
			   const char *entry)
{
	const char *why = "";
	int e;

	buf_reset(&r->value);
	if (public_key_spki(o, &r->value) < 0)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_UNSUPPORTED,
				"%s: public key of an unknown form", entry);
	remember(r, r->value.data, r->value.len);
	e = emit_object(&r->emit, CW__KIND__KIND_PUBLIC_KEY, entry,
			r->value.data, r->value.len, NULL, &why);
	if (e == -EBADMSG)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_MALFORMED,
				"%s: %s", entry, why);
	return e;
}

static int read_private_key(struct reader *r, const struct object *o,
			    const char *entry)
{
	static const char *const extractable[] = {"extractable", NULL};
	bool sensitive = attribute_is_set(o, CKA_SENSITIVE) ||
			 !attribute_is_set(o, CKA_EXTRACTABLE);
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = {
		.protection = &protection,
		.flags = sensitive ? NULL : extractable,
	};
	const struct known *k = recall(r);

	protection.encrypted = sensitive;
	protection.scheme = (char *)(uintptr_t)"PKCS#11";
	buf_reset(&r->value);
	if (public_key_spki(o, &r->value) == 0)
		return emit_private_key(&r->emit, entry, r->value.data,
					r->value.len, &extra);
	return emit_private_key(&r->emit, entry, k ? k->spki : NULL,
				k ? k->spki_len : 0, &extra);
}

/* In this order: the private keys learn from the others. */
static const struct {
	CK_OBJECT_CLASS class;
	const char *name;
	int (*read)(struct reader *r, const struct object *o,
		    const char *entry);
} classes[3] = {
	{CKO_PUBLIC_KEY, "public keys", read_public_key},
	{CKO_CERTIFICATE, "certificates", read_certificate},
	{CKO_PRIVATE_KEY, "private keys", read_private_key},
};

/* Handles of a class; *ret_whole is false where the module broke off. */
static size_t find(struct reader *r, CK_OBJECT_CLASS class, size_t max,
		   bool *ret_whole)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE want[] = {{CKA_CLASS, &class, sizeof(class)},
			       {CKA_TOKEN, &yes, sizeof(yes)}};
	size_t n = 0;
	CK_RV rv = r->module->C_FindObjectsInit(r->session, want, 2);

	*ret_whole = false;
	while (rv == CKR_OK && n < max) {
		CK_ULONG more = 0, most = max - n < BATCH ? max - n : BATCH;

		rv = r->module->C_FindObjects(r->session, r->handles + n, most,
					      &more);
		if (rv != CKR_OK || more > most)
			break;
		if (more == 0) {
			*ret_whole = true;
			break;
		}
		n += more;
	}
	r->module->C_FindObjectsFinal(r->session);
	return n;
}

static int read_class(struct reader *r, size_t c)
{
	bool whole = false;
	size_t n = find(r, classes[c].class, LIMIT_TOKEN_OBJECTS, &whole);
	int e = 0;

	for (size_t i = 0; i < n && e == 0; i++) {
		struct object o = {r->module, r->session, r->handles[i]};
		char *entry = entry_of(r, &o);

		e = entry ? classes[c].read(r, &o, entry) : -ENOMEM;
		r->count[c] += e == 0;
	}
	buf_reset(&r->id);
	if (e == 0 && !whole)
		e = emit_gap(&r->emit, CW__GAP_KIND__GAP_UNREADABLE,
			     n < LIMIT_TOKEN_OBJECTS
				     ? "the module does not list all %s"
				     : "more %s than are looked at",
			     classes[c].name);
	return e;
}

/* The token itself, and what of it is hidden. */
static int summarise(struct reader *r, CK_FLAGS flags)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	struct emit_extra extra = {.protection = &protection};
	char comment[128];
	int e;

	snprintf(comment, sizeof(comment),
		 "certificates: %u, public keys: %u, private keys: %u",
		 r->count[1], r->count[0], r->count[2]);
	facts.comment = comment;
	protection.encrypted = (flags & CKF_LOGIN_REQUIRED) != 0;
	protection.scheme = (char *)(uintptr_t)"PKCS#11";
	e = emit_facts(&r->emit, CW__KIND__KIND_KEYSTORE, "", &facts, &extra);
	if (e == 0 && (flags & CKF_LOGIN_REQUIRED))
		e = emit_gap(&r->emit, CW__GAP_KIND__GAP_LOCKED,
			     "private objects need the PIN, which is not asked "
			     "for; seen without it: %s", comment);
	return e;
}

static int read_objects(struct reader *r, CK_SLOT_ID slot, CK_FLAGS flags)
{
	CK_RV rv = r->module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL,
					    NULL, &r->session);
	int e = 0;

	if (rv != CKR_OK)
		return emit_gap(&r->emit, CW__GAP_KIND__GAP_UNREADABLE,
				"no session with it: error 0x%lx", rv);
	for (size_t c = 0; c < 3 && e == 0; c++)
		e = read_class(r, c);
	if (e == -EOVERFLOW)	/* that was told */
		e = 0;
	if (e == 0)
		e = summarise(r, flags);
	r->module->C_CloseSession(r->session);
	return e;
}

/* 1 where there was a token; 0; or an error that ends all. */
static int read_slot(struct reader *r, CK_SLOT_ID slot)
{
	CK_TOKEN_INFO info = {.flags = 0};
	CK_RV rv = r->module->C_GetTokenInfo(slot, &info);
	Cw__TokenPlace *p = &r->place;
	int e;

	if (rv == CKR_TOKEN_NOT_PRESENT ||
	    (rv == CKR_OK && !(info.flags & CKF_TOKEN_INITIALIZED)))
		return 0;
	arena_reset(&r->arena);
	r->known = NULL;
	memset(r->count, 0, sizeof(r->count));
	buf_reset(&r->id);
	p->label = text_of(r, info.label, sizeof(info.label));
	p->serial = text_of(r, info.serialNumber, sizeof(info.serialNumber));
	p->model = text_of(r, info.model, sizeof(info.model));
	p->manufacturer = text_of(r, info.manufacturerID,
				  sizeof(info.manufacturerID));
	if (!p->label || !p->serial || !p->model || !p->manufacturer)
		return -ENOMEM;
	p->slot = *p->label || *p->serial ? 0 : slot;
	emit_init(&r->emit, &r->emit_sink);
	r->emit.format = "pkcs11";
	if (rv == CKR_OK)
		e = read_objects(r, slot, info.flags);
	else
		e = emit_gap(&r->emit, CW__GAP_KIND__GAP_UNREADABLE,
			     "its token cannot be asked: error 0x%lx", rv);
	emit_free(&r->emit);
	return e < 0 ? e : 1;
}

/* Slots with a token, or what to say instead. */
static int list_slots(struct reader *r,
		      CK_SLOT_ID slots[static LIMIT_TOKEN_SLOTS],
		      CK_ULONG *ret_n)
{
	CK_ULONG n = 0;
	CK_RV rv = r->module->C_GetSlotList(CK_TRUE, NULL, &n);
	char why[80];

	/* a module looks for new slots only in the call without a list */
	if (rv == CKR_OK && n > 0 && n <= LIMIT_TOKEN_SLOTS) {
		n = LIMIT_TOKEN_SLOTS;
		rv = r->module->C_GetSlotList(CK_TRUE, slots, &n);
	}
	if (rv == CKR_OK && n <= LIMIT_TOKEN_SLOTS) {
		*ret_n = n;
		return 0;
	}
	*ret_n = 0;
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		snprintf(why, sizeof(why), "more than %d slots",
			 LIMIT_TOKEN_SLOTS);
	else
		snprintf(why, sizeof(why), "cannot list its slots: error 0x%lx",
			 rv);
	return r->sink->gap(r->sink->arg, &r->place,
			    CW__GAP_KIND__GAP_UNREADABLE, why);
}

int reader_run(CK_FUNCTION_LIST *module, const char *name,
	       const struct reader_sink *sink)
{
	struct reader r = {.module = module, .sink = sink,
			   .emit_sink = {on_finding, on_gap, &r}};
	CK_SLOT_ID slots[LIMIT_TOKEN_SLOTS];
	CK_ULONG n = 0;
	int e, tokens = 0;

	cw__token_place__init(&r.place);
	r.place.module = (char *)(uintptr_t)name;
	r.handles = calloc(LIMIT_TOKEN_OBJECTS, sizeof(*r.handles));
	arena_init(&r.arena, LIMIT_SLURP);
	buf_init(&r.id, LIMIT_TOKEN_NAME);
	buf_init(&r.label, LIMIT_TOKEN_NAME);
	buf_init(&r.value, LIMIT_DER);
	e = r.handles ? list_slots(&r, slots, &n) : -ENOMEM;
	for (CK_ULONG i = 0; i < n && e >= 0; i++) {
		e = read_slot(&r, slots[i]);
		tokens += e > 0;
	}
	buf_free(&r.value);
	buf_free(&r.label);
	buf_free(&r.id);
	arena_free(&r.arena);
	free(r.handles);
	return e < 0 ? e : tokens;
}
