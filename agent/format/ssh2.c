/* SPDX-License-Identifier: Apache-2.0 */
/* SSH2 public keys (RFC 4716); the private keys of the same makers are
 * recognised. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/format/format.h"
#include "agent/format/ssh_blob.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define BEGIN "---- BEGIN SSH2 "
#define PUBLIC "PUBLIC KEY ----"
#define END "---- END SSH2 PUBLIC KEY ----"

static enum format_verdict ssh2_sniff(const uint8_t *head, size_t len,
				      uint64_t size, const char *name)
{
	(void)size;
	(void)name;
	return len > sizeof(BEGIN) &&
			       memcmp(head, BEGIN, sizeof(BEGIN) - 1) == 0
		       ? FORMAT_YES
		       : FORMAT_NO;
}

/* The headers at ${p}: their length; *ret is the value of Comment. */
static size_t read_headers(const uint8_t *p, size_t len, struct spki_part *ret)
{
	size_t at = 0;
	bool goes_on = false;

	while (at < len) {
		const uint8_t *line = p + at;
		const uint8_t *end = memchr(line, '\n', len - at);
		size_t n = end ? (size_t)(end - line) : len - at;

		if (!goes_on && !memchr(line, ':', n))
			break;
		if (n > 9 &&
		    strncasecmp((const char *)line, "Comment: ", 9) == 0)
			*ret = (struct spki_part){line + 9, n - 9};
		while (n > 0 && line[n - 1] == '\r')
			n--;
		goes_on = n > 0 && line[n - 1] == '\\';
		at = end ? (size_t)(end - p) + 1 : len;
	}
	while (ret->len > 0 && strchr("\r\"\\ ", ret->data[ret->len - 1]))
		ret->len--;
	if (ret->len > 0 && ret->data[0] == '"') {
		ret->data++;
		ret->len--;
	}
	return at;
}

static int take(struct emit *e, const uint8_t *p, size_t len)
{
	static const char begin[] = BEGIN PUBLIC;
	struct spki_part comment = {p, 0};
	const uint8_t *end = memmem(p, len, END, sizeof(END) - 1);
	size_t at = sizeof(begin) - 1;
	struct ssh_blob b;
	struct buf blob;
	int r;

	if (len < at || memcmp(p, begin, at) != 0)
		return emit_gap(e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"SSH2: not a public key");
	if (!end)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"RFC 4716 section 3.2: no END line");
	while (at < len && strchr("\r\n ", p[at]))
		at++;
	len = (size_t)(end - p);
	if (at > len)
		at = len;
	at += read_headers(p + at, len - at, &comment);
	buf_init(&blob, KIB(64));
	if (decode_base64(&blob, (const char *)p + at, len - at) == 0 &&
	    ssh_blob_parse(blob.data, blob.len, &b) == 0)
		r = ssh_blob_emit(e, "", &b, comment, NULL);
	else
		r = emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
			     "RFC 4716 section 3.4: not a public key");
	buf_free(&blob);
	return r;
}

static int ssh2_parse(const struct source *s, struct emit *e)
{
	struct buf data;
	int r;

	buf_init(&data, KIB(256));
	r = source_slurp(s, &data);
	if (r == -EFBIG)
		r = emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "SSH2 key of more than %zu bytes", KIB(256));
	else if (r == 0)
		r = take(e, data.data, data.len);
	buf_free_secret(&data);
	return r;
}

const struct format format_ssh2 = {
	.name = "ssh2-public-key",
	.description = "SSH2 public key, RFC 4716",
	.sniff = ssh2_sniff,
	.parse = ssh2_parse,
};
