/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/ssh_blob.h"
#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/x509.h"

#define FLAGS_MAX 40
/* 9999-12-31T23:59:59Z: RFC 5280 section 4.1.2.5, no well-defined end */
#define FOREVER 253402300799

static int64_t time_of(uint64_t t)
{
	return t > FOREVER ? FOREVER : (int64_t)t;
}

static int fill_principals(struct arena *a, struct spki_part packed,
			   Cw__Facts *facts)
{
	struct ssh_wire w = {packed.data, packed.len, false};
	size_t n = 0;

	while (w.len > 0 && !w.bad && n < LIMIT_NAMES) {
		ssh_wire_string(&w);
		n += !w.bad;
	}
	if (n == 0)
		return 0;
	facts->principals = arena_alloc(a, n * sizeof(*facts->principals));
	if (!facts->principals)
		return -ENOMEM;
	w = (struct ssh_wire){packed.data, packed.len, false};
	for (size_t i = 0; i < n; i++) {
		facts->principals[i] = ssh_text(a, ssh_wire_string(&w));
		if (!facts->principals[i])
			return -ENOMEM;
	}
	facts->n_principals = n;
	return 0;
}

/* "SHA256:" and the base64 of the hash, as ssh-keygen -l prints it. */
static char *fingerprint(struct arena *a, struct spki_part blob)
{
	uint8_t hash[HASH_SIZE];
	struct buf text;
	char *copy = NULL;

	buf_init(&text, 64);
	hash_sha256(blob.data, blob.len, hash);
	buf_adds(&text, "SHA256:");
	encode_base64(&text, hash, sizeof(hash));
	while (text.len > 0 && text.data[text.len - 1] == '=')
		text.len--;
	if (!text.failed)
		copy = arena_str(a, text.data, text.len);
	buf_free(&text);
	return copy;
}

static int fill_certificate(struct arena *a, const struct ssh_certificate *c,
			    Cw__Facts *facts)
{
	struct ssh_wire w = {c->signature.data, c->signature.len, false};
	char serial[17];

	snprintf(serial, sizeof(serial), "%" PRIx64, c->serial);
	facts->serial = arena_str(a, serial, strlen(serial));
	facts->subject = ssh_text(a, c->key_id);
	facts->issuer = fingerprint(a, c->ca);
	facts->sig_alg = ssh_text(a, ssh_wire_string(&w));
	facts->has_validity = true;
	facts->not_before = time_of(c->valid_after);
	facts->not_after = time_of(c->valid_before);
	facts->role = (char *)(uintptr_t)(c->type == 1	 ? "user"
					  : c->type == 2 ? "host"
							 : "");
	if (!facts->serial || !facts->subject || !facts->issuer ||
	    !facts->sig_alg)
		return -ENOMEM;
	return fill_principals(a, c->principals, facts);
}

static int fill(struct arena *a, const struct ssh_blob *b, struct buf *spki,
		Cw__Facts *facts)
{
	const char *why = "";
	int r = ssh_blob_spki(b, spki);

	if (r == 0)
		r = x509_public_key(spki->data, spki->len, a, facts, &why);
	if (r < 0) {
		cw__facts__init(facts);
		facts->key_alg = ssh_text(a, b->name);
		if (!facts->key_alg)
			return -ENOMEM;
		if (strstr(facts->key_alg, "mldsa44-ed25519"))
			facts->pq_class = (char *)(uintptr_t)"hybrid";
	}
	return b->is_certificate ? fill_certificate(a, &b->certificate, facts)
				 : 0;
}

int ssh_blob_emit(struct emit *e, const char *entry, const struct ssh_blob *b,
		  struct spki_part comment, const struct emit_extra *extra)
{
	struct emit_extra more = extra ? *extra : (struct emit_extra){0};
	const char *flags[FLAGS_MAX + 3];
	Cw__Facts facts = CW__FACTS__INIT;
	size_t n = 0;
	struct buf spki;
	int r;

	for (; more.flags && more.flags[n] && n < FLAGS_MAX; n++)
		flags[n] = more.flags[n];
	if (ssh_blob_is_security_key(b))
		flags[n++] = "security-key";
	more.flags = flags;
	buf_init(&spki, KIB(32));
	r = fill(&e->arena, b, &spki, &facts);
	if (debian_keys_has(format_settings()->weak_keys, spki.data, spki.len))
		flags[n++] = EMIT_DEBIAN_WEAK;
	flags[n] = NULL;
	facts.comment = ssh_text(&e->arena, comment);
	if (r == -ENOMEM || !facts.comment)
		r = emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "%s: an SSH key with more than can be kept",
			     entry);
	else
		r = emit_facts(e,
			       b->is_certificate
				       ? CW__KIND__KIND_SSH_CERTIFICATE
				       : CW__KIND__KIND_SSH_KEY,
			       entry, &facts, &more);
	buf_free(&spki);
	return r;
}
