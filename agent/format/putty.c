/* SPDX-License-Identifier: Apache-2.0 */
/* PuTTY's .ppk, versions 2 and 3 (its manual, appendix C).  The public key is
 * in clear; the private part is not looked at. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/ssh_blob.h"
#include "lib/encode.h"
#include "lib/limits.h"

static const char magic[] = "PuTTY-User-Key-File-";

#define FILE_MAX KIB(256)

struct putty {
	struct buf public;		/* the blob */
	struct spki_part comment;
	struct spki_part encryption;
	struct spki_part derivation;	/* version 3 */
	uint32_t passes;
};

static enum format_verdict putty_sniff(const uint8_t *head, size_t len,
				       uint64_t size, const char *name)
{
	(void)size;
	(void)name;
	return len > sizeof(magic) &&
			       memcmp(head, magic, sizeof(magic) - 1) == 0
		       ? FORMAT_YES
		       : FORMAT_NO;
}

/* Takes the next line, without its end. */
static struct spki_part next_line(struct ssh_wire *w)
{
	const uint8_t *end = memchr(w->data, '\n', w->len);
	struct spki_part line = {w->data, end ? (size_t)(end - w->data)
					      : w->len};
	size_t taken = end ? line.len + 1 : line.len;

	w->data += taken;
	w->len -= taken;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Is ${line} "NAME: value"?  Then the value. */
static bool is_field(struct spki_part line, const char *name,
		     struct spki_part *ret)
{
	size_t n = strlen(name);

	if (line.len < n + 2 || memcmp(line.data, name, n) != 0 ||
	    line.data[n] != ':' || line.data[n + 1] != ' ')
		return false;
	*ret = (struct spki_part){line.data + n + 2, line.len - n - 2};
	return true;
}

static uint32_t number_of(struct spki_part p)
{
	uint32_t v = 0;

	for (size_t i = 0; i < p.len && i < 9; i++) {
		if (p.data[i] < '0' || p.data[i] > '9')
			break;
		v = v * 10 + (uint32_t)(p.data[i] - '0');
	}
	return v;
}

/* 0, or -EBADMSG. */
static int read_fields(struct ssh_wire *w, struct putty *k)
{
	struct spki_part value;

	while (w->len > 0) {
		struct spki_part line = next_line(w);

		if (is_field(line, "Encryption", &value))
			k->encryption = value;
		else if (is_field(line, "Comment", &value))
			k->comment = value;
		else if (is_field(line, "Key-Derivation", &value))
			k->derivation = value;
		else if (is_field(line, "Argon2-Passes", &value))
			k->passes = number_of(value);
		else if (is_field(line, "Private-Lines", &value))
			break;
		if (!is_field(line, "Public-Lines", &value))
			continue;
		for (uint32_t n = number_of(value); n > 0 && w->len > 0; n--) {
			line = next_line(w);
			if (decode_base64(&k->public, (const char *)line.data,
					  line.len) < 0)
				return -EBADMSG;
		}
	}
	return k->public.len > 0 ? 0 : -EBADMSG;
}

static int emit_putty(struct emit *e, const struct putty *k)
{
	static const char *const flags[] = {"private", NULL};
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = {.protection = &protection, .flags = flags};
	struct ssh_blob b;
	char scheme[80];

	if (ssh_blob_parse(k->public.data, k->public.len, &b) < 0)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"PuTTY key: the public key is not one");
	protection.encrypted =
		k->encryption.len != 4 ||
		memcmp(k->encryption.data, "none", 4) != 0;
	if (protection.encrypted) {
		/* version 2 hashes the password once */
		bool argon = k->derivation.len >= 6 &&
			     memcmp(k->derivation.data, "Argon2", 6) == 0;

		snprintf(scheme, sizeof(scheme), "%s aes256-cbc",
			 argon ? "Argon2" : "SHA-1");
		protection.scheme = scheme;
		protection.iterations = argon ? k->passes : 1;
	}
	return ssh_blob_emit(e, "", &b, k->comment, &extra);
}

static int putty_parse(const struct source *s, struct emit *e)
{
	struct putty k = {.passes = 0};
	struct ssh_wire w;
	struct buf data;
	int r;

	buf_init(&data, FILE_MAX);
	buf_init(&k.public, KIB(64));
	r = source_slurp(s, &data);
	if (r == -EFBIG) {
		r = emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "PuTTY key of more than %zu bytes", FILE_MAX);
	} else if (r == 0) {
		w = (struct ssh_wire){data.data, data.len, false};
		r = read_fields(&w, &k);
		r = r == 0 ? emit_putty(e, &k)
			   : emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				      "PuTTY key: no public key");
	}
	buf_free(&k.public);
	buf_free_secret(&data);
	return r;
}

const struct format format_putty = {
	.name = "putty-key",
	.description = "PuTTY private key; the public half needs no password",
	.sniff = putty_sniff,
	.parse = putty_parse,
};
