/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/token/attribute.h"

#include <errno.h>
#include <string.h>

/* C_GetAttributeValue() (PKCS#11 v2.40 section 5.7.5): what an object lacks or
 * hides is told so, and its length is then the greatest number. */
static int ask(const struct object *o, CK_ATTRIBUTE *a)
{
	CK_RV rv = o->module->C_GetAttributeValue(o->session, o->handle, a, 1);

	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE)
		return -ENOENT;
	if (rv != CKR_OK)
		return -EPROTO;
	return a->ulValueLen == CK_UNAVAILABLE_INFORMATION ? -ENOENT : 0;
}

int attribute_bytes(const struct object *o, CK_ATTRIBUTE_TYPE type,
		    struct buf *out)
{
	CK_ATTRIBUTE a = {.type = type};
	size_t len;
	int r = ask(o, &a);

	if (r < 0)
		return r;
	len = a.ulValueLen;
	buf_reset(out);
	if (len == 0)
		return 0;
	if (len > out->max)
		return -EFBIG;
	r = buf_reserve(out, len);
	if (r < 0)
		return r;
	/* a module may fill in less than it says */
	memset(out->data, 0, len);
	a.pValue = out->data;
	r = ask(o, &a);
	if (r < 0)
		return r;
	if (a.ulValueLen > len)
		return -EPROTO;
	out->len = a.ulValueLen;
	return 0;
}

int attribute_number(const struct object *o, CK_ATTRIBUTE_TYPE type,
		     CK_ULONG *ret)
{
	CK_ULONG n = 0;
	CK_ATTRIBUTE a = {.type = type, .pValue = &n, .ulValueLen = sizeof(n)};
	int r = ask(o, &a);

	if (r == 0 && a.ulValueLen != sizeof(n))
		r = -EPROTO;
	if (r == 0)
		*ret = n;
	return r;
}

bool attribute_is_set(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL b = CK_FALSE;
	CK_ATTRIBUTE a = {.type = type, .pValue = &b, .ulValueLen = sizeof(b)};

	return ask(o, &a) == 0 && a.ulValueLen == sizeof(b) && b != CK_FALSE;
}
