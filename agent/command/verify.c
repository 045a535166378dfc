/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"

__attribute__((format(printf, 2, 3)))
static bool refuse(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->reason, sizeof(v->reason), fmt, ap);
	va_end(ap);
	return false;
}

/* How many of the pinned keys have signed. */
static uint32_t count_signers(const struct pins *pins,
			      const Cw__SignedCommand *s)
{
	bool seen[LIMIT_SIGNATURES] = {false};
	uint32_t n = 0;

	for (size_t i = 0; i < s->n_signatures; i++) {
		const Cw__Signature *g = s->signatures[i];

		for (size_t k = 0; k < pins->count; k++) {
			char id[SIGNATURE_ID];

			signature_key_id(pins->keys[k], id);
			if (seen[k] || strcmp(id, g->key_id) != 0 ||
			    !signature_is_valid(pins->keys[k], s->payload.data,
						s->payload.len,
						g->signature.data,
						g->signature.len))
				continue;
			seen[k] = true;
			n++;
		}
	}
	return n;
}

static bool is_signed(const struct pins *pins, const Cw__SignedCommand *s,
		      struct verdict *v)
{
	uint32_t n;

	if (s->payload.len == 0 || s->payload.len > LIMIT_COMMAND)
		return refuse(v, "a payload of %zu bytes", s->payload.len);
	if (s->n_signatures > LIMIT_SIGNATURES)
		return refuse(v, "%zu signatures", s->n_signatures);
	n = count_signers(pins, s);
	if (n < pins->threshold)
		return refuse(v, "signed by %u of the keys that this host has "
			      "pinned, %u must have signed", n,
			      pins->threshold);
	return true;
}

/* Two different texts must not be one command: what protobuf passes over (a
 * zero byte in a string, a field twice, a field that we do not know) would
 * make the signers' view and ours differ. */
static bool is_canonical(const Cw__Command *m, const Cw__SignedCommand *s)
{
	size_t len = cw__command__get_packed_size(m);
	uint8_t *packed;
	bool same;

	if (len != s->payload.len || m->base.n_unknown_fields > 0)
		return false;
	packed = malloc(len);
	same = packed && cw__command__pack(m, packed) == len &&
	       memcmp(packed, s->payload.data, len) == 0;
	free(packed);
	return same;
}

static bool is_bounded(const Cw__Command *m, struct verdict *v)
{
	if (m->n_parameters > LIMIT_PARAMETERS)
		return refuse(v, "%zu parameters", m->n_parameters);
	for (size_t i = 0; i < m->n_parameters; i++) {
		const Cw__Parameter *p = m->parameters[i];

		if (p->base.n_unknown_fields > 0 ||
		    strlen(p->name) >= LIMIT_PARAMETER_NAME ||
		    strlen(p->value) >= LIMIT_PARAMETER_VALUE)
			return refuse(v, "parameter %zu is longer than the "
				      "limit, or malformed", i + 1);
	}
	if (strlen(m->id) < 1 || strlen(m->id) > 64 ||
	    m->id[strspn(m->id, "0123456789abcdef-")])
		return refuse(v, "malformed id");
	return true;
}

static bool is_now(const Cw__Command *m, int64_t now, struct verdict *v)
{
	char text[CLOCK_TEXT];

	if (m->not_before < 0 || m->expires <= m->not_before ||
	    m->expires - m->not_before > LIMIT_COMMAND_LIFE)
		return refuse(v, "valid for longer than 7 days, or not at all");
	if (now + LIMIT_CLOCK_SKEW < m->not_before) {
		clock_rfc3339(m->not_before, text);
		return refuse(v, "not valid before %s", text);
	}
	if (now - LIMIT_CLOCK_SKEW >= m->expires) {
		clock_rfc3339(m->expires, text);
		return refuse(v, "expired at %s", text);
	}
	return true;
}

static bool is_acceptable(const struct pins *pins, const Cw__SignedCommand *s,
			  uint64_t sequence, int64_t now, struct verdict *v)
{
	const Cw__Command *m = v->command;

	if (!is_canonical(m, s))
		return refuse(v, "the payload is not in the form that this "
			      "version understands whole");
	if (!is_bounded(m, v))
		return false;
	if (strcmp(m->agent_id, pins->agent_id) != 0)
		return refuse(v, "meant for agent %.64s", m->agent_id);
	if (!is_now(m, now, v))
		return false;
	if (m->sequence <= sequence)
		return refuse(v, "sequence %llu is used up (the last one was "
			      "%llu): a replay, or out of order",
			      (unsigned long long)m->sequence,
			      (unsigned long long)sequence);
	return true;
}

void verify_command(const struct pins *pins, const uint8_t *data, size_t len,
		    uint64_t sequence, int64_t now, struct verdict *ret)
{
	Cw__SignedCommand *s = cw__signed_command__unpack(NULL, len, data);

	*ret = (struct verdict){.command = NULL};
	if (!s) {
		refuse(ret, "not a signed command");
		return;
	}
	if (is_signed(pins, s, ret)) {
		ret->command = cw__command__unpack(NULL, s->payload.len,
						   s->payload.data);
		if (!ret->command)
			refuse(ret, "the payload is not a command");
		else
			is_acceptable(pins, s, sequence, now, ret);
	}
	cw__signed_command__free_unpacked(s, NULL);
}

void verdict_free(struct verdict *v)
{
	if (v->command)
		cw__command__free_unpacked(v->command, NULL);
	v->command = NULL;
}
