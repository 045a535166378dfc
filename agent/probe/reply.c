/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/reply.h"

#include <errno.h>
#include <string.h>

#include "agent/probe/suite.h"
#include "lib/limits.h"

enum message {
	SERVER_HELLO = 2, SESSION_TICKET = 4, ENCRYPTED_EXTENSIONS = 8,
	CERTIFICATE = 11, SERVER_KEY_EXCHANGE = 12, CERTIFICATE_REQUEST = 13,
	HELLO_DONE = 14, CERTIFICATE_STATUS = 22,
};

enum extension {
	EXT_STATUS_REQUEST = 5, EXT_ALPN = 16, EXT_TICKET = 35,
	EXT_VERSIONS = 43, EXT_AUTHORITIES = 47, EXT_KEY_SHARE = 51,
};

/* Bytes that are still to be read. */
struct cursor {
	const uint8_t *p;
	size_t len;
};

static bool take(struct cursor *c, size_t n, struct cursor *ret)
{
	if (c->len < n)
		return false;
	*ret = (struct cursor){c->p, n};
	c->p += n;
	c->len -= n;
	return true;
}

/* A number of ${width} octets, at most 3. */
static bool number(struct cursor *c, size_t width, uint32_t *ret)
{
	struct cursor n = {0};
	uint32_t v = 0;

	if (!take(c, width, &n))
		return false;
	for (size_t i = 0; i < width; i++)
		v = v << 8 | n.p[i];
	*ret = v;
	return true;
}

/* A vector whose length is ${width} octets. */
static bool vector(struct cursor *c, size_t width, struct cursor *ret)
{
	struct cursor save = *c;
	uint32_t len = 0;

	if (number(c, width, &len) && take(c, len, ret))
		return true;
	*c = save;
	return false;
}

void reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->chain, LIMIT_TLS_FLIGHT);
	buf_init(&r->authorities, KIB(64));
	buf_init(&r->staple, KIB(64));
}

void reply_free(struct reply *r)
{
	buf_free(&r->chain);
	buf_free(&r->authorities);
	buf_free(&r->staple);
}

static void keep_alpn(struct reply *r, struct cursor body)
{
	struct cursor list = {0}, name = {0};
	size_t n = 0;

	if (!vector(&body, 2, &list) || !vector(&list, 1, &name))
		return;
	for (size_t i = 0; i < name.len && n + 1 < REPLY_ALPN; i++) {
		char c = (char)name.p[i];

		r->alpn[n++] = c > ' ' && c < 0x7f ? c : '?';
	}
	r->alpn[n] = '\0';
}

static void hello_extension(struct reply *r, uint32_t type, struct cursor body)
{
	uint32_t v = 0;

	if (type == EXT_VERSIONS && number(&body, 2, &v))
		r->version = (uint16_t)v;
	else if (type == EXT_KEY_SHARE && number(&body, 2, &v))
		r->group = (uint16_t)v;
	else if (type == EXT_ALPN)
		keep_alpn(r, body);
	else if (type == EXT_TICKET)
		r->ticket = true;
}

static bool extensions(struct reply *r, struct cursor c,
		       void (*one)(struct reply *r, uint32_t type,
				   struct cursor body))
{
	struct cursor all = {0}, body = {0};
	uint32_t type = 0;

	if (!vector(&c, 2, &all) || c.len > 0)
		return false;
	while (all.len > 0) {
		if (!number(&all, 2, &type) || !vector(&all, 2, &body))
			return false;
		one(r, type, body);
	}
	return true;
}

/* SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3 */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static int server_hello(struct reply *r, struct cursor c, const char **why)
{
	struct cursor random = {0}, session = {0};
	uint32_t version = 0, suite = 0, compression = 0;

	*why = "RFC 8446 section 4.1.3: ServerHello";
	if (!number(&c, 2, &version) || !take(&c, 32, &random) ||
	    !vector(&c, 1, &session) || session.len > 32 ||
	    !number(&c, 2, &suite) || !number(&c, 1, &compression))
		return -EBADMSG;
	r->version = (uint16_t)version;
	r->suite = (uint16_t)suite;
	if (c.len > 0 && !extensions(r, c, hello_extension))
		return -EBADMSG;
	if (r->version < TLS_1_0 || r->version > TLS_1_3)
		return -EBADMSG;
	r->hello = true;
	r->retry = memcmp(random.p, retry_random, sizeof(retry_random)) == 0;
	r->done = r->version == TLS_1_3;
	return 0;
}

static int add_vector(struct buf *b, size_t width, struct cursor c)
{
	uint8_t head[3];

	for (size_t i = 0; i < width; i++)
		head[i] = (uint8_t)(c.len >> 8 * (width - 1 - i));
	if (buf_reserve(b, width + c.len) < 0)
		return -ENOMEM;
	buf_add(b, head, width);
	return buf_add(b, c.p, c.len);
}

static void staple(struct reply *r, struct cursor c)
{
	struct cursor response = {0};
	uint32_t type = 0;

	if (number(&c, 1, &type) && type == 1 && vector(&c, 3, &response) &&
	    r->staple.len == 0)
		buf_add(&r->staple, response.p, response.len);
}

static void entry_extension(struct reply *r, uint32_t type, struct cursor body)
{
	if (type == EXT_STATUS_REQUEST)
		staple(r, body);
}

/* An entry of TLS 1.3 has extensions behind the certificate. */
static int certificate(struct reply *r, struct cursor c, const char **why)
{
	struct cursor list = {0}, der = {0}, context = {0}, ext = {0};
	bool new = r->version == TLS_1_3;

	*why = "RFC 8446 section 4.4.2: Certificate";
	if (r->has_chain || (new && !vector(&c, 1, &context)) ||
	    !vector(&c, 3, &list) || c.len > 0)
		return -EBADMSG;
	while (list.len > 0) {
		if (!vector(&list, 3, &der))
			return -EBADMSG;
		ext = list;
		if (new && (!vector(&list, 2, &c) ||
			    !extensions(r, (struct cursor){ext.p, c.len + 2},
					entry_extension)))
			return -EBADMSG;
		if (r->chain_count++ >= LIMIT_TLS_CHAIN)
			continue;
		if (add_vector(&r->chain, 3, der) < 0)
			return -ENOMEM;
		r->chain_kept++;
	}
	r->has_chain = true;
	return 0;
}

/* Only where the curve is named (RFC 8422 section 5.4); parameters of DHE say
 * no group. */
static void key_exchange(struct reply *r, struct cursor c)
{
	const struct suite *s = suite_find(r->suite);
	uint32_t type = 0, group = 0;

	if (s && strncmp(s->name, "TLS_ECDHE_", 10) == 0 &&
	    number(&c, 1, &type) && type == 3 && number(&c, 2, &group))
		r->group = (uint16_t)group;
}

static bool authorities(struct reply *r, struct cursor c)
{
	struct cursor list = {0}, name = {0};

	if (!vector(&c, 2, &list) || c.len > 0)
		return false;
	while (list.len > 0) {
		if (!vector(&list, 2, &name))
			return false;
		/* above its bound the list is cut off */
		if (add_vector(&r->authorities, 2, name) < 0)
			break;
	}
	return true;
}

static void request_extension(struct reply *r, uint32_t type,
			      struct cursor body)
{
	if (type == EXT_AUTHORITIES)
		authorities(r, body);
}

static int certificate_request(struct reply *r, struct cursor c,
			       const char **why)
{
	struct cursor skipped = {0};
	bool good = vector(&c, 1, &skipped);

	*why = "RFC 8446 section 4.3.2: CertificateRequest";
	if (r->version == TLS_1_3)
		good = good && extensions(r, c, request_extension);
	else if (r->version == TLS_1_2)
		good = good && vector(&c, 2, &skipped) && authorities(r, c);
	else
		good = good && authorities(r, c);
	r->asks_client = true;
	return good ? 0 : -EBADMSG;
}

int reply_message(struct reply *r, uint8_t type, const uint8_t *body,
		  size_t len, const char **ret_why)
{
	struct cursor c = {body, len};

	if (!r->hello && type != SERVER_HELLO) {
		*ret_why = "RFC 8446 section 4: no ServerHello first";
		return -EBADMSG;
	}
	switch (type) {
	case SERVER_HELLO:
		return server_hello(r, c, ret_why);
	case ENCRYPTED_EXTENSIONS:
		extensions(r, c, hello_extension);
		return 0;
	case CERTIFICATE:
		return certificate(r, c, ret_why);
	case CERTIFICATE_STATUS:
		staple(r, c);
		return 0;
	case SERVER_KEY_EXCHANGE:
		key_exchange(r, c);
		return 0;
	case CERTIFICATE_REQUEST:
		return certificate_request(r, c, ret_why);
	case SESSION_TICKET:
		r->ticket = true;
		return 0;
	case HELLO_DONE:
		r->done = true;
		return 0;
	default:
		return 0;
	}
}

static bool walk(const struct buf *b, size_t width, size_t *at,
		 const uint8_t **ret, size_t *ret_len)
{
	struct cursor c = {0}, item = {0};

	if (*at >= b->len)
		return false;
	c = (struct cursor){b->data + *at, b->len - *at};
	if (!vector(&c, width, &item))
		return false;
	*at = b->len - c.len;
	*ret = item.p;
	*ret_len = item.len;
	return true;
}

bool reply_certificate(const struct reply *r, size_t *at, const uint8_t **ret,
		       size_t *ret_len)
{
	return walk(&r->chain, 3, at, ret, ret_len);
}

bool reply_authority(const struct reply *r, size_t *at, const uint8_t **ret,
		     size_t *ret_len)
{
	return walk(&r->authorities, 2, at, ret, ret_len);
}
