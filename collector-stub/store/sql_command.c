/* SPDX-License-Identifier: Apache-2.0 */
/* Commands, the keys that sign them, and the audit log. */
#include <errno.h>
#include <string.h>

#include "collector-stub/store/sql.h"
#include "lib/chain.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

int sql_key_add(struct store *s, const struct store_key *k)
{
	int changed = 0;
	int r = sql_run(self(s), Q_KEY_ADD, &changed, "tbti", k->id,
			k->ed25519, sizeof(k->ed25519), k->name,
			k->created);

	if (r == 0 && changed == 0)
		r = sql_run(self(s), Q_KEY_BACK, &changed, "tt", k->name,
			    k->id);
	return r == 0 && changed == 0 ? -EEXIST : r;
}

int sql_key_remove(struct store *s, const char *id, int64_t now)
{
	int changed = 0;
	int r = sql_run(self(s), Q_KEY_REMOVE, &changed, "it", now, id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sql_key_list(struct store *s, store_key_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_KEY_LIST, &st, "");

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_key k = {
			.name = sql_text(st, 2),
			.created = sql_int(st, 3),
			.removed = sql_int(st, 4),
		};
		const char *id = sql_text(st, 0);
		size_t len = 0;
		const uint8_t *key = sql_bytes(st, 1, &len);

		r = -EIO;
		if (strlen(id) < sizeof(k.id) && len == sizeof(k.ed25519)) {
			memcpy(k.id, id, strlen(id) + 1);
			memcpy(k.ed25519, key, sizeof(k.ed25519));
			r = fn(arg, &k);
		}
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_command_sequence(struct store *s, const char *agent_id,
			 int64_t *ret)
{
	struct sql_rows *st = NULL;
	int r = 0;

	if (self(s)->engine->concurrent)
		r = sql_run(self(s), Q_COMMAND_LOCK, NULL, "t", agent_id);
	if (r == 0)
		r = sql_ask(self(s), Q_COMMAND_SEQUENCE, &st, "t", agent_id);
	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	*ret = sql_int(st, 0);
	sql_end(st);
	return 0;
}

int sql_command_add(struct store *s, const struct store_command *c)
{
	return sql_run(self(s), Q_COMMAND_ADD, NULL, "ttitiiib",
		       c->agent_id, c->id, c->sequence, c->action,
		       c->not_before, c->expires, c->needed, c->payload,
		       c->payload_len);
}

int sql_command_sign(struct store *s, const char *agent_id, const char *id,
		     const char *key_id, const uint8_t *signature,
		     size_t len)
{
	return sql_run(self(s), Q_COMMAND_SIGN, NULL, "tttb", agent_id, id,
		       key_id, signature, len);
}

int sql_command_signatures(struct store *s, const char *agent_id,
			   const char *id, store_signature_fn *fn,
			   void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_COMMAND_SIGNATURES, &st, "tt", agent_id,
			    id);

	while (r == 0 && (r = sql_next(st)) == 1) {
		size_t len = 0;
		const uint8_t *signature = sql_bytes(st, 1, &len);

		r = fn(arg, sql_text(st, 0), signature, len);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_command_cancel(struct store *s, const char *id, int64_t now)
{
	int changed = 0;
	int r = sql_run(self(s), Q_COMMAND_CANCEL, &changed, "it", now, id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sql_command_delivered(struct store *s, const char *agent_id,
			  const char *id, int64_t now)
{
	return sql_run(self(s), Q_COMMAND_DELIVERED, NULL, "itt", now,
		       agent_id, id);
}

static int each_command(struct sql_rows *st, store_command_fn *fn, void *arg)
{
	int r = 0;

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_command c = {
			.agent_id = sql_text(st, 0),
			.id = sql_text(st, 1),
			.sequence = sql_int(st, 2),
			.action = sql_text(st, 3),
			.not_before = sql_int(st, 4),
			.expires = sql_int(st, 5),
			.needed = sql_int(st, 6),
			.closed = sql_int(st, 7),
			.cancelled = sql_int(st, 8) != 0,
			.delivered = sql_int(st, 9),
			.hostname = sql_text(st, 11),
			.signatures = sql_int(st, 12),
			.outcome = (int)sql_int(st, 13),
		};

		c.payload = sql_bytes(st, 10, &c.payload_len);
		c.result = sql_bytes(st, 14, &c.result_len);
		r = fn(arg, &c);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_command_open(struct store *s, const char *agent_id, int64_t now,
		     store_command_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_COMMAND_OPEN, &st, "ti", agent_id, now);

	return r < 0 ? r : each_command(st, fn, arg);
}

int sql_command_agents(struct store *s, int64_t now, store_text_fn *fn,
		       void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_COMMAND_AGENTS, &st, "i", now);

	while (r == 0 && (r = sql_next(st)) == 1) {
		r = fn(arg, sql_text(st, 0));
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_command_list(struct store *s, const char *id, store_command_fn *fn,
		     void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_COMMAND_LIST, &st, "t", id ? id : "");

	return r < 0 ? r : each_command(st, fn, arg);
}

static int audit_end(struct sql *s, struct chain *ret)
{
	struct sql_rows *st = NULL;
	int r = 0;

	if (s->engine->concurrent)
		r = sql_run(s, Q_AUDIT_LOCK, NULL, "");
	if (r == 0)
		r = sql_ask(s, Q_AUDIT_LAST, &st, "");
	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r;
	ret->number = (uint64_t)sql_int(st, 0);
	r = sql_hash(st, 1, ret->hash) ? 0 : -EIO;
	sql_end(st);
	return r;
}

/* Entries that are appended together. */
struct entries {
	int64_t now;
	const char *const *texts;
	struct chain *ends;	/* after each */
};

static bool fill_entry(const void *arg, size_t i, struct store_value *v)
{
	const struct entries *e = arg;

	v[0] = sql_of_int((int64_t)e->ends[i].number);
	v[1] = sql_of_int(e->now);
	v[2] = sql_of_text(e->texts[i]);
	v[3] = sql_of_hash(e->ends[i].hash);
	return true;
}

int sql_audit_add_many(struct store *s, int64_t now, const char *const *texts,
		       size_t n)
{
	struct entries e = { .now = now, .texts = texts };
	struct chain end = {0};
	int r = 0;

	e.ends = calloc(n + 1, sizeof(*e.ends));
	if (!e.ends)
		return -ENOMEM;
	r = audit_end(self(s), &end);
	for (size_t i = 0; r == 0 && i < n; i++) {
		chain_add(&end, now, texts[i], strlen(texts[i]));
		e.ends[i] = end;
	}
	if (r == 0 && n > 0)
		r = sql_many(self(s), Q_AUDIT_ADD, "|iith", n, fill_entry, &e,
			     NULL);
	free(e.ends);
	return r;
}

int sql_audit_add(struct store *s, int64_t now, const char *text)
{
	return sql_audit_add_many(s, now, &text, 1);
}

static int each_entry(struct sql_rows *st, store_audit_fn *fn, void *arg)
{
	int r = 0;

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_audit a = {
			.number = sql_int(st, 0),
			.time = sql_int(st, 1),
			.text = sql_text(st, 2),
		};

		r = sql_hash(st, 3, a.hash) ? fn(arg, &a) : -EIO;
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_audit_list(struct store *s, store_audit_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_AUDIT_LIST, &st, "");

	return r < 0 ? r : each_entry(st, fn, arg);
}

int sql_audit_before(struct store *s, int64_t number, int max,
		     store_audit_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_AUDIT_BEFORE, &st, "ii", number,
			(int64_t)max);

	return r < 0 ? r : each_entry(st, fn, arg);
}
