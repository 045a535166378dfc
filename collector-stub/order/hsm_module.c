/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/hsm_module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ask.h"
#include "lib/library.h"
#include "lib/limits.h"

#define SYMBOL(name, member) {name, offsetof(struct p11_kit, member)}

static const struct library_symbol symbols[] = {
	SYMBOL("p11_kit_module_load", load),
	SYMBOL("p11_kit_module_initialize", initialize),
	SYMBOL("p11_kit_module_finalize", finalize),
	SYMBOL("p11_kit_module_release", release),
	SYMBOL("p11_kit_modules_load_and_initialize", load_all),
	SYMBOL("p11_kit_modules_finalize_and_release", release_all),
	SYMBOL("p11_kit_module_get_name", name),
};

int hsm_module_failed(const char *what, CK_RV rv, char *fault)
{
	static const struct {
		CK_RV rv;
		int error;
		const char *text;
	} known[] = {
		{CKR_PIN_INCORRECT, -EACCES, "the PIN is wrong"},
		{CKR_PIN_LEN_RANGE, -EACCES, "the PIN is wrong"},
		{CKR_PIN_LOCKED, -EACCES, "the PIN is locked"},
		{CKR_USER_PIN_NOT_INITIALIZED, -EACCES, "no PIN is set"},
		{CKR_MECHANISM_INVALID, -ENOTSUP, "it cannot do that"},
		{CKR_FUNCTION_NOT_SUPPORTED, -ENOTSUP, "it cannot do that"},
		{CKR_TOKEN_WRITE_PROTECTED, -ENOTSUP, "it is write protected"},
		{CKR_USER_NOT_LOGGED_IN, -EACCES, "it wants a log-in"},
		{CKR_DEVICE_REMOVED, -EIO, "it was taken out"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].rv == rv) {
			snprintf(fault, HSM_FAULT, "%s: %s", what,
				 known[i].text);
			return known[i].error;
		}
	}
	snprintf(fault, HSM_FAULT, "%s: PKCS#11 error 0x%lx", what, rv);
	return -EIO;
}

static int load(struct hsm *h, char *fault)
{
	const char *path = h->address.module_path;
	CK_RV rv = CKR_OK;

	if (!library_load("libp11-kit.so.0", symbols,
			  sizeof(symbols) / sizeof(symbols[0]), &h->kit)) {
		snprintf(fault, HSM_FAULT, "p11-kit is not installed "
			 "(libp11-kit.so.0): it finds PKCS#11 modules");
		return -ENOTSUP;
	}
	if (!*path) {
		h->all = h->kit.load_all(0);
		if (h->all)
			return 0;
		snprintf(fault, HSM_FAULT, "no PKCS#11 module can be started");
		return -ENOTSUP;
	}
	h->alone = h->kit.load(path, 0);
	if (!h->alone) {
		snprintf(fault, HSM_FAULT, "%.200s: cannot be loaded", path);
		return -ENOTSUP;
	}
	rv = h->kit.initialize(h->alone);
	if (rv == CKR_OK)
		return 0;
	h->kit.release(h->alone);
	h->alone = NULL;
	return hsm_module_failed("the module does not start", rv, fault);
}

size_t hsm_module_text(const unsigned char *field, size_t cap)
{
	while (cap > 0 && (field[cap - 1] == ' ' || field[cap - 1] == '\0'))
		cap--;
	return cap;
}

int hsm_module_point(const uint8_t *data, size_t len,
		     uint8_t ret[static SIGNATURE_KEY])
{
	static const uint8_t octets[] = {0x04, SIGNATURE_KEY};

	if (len == SIGNATURE_KEY + sizeof(octets) &&
	    memcmp(data, octets, sizeof(octets)) == 0)
		data += sizeof(octets);
	else if (len != SIGNATURE_KEY)
		return -EPROTO;
	memcpy(ret, data, SIGNATURE_KEY);
	return 0;
}

static bool is(const unsigned char *field, size_t cap, const char *want)
{
	return !*want || (hsm_module_text(field, cap) == strlen(want) &&
			  memcmp(field, want, strlen(want)) == 0);
}

static bool fits(const struct hsm *h, const CK_TOKEN_INFO *t)
{
	const struct pkcs11_address *a = &h->address;

	return (t->flags & CKF_TOKEN_INITIALIZED) &&
	       is(t->label, sizeof(t->label), a->token) &&
	       is(t->serialNumber, sizeof(t->serialNumber), a->serial) &&
	       is(t->manufacturerID, sizeof(t->manufacturerID),
		  a->manufacturer) &&
	       is(t->model, sizeof(t->model), a->model);
}

struct tally {
	size_t fit;		/* tokens that the URI names */
	size_t able;		/* of them, those that can sign so */
};

static void look_at_slot(struct hsm *h, CK_FUNCTION_LIST *m, CK_SLOT_ID slot,
			 struct tally *t)
{
	CK_TOKEN_INFO info;
	CK_MECHANISM_INFO can = {.flags = 0};

	memset(&info, 0, sizeof(info));
	if (m->C_GetTokenInfo(slot, &info) != CKR_OK || !fits(h, &info))
		return;
	t->fit++;
	if (m->C_GetMechanismInfo(slot, CKM_EDDSA, &can) != CKR_OK ||
	    !(can.flags & CKF_SIGN))
		return;
	t->able++;
	h->module = m;
	h->slot = slot;
	h->token = info;
}

static void look_at_module(struct hsm *h, CK_FUNCTION_LIST *m, struct tally *t)
{
	CK_SLOT_ID slots[LIMIT_TOKEN_SLOTS];
	CK_ULONG n = LIMIT_TOKEN_SLOTS;
	char *name = NULL;
	bool other = false;

	if (*h->address.module_name) {
		name = h->kit.name(m);
		other = !name || strcmp(name, h->address.module_name) != 0;
		free(name);
	}
	if (other || m->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return;
	for (CK_ULONG i = 0; i < n && i < LIMIT_TOKEN_SLOTS; i++)
		look_at_slot(h, m, slots[i], t);
}

static int find_token(struct hsm *h, char *fault)
{
	struct tally t = {.fit = 0};

	if (h->alone)
		look_at_module(h, h->alone, &t);
	for (size_t i = 0; h->all && h->all[i]; i++)
		look_at_module(h, h->all[i], &t);
	if (t.able == 1)
		return 0;
	if (t.able > 1)
		snprintf(fault, HSM_FAULT, "%zu tokens fit: name one by "
			 "token=LABEL or serial=NUMBER", t.able);
	else if (t.fit > 0)
		snprintf(fault, HSM_FAULT, "the token cannot sign with Ed25519 "
			 "(CKM_EDDSA)");
	else
		snprintf(fault, HSM_FAULT, "there is no such token");
	return t.able > 1 ? -EEXIST : t.fit > 0 ? -ENOTSUP : -ENOENT;
}

static int read_pin(const struct hsm *h, struct buf *pin, char *fault)
{
	const char *path = h->address.pin_source;
	const unsigned char *label = h->token.label;
	size_t len = hsm_module_text(label, sizeof(h->token.label));
	char prompt[64];
	int r = 0;

	if (*path) {
		r = ask_file(path, pin);
		if (r < 0)
			snprintf(fault, HSM_FAULT, "%.180s: %s", path,
				 r == -EPERM ? "others may read it"
					     : strerror(-r));
		return r;
	}
	for (size_t i = 0; i < len; i++)
		prompt[i] = label[i] < ' ' || label[i] > '~' ? '?'
							     : (char)label[i];
	snprintf(prompt + len, sizeof(prompt) - len, ": PIN: ");
	r = ask_secret(prompt, pin);
	if (r < 0)
		snprintf(fault, HSM_FAULT, "the PIN: %s", r == -ENXIO
				 ? "there is no terminal to ask for it: give "
				   "pin-source=/FILE"
				 : strerror(-r));
	return r;
}

static int log_in(struct hsm *h, char *fault)
{
	bool pad = h->token.flags & CKF_PROTECTED_AUTHENTICATION_PATH;
	CK_RV rv = CKR_OK;
	struct buf pin;
	int r = 0;

	if (!(h->token.flags & CKF_LOGIN_REQUIRED))
		return 0;
	buf_init(&pin, LIMIT_PASSWORD);
	if (!pad)
		r = read_pin(h, &pin, fault);
	if (r == 0) {
		rv = h->module->C_Login(h->session, CKU_USER, pin.data,
					pin.len);
		if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
			r = hsm_module_failed("log-in", rv, fault);
	}
	buf_free_secret(&pin);
	return r;
}

int hsm_module_begin(struct hsm *h, bool write, char *fault)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (write ? CKF_RW_SESSION : 0);
	CK_RV rv = CKR_OK;
	int r = load(h, fault);

	if (r == 0)
		r = find_token(h, fault);
	if (r < 0)
		return r;
	rv = h->module->C_OpenSession(h->slot, flags, NULL, NULL, &h->session);
	if (rv != CKR_OK)
		return hsm_module_failed("session", rv, fault);
	h->in_session = true;
	return log_in(h, fault);
}

void hsm_module_end(struct hsm *h)
{
	if (h->in_session)
		h->module->C_CloseSession(h->session);
	if (h->alone) {
		h->kit.finalize(h->alone);
		h->kit.release(h->alone);
	}
	if (h->all)
		h->kit.release_all(h->all);
}
