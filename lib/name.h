/* SPDX-License-Identifier: Apache-2.0 */
/* Text of X.501 names, and of strings from certificates.  All text is UTF-8,
 * NUL-terminated, in the arena.  Control characters and bytes that are not
 * valid in their string type appear as \XX. */
#ifndef CW_LIB_NAME_H
#define CW_LIB_NAME_H

#include "lib/buf.h"
#include "lib/der.h"

/* Text of a Name as RFC 4514 section 2 has it: the last RDN first; CN L ST O OU
 * C STREET DC UID and emailAddress by their short names, any other type as
 * dotted OID with "#" and the hex of the value's DER.  Members of a
 * multi-valued RDN stay in their order.  ${name} is the content of the
 * SEQUENCE OF.  0, -EBADMSG where it is not a Name, -ENOBUFS. */
int name_text(struct der name, struct arena *a, char **ret);

/* Text of bytes that should be ASCII or UTF-8 (IA5String, UTF8String): as it
 * is but for the escapes above, and "\5C" for a backslash.  NULL where the
 * arena is full. */
char *name_plain_text(struct der bytes, struct arena *a);

/* Lower-case hex; NULL where the arena is full. */
char *name_hex(struct der bytes, struct arena *a);

#endif
