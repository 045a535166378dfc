/* SPDX-License-Identifier: Apache-2.0 */
/* Commands, the keys that sign them, and the audit log. */
#include <errno.h>
#include <string.h>

#include "collector-stub/store/sqlite.h"
#include "lib/chain.h"

static struct sqlite *self(struct store *s)
{
	return (struct sqlite *)s;
}

int sqlite_key_add(struct store *s, const struct store_key *k)
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_KEY_ADD, &changed, "tbti", k->id,
			   k->ed25519, sizeof(k->ed25519), k->name,
			   k->created);

	if (r == 0 && changed == 0)
		r = sqlite_run(self(s), Q_KEY_BACK, &changed, "tt", k->name,
			       k->id);
	return r == 0 && changed == 0 ? -EEXIST : r;
}

int sqlite_key_remove(struct store *s, const char *id, int64_t now)
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_KEY_REMOVE, &changed, "it", now, id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sqlite_key_list(struct store *s, store_key_fn *fn, void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_KEY_LIST, &st, "");

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		struct store_key k = {
			.name = sqlite_text(st, 2),
			.created = sqlite3_column_int64(st, 3),
			.removed = sqlite3_column_int64(st, 4),
		};
		const char *id = sqlite_text(st, 0);

		r = -EIO;
		if (strlen(id) < sizeof(k.id) &&
		    sqlite3_column_bytes(st, 1) == sizeof(k.ed25519)) {
			memcpy(k.id, id, strlen(id) + 1);
			memcpy(k.ed25519, sqlite3_column_blob(st, 1),
			       sizeof(k.ed25519));
			r = fn(arg, &k);
		}
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_command_sequence(struct store *s, const char *agent_id,
			    int64_t *ret)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_COMMAND_SEQUENCE, &st, "t", agent_id);

	if (r == 0)
		r = sqlite_next(self(s), st);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	*ret = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return 0;
}

int sqlite_command_add(struct store *s, const struct store_command *c)
{
	return sqlite_run(self(s), Q_COMMAND_ADD, NULL, "ttitiiib",
			  c->agent_id, c->id, c->sequence, c->action,
			  c->not_before, c->expires, c->needed, c->payload,
			  c->payload_len);
}

int sqlite_command_sign(struct store *s, const char *agent_id, const char *id,
			const char *key_id, const uint8_t *signature,
			size_t len)
{
	return sqlite_run(self(s), Q_COMMAND_SIGN, NULL, "tttb", agent_id, id,
			  key_id, signature, len);
}

int sqlite_command_signatures(struct store *s, const char *agent_id,
			      const char *id, store_signature_fn *fn,
			      void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_COMMAND_SIGNATURES, &st, "tt", agent_id,
			    id);

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		const uint8_t *signature = sqlite3_column_blob(st, 1);

		r = fn(arg, sqlite_text(st, 0), signature,
		       (size_t)sqlite3_column_bytes(st, 1));
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_command_cancel(struct store *s, const char *id, int64_t now)
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_COMMAND_CANCEL, &changed, "it", now, id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sqlite_command_delivered(struct store *s, const char *agent_id,
			     const char *id, int64_t now)
{
	return sqlite_run(self(s), Q_COMMAND_DELIVERED, NULL, "itt", now,
			  agent_id, id);
}

static int each_command(struct sqlite *s, sqlite3_stmt *st,
			store_command_fn *fn, void *arg)
{
	int r = 0;

	while (r == 0 && (r = sqlite_next(s, st)) == 1) {
		struct store_command c = {
			.agent_id = sqlite_text(st, 0),
			.id = sqlite_text(st, 1),
			.sequence = sqlite3_column_int64(st, 2),
			.action = sqlite_text(st, 3),
			.not_before = sqlite3_column_int64(st, 4),
			.expires = sqlite3_column_int64(st, 5),
			.needed = sqlite3_column_int64(st, 6),
			.closed = sqlite3_column_int64(st, 7),
			.cancelled = sqlite3_column_int64(st, 8) != 0,
			.delivered = sqlite3_column_int64(st, 9),
			.payload = sqlite3_column_blob(st, 10),
			.payload_len = (size_t)sqlite3_column_bytes(st, 10),
			.hostname = sqlite_text(st, 11),
			.signatures = sqlite3_column_int64(st, 12),
			.outcome = sqlite3_column_int(st, 13),
			.result = sqlite3_column_blob(st, 14),
			.result_len = (size_t)sqlite3_column_bytes(st, 14),
		};

		r = fn(arg, &c);
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_command_open(struct store *s, const char *agent_id, int64_t now,
			store_command_fn *fn, void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_COMMAND_OPEN, &st, "ti", agent_id, now);

	return r < 0 ? r : each_command(self(s), st, fn, arg);
}

int sqlite_command_agents(struct store *s, int64_t now, store_text_fn *fn,
			  void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_COMMAND_AGENTS, &st, "i", now);

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		r = fn(arg, sqlite_text(st, 0));
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_command_list(struct store *s, const char *id, store_command_fn *fn,
			void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_COMMAND_LIST, &st, "t", id ? id : "");

	return r < 0 ? r : each_command(self(s), st, fn, arg);
}

static int audit_end(struct sqlite *s, struct chain *ret)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(s, Q_AUDIT_LAST, &st, "");

	if (r == 0)
		r = sqlite_next(s, st);
	if (r <= 0)
		return r;
	ret->number = (uint64_t)sqlite3_column_int64(st, 0);
	r = sqlite_hash(st, 1, ret->hash) ? 0 : -EIO;
	sqlite3_reset(st);
	return r;
}

int sqlite_audit_add(struct store *s, int64_t now, const char *text)
{
	struct chain c = {0};
	int r = audit_end(self(s), &c);

	if (r < 0)
		return r;
	chain_add(&c, now, text, strlen(text));
	return sqlite_run(self(s), Q_AUDIT_ADD, NULL, "iith",
			  (int64_t)c.number, now, text, c.hash);
}

static int each_entry(struct store *s, sqlite3_stmt *st, store_audit_fn *fn,
		      void *arg)
{
	int r = 0;

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		struct store_audit a = {
			.number = sqlite3_column_int64(st, 0),
			.time = sqlite3_column_int64(st, 1),
			.text = sqlite_text(st, 2),
		};

		r = sqlite_hash(st, 3, a.hash) ? fn(arg, &a) : -EIO;
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_audit_list(struct store *s, store_audit_fn *fn, void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_AUDIT_LIST, &st, "");

	return r < 0 ? r : each_entry(s, st, fn, arg);
}

int sqlite_audit_before(struct store *s, int64_t number, int max,
			store_audit_fn *fn, void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_AUDIT_BEFORE, &st, "ii", number,
			    (int64_t)max);

	return r < 0 ? r : each_entry(s, st, fn, arg);
}
