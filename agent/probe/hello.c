/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/hello.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum extension {
	EXT_SERVER_NAME = 0, EXT_STATUS_REQUEST = 5, EXT_GROUPS = 10,
	EXT_POINT_FORMATS = 11, EXT_SIGNATURES = 13, EXT_ALPN = 16,
	EXT_MASTER_SECRET = 23, EXT_TICKET = 35, EXT_VERSIONS = 43,
	EXT_PSK_MODES = 45, EXT_KEY_SHARE = 51,
};

/* A writer over room that is known to suffice: HELLO_MAX. */
struct writer {
	uint8_t data[HELLO_MAX];
	size_t len;
};

static void put8(struct writer *w, unsigned int v)
{
	w->data[w->len++] = (uint8_t)v;
}

static void put16(struct writer *w, unsigned int v)
{
	put8(w, v >> 8);
	put8(w, v);
}

static void put(struct writer *w, const void *data, size_t len)
{
	memcpy(w->data + w->len, data, len);
	w->len += len;
}

/* Leaves room for a length of ${width} octets; close() fills it in. */
static size_t begin(struct writer *w, size_t width)
{
	w->len += width;
	return w->len;
}

static void close_at(struct writer *w, size_t start, size_t width)
{
	size_t len = w->len - start;

	for (size_t i = 1; i <= width; i++, len >>= 8)
		w->data[start - i] = (uint8_t)len;
}

static size_t begin_extension(struct writer *w, enum extension type)
{
	put16(w, type);
	return begin(w, 2);
}

static void put_suites(struct writer *w, const struct hello *h)
{
	size_t start = begin(w, 2);
	bool new = h->version == TLS_1_3;

	for (const struct suite *s = suite_table; s->name; s++) {
		if ((s->auth == SUITE_ANY) == new &&
		    (new || h->auth == SUITE_ANY || h->auth == s->auth))
			put16(w, s->id);
	}
	/* RFC 5746 section 3.3 */
	if (!new)
		put16(w, 0x00ff);
	close_at(w, start, 2);
}

static void put_name(struct writer *w, const char *name)
{
	size_t len = strlen(name), ext = begin_extension(w, EXT_SERVER_NAME);

	put16(w, (unsigned int)len + 3);
	put8(w, 0);
	put16(w, (unsigned int)len);
	put(w, name, len);
	close_at(w, ext, 2);
}

static void put_groups(struct writer *w, const struct hello *h)
{
	static const uint16_t usual[] = {
		0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101, 0x0102,
		0x0103, 0x0104, 0x001a, 0x001b, 0x001c, 0x0016,
	};
	size_t ext = begin_extension(w, EXT_GROUPS), list = begin(w, 2);

	for (size_t i = 0; i < h->n_groups; i++)
		put16(w, h->groups[i]);
	for (size_t i = 0; !h->hybrids && i < sizeof(usual) / sizeof(usual[0]);
	     i++)
		put16(w, usual[i]);
	close_at(w, list, 2);
	close_at(w, ext, 2);
}

static void put_signatures(struct writer *w, enum suite_auth auth)
{
	static const struct {
		uint16_t id;
		uint8_t auth;
	} all[] = {
		{0x0403, SUITE_ECDSA}, {0x0503, SUITE_ECDSA},
		{0x0603, SUITE_ECDSA}, {0x0807, SUITE_ECDSA},
		{0x0808, SUITE_ECDSA}, {0x081a, SUITE_ECDSA},
		{0x081b, SUITE_ECDSA}, {0x081c, SUITE_ECDSA},
		{0x0804, SUITE_RSA}, {0x0805, SUITE_RSA},
		{0x0806, SUITE_RSA}, {0x0809, SUITE_RSA},
		{0x080a, SUITE_RSA}, {0x080b, SUITE_RSA},
		{0x0401, SUITE_RSA}, {0x0501, SUITE_RSA},
		{0x0601, SUITE_RSA},
		/* ML-DSA-44, -65, -87 */
		{0x0904, SUITE_ANY}, {0x0905, SUITE_ANY}, {0x0906, SUITE_ANY},
		{0x0303, SUITE_ECDSA}, {0x0203, SUITE_ECDSA},
		{0x0301, SUITE_RSA}, {0x0201, SUITE_RSA},
		{0x0402, SUITE_DSA}, {0x0202, SUITE_DSA},
	};
	size_t ext = begin_extension(w, EXT_SIGNATURES), list = begin(w, 2);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (auth == SUITE_ANY || all[i].auth == auth)
			put16(w, all[i].id);
	}
	close_at(w, list, 2);
	close_at(w, ext, 2);
}

static void put_alpn(struct writer *w)
{
	static const char list[] = "\0\x0c\x02h2\x08http/1.1";
	size_t ext = begin_extension(w, EXT_ALPN);

	put(w, list, sizeof(list) - 1);
	close_at(w, ext, 2);
}

/* Extensions whose content never changes. */
static void put_constant(struct writer *w, enum extension type,
			 const char *content, size_t len)
{
	size_t ext = begin_extension(w, type);

	put(w, content, len);
	close_at(w, ext, 2);
}

static void put_extensions(struct writer *w, const struct hello *h)
{
	size_t start = begin(w, 2);

	if (h->sni)
		put_name(w, h->sni);
	put_groups(w, h);
	put_signatures(w, h->auth);
	put_constant(w, EXT_STATUS_REQUEST, "\1\0\0\0\0", 5);
	if (h->alpn)
		put_alpn(w);
	if (h->version == TLS_1_3) {
		put_constant(w, EXT_VERSIONS, "\2\3\4", 3);
		put_constant(w, EXT_PSK_MODES, "\1\1", 2);
		put_constant(w, EXT_KEY_SHARE, "\0\0", 2);
	} else {
		put_constant(w, EXT_POINT_FORMATS, "\1\0", 2);
		put_constant(w, EXT_MASTER_SECRET, "", 0);
		put_constant(w, EXT_TICKET, "", 0);
	}
	close_at(w, start, 2);
}

int hello_build(const struct hello *h, struct buf *out)
{
	uint16_t version = h->version == TLS_1_3 ? TLS_1_2 : h->version;
	struct writer w = {.len = 0};
	size_t record = 0, message = 0;
	uint8_t noise[64];

	if (h->sni && strlen(h->sni) > 255)
		return -EINVAL;
	if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		return -EIO;
	put8(&w, 22);
	put16(&w, TLS_1_0);
	record = begin(&w, 2);
	put8(&w, 1);
	message = begin(&w, 3);
	put16(&w, version);
	put(&w, noise, 32);
	/* a session id only where RFC 8446 appendix D.4 wants one */
	put8(&w, h->version == TLS_1_3 ? 32 : 0);
	if (h->version == TLS_1_3)
		put(&w, noise + 32, 32);
	put_suites(&w, h);
	put(&w, "\1\0", 2);
	put_extensions(&w, h);
	close_at(&w, message, 3);
	close_at(&w, record, 2);
	return buf_add(out, w.data, w.len);
}
