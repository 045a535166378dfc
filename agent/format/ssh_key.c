/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH's private keys (its PROTOCOL.key).  The public key stands before the
 * private part, in clear; of the private part only the comment is read, and
 * only where it is not encrypted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/ssh_blob.h"
#include "lib/limits.h"

static const char magic[] = "openssh-key-v1";	/* and its NUL */

#define KEY_MAX KIB(256)	/* bytes of a file */
#define KEYS_MAX 16		/* in a file; OpenSSH writes one */

static enum format_verdict ssh_key_sniff(const uint8_t *head, size_t len,
					 uint64_t size, const char *name)
{
	(void)size;
	(void)name;
	return len > sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0
		       ? FORMAT_YES
		       : FORMAT_NO;
}

/* Steps over the numbers of a private key to its comment. */
static struct spki_part comment_of(struct ssh_wire *w, const struct ssh_blob *b)
{
	struct spki_part none = {NULL, 0}, comment;
	const char *layout = ssh_blob_private_layout(b);
	struct spki_part name = ssh_wire_string(w);

	if (!layout || w->bad || name.len != b->name.len ||
	    memcmp(name.data, b->name.data, name.len) != 0) {
		w->bad = true;
		return none;
	}
	for (; *layout; layout++) {
		if (*layout == 's') {
			ssh_wire_string(w);
		} else if (w->len > 0) {
			w->data++;
			w->len--;
		}
	}
	comment = ssh_wire_string(w);
	return w->bad ? none : comment;
}

/* The header up to the public keys: cipher, key derivation, its rounds. */
struct header {
	struct spki_part cipher;
	struct spki_part kdf;
	uint32_t rounds;
	uint32_t keys;
};

static void read_header(struct ssh_wire *w, struct header *h)
{
	struct ssh_wire options;
	struct spki_part o;

	h->cipher = ssh_wire_string(w);
	h->kdf = ssh_wire_string(w);
	o = ssh_wire_string(w);
	options = (struct ssh_wire){o.data, o.len, false};
	ssh_wire_string(&options);	/* salt */
	h->rounds = ssh_wire_u32(&options);
	h->keys = ssh_wire_u32(w);
}

static char *name_of(struct arena *a, struct spki_part name)
{
	char *text = name.len <= SSH_NAME_MAX ? ssh_text(a, name) : NULL;

	return text ? text : (char *)(uintptr_t)"unknown";
}

static int emit_key(struct emit *e, const char *entry, const struct header *h,
		    struct spki_part public, struct ssh_wire *private)
{
	static const char *const flags[] = {"private", NULL};
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = {.protection = &protection, .flags = flags};
	struct spki_part comment = {NULL, 0};
	char scheme[2 * SSH_NAME_MAX + 2] = "";
	struct ssh_blob b;

	if (ssh_blob_parse(public.data, public.len, &b) < 0)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"OpenSSH key: the public key is not one");
	protection.encrypted =
		h->cipher.len != 4 || memcmp(h->cipher.data, "none", 4) != 0;
	protection.iterations = h->rounds;
	if (protection.encrypted) {
		char *cipher = name_of(&e->arena, h->cipher);
		char *kdf = name_of(&e->arena, h->kdf);

		snprintf(scheme, sizeof(scheme), "%s %s", kdf, cipher);
		protection.scheme = scheme;
	} else {
		comment = comment_of(private, &b);
	}
	return ssh_blob_emit(e, entry, &b, comment, &extra);
}

static int take(struct emit *e, const uint8_t *data, size_t len)
{
	struct ssh_wire w = {data + sizeof(magic), len - sizeof(magic), false};
	struct spki_part public[KEYS_MAX] = {{NULL, 0}}, rest;
	struct ssh_wire private;
	struct header h;
	int r = 0;

	read_header(&w, &h);
	if (!w.bad && h.keys > KEYS_MAX)
		return emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
				"OpenSSH key: claims %u keys", h.keys);
	for (uint32_t i = 0; !w.bad && i < h.keys; i++)
		public[i] = ssh_wire_string(&w);
	if (w.bad || h.keys == 0)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"OpenSSH key: cut short");
	rest = ssh_wire_string(&w);
	private = (struct ssh_wire){rest.data, rest.len, w.bad};
	ssh_wire_u64(&private);	/* two equal numbers that prove a decryption */
	for (uint32_t i = 0; r == 0 && i < h.keys; i++) {
		char entry[16] = "";

		if (h.keys > 1)
			snprintf(entry, sizeof(entry), "%u", i + 1);
		r = emit_key(e, entry, &h, public[i], &private);
	}
	return r;
}

static int ssh_key_parse(const struct source *s, struct emit *e)
{
	struct buf data;
	int r;

	buf_init(&data, KEY_MAX);
	r = source_slurp(s, &data);
	if (r == -EFBIG)
		r = emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "OpenSSH key of more than %zu bytes", KEY_MAX);
	else if (r == 0 && data.len > sizeof(magic))
		r = take(e, data.data, data.len);
	buf_free_secret(&data);
	return r;
}

const struct format format_ssh_key = {
	.name = "openssh-key",
	.description = "OpenSSH private key; the public half needs no password",
	.sniff = ssh_key_sniff,
	.parse = ssh_key_parse,
};
