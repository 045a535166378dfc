/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/matter.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/limits.h"

/* bytes of the values of one row: of the largest certificate */
#define VALUE_MAX MIB(8)

#define LIST(...) (const char *const[]) { __VA_ARGS__, NULL }
#define MATTER(name, k, t, f) \
	{ name, LIST(k), LIST(t), LIST(f), LIST(k, t, f) }
#define OF(...) __VA_ARGS__

static const struct matter matters[] = {
	MATTER("certificates", OF("sha256"),
	       OF("subject"),
	       OF("not_after", "serial", "issuer", "dns_names", "key_alg",
		  "key_bits", "role", "places", "hosts", "flags")),
	MATTER("locations", OF("agent_id", "path", "entry", "sha256"),
	       OF("kind"),
	       OF("subject", "not_after", "format", "owner", "mode", "host",
		  "flags")),
	MATTER("endpoints", OF("agent_id", "netns", "address", "port",
			       "transport", "starttls", "sni"),
	       OF("state"),
	       OF("cause", "process", "unit", "subject", "not_after", "chain",
		  "failure", "host")),
	MATTER("hosts", OF("agent_id"),
	       OF("state"),
	       OF("last_seen", "scanned", "complete", "gaps",
		  "certificate_not_after", "agent_version", "host")),
	MATTER("commands", OF("agent_id", "id"),
	       OF("action", "state"),
	       OF("not_before", "expires", "host")),
	MATTER("events", OF("agent_id", "number"),
	       OF("event", "subject"),
	       OF("time", "place", "not_after", "prior_not_after", "was",
		  "cause", "sha256", "prior", "host")),
	{ NULL, NULL, NULL, NULL, NULL },
};

const struct matter *matter_find(const char *subject)
{
	const struct matter *m = matters;

	while (m->subject && strcmp(m->subject, subject) != 0)
		m++;
	return m->subject ? m : NULL;
}

/* ------------------------------------------------------------ one value */

static const struct store_value *value_of(const struct query_row *row,
					  const char *name, bool *ret_time)
{
	for (size_t i = 0; i < row->n; i++) {
		if (strcmp(row->fields[i]->name, name) == 0) {
			*ret_time = row->fields[i]->type == FILTER_TIME;
			return &row->values[i];
		}
	}
	return NULL;
}

/* Texts as they are; a list is a JSON array; hashes in hex. */
static char *text_of(const struct query_row *row, const char *name,
		     struct arena *a)
{
	bool is_time = false;
	const struct store_value *v = value_of(row, name, &is_time);
	char number[CLOCK_TEXT + 8] = "";

	if (!v || v->type == STORE_NULL)
		return arena_str(a, "", 0);
	if (v->type == STORE_BYTES) {
		char *hex = arena_alloc(a, 2 * v->len + 1);

		if (hex)
			encode_hex(v->data, v->len, hex);
		return hex;
	}
	if (v->type != STORE_NUMBER)
		return query_text(a, v);
	if (is_time)
		clock_rfc3339(v->number, number);
	else
		snprintf(number, sizeof(number), "%lld",
			 (long long)v->number);
	return arena_str(a, number, strlen(number));
}

/* What is told of one value: a hostile one must not fill the message. */
static char *shown(const struct query_row *row, const char *name,
		   struct arena *a)
{
	struct arena work;
	const char *text = NULL;
	char *copy = NULL;
	size_t n = 0;

	arena_init(&work, VALUE_MAX);
	text = text_of(row, name, &work);
	n = text ? strlen(text) : 0;
	if (n > MATTER_SHOWN) {
		n = MATTER_SHOWN;
		while (n > 0 && (text[n] & 0xc0) == 0x80)
			n--;
	}
	copy = arena_str(a, text ? text : "", n);
	arena_free(&work);
	return copy;
}

/* ------------------------------------------------------------ one item */

/* Each key by length and text, so that two lists of keys are never one. */
static bool hash_keys(const struct matter *m, const struct query_row *row,
		      struct arena *a, uint8_t ret[static HASH_SIZE])
{
	struct buf b;
	bool good;

	buf_init(&b, 4 * LIMIT_PATH);
	for (size_t i = 0; m->keys[i]; i++) {
		const char *text = text_of(row, m->keys[i], a);

		buf_addf(&b, "%zu:%s", text ? strlen(text) : 0,
			 text ? text : "");
		b.failed |= !text;
	}
	good = !b.failed;
	if (good)
		hash_sha256(b.data, b.len, ret);
	buf_free(&b);
	return good;
}

static bool has(const struct query_row *row, const char *name)
{
	bool is_time = false;
	const struct store_value *v = value_of(row, name, &is_time);

	return v && v->type != STORE_NULL &&
	       (v->type == STORE_NUMBER || v->len > 0);
}

/* "192.0.2.1:443 (name): stale", "/etc/key.pem entry: private-key" */
static char *make_title(const struct matter *m, const struct query_row *row,
			struct arena *a)
{
	struct buf b;
	char *title = NULL;

	buf_init(&b, KIB(8));
	if (has(row, "address")) {
		buf_addf(&b, "%s:%s", shown(row, "address", a),
			 shown(row, "port", a));
		if (has(row, "sni"))
			buf_addf(&b, " (%s)", shown(row, "sni", a));
		buf_adds(&b, ": ");
	} else if (has(row, "path")) {
		buf_addf(&b, "%s: ", shown(row, "path", a));
	}
	for (size_t i = 0; m->title[i]; i++) {
		const char *text = shown(row, m->title[i], a);

		if (text && *text)
			buf_addf(&b, "%s%s", i > 0 ? " " : "", text);
	}
	if (!b.failed)
		title = arena_str(a, buf_str(&b), b.len);
	buf_free(&b);
	return title;
}

bool matter_key(const struct matter *m, const struct query_row *row,
		uint8_t ret[static HASH_SIZE])
{
	struct arena a;
	bool good;

	arena_init(&a, VALUE_MAX);
	good = hash_keys(m, row, &a, ret);
	arena_free(&a);
	return good;
}

Alert__Item *matter_item(const struct matter *m, const struct query_row *row,
			 const uint8_t key[static HASH_SIZE],
			 struct arena *a)
{
	Alert__Item *t = arena_alloc(a, sizeof(*t));
	char *hex = arena_alloc(a, HASH_HEX);
	size_t n = 0;

	while (m->facts[n])
		n++;
	if (!t || !hex)
		return NULL;
	alert__item__init(t);
	encode_hex(key, HASH_SIZE, hex);
	t->key = hex;
	t->title = make_title(m, row, a);
	t->host = shown(row, "host", a);
	t->names = arena_alloc(a, n * sizeof(*t->names));
	t->values = arena_alloc(a, n * sizeof(*t->values));
	if (!t->title || !t->host || !t->names || !t->values)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		t->names[i] = arena_str(a, m->facts[i], strlen(m->facts[i]));
		t->values[i] = shown(row, m->facts[i], a);
		if (!t->names[i] || !t->values[i])
			return NULL;
	}
	t->n_names = t->n_values = n;
	return t;
}
