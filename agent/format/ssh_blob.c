/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/ssh_blob.h"

#include <errno.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/limits.h"

#define CERTIFICATE "-cert-v01@openssh.com"

enum ssh_algorithm { SSH_RSA, SSH_DSA, SSH_EC, SSH_OKP, SSH_OTHER };

static const struct ssh_type {
	const char *name;
	enum ssh_algorithm algorithm;
	size_t fields;		/* strings after the name */
	bool security_key;
	const char *private_layout;
} types[] = {
	{"ssh-rsa", SSH_RSA, 2, false, "ssssss"},
	{"ssh-dss", SSH_DSA, 4, false, "sssss"},
	{"ecdsa-sha2-nistp256", SSH_EC, 2, false, "sss"},
	{"ecdsa-sha2-nistp384", SSH_EC, 2, false, "sss"},
	{"ecdsa-sha2-nistp521", SSH_EC, 2, false, "sss"},
	{"ssh-ed25519", SSH_OKP, 1, false, "ss"},
	{"ssh-ed448", SSH_OKP, 1, false, "ss"},
	{"sk-ecdsa-sha2-nistp256@openssh.com", SSH_EC, 3, true, "sssbss"},
	{"sk-ssh-ed25519@openssh.com", SSH_OKP, 2, true, "ssbss"},
	{"ssh-mldsa44-ed25519@openssh.com", SSH_OTHER, 1, false, "ss"},
};

uint32_t ssh_wire_u32(struct ssh_wire *w)
{
	uint32_t v = 0;

	if (w->bad || w->len < 4) {
		w->bad = true;
		return 0;
	}
	for (size_t i = 0; i < 4; i++)
		v = v << 8 | w->data[i];
	w->data += 4;
	w->len -= 4;
	return v;
}

uint64_t ssh_wire_u64(struct ssh_wire *w)
{
	uint64_t high = ssh_wire_u32(w);

	return high << 32 | ssh_wire_u32(w);
}

struct spki_part ssh_wire_string(struct ssh_wire *w)
{
	uint32_t len = ssh_wire_u32(w);
	struct spki_part s = {w->data, len};

	if (w->bad || len > w->len) {
		w->bad = true;
		return (struct spki_part){w->data, 0};
	}
	w->data += len;
	w->len -= len;
	return s;
}

char *ssh_text(struct arena *a, struct spki_part s)
{
	char *text = arena_str(a, s.data, s.len);

	for (size_t i = 0; text && i < s.len;) {
		size_t n = utf8_length((uint8_t *)text + i, s.len - i);

		if (n == 0 || text[i] == '\0')
			text[i] = '?';
		i += n ? n : 1;
	}
	return text;
}

static bool is_named(struct spki_part p, const char *name)
{
	return p.len == strlen(name) && memcmp(p.data, name, p.len) == 0;
}

/* "ssh-rsa-cert-v01@openssh.com" is "ssh-rsa",
 * "sk-ssh-ed25519-cert-v01@openssh.com" is "sk-ssh-ed25519@openssh.com". */
static const struct ssh_type *find_type(struct spki_part name, bool certificate)
{
	char base[SSH_NAME_MAX + 16];
	size_t n = name.len;

	if (certificate)
		n -= sizeof(CERTIFICATE) - 1;
	if (n > SSH_NAME_MAX)
		return NULL;
	memcpy(base, name.data, n);
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (is_named((struct spki_part){(uint8_t *)base, n},
				     types[i].name))
				return &types[i];
		}
		if (!certificate)
			break;
		memcpy(base + n, "@openssh.com", 12);
		n += 12;
	}
	return NULL;
}

static bool ends_in_certificate(struct spki_part name)
{
	size_t n = sizeof(CERTIFICATE) - 1;

	return name.len > n &&
	       memcmp(name.data + name.len - n, CERTIFICATE, n) == 0;
}

static void parse_certificate(struct ssh_wire *w, struct ssh_certificate *c)
{
	c->serial = ssh_wire_u64(w);
	c->type = ssh_wire_u32(w);
	c->key_id = ssh_wire_string(w);
	c->principals = ssh_wire_string(w);
	c->valid_after = ssh_wire_u64(w);
	c->valid_before = ssh_wire_u64(w);
	ssh_wire_string(w);	/* critical options */
	ssh_wire_string(w);	/* extensions */
	ssh_wire_string(w);	/* reserved */
	c->ca = ssh_wire_string(w);
	c->signature = ssh_wire_string(w);
}

int ssh_blob_parse(const uint8_t *data, size_t len, struct ssh_blob *ret)
{
	struct ssh_wire w = {data, len, false};
	struct ssh_blob b = {.type = NULL};

	b.name = ssh_wire_string(&w);
	if (w.bad || b.name.len == 0 || b.name.len > SSH_NAME_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < b.name.len; i++) {
		if (b.name.data[i] <= ' ' || b.name.data[i] > '~')
			return -EBADMSG;
	}
	b.is_certificate = ends_in_certificate(b.name);
	b.type = find_type(b.name, b.is_certificate);
	if (b.type) {
		if (b.is_certificate)
			ssh_wire_string(&w);	/* nonce */
		for (size_t i = 0; i < b.type->fields; i++)
			b.fields[i] = ssh_wire_string(&w);
		if (b.is_certificate)
			parse_certificate(&w, &b.certificate);
		if (w.bad)
			return -EBADMSG;
	}
	*ret = b;
	return 0;
}

int ssh_blob_spki(const struct ssh_blob *b, struct buf *out)
{
	static const struct spki_part ed25519 = {(const uint8_t *)"Ed25519", 7};
	static const struct spki_part ed448 = {(const uint8_t *)"Ed448", 5};
	int r = -ENOTSUP;

	if (!b->type)
		return -ENOTSUP;
	switch (b->type->algorithm) {
	case SSH_RSA:
		r = spki_rsa(out, b->fields[1], b->fields[0]);
		break;
	case SSH_DSA:
		r = spki_dsa(out, b->fields);
		break;
	case SSH_EC:
		r = spki_ec(out, b->fields[0], b->fields[1]);
		break;
	case SSH_OKP:
		r = spki_okp(out, b->fields[0].len == 57 ? ed448 : ed25519,
			     b->fields[0]);
		break;
	case SSH_OTHER:
		break;
	}
	return r < 0 ? -ENOTSUP : 0;
}

bool ssh_blob_is_security_key(const struct ssh_blob *b)
{
	return b->type && b->type->security_key;
}

const char *ssh_blob_private_layout(const struct ssh_blob *b)
{
	return b->type ? b->type->private_layout : NULL;
}
