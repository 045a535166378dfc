/* SPDX-License-Identifier: Apache-2.0 */
/* IBM's CMS key database (.kdb of GSKit: IBM HTTP Server, MQ, Db2).  Its form
 * is not published: certificates that stand in it in clear are read, what else
 * it holds is reported as locked. */
#include <errno.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/keystore.h"
#include "agent/format/scan.h"

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	static const char magic[] = "7H\3";	/* then a minor version */
	static const char label[] = "X509KEY";

	(void)size;
	(void)name;
	if (len < 15 || memcmp(head, magic, 3) != 0 ||
	    memcmp(head + 8, label, 7) != 0)
		return FORMAT_NO;
	return FORMAT_YES;
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct keystore store;
	int r = 0;

	keystore_init(&store);
	store.encrypted = true;
	keystore_scheme(&store, "IBM CMS", 0);
	r = scan_certificates(e, &store, data, len, 0, NULL);
	/* whether there are keys cannot be seen */
	store.locked = 1;
	store.may_hold_keys = true;
	if (r == 0)
		r = keystore_emit(&store, e);
	keystore_free(&store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_kdb = {
	.name = "kdb",
	.description = "IBM CMS key database (.kdb): certificates in clear",
	.sniff = sniff,
	.parse = parse,
};
