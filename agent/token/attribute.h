/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of PKCS#11 objects: sizes as a module tells them are not trusted.
 *
 * Of private keys only public attributes are ever asked for. */
#ifndef CW_AGENT_TOKEN_ATTRIBUTE_H
#define CW_AGENT_TOKEN_ATTRIBUTE_H

#include <p11-kit/pkcs11.h>

#include "lib/buf.h"

/* An object in an open session. */
struct object {
	CK_FUNCTION_LIST *module;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE handle;
};

/* Replaces the contents of ${out} by the attribute's: 0; -ENOENT where the
 * object does not have it or does not show it; -EFBIG above the buffer's
 * maximum; -EPROTO where the module contradicts itself or fails. */
int attribute_bytes(const struct object *o, CK_ATTRIBUTE_TYPE type,
		    struct buf *out);

/* 0, or as above; -EPROTO where it has another size. */
int attribute_number(const struct object *o, CK_ATTRIBUTE_TYPE type,
		     CK_ULONG *ret);
/* False where the object does not say. */
bool attribute_is_set(const struct object *o, CK_ATTRIBUTE_TYPE type);

#endif
