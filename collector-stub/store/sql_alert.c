/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts, what is told of them, silences. */
#include <errno.h>
#include <string.h>

#include "collector-stub/store/sql.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

static int rule_get(struct store *s, const char *rule, int64_t *ret_since)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_ALERT_RULE_GET, &rows, "t", rule);

	if (r == 0)
		r = sql_next(rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret_since = sql_int(rows, 0);
	sql_end(rows);
	return 0;
}

static int rule_add(struct store *s, const char *rule, int64_t now)
{
	return sql_run(self(s), Q_ALERT_RULE_ADD, NULL, "ti", rule, now);
}

static int rule_list(struct store *s, store_rule_fn *fn, void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_ALERT_RULES, &rows, "");

	while (r == 0 && (r = sql_next(rows)) == 1) {
		r = fn(arg, sql_text(rows, 0));
		if (r != 0)
			sql_end(rows);
	}
	return r;
}

static int put(struct store *s, const struct store_alert *a)
{
	return sql_run(self(s), Q_ALERT_PUT, NULL, "thttiiii", a->rule, a->key,
		       a->title, a->host, a->since, a->told, a->escalated,
		       a->ended);
}

static int give_alerts(struct sql_rows *rows, store_alert_fn *fn, void *arg)
{
	int r = 0;

	while ((r = sql_next(rows)) == 1) {
		struct store_alert a = {
			.rule = sql_text(rows, 0),
			.title = sql_text(rows, 2),
			.host = sql_text(rows, 3),
			.since = sql_int(rows, 4),
			.told = sql_int(rows, 5),
			.escalated = sql_int(rows, 6),
			.ended = sql_int(rows, 7),
		};

		r = sql_hash(rows, 1, a.key) ? fn(arg, &a) : -EIO;
		if (r != 0) {
			sql_end(rows);
			return r;
		}
	}
	return r;
}

static int open_alerts(struct store *s, const char *rule, store_alert_fn *fn,
		       void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_ALERT_OPEN, &rows, "t", rule);

	return r < 0 ? r : give_alerts(rows, fn, arg);
}

static int list(struct store *s, int max, store_alert_fn *fn, void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_ALERT_LIST, &rows, "i", (int64_t)max);

	return r < 0 ? r : give_alerts(rows, fn, arg);
}

struct gone {
	const char *const *rules;
	char names[64][65];
	size_t n;
};

static bool is_of(const char *const *rules, const char *rule)
{
	while (*rules && strcmp(*rules, rule) != 0)
		rules++;
	return *rules != NULL;
}

static int close_gone(struct store *s, const char *const *rules, int64_t now)
{
	struct sql_rows *rows = NULL;
	struct gone g = { .n = 0 };
	int r = sql_ask(self(s), Q_ALERT_RULES, &rows, "");

	while (r == 0 && (r = sql_next(rows)) == 1) {
		const char *rule = sql_text(rows, 0);

		r = 0;
		if (is_of(rules, rule) || strlen(rule) >= sizeof(g.names[0]))
			continue;
		memcpy(g.names[g.n++], rule, strlen(rule) + 1);
		if (g.n == sizeof(g.names) / sizeof(g.names[0])) {
			sql_end(rows);
			break;
		}
	}
	for (size_t i = 0; r == 0 && i < g.n; i++) {
		r = sql_run(self(s), Q_ALERT_CLOSE, NULL, "it", now,
			    g.names[i]);
		if (r == 0)
			r = sql_run(self(s), Q_ALERT_RULE_REMOVE, NULL, "t",
				    g.names[i]);
	}
	return r;
}

static int message_add(struct store *s, const struct store_message *m)
{
	return sql_run(self(s), Q_MESSAGE_ADD, NULL, "tttiib", m->id,
		       m->channel, m->rule, m->created, m->next, m->bytes,
		       m->len);
}

static int give_messages(struct sql_rows *rows, store_message_fn *fn,
			 void *arg)
{
	int r = 0;

	while ((r = sql_next(rows)) == 1) {
		struct store_message m = {
			.id = sql_text(rows, 0),
			.channel = sql_text(rows, 1),
			.rule = sql_text(rows, 2),
			.created = sql_int(rows, 3),
			.next = sql_int(rows, 4),
			.attempts = sql_int(rows, 5),
			.done = sql_int(rows, 6),
			.failed = sql_int(rows, 7) != 0,
			.error = sql_text(rows, 8),
		};

		m.bytes = sql_bytes(rows, 9, &m.len);
		r = fn(arg, &m);
		if (r != 0) {
			sql_end(rows);
			return r;
		}
	}
	return r;
}

static int message_due(struct store *s, int64_t now, int max,
		       store_message_fn *fn, void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_MESSAGE_DUE, &rows, "ii", now,
			(int64_t)max);

	return r < 0 ? r : give_messages(rows, fn, arg);
}

static int message_put(struct store *s, const struct store_message *m)
{
	return sql_run(self(s), Q_MESSAGE_PUT, NULL, "iiiitt", m->next,
		       m->attempts, m->done, (int64_t)m->failed, m->error,
		       m->id);
}

static int message_list(struct store *s, int max, store_message_fn *fn,
			void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_MESSAGE_LIST, &rows, "i", (int64_t)max);

	return r < 0 ? r : give_messages(rows, fn, arg);
}

static int incident_add(struct store *s, const char *rule,
			const char *channel)
{
	return sql_run(self(s), Q_INCIDENT_ADD, NULL, "tt", rule, channel);
}

static int incident_remove(struct store *s, const char *rule,
			   const char *channel)
{
	return sql_run(self(s), Q_INCIDENT_REMOVE, NULL, "tt", rule, channel);
}

static int incident_list(struct store *s, const char *rule,
			 store_incident_fn *fn, void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_INCIDENT_LIST, &rows, "t", rule);

	while (r == 0 && (r = sql_next(rows)) == 1) {
		r = fn(arg, sql_text(rows, 0), sql_text(rows, 1));
		if (r != 0)
			sql_end(rows);
	}
	return r;
}

static int silence_add(struct store *s, const struct store_silence *q)
{
	return sql_run(self(s), Q_SILENCE_ADD, NULL, "tttiitt", q->id, q->rule,
		       q->pattern, q->created, q->until, q->actor, q->reason);
}

static int silence_remove(struct store *s, const char *id)
{
	int changed = 0;
	int r = sql_run(self(s), Q_SILENCE_REMOVE, &changed, "t", id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

static int silence_list(struct store *s, int64_t now, store_silence_fn *fn,
			void *arg)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_SILENCE_LIST, &rows, "i", now);

	while (r == 0 && (r = sql_next(rows)) == 1) {
		const struct store_silence q = {
			.id = sql_text(rows, 0),
			.rule = sql_text(rows, 1),
			.pattern = sql_text(rows, 2),
			.created = sql_int(rows, 3),
			.until = sql_int(rows, 4),
			.actor = sql_text(rows, 5),
			.reason = sql_text(rows, 6),
		};

		r = fn(arg, &q);
		if (r != 0)
			sql_end(rows);
	}
	return r;
}

static int trim(struct store *s, int64_t time)
{
	static const enum sql_query tables[] = {
		Q_ALERT_TRIM, Q_MESSAGE_TRIM, Q_SILENCE_TRIM,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(tables) / sizeof(*tables); i++)
		r = sql_run(self(s), tables[i], NULL, "i", time);
	return r;
}

const struct store_alert_driver sql_alerts = {
	.rule_get = rule_get,
	.rule_add = rule_add,
	.rule_list = rule_list,
	.put = put,
	.open = open_alerts,
	.list = list,
	.close = close_gone,
	.message_add = message_add,
	.message_due = message_due,
	.message_put = message_put,
	.message_list = message_list,
	.incident_add = incident_add,
	.incident_remove = incident_remove,
	.incident_list = incident_list,
	.silence_add = silence_add,
	.silence_remove = silence_remove,
	.silence_list = silence_list,
	.trim = trim,
};
