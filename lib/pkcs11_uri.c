/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pkcs11_uri.h"

#include <errno.h>
#include <string.h>

#include "lib/encode.h"

/* RFC 7512 section 2.3: what may stand for itself in both parts. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void pkcs11_uri_add(struct buf *out, const char *name, const void *value,
		    size_t len)
{
	const char *text = value;

	if (len == 0)
		return;
	buf_addf(out, "%s=", name);
	for (size_t i = 0; i < len; i++) {
		if (is_plain(text[i]))
			buf_addch(out, text[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)text[i]);
	}
}

static void add(struct buf *out, const char *name, const char *value)
{
	pkcs11_uri_add(out, name, value, strlen(value));
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

/* -------------------------------------------------------------- reading */

#define AT(member) \
	offsetof(struct pkcs11_address, member), \
	sizeof(((struct pkcs11_address *)0)->member)

static const struct {
	const char *name;
	bool query;		/* stands after the '?' */
	size_t offset, size;
} attributes[] = {
	{"token", false, AT(token)},
	{"serial", false, AT(serial)},
	{"manufacturer", false, AT(manufacturer)},
	{"model", false, AT(model)},
	{"object", false, AT(object)},
	{"id", false, AT(id)},
	{"module-name", true, AT(module_name)},
	{"module-path", true, AT(module_path)},
	{"pin-source", true, AT(pin_source)},
};

/* Length without the NUL, which is written; -EINVAL. */
static int decode(const char *text, size_t len, char *ret, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)text[i];
		char hex[3] = "";

		if (text[i] == '%') {
			if (len - i < 3)
				return -EINVAL;
			memcpy(hex, text + i + 1, 2);
			if (decode_hex(hex, &byte, 1) < 0)
				return -EINVAL;
			i += 2;
		}
		if (n + 1 >= cap)
			return -EINVAL;
		ret[n++] = (char)byte;
	}
	ret[n] = '\0';
	return (int)n;
}

/* Which attribute it is, or their number. */
static size_t which(bool query, const char *name, size_t len)
{
	size_t n = sizeof(attributes) / sizeof(attributes[0]), i = 0;

	while (i < n && (attributes[i].query != query ||
			 strlen(attributes[i].name) != len ||
			 memcmp(attributes[i].name, name, len) != 0))
		i++;
	return i;
}

static int take(struct pkcs11_address *a, size_t i, const char *text,
		size_t len, const char **ret_why)
{
	char *to = (char *)a + attributes[i].offset;
	int r = 0;

	*ret_why = "an attribute is given twice, or is too long, or not well "
		   "encoded";
	if (*to || (to == a->id && a->id_len > 0))
		return -EINVAL;
	r = decode(text, len, to, attributes[i].size);
	if (r >= 0 && to == a->id)
		a->id_len = (size_t)r;
	else if (r >= 0 && strlen(to) != (size_t)r)
		r = -EINVAL;
	return r < 0 ? r : 0;
}

static int set(struct pkcs11_address *a, bool query, const char *text,
	       size_t len, const char **ret_why)
{
	const char *equals = memchr(text, '=', len);
	size_t name = equals ? (size_t)(equals - text) : len;
	size_t i = which(query, text, name);

	/* keys only are asked for */
	if (!query && len == 12 && memcmp(text, "type=private", 12) == 0)
		return 0;
	if (equals && i < sizeof(attributes) / sizeof(attributes[0]))
		return take(a, i, equals + 1, len - name - 1, ret_why);
	*ret_why = "an attribute that is not known here";
	if (name == 9 && memcmp(text, "pin-value", 9) == 0)
		*ret_why = "pin-value: a PIN there can be read by others: use "
			   "pin-source=/FILE, or type it";
	return -EINVAL;
}

static int set_all(struct pkcs11_address *a, bool query, const char *text,
		   size_t len, const char **ret_why)
{
	char separator = query ? '&' : ';';
	int r = 0;

	while (r == 0 && len > 0) {
		const char *end = memchr(text, separator, len);
		size_t n = end ? (size_t)(end - text) : len;

		r = set(a, query, text, n, ret_why);
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
	return r;
}

static int take_source(struct pkcs11_address *a, const char **ret_why)
{
	char *p = a->pin_source;

	if (strncmp(p, "file:", 5) == 0)
		memmove(p, p + 5, strlen(p + 5) + 1);
	*ret_why = "pin-source is not the absolute path of a file";
	return *p && *p != '/' ? -EINVAL : 0;
}

int pkcs11_uri_parse(const char *uri, struct pkcs11_address *ret,
		     const char **ret_why)
{
	static const char scheme[] = "pkcs11:";
	struct pkcs11_address a = {.id_len = 0};
	const char *query = NULL;
	int r = 0;

	*ret_why = "does not begin with \"pkcs11:\"";
	if (strncmp(uri, scheme, sizeof(scheme) - 1) != 0)
		return -EINVAL;
	uri += sizeof(scheme) - 1;
	query = strchrnul(uri, '?');
	r = set_all(&a, false, uri, (size_t)(query - uri), ret_why);
	if (r == 0 && *query)
		r = set_all(&a, true, query + 1, strlen(query + 1), ret_why);
	if (r == 0)
		r = take_source(&a, ret_why);
	if (r == 0)
		*ret = a;
	return r;
}
