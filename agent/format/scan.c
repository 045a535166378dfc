/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/scan.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "agent/format/ber.h"
#include "lib/limits.h"

#define LEAST 0x50		/* bytes of a TBSCertificate */

/* Bytes of a DER header of one of these lengths; 0 for any other: a certificate
 * has more than 80 bytes, and none in a store has more than 64 KiB. */
static size_t header(const uint8_t *p, size_t left)
{
	if (left < 4 || p[0] != BER_SEQUENCE)
		return 0;
	if (p[1] == 0x82)
		return 4;
	return p[1] == 0x81 ? 3 : p[1] >= LEAST && p[1] < 0x80 ? 2 : 0;
}

/* Certificate and TBSCertificate, then version [0] or the serial number. */
static bool begins(const uint8_t *p, size_t left)
{
	size_t outer = header(p, left), inner;

	if (outer < 3)
		return false;
	inner = header(p + outer, left - outer);
	return inner > 0 && outer + inner < left &&
	       (p[outer + inner] == BER_CONTEXT_CONSTRUCTED ||
		p[outer + inner] == BER_INTEGER);
}

/* Does the one that begins at ${at} reach into another page? */
static bool is_spread(const uint8_t *data, size_t at, size_t page)
{
	const uint8_t *p = data + at;
	size_t len = p[1] == 0x82 ? 4 + ((size_t)p[2] << 8 | p[3])
				  : 3 + (size_t)p[2];

	return page > 0 && at / page != (at + len - 1) / page;
}

/* Emits the one at ${at}: its length, 0 where there is none, or negative. */
static ssize_t take(struct emit *e, struct keystore *store,
		    const uint8_t *data, size_t len)
{
	struct ber rest = ber_of(data, len);
	struct ber_item item = { 0 };
	char *entry = NULL;
	int r = 0;

	if (ber_next(&rest, &item) < 0)
		return 0;
	arena_reset(&store->arena);
	entry = keystore_entry(&store->arena, "", 0, store->certificates + 1);
	if (!entry)
		return -ENOMEM;
	r = emit_object(e, CW__KIND__KIND_CERTIFICATE, entry, item.whole.p,
			item.whole.left, NULL, NULL);
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	store->certificates++;
	return (ssize_t)item.whole.left;
}

int scan_certificates(struct emit *e, struct keystore *store,
		      const uint8_t *data, size_t len, size_t page,
		      unsigned int *ret_spread)
{
	unsigned int tries = 0, spread = 0;
	ssize_t n = 0;

	for (size_t at = 0; at < len; at += n > 0 ? (size_t)n : 1) {
		const uint8_t *next = memchr(data + at, BER_SEQUENCE, len - at);

		n = 0;
		if (!next)
			break;
		at = (size_t)(next - data);
		if (!begins(next, len - at))
			continue;
		if (is_spread(data, at, page)) {
			spread++;
			continue;
		}
		if (++tries > SCAN_TRIES)
			return emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
					"more than %d places that look like a "
					"certificate", SCAN_TRIES);
		n = take(e, store, next, len - at);
		if (n < 0)
			return (int)n;
	}
	if (ret_spread)
		*ret_spread = spread;
	return 0;
}
