/* SPDX-License-Identifier: Apache-2.0 */
/* [MS-TDS] section 2.2.6.5: PRELOGIN.  TDS 7 carries the TLS handshake in
 * packets of its own. */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>
#include <string.h>

#define HEADER 8
#define PRELOGIN 0x12
#define RESPONSE 0x04
#define ENCRYPTION 1	/* option token */
#define NOT_SUPPORTED 2

/* options: version, encryption (on), end */
static const char request[] =
	"\x12\1\0\x1a\0\0\1\0" "\0\0\x0b\0\6" "\1\0\x11\0\1" "\xff"
	"\x11\0\0\0\0\0" "\1";

/* Finds the option in a PRELOGIN answer: its octet, or -1. */
static int encryption(const uint8_t *p, size_t len)
{
	for (size_t at = 0; at + 5 <= len && p[at] != 0xff; at += 5) {
		size_t offset = (size_t)p[at + 1] << 8 | p[at + 2];

		if (p[at] == ENCRYPTION && offset < len)
			return p[offset];
	}
	return -1;
}

static int talk(struct starttls_talk *t)
{
	const uint8_t *p = t->in.data;
	size_t len = 0;
	int answer = 0;

	if (!t->greeted && buf_add(&t->out, request, sizeof(request) - 1) < 0)
		return -ENOMEM;
	t->greeted = true;
	if (t->in.len > 0 && p[0] != RESPONSE)
		return starttls_fail(t, -EBADMSG, p, t->in.len);
	if (t->in.len < HEADER)
		return 0;
	len = (size_t)p[2] << 8 | p[3];
	if (len < HEADER || len > 4096)
		return starttls_fail(t, -EBADMSG, "no TDS response", 15);
	if (t->in.len < len)
		return 0;
	answer = encryption(p + HEADER, len - HEADER);
	if (answer < 0 || answer == NOT_SUPPORTED)
		return starttls_fail(t, -EOPNOTSUPP, "TDS: refused", 12);
	starttls_consume(t, len);
	return 1;
}

static int wrap(struct buf *out, size_t len)
{
	size_t all = len + HEADER;
	const uint8_t head[HEADER] = {PRELOGIN, 1, (uint8_t)(all >> 8),
				      (uint8_t)all, 0, 0, 0, 0};

	return buf_add(out, head, sizeof(head));
}

static int unwrap(struct buf *in, struct buf *ret)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && in->len - at >= HEADER) {
		const uint8_t *p = in->data + at;
		size_t len = (size_t)p[2] << 8 | p[3];

		if (len < HEADER || (p[0] != PRELOGIN && p[0] != RESPONSE))
			return -EBADMSG;
		if (in->len - at < len)
			break;
		r = buf_add(ret, p + HEADER, len - HEADER);
		at += len;
	}
	in->len -= at;
	if (at > 0)
		memmove(in->data, in->data + at, in->len);
	return r;
}

static const char *const processes[] = {"sqlservr", NULL};

static const uint16_t ports[] = {1433, 0};

const struct starttls starttls_mssql = {
	.name = "mssql",
	.description = "Microsoft SQL Server",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.wrap = wrap,
	.unwrap = unwrap,
};
