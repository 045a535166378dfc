/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pkcs11_uri.h"

#include <errno.h>
#include <string.h>

/* RFC 7512 section 2.3: what may stand for itself in both parts. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static void add(struct buf *out, const char *name, const char *value)
{
	if (!*value)
		return;
	buf_addf(out, "%s=", name);
	for (; *value; value++) {
		if (is_plain(*value))
			buf_addch(out, *value);
		else
			buf_addf(out, "%%%02X", (unsigned char)*value);
	}
}

int pkcs11_uri(struct buf *out, const Cw__TokenPlace *t)
{
	bool none = !*t->label && !*t->serial;

	buf_adds(out, "pkcs11:");
	add(out, "token", t->label);
	add(out, *t->label ? ";serial" : "serial", t->serial);
	if (none && t->slot > 0)
		buf_addf(out, "slot-id=%llu", (unsigned long long)t->slot);
	add(out, "?module-name", t->module);
	return out->failed ? -ENOBUFS : 0;
}
