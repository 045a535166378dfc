/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/matter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/limits.h"

/* bytes of a number or time as text */
#define NUMBER (CLOCK_TEXT + 8)

/* facts that matter_place() adds, and the time that it may take */
#define PLACE_FACTS 2
#define PLACE_MS 2000

#define LIST(...) (const char *const[]) { __VA_ARGS__, NULL }
#define MATTER(name, view, id, places, k, t, f) \
	{ name, view, id, places, LIST(k), LIST(t), LIST(f), LIST(k, t, f) }
#define OF(...) __VA_ARGS__

static const struct matter matters[] = {
	MATTER("certificates", "certificates", "sha256", true,
	       OF("sha256"),
	       OF("subject"),
	       OF("not_after", "serial", "issuer", "dns_names", "key_alg",
		  "key_bits", "role", "places", "hosts", "flags")),
	MATTER("locations", "hosts", "agent_id", false,
	       OF("agent_id", "path", "entry", "sha256"),
	       OF("kind"),
	       OF("subject", "not_after", "format", "owner", "mode", "host",
		  "flags")),
	MATTER("endpoints", "hosts", "agent_id", false,
	       OF("agent_id", "netns", "address", "port", "transport",
		  "starttls", "sni"),
	       OF("state"),
	       OF("cause", "process", "unit", "subject", "not_after", "chain",
		  "failure", "host")),
	MATTER("hosts", "hosts", "agent_id", false,
	       OF("agent_id"),
	       OF("state"),
	       OF("last_seen", "scanned", "complete", "gaps",
		  "certificate_not_after", "agent_version", "host")),
	MATTER("commands", "hosts", "agent_id", false,
	       OF("agent_id", "id"),
	       OF("action", "state"),
	       OF("not_before", "expires", "host")),
	MATTER("events", "hosts", "agent_id", false,
	       OF("agent_id", "number"),
	       OF("event", "subject"),
	       OF("time", "place", "not_after", "prior_not_after", "was",
		  "cause", "sha256", "prior", "host")),
	{ .subject = NULL },
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

/* Texts as they are; a list is a JSON array; hashes in hex.  It lies in the row
 * or in ${number}. */
static const char *text_of(const struct query_row *row, const char *name,
			   char number[static NUMBER], size_t *ret_len)
{
	bool is_time = false;
	const struct store_value *v = value_of(row, name, &is_time);

	if (v && v->type == STORE_TEXT && v->len > 0) {
		*ret_len = strnlen(v->data, v->len);
		return v->data;
	}
	*number = '\0';
	if (v && v->type == STORE_NUMBER && is_time)
		clock_rfc3339(v->number, number);
	else if (v && v->type == STORE_NUMBER)
		snprintf(number, NUMBER, "%lld", (long long)v->number);
	*ret_len = strlen(number);
	return number;
}

/* What is told of one value: a hostile one must not fill the message. */
static void add_shown(struct buf *b, const struct query_row *row,
		      const char *name)
{
	char number[NUMBER];
	size_t len = 0;
	const char *text = text_of(row, name, number, &len);

	buf_add(b, text, utf8_cut((const uint8_t *)text, len, MATTER_SHOWN));
}

static char *shown(const struct query_row *row, const char *name,
		   struct arena *a)
{
	char number[NUMBER];
	size_t len = 0;
	const char *text = text_of(row, name, number, &len);

	return arena_str(a, text,
			 utf8_cut((const uint8_t *)text, len, MATTER_SHOWN));
}

/* ------------------------------------------------------------ one item */

/* Each key by length and text, so that two lists of keys are never one.  A
 * hostile one stands for itself by its hash: its length must keep no row from
 * being told. */
static void add_key(struct buf *b, const char *text, size_t len)
{
	uint8_t hash[HASH_SIZE];
	char hex[HASH_HEX];

	if (len <= LIMIT_PATH) {
		buf_addf(b, "%zu:", len);
		buf_add(b, text, len);
		return;
	}
	hash_sha256(text, len, hash);
	encode_hex(hash, sizeof(hash), hex);
	buf_addf(b, "%zu#%s", len, hex);
}

static bool has(const struct query_row *row, const char *name)
{
	bool is_time = false;
	const struct store_value *v = value_of(row, name, &is_time);

	return v && v->type != STORE_NULL &&
	       (v->type == STORE_NUMBER || v->len > 0);
}

bool matter_key(const struct matter *m, const struct query_row *row,
		uint8_t ret[static HASH_SIZE])
{
	char number[NUMBER];
	struct buf b;
	bool good;

	buf_init(&b, MIB(1));
	for (size_t i = 0; m->keys[i]; i++) {
		size_t len = 0;
		const char *text = text_of(row, m->keys[i], number, &len);

		add_key(&b, text, len);
	}
	good = !b.failed;
	if (good)
		hash_sha256(b.data, b.len, ret);
	buf_free(&b);
	return good;
}

/* "192.0.2.1:443 (name)", "/etc/key.pem", a token's name, or nothing. */
static void add_place(struct buf *b, const struct query_row *row)
{
	if (!has(row, "address")) {
		add_shown(b, row, has(row, "path") ? "path" : "token");
		return;
	}
	add_shown(b, row, "address");
	buf_adds(b, ":");
	add_shown(b, row, "port");
	if (has(row, "sni")) {
		buf_adds(b, " (");
		add_shown(b, row, "sni");
		buf_adds(b, ")");
	}
}

/* "192.0.2.1:443 (name): stale", "/etc/key.pem: private-key" */
char *matter_title(const struct matter *m, const struct query_row *row,
		   struct arena *a)
{
	struct buf b;
	char *title = NULL;

	buf_init(&b, KIB(8));
	add_place(&b, row);
	if (b.len > 0)
		buf_adds(&b, ": ");
	for (size_t i = 0; m->title[i]; i++) {
		if (!has(row, m->title[i]))
			continue;
		if (i > 0)
			buf_adds(&b, " ");
		add_shown(&b, row, m->title[i]);
	}
	if (!b.failed)
		title = arena_str(a, buf_str(&b), b.len);
	buf_free(&b);
	return title;
}

char *matter_value(const struct query_row *row, const char *name,
		   struct arena *a)
{
	return shown(row, name, a);
}

/* False: no memory. */
static bool make_link(const struct matter *m, const struct query_row *row,
		      const char *web, Alert__Item *t, struct arena *a)
{
	size_t len = strlen(web);
	struct buf b;

	while (len > 0 && web[len - 1] == '/')
		len--;
	if (len == 0 || !has(row, m->view_id))
		return true;
	buf_init(&b, KIB(4));
	buf_add(&b, web, len);
	buf_addf(&b, "/#/%s/", m->view);
	add_shown(&b, row, m->view_id);
	t->link = b.failed ? NULL : arena_str(a, b.data, b.len);
	buf_free(&b);
	return t->link != NULL;
}

static bool add_fact(Alert__Item *t, const char *name, char *value,
		     struct arena *a)
{
	size_t i = t->n_names;

	t->names[i] = arena_str(a, name, strlen(name));
	t->values[i] = value;
	if (!t->names[i] || !value)
		return false;
	t->n_names = t->n_values = i + 1;
	return true;
}

bool matter_facts(const struct matter *m, const struct query_row *row,
		  const char *web, Alert__Item *t, struct arena *a)
{
	size_t n = 0;

	while (m->facts[n])
		n++;
	t->names = arena_alloc(a, (n + PLACE_FACTS) * sizeof(*t->names));
	t->values = arena_alloc(a, (n + PLACE_FACTS) * sizeof(*t->values));
	if (!t->names || !t->values)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_fact(t, m->facts[i], shown(row, m->facts[i], a), a))
			return false;
	return make_link(m, row, web, t, a);
}

/* ------------------------------------------------------------ its place */

struct place {
	Alert__Item *item;
	struct arena *arena;
};

static bool is_on_one_host(const Alert__Item *t)
{
	for (size_t i = 0; i < t->n_names; i++)
		if (strcmp(t->names[i], "hosts") == 0)
			return strcmp(t->values[i], "1") == 0;
	return false;
}

static int take_place(void *arg, const struct query_row *row)
{
	const struct place *p = arg;
	char *host = shown(row, "host", p->arena), *place = NULL;
	struct buf b;

	buf_init(&b, KIB(4));
	add_place(&b, row);
	if (!b.failed)
		place = arena_str(p->arena, buf_str(&b), b.len);
	buf_free(&b);
	if (!add_fact(p->item, "host", host, p->arena) ||
	    !add_fact(p->item, "place", place, p->arena))
		return -ENOMEM;
	if (is_on_one_host(p->item))
		p->item->host = host;
	return 0;
}

int matter_place(struct store *s, const char *sha256, int64_t now,
		 Alert__Item *t, struct arena *a)
{
	static const char *const fields[] = {
		"host", "path", "address", "port", "sni", "token", NULL,
	};
	char filter[HASH_HEX + 20];
	struct filter_fault fault = { .column = 0 };
	const struct query q = {
		.subject = query_subject("locations"), .filter = filter,
		.limit = 1, .fields = fields, .now = now,
		.limit_ms = PLACE_MS,
	};
	struct place p = { .item = t, .arena = a };

	snprintf(filter, sizeof(filter), "sha256 = \"%s\"", sha256);
	return query_rows(s, &q, take_place, &p, &fault);
}
