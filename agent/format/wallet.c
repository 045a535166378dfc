/* SPDX-License-Identifier: Apache-2.0 */
/* Oracle's cwallet.sso: a header that holds, obfuscated, the password of the
 * PKCS#12 file that follows it.  Who can read the file can use its keys: that
 * is flagged.  The password is not taken out of it. */
#include <errno.h>
#include <string.h>

#include "agent/format/ber.h"
#include "agent/format/format.h"
#include "agent/format/keystore.h"
#include "lib/limits.h"

/* the header has 77 bytes; later versions may differ somewhat */
#define HEADER_LEAST 16
#define HEADER_MOST 256

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	(void)size;
	(void)name;
	if (len < HEADER_LEAST || memcmp(head, "\xa1\xf8\x4e", 3) != 0 ||
	    head[3] < 0x36 || head[3] > 0x38)
		return FORMAT_NO;
	return FORMAT_YES;
}

/* Where a PFX begins that reaches just to the end; 0 if nowhere. */
static size_t find_store(const uint8_t *data, size_t len)
{
	size_t most = len < HEADER_MOST ? len : HEADER_MOST;

	for (size_t at = HEADER_LEAST; at < most; at++) {
		struct ber b = ber_of(data + at, len - at);
		struct ber pfx = { 0 };
		uint64_t version = 0;

		if (ber_enter(&b, BER_SEQUENCE, &pfx) == 0 && b.left == 0 &&
		    ber_unsigned(&pfx, &version) == 0 && version == 3)
			return at;
	}
	return 0;
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	size_t at = find_store(data, len);
	struct keystore store;
	int r = 0;

	keystore_init(&store);
	store.flags[0] = "auto-login";
	/* 0x38: it opens only on the host that made it */
	if (data[3] == 0x38)
		store.flags[1] = "auto-login-local";
	store.encrypted = true;
	store.may_hold_keys = true;
	store.locked = at == 0;
	keystore_scheme(&store, "Oracle auto-login", 0);
	r = keystore_emit(&store, e);
	if (r == 0 && at > 0)
		r = format_parse_nested(e, "wallet", data + at, len - at,
					"ewallet.p12");
	keystore_free(&store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_wallet = {
	.name = "wallet",
	.description = "Oracle auto-login wallet (cwallet.sso)",
	.sniff = sniff,
	.parse = parse,
};
