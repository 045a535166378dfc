/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/emit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "lib/debian_key.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/x509.h"

void emit_init(struct emit *e, const struct emit_sink *sink)
{
	*e = (struct emit){.sink = sink, .format = "", .prefix = "",
			   .inflate_left = LIMIT_INFLATE};
	arena_init(&e->arena, 2 * LIMIT_FACTS);
}

void emit_free(struct emit *e)
{
	arena_free(&e->arena);
}

static char *full_entry(struct emit *e, const char *entry)
{
	size_t prefix = strlen(e->prefix), len = strlen(entry);
	char *full = arena_alloc(&e->arena, prefix + len + 2);

	if (full)
		snprintf(full, prefix + len + 2, "%s%s%s", e->prefix,
			 prefix > 0 && len > 0 ? "/" : "", entry);
	return full;
}

static size_t count_flags(const char *const *flags)
{
	size_t n = 0;

	while (flags && flags[n])
		n++;
	return n;
}

/* ${flags} and one more, for the public key in ${der}. */
static int add_weak(struct emit *e, Ipc__Finding *f)
{
	const struct debian_keys *list = format_settings()->weak_keys;
	Cw__Kind kind = f->kind == CW__KIND__KIND_PRIVATE_KEY
				? CW__KIND__KIND_PUBLIC_KEY : f->kind;
	const uint8_t *spki = NULL;
	size_t len = 0;
	char **more;

	if (!list || f->der.len == 0 || kind == CW__KIND__KIND_CRL ||
	    x509_spki_of(kind, f->der.data, f->der.len, &spki, &len) < 0 ||
	    !debian_keys_has(list, spki, len))
		return 0;
	more = arena_alloc(&e->arena, (f->n_flags + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	for (size_t i = 0; i < f->n_flags; i++)
		more[i] = f->flags[i];
	more[f->n_flags++] = (char *)(uintptr_t)EMIT_DEBIAN_WEAK;
	f->flags = more;
	return 0;
}

/* Fills in what all findings have, hands it to the sink, empties the arena. */
static int deliver(struct emit *e, Ipc__Finding *f, const char *entry,
		   const struct emit_extra *extra)
{
	int r;

	f->format = (char *)(uintptr_t)e->format;
	f->entry = full_entry(e, entry);
	if (extra) {
		f->trust_store = extra->trust_store;
		f->holds_keys = extra->holds_keys;
		f->protection = (Cw__Protection *)(uintptr_t)extra->protection;
		f->flags = (char **)(uintptr_t)extra->flags;
		f->n_flags = count_flags(extra->flags);
	}
	r = f->entry ? add_weak(e, f) : -ENOMEM;
	if (r == 0)
		r = e->sink->finding(e->sink->arg, f);
	arena_reset(&e->arena);
	return r;
}

/* 0, or -EOVERFLOW: the file's share is used up, and that was said. */
static int take_share(struct emit *e)
{
	if (e->count >= LIMIT_FINDINGS_PER_FILE) {
		emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			 "more than %d entries: the others were not looked at",
			 LIMIT_FINDINGS_PER_FILE);
		return -EOVERFLOW;
	}
	e->count++;
	return 0;
}

int emit_object(struct emit *e, Cw__Kind kind, const char *entry,
		const uint8_t *der, size_t len, const struct emit_extra *extra,
		const char **ret_why)
{
	Ipc__Finding f = IPC__FINDING__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	uint8_t hash[HASH_SIZE];
	const char *why = "";
	int r = x509_facts(kind, der, len, &e->arena, &facts, &why);

	if (r == -ENOBUFS) {
		arena_reset(&e->arena);
		return emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE, "%s", why);
	}
	if (r < 0) {
		arena_reset(&e->arena);
		if (ret_why)
			*ret_why = why;
		return r;
	}
	r = take_share(e);
	if (r < 0)
		return r;
	hash_sha256(der, len, hash);
	f.kind = kind;
	f.sha256 = (ProtobufCBinaryData){sizeof(hash), hash};
	if (len <= LIMIT_DER)
		f.der = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)der};
	f.facts = &facts;
	if (kind == CW__KIND__KIND_CERTIFICATE)
		f.chain_position = ++e->certificates;
	return deliver(e, &f, entry, extra);
}

int emit_private_key(struct emit *e, const char *entry, const uint8_t *spki,
		     size_t len, const struct emit_extra *extra)
{
	Ipc__Finding f = IPC__FINDING__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	uint8_t hash[HASH_SIZE];
	const char *why = "";
	int r = take_share(e);

	if (r < 0)
		return r;
	f.kind = CW__KIND__KIND_PRIVATE_KEY;
	if (spki && x509_public_key(spki, len, &e->arena, &facts, &why) == 0) {
		hash_sha256(spki, len, hash);
		f.sha256 = (ProtobufCBinaryData){sizeof(hash), hash};
		f.der = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)spki};
		f.facts = &facts;
	} else if (extra && extra->facts) {
		f.facts = (Cw__Facts *)(uintptr_t)extra->facts;
	}
	return deliver(e, &f, entry, extra);
}

int emit_facts(struct emit *e, Cw__Kind kind, const char *entry,
	       const Cw__Facts *facts, const struct emit_extra *extra)
{
	Ipc__Finding f = IPC__FINDING__INIT;
	int r = take_share(e);

	if (r < 0)
		return r;
	f.kind = kind;
	f.facts = (Cw__Facts *)(uintptr_t)facts;
	return deliver(e, &f, entry, extra);
}

int emit_gap(struct emit *e, Cw__GapKind kind, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	if (e->gaps > LIMIT_GAPS_PER_FILE)
		return 0;
	if (e->gaps++ == LIMIT_GAPS_PER_FILE)
		return e->sink->gap(e->sink->arg, kind,
				    "more of this in the same file");
	n = snprintf(text, sizeof(text), "%s%s", e->prefix,
		     *e->prefix ? ": " : "");
	if (n < 0 || (size_t)n >= sizeof(text))
		n = 0;
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	return e->sink->gap(e->sink->arg, kind, text);
}
