/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/keystore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/key.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define ALIASES_MAX KIB(16)
#define ALIAS_MAX KIB(1)

void keystore_init(struct keystore *k)
{
	*k = (struct keystore){ 0 };
	buf_init(&k->aliases, ALIASES_MAX);
	arena_init(&k->arena, 2 * LIMIT_SLURP);
}

void keystore_free(struct keystore *k)
{
	buf_free(&k->aliases);
	arena_free(&k->arena);
}

static bool has_alias(struct keystore *k, const char *alias)
{
	const char *at = buf_str(&k->aliases);
	size_t len = strlen(alias);

	while (at) {
		if (strncmp(at, alias, len) == 0 &&
		    (at[len] == '\0' || at[len] == ','))
			return true;
		at = strstr(at, ", ");
		at = at ? at + 2 : NULL;
	}
	return false;
}

void keystore_alias(struct keystore *k, const char *alias)
{
	struct buf *b = &k->aliases;

	if (b->failed || *alias == '\0' || has_alias(k, alias))
		return;
	/* room for the mark that some are missing */
	if (b->len + strlen(alias) + 8 > b->max) {
		buf_adds(b, ", ...");
		b->failed = true;
		return;
	}
	buf_addf(b, "%s%s", b->len > 0 ? ", " : "", alias);
}

void keystore_scheme(struct keystore *k, const char *scheme,
		     uint64_t iterations)
{
	if (k->scheme[0] == '\0')
		snprintf(k->scheme, sizeof(k->scheme), "%s", scheme);
	if (iterations > k->iterations)
		k->iterations = iterations;
}

void keystore_protection(const struct keystore *k, Cw__Protection *ret)
{
	Cw__Protection p = CW__PROTECTION__INIT;

	p.encrypted = k->encrypted;
	p.scheme = (char *)(uintptr_t)k->scheme;
	p.iterations = k->iterations;
	if (k->opened.source) {
		p.opened_by = (char *)(uintptr_t)k->opened.source;
		p.well_known_password = k->opened.well_known;
	}
	*ret = p;
}

static int gap_locked(const struct keystore *k, struct emit *e)
{
	char iterations[48] = "";

	if (k->iterations > 0)
		snprintf(iterations, sizeof(iterations), ", %llu iterations",
			 (unsigned long long)k->iterations);
	return emit_gap(e, CW__GAP_KIND__GAP_LOCKED,
			"%s: %u locked (%s%s); read%s: %u certificates, %u "
			"keys", e->format, k->locked, k->scheme, iterations,
			k->opened.source ? "" : " without a password",
			k->certificates, k->keys - k->keys_locked);
}

static void flag(struct keystore *k, const char *flag)
{
	const size_t most = sizeof(k->flags) / sizeof(k->flags[0]) - 1;
	size_t n = 0;

	while (n < most && k->flags[n])
		n++;
	if (n < most)
		k->flags[n] = flag;
}

int keystore_emit(struct keystore *k, struct emit *e)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	Cw__Facts facts = CW__FACTS__INIT;
	struct emit_extra extra = {
		.holds_keys = k->keys > 0 || k->may_hold_keys,
		.flags = k->flags,
		.protection = &protection,
	};
	struct buf comment;
	int r = 0;

	keystore_protection(k, &protection);
	if (protection.well_known_password)
		flag(k, "well-known-password");
	buf_init(&comment, ALIASES_MAX + KIB(1));
	buf_addf(&comment, "certificates: %u, private keys: %u",
		 k->certificates, k->keys);
	if (k->secrets > 0)
		buf_addf(&comment, ", secrets: %u", k->secrets);
	if (k->crls > 0)
		buf_addf(&comment, ", CRLs: %u", k->crls);
	if (k->locked > 0)
		buf_addf(&comment, ", locked: %u", k->locked);
	if (k->mac[0])
		buf_addf(&comment, "; MAC: %s", k->mac);
	if (k->aliases.len > 0)
		buf_addf(&comment, "; aliases: %s", buf_str(&k->aliases));
	facts.comment = (char *)(uintptr_t)buf_str(&comment);
	r = emit_facts(e, CW__KIND__KIND_KEYSTORE, "", &facts, &extra);
	buf_free(&comment);
	return r < 0 || k->locked == 0 ? r : gap_locked(k, e);
}

char *keystore_entry(struct arena *a, const void *alias, size_t len,
		     unsigned int n)
{
	const uint8_t *from = alias;
	char *text = NULL, *to = NULL;

	if (len > ALIAS_MAX)
		len = ALIAS_MAX;
	text = arena_alloc(a, len + 16);
	if (!text)
		return NULL;
	to = text;
	for (size_t i = 0, step = 0; i < len; i += step ? step : 1) {
		step = utf8_length(from + i, len - i);
		if (step == 0 || from[i] < ' ' || from[i] == 0x7f) {
			*to++ = '?';
		} else {
			memcpy(to, from + i, step);
			to += step;
		}
	}
	if (n > 0)
		snprintf(to, 16, "%s%u", to > text ? "/" : "", n);
	return text;
}

int keystore_read(const struct source *s, struct emit *e,
		  int (*parse)(struct emit *e, const uint8_t *data, size_t len))
{
	struct buf data;
	int r = 0;

	buf_init(&data, LIMIT_SLURP);
	r = source_slurp(s, &data);
	if (r == -EFBIG)
		r = emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "%s: more than %zu bytes", e->format,
			     LIMIT_SLURP);
	else if (r == 0)
		r = parse(e, data.data, data.len);
	buf_free_secret(&data);
	return r;
}

int keystore_certificate(struct emit *e, const char *entry, const uint8_t *der,
			 size_t len, const struct emit_extra *extra)
{
	const char *why = "not DER";
	int r = emit_object(e, CW__KIND__KIND_CERTIFICATE, entry, der, len,
			    extra, &why);

	if (r == -EBADMSG)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"%s: certificate: %s", entry, why);
	return r;
}

int keystore_private_key(struct emit *e, const char *entry, struct ber key,
			 struct ber spki, const struct emit_extra *extra)
{
	struct buf made;
	int r = -EBADMSG;

	buf_init(&made, KIB(64));
	if (key.left > 0 && key_to_spki(key.p, key.left, &made) == 0)
		spki = ber_of(made.data, made.len);
	/* of an algorithm that libcrypto lacks the name is known */
	if (key.left > 0 && spki.left == 0)
		r = key_emit_der(e, entry, key.p, key.left, extra);
	if (r == -EBADMSG)
		r = emit_private_key(e, entry, spki.p, spki.left, extra);
	buf_free(&made);
	return r;
}
