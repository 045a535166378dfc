/* SPDX-License-Identifier: Apache-2.0 */
/* The databases of NSS before version 3.35, cert8.db and key3.db: hash files of
 * Berkeley DB 1.85.  Their pages have 16 KiB, so that hardly a certificate is
 * spread over several; where one is, that is said. */
#include <errno.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/keystore.h"
#include "agent/format/scan.h"

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	/* magic number and version, in the order of the host that wrote it */
	static const char big[] = "\0\6\x15\x61\0\0\0\2";
	static const char little[] = "\x61\x15\6\0\2\0\0\0";

	(void)size;
	(void)name;
	if (len < 8 || (memcmp(head, big, 8) != 0 &&
			memcmp(head, little, 8) != 0))
		return FORMAT_NO;
	return FORMAT_YES;
}

static bool has(const uint8_t *data, size_t len, const char *text)
{
	return memmem(data, len, text, strlen(text)) != NULL;
}

/* The page size, in the order of the host that wrote the file. */
static size_t page_size(const uint8_t *data, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; len >= 16 && i < 4; i++)
		n = n << 8 | data[data[0] == 0 ? 12 + i : 15 - i];
	return n;
}

static int parse_entries(struct emit *e, struct keystore *store,
			 const uint8_t *data, size_t len)
{
	unsigned int spread = 0;
	int r = scan_certificates(e, store, data, len, page_size(data, len),
				  &spread);

	if (r == 0 && has(data, len, "global-salt")) {
		store->encrypted = true;
		store->locked = 1;
		store->may_hold_keys = true;
		keystore_scheme(store, "NSS key3.db", 0);
	} else if (r == 0 && store->certificates + spread == 0) {
		/* any other use of such a file */
		return -EBADMSG;
	}
	if (r == 0 && spread > 0)
		r = emit_gap(e, CW__GAP_KIND__GAP_UNSUPPORTED,
			     "Berkeley DB 1.85: %u certificates are spread "
			     "over several pages", spread);
	return r < 0 ? r : keystore_emit(store, e);
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct keystore store;
	int r = 0;

	keystore_init(&store);
	r = parse_entries(e, &store, data, len);
	keystore_free(&store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_nss_dbm = {
	.name = "nss-dbm",
	.description = "NSS databases cert8.db and key3.db",
	.sniff = sniff,
	.parse = parse,
};
