/* SPDX-License-Identifier: Apache-2.0 */
/* The connection, transactions, and the driver's record. */
#include "collector-stub/store/postgres.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/dialect.h"

#define SETTINGS 64

/* What the URL does not say. */
static const char *const defaults[][2] = {
	{ "client_encoding", "UTF8" },
	{ "fallback_application_name", "certwalk-collector" },
	{ "connect_timeout", "10" },
	{ "keepalives_idle", "30" },
	{ "keepalives_interval", "10" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "30000" },	/* ms */
};

/* A transaction waits for another's locks for so long, and one whose collector
 * has gone holds its own for so long; an acknowledged change is on disk,
 * whatever the server's default.  Questions over a fleet look costly enough for
 * the server to compile them, which takes it ten times as long as they do. */
static const char session[] =
	"SET lock_timeout = '10s';"
	"SET idle_in_transaction_session_timeout = '60s';"
	"SELECT set_config('synchronous_commit', 'on', false)"
	" WHERE current_setting('synchronous_commit') = 'off';"
	"SELECT set_config(name, 'off', false) FROM pg_settings"
	" WHERE name = 'jit'";

static int one_result(struct postgres *s, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return 0;
	return postgres_fail(s, result);
}

int postgres_exec(struct postgres *s, const char *text)
{
	PGresult *result = NULL;
	int r = 0;

	postgres_settle(s);
	PQexitPipelineMode(s->conn);
	result = PQexec(s->conn, text);
	r = one_result(s, result);
	PQclear(result);
	PQenterPipelineMode(s->conn);
	return r;
}

int postgres_number(struct postgres *s, const char *text, int64_t *ret)
{
	PGresult *result = NULL;
	int r = 0;

	postgres_settle(s);
	PQexitPipelineMode(s->conn);
	result = PQexec(s->conn, text);
	r = one_result(s, result);
	if (r == 0)
		*ret = PQntuples(result) == 1 ?
			strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	PQclear(result);
	PQenterPipelineMode(s->conn);
	return r;
}

static int begin_session(struct postgres *s)
{
	s->n_sent = 0;
	s->stream = NULL;
	s->stale = false;
	memset(s->state, 0, sizeof(s->state));
	if (PQstatus(s->conn) != CONNECTION_OK) {
		postgres_say(s, PQerrorMessage(s->conn));
		return -EBUSY;
	}
	return postgres_exec(s, session);
}

int postgres_revive(struct postgres *s)
{
	/* sees that the server has closed it */
	if (PQstatus(s->conn) == CONNECTION_OK)
		PQconsumeInput(s->conn);
	if (PQstatus(s->conn) == CONNECTION_OK && !s->stale)
		return 0;
	PQreset(s->conn);
	return begin_session(s);
}

static int begin(struct store *base)
{
	struct postgres *s = (struct postgres *)base;
	int r = postgres_revive(s);

	if (r < 0)
		return r;
	postgres_agents_forget(s);
	postgres_objects_forget(s);
	s->in_transaction = true;
	s->in_savepoint = false;
	s->failed = 0;
	return sql_run(&s->sql, Q_BEGIN, NULL, "");
}

static int commit(struct store *base)
{
	struct postgres *s = (struct postgres *)base;
	int none = 0;
	int r = postgres_objects_write(s);

	if (r == 0)
		r = postgres_agents_write(s);
	if (r == 0)
		r = sql_run(&s->sql, Q_COMMIT, &none, "");
	if (r == 0)
		s->in_transaction = false;
	return r;
}

static void rollback(struct store *base)
{
	struct postgres *s = (struct postgres *)base;

	postgres_agents_forget(s);
	postgres_objects_forget(s);
	if (!s->in_transaction)
		return;
	postgres_settle(s);
	s->in_transaction = false;
	s->failed = 0;
	if (PQstatus(s->conn) == CONNECTION_OK &&
	    PQtransactionStatus(s->conn) != PQTRANS_IDLE) {
		char keep[sizeof(base->error)];

		/* why it is rolled back is what is to be told */
		memcpy(keep, base->error, sizeof(keep));
		postgres_exec(s, "ROLLBACK");
		memcpy(base->error, keep, sizeof(keep));
	}
}

static int savepoint(struct store *base)
{
	struct postgres *s = (struct postgres *)base;

	s->in_savepoint = true;
	postgres_objects_mark(s);
	return sql_run(&s->sql, Q_SAVEPOINT, NULL, "");
}

static int release(struct store *base)
{
	struct postgres *s = (struct postgres *)base;

	s->in_savepoint = false;
	postgres_agents_after(s, false);
	return sql_run(&s->sql, Q_RELEASE, NULL, "");
}

static int undo(struct store *base)
{
	struct postgres *s = (struct postgres *)base;

	postgres_agents_after(s, true);
	postgres_objects_undo(s);
	return sql_run(&s->sql, Q_UNDO, NULL, "") < 0 ? s->failed :
		release(base);
}

static bool is_secret(const char *keyword)
{
	return strcmp(keyword, "password") == 0 ||
		strcmp(keyword, "sslpassword") == 0;
}

/* Adds what is not among them: how many there are. */
static int add_defaults(const char **keys, const char **values, int n)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		bool there = false;

		for (int k = 0; k < n; k++)
			there = there || strcmp(keys[k], defaults[i][0]) == 0;
		if (there || n + 1 >= SETTINGS)
			continue;
		keys[n] = defaults[i][0];
		values[n++] = defaults[i][1];
	}
	return n;
}

static int connect_by(struct postgres *s, const PQconninfoOption *options)
{
	const char *keys[SETTINGS] = { NULL }, *values[SETTINGS] = { NULL };
	int n = 0;

	for (; options->keyword && n + 1 < SETTINGS; options++) {
		if (!options->val)
			continue;
		if (is_secret(options->keyword)) {
			snprintf(s->sql.base.error, sizeof(s->sql.base.error),
				 "a password does not belong here: put it into "
				 "~/.pgpass or into a file and name that by "
				 "passfile=FILE");
			return -EINVAL;
		}
		keys[n] = options->keyword;
		values[n++] = options->val;
	}
	add_defaults(keys, values, n);
	s->conn = PQconnectdbParams(keys, values, 0);
	return s->conn ? begin_session(s) : -ENOMEM;
}

/* ${where} is the URL without its "postgres:", or KEYWORD=VALUE ... */
static int connect_to(struct postgres *s, const char *where)
{
	PQconninfoOption *options = NULL;
	char *error = NULL, *url = NULL;
	int r = 0;

	if (strncmp(where, "//", 2) == 0 &&
	    asprintf(&url, "postgres:%s", where) < 0)
		return -ENOMEM;
	options = PQconninfoParse(url ? url : where, &error);
	/* ${error} may have a password in it */
	if (options) {
		r = connect_by(s, options);
	} else {
		snprintf(s->sql.base.error, sizeof(s->sql.base.error),
			 "neither postgres://USER@HOST/DATABASE nor "
			 "KEYWORD=VALUE pairs that libpq knows");
		r = -EINVAL;
	}
	PQconninfoFree(options);
	PQfreemem(error);
	free(url);
	return r;
}

static int postgres_open(const char *where, bool fresh, struct store **ret)
{
	struct postgres *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->sql.base.driver = &store_postgres;
	s->sql.engine = &postgres_engine;
	for (int i = 0; i < SQL_PARAMETERS; i++)
		buf_init(&s->scratch[i], POSTGRES_ARRAY);
	*ret = &s->sql.base;
	r = connect_to(s, where);
	return r < 0 ? r : postgres_migrate(s, fresh);
}

static void postgres_close(struct store *base)
{
	struct postgres *s = (struct postgres *)base;

	for (int i = 0; i <= Q_END; i++) {
		if (s->rows[i].store)
			postgres_engine.end(&s->rows[i].base);
	}
	for (int i = 0; i < Q_END; i++)
		free(s->many_text[i]);
	postgres_agents_forget(s);
	postgres_objects_forget(s);
	for (int i = 0; i < SQL_PARAMETERS; i++)
		buf_free(&s->scratch[i]);
	PQfinish(s->conn);
	free(s);
}

const struct store_driver store_postgres = {
	.scheme = "postgres",
	.open = postgres_open,
	.close = postgres_close,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.savepoint = savepoint,
	.release = release,
	.undo = undo,
	.dialect = &dialect_postgres,
	.concurrent = true,
	.select = postgres_select,
	.load_begin = postgres_load_begin,
	.load_row = postgres_load_row,
	.load_end = postgres_load_end,
	.expect = postgres_expect,
	.agent_get = postgres_agent_get,
	.agent_put = postgres_agent_put,
	.object_lacking = postgres_object_lacking,
	.object_missing = postgres_object_missing,
	.object_add = postgres_object_add,
	.events = &postgres_events,
	SQL_QUESTIONS
};
