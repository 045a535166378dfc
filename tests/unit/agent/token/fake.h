/* SPDX-License-Identifier: Apache-2.0 */
/* A PKCS#11 module in memory: one slot, objects as tables of attributes, and
 * misbehaviour on request. */
#ifndef CW_TESTS_UNIT_TOKEN_FAKE_H
#define CW_TESTS_UNIT_TOKEN_FAKE_H

#include <string.h>

#include <p11-kit/pkcs11.h>

#define FAKE_OBJECTS 16
#define FAKE_ATTRIBUTES 12

struct fake_object {
	CK_ATTRIBUTE attributes[FAKE_ATTRIBUTES];
	size_t n;
};

static struct {
	struct fake_object objects[FAKE_OBJECTS];
	size_t n;
	CK_FLAGS flags;			/* of the token */
	CK_ULONG slots;			/* as told */
	CK_RV session;			/* result of C_OpenSession */
	CK_ULONG grow;			/* added to each length told */
	CK_ULONG late;			/* the same, when it is filled in */
	CK_ULONG too_many;		/* handles told beyond the asked */
	CK_RV attribute;		/* result of C_GetAttributeValue */
	int endless;			/* the search never ends */
	/* of the search */
	CK_OBJECT_CLASS class;
	size_t at;
	unsigned int private_asked;	/* secret attributes asked for */
} fake;

static void fake_add(size_t object, CK_ATTRIBUTE_TYPE type, const void *value,
		     size_t len)
{
	struct fake_object *o = &fake.objects[object];

	o->attributes[o->n++] = (CK_ATTRIBUTE){
		type, (void *)(uintptr_t)value, len};
	if (object >= fake.n)
		fake.n = object + 1;
}

static CK_RV fake_slots(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *n)
{
	(void)present;
	for (CK_ULONG i = 0; list && i < *n && i < fake.slots; i++)
		list[i] = i + 7;
	*n = fake.slots;
	return CKR_OK;
}

static void fake_pad(CK_UTF8CHAR *to, size_t cap, const char *text)
{
	memset(to, ' ', cap);
	memcpy(to, text, strlen(text));
}

static CK_RV fake_token(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	(void)slot;
	memset(info, 0, sizeof(*info));
	fake_pad(info->label, sizeof(info->label), "A \xff\nlabel");
	fake_pad(info->manufacturerID, sizeof(info->manufacturerID), "M");
	fake_pad(info->serialNumber, sizeof(info->serialNumber), "17");
	info->flags = fake.flags;
	return CKR_OK;
}

static CK_RV fake_open(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
		       CK_NOTIFY notify, CK_SESSION_HANDLE *ret)
{
	(void)slot, (void)application, (void)notify;
	/* never a session that could write */
	if (flags != CKF_SERIAL_SESSION)
		return CKR_GENERAL_ERROR;
	*ret = 1;
	return fake.session;
}

static CK_RV fake_close(CK_SESSION_HANDLE session)
{
	return session == 1 ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static const CK_ATTRIBUTE *fake_find(size_t object, CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < fake.objects[object].n; i++) {
		if (fake.objects[object].attributes[i].type == type)
			return &fake.objects[object].attributes[i];
	}
	return NULL;
}

static CK_RV fake_find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *want,
			    CK_ULONG n)
{
	(void)session, (void)n;
	memcpy(&fake.class, want[0].pValue, sizeof(fake.class));
	fake.at = 0;
	return CKR_OK;
}

static CK_RV fake_find_next(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *list,
			    CK_ULONG most, CK_ULONG *ret)
{
	CK_ULONG n = 0;

	(void)session;
	for (; fake.at < fake.n && n < most; fake.at++) {
		const CK_ATTRIBUTE *c = fake_find(fake.at, CKA_CLASS);

		if (memcmp(c->pValue, &fake.class, sizeof(fake.class)) == 0)
			list[n++] = fake.at + 1;
	}
	for (; fake.endless && n < most; n++)
		list[n] = 1;
	*ret = fake.too_many ? most + fake.too_many : n;
	return CKR_OK;
}

static CK_RV fake_find_end(CK_SESSION_HANDLE session)
{
	(void)session;
	return CKR_OK;
}

static int fake_is_secret(CK_ATTRIBUTE_TYPE t)
{
	return t == CKA_PRIVATE_EXPONENT || t == CKA_PRIME_1 ||
	       t == CKA_PRIME_2 || t == CKA_EXPONENT_1 ||
	       t == CKA_EXPONENT_2 || t == CKA_COEFFICIENT || t == CKA_VALUE;
}

static CK_RV fake_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
			    CK_ATTRIBUTE *a, CK_ULONG n)
{
	CK_OBJECT_CLASS class = 0;
	const CK_ATTRIBUTE *have;

	(void)session, (void)n;
	memcpy(&class, fake_find(object - 1, CKA_CLASS)->pValue, sizeof(class));
	fake.private_asked += class == CKO_PRIVATE_KEY &&
			      fake_is_secret(a->type);
	have = fake_find(object - 1, a->type);
	if (fake.attribute != CKR_OK)
		return fake.attribute;
	if (!have) {
		a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (a->pValue && a->ulValueLen < have->ulValueLen)
		return CKR_BUFFER_TOO_SMALL;
	if (a->pValue)
		memcpy(a->pValue, have->pValue, have->ulValueLen);
	a->ulValueLen = have->ulValueLen + fake.grow +
			(a->pValue ? fake.late : 0);
	return CKR_OK;
}

static CK_FUNCTION_LIST fake_functions = {
	.version = {2, 40},
	.C_GetSlotList = fake_slots,
	.C_GetTokenInfo = fake_token,
	.C_OpenSession = fake_open,
	.C_CloseSession = fake_close,
	.C_FindObjectsInit = fake_find_init,
	.C_FindObjects = fake_find_next,
	.C_FindObjectsFinal = fake_find_end,
	.C_GetAttributeValue = fake_attribute,
};

#endif
