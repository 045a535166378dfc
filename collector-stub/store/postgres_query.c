/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on their way to the server and back. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/postgres.h"

void postgres_say(struct postgres *s, const char *what)
{
	const char *host = PQhost(s->conn), *db = PQdb(s->conn);
	size_t len = strcspn(what, "\n");

	snprintf(s->sql.base.error, sizeof(s->sql.base.error),
		 "PostgreSQL, %s, database %s: %.*s",
		 host && *host ? host : "local", db && *db ? db : "?",
		 (int)(len > 160 ? 160 : len), what);
}

/* PostgreSQL manual, appendix A */
static int errno_of(const char *state)
{
	static const struct {
		const char *begin;
		int error;
	} states[] = {
		/* Another was in the way; the transaction runs again. */
		{ "40", -EAGAIN }, { "23505", -EAGAIN },
		/* So where the server ends or is a standby now. */
		{ "57P", -EAGAIN }, { "08", -EAGAIN }, { "25006", -EAGAIN },
		{ "25P03", -EAGAIN },
		{ "55P03", -EBUSY }, { "53100", -ENOSPC },
		{ "53200", -ENOMEM }, { "53", -EBUSY },
		{ "57014", -ETIMEDOUT }, { "54", -E2BIG },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (strncmp(state, states[i].begin,
			    strlen(states[i].begin)) == 0)
			return states[i].error;
	return -EIO;
}

int postgres_fail(struct postgres *s, const PGresult *result)
{
	const char *state = result ?
		PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *text = result ?
		PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	int r = state ? errno_of(state) : -EAGAIN;

	postgres_say(s, text ? text : PQerrorMessage(s->conn));
	s->stale = s->stale || (state && strcmp(state, "25006") == 0);
	if (s->in_transaction && s->failed == 0)
		s->failed = r;
	return r;
}

/* Notes what a result says of its statement: 0 or its -errno. */
static int judge(struct postgres *s, const struct postgres_sent *of,
		 PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
		status == PGRES_SINGLE_TUPLE;

	if (of->prepare)
		s->state[of->many][of->q] = good ? PREPARE_DONE : PREPARE_NONE;
	/* so it answers where something had failed */
	if (good && of->q == Q_COMMIT &&
	    strcmp(PQcmdStatus(result), "ROLLBACK") == 0) {
		postgres_say(s, "the server has rolled the transaction back");
		return -EIO;
	}
	if (good)
		return 0;
	/* one before it failed, which was told */
	if (status == PGRES_PIPELINE_ABORTED)
		return s->failed ? s->failed : -EAGAIN;
	return postgres_fail(s, result);
}

/* The next result, or NULL where the connection was lost. */
static PGresult *receive(struct postgres *s)
{
	PGresult *result = PQgetResult(s->conn);

	/* each statement's results end with a NULL */
	if (!result && PQstatus(s->conn) == CONNECTION_OK)
		result = PQgetResult(s->conn);
	return result;
}

static int lost(struct postgres *s)
{
	s->n_sent = 0;
	s->stream = NULL;
	return postgres_fail(s, NULL);
}

static int end_of_sync(struct postgres *s)
{
	PGresult *result = NULL;

	while ((result = receive(s))) {
		ExecStatusType status = PQresultStatus(result);

		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return 0;
	}
	return lost(s);
}

/* Asks for all results, and reads them but the last, for which *ret is; with
 * ${stream} only the first row of the last. */
static int collect(struct postgres *s, bool stream, PGresult **ret)
{
	size_t n = s->n_sent;
	int r = 0;

	if (PQpipelineSync(s->conn) != 1)
		return lost(s);
	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n;
		PGresult *result = NULL;
		int one = 0;

		/* the NULL of the one before; then it is the current one */
		if (i > 0)
			PQclear(PQgetResult(s->conn));
		if (last && stream)
			PQsetSingleRowMode(s->conn);
		result = PQgetResult(s->conn);
		if (!result)
			return lost(s);
		one = judge(s, &s->sent[i], result);
		r = r == 0 ? one : r;
		if (PQstatus(s->conn) != CONNECTION_OK) {
			PQclear(result);
			return lost(s);
		}
		if (last)
			*ret = result;
		else
			PQclear(result);
	}
	s->n_sent = 0;
	return r;
}

/* Moves what is streaming out of the way of another statement. */
static int put_aside(struct postgres *s)
{
	struct postgres_rows *rows = s->stream;
	PGresult *result = NULL;
	int r = 0;

	s->stream = NULL;
	rows->streaming = false;
	while (r == 0 && (result = receive(s))) {
		PGresult **more = NULL;
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			return 0;
		}
		more = realloc(rows->later, (rows->n_later + 1) *
			       sizeof(*more));
		if (!more) {
			PQclear(result);
			end_of_sync(s);
			return -ENOMEM;
		}
		rows->later = more;
		rows->later[rows->n_later++] = result;
	}
	return lost(s);
}

static int settle(struct postgres *s)
{
	PGresult *result = NULL;
	int r = s->stream ? put_aside(s) : 0, end = 0;

	if (r < 0 || s->n_sent == 0)
		return r;
	r = collect(s, false, &result);
	PQclear(result);
	if (PQstatus(s->conn) == CONNECTION_OK)
		end = end_of_sync(s);
	return r < 0 ? r : end;
}

void postgres_settle(struct postgres *s)
{
	settle(s);
}

/* Within a transaction that failed nothing works; outside, a connection that
 * has died in the meantime is made anew. */
static int ready(struct postgres *s)
{
	if (s->in_transaction)
		return s->failed;
	if (s->stream)
		return put_aside(s);
	return postgres_revive(s);
}

static int send_prepared(struct postgres *s, enum sql_query q, bool many,
			 const char *text, const struct postgres_parameters *p)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%d", many ? "m" : "q", (int)q);
	if (s->state[many][q] == PREPARE_NONE) {
		if (PQsendPrepare(s->conn, name, text, p->n, p->type) != 1)
			return lost(s);
		s->state[many][q] = PREPARE_SENT;
		s->sent[s->n_sent++] = (struct postgres_sent){ q, many, true };
	}
	if (PQsendQueryPrepared(s->conn, name, p->n, p->value, p->length,
				p->format, 1) != 1)
		return lost(s);
	s->sent[s->n_sent++] = (struct postgres_sent){ q, many, false };
	return 0;
}

static int send_one(struct postgres *s, enum sql_query q, const char *types,
		    const struct store_value *v, size_t n)
{
	const char *text = postgres_texts[q] ? postgres_texts[q] : sql_texts[q];
	struct postgres_parameters p;
	int r = ready(s);

	if (r == 0 && (s->stream || s->n_sent + 4 > POSTGRES_PENDING))
		r = settle(s);
	if (r < 0)
		return r;
	r = postgres_parameters(types, v, n, s->scratch, &p);
	if (r == 0)
		r = send_prepared(s, q, false, text, &p);
	postgres_parameters_free(&p);
	return r;
}

static void rows_free(struct postgres_rows *rows)
{
	PQclear(rows->result);
	rows->result = NULL;
	for (size_t i = rows->next_later; i < rows->n_later; i++)
		PQclear(rows->later[i]);
	free(rows->later);
	rows->later = NULL;
	rows->n_later = 0;
	rows->next_later = 0;
}

static void end(struct sql_rows *base)
{
	struct postgres_rows *rows = (struct postgres_rows *)base;

	if (rows->streaming && rows->store->stream == rows) {
		rows->store->stream = NULL;
		end_of_sync(rows->store);
	}
	rows->streaming = false;
	rows_free(rows);
}

/* Those that list what may be a whole fleet. */
static bool is_long(enum sql_query q)
{
	return q == Q_PLACES || q == Q_AGENT_LIST || q == Q_AUDIT_LIST;
}

/* The first rows of the statement that was sent last, or all. */
static int receive_rows(struct postgres_rows *rows, bool stream)
{
	struct postgres *s = rows->store;
	int r = collect(s, stream, &rows->result);

	if (r == 0 && stream) {
		rows->streaming = true;
		s->stream = rows;
	} else if (PQstatus(s->conn) == CONNECTION_OK) {
		int last = end_of_sync(s);

		r = r < 0 ? r : last;
	}
	if (r < 0)
		rows_free(rows);
	return r;
}

static int ask(struct store *base, enum sql_query q, const char *types,
	       const struct store_value *v, size_t n, struct sql_rows **ret)
{
	struct postgres *s = (struct postgres *)base;
	struct postgres_rows *rows = &s->rows[q];
	int r = 0;

	end(&rows->base);
	rows->base.engine = &postgres_engine;
	rows->store = s;
	rows->row = -1;
	r = send_one(s, q, types, v, n);
	if (r < 0)
		return r;
	r = receive_rows(rows, is_long(q));
	if (r == 0)
		*ret = &rows->base;
	return r;
}

/* The result after this one, where there is one. */
static int next_result(struct postgres_rows *rows)
{
	static const struct postgres_sent plain = { .q = Q_END };
	int r = 0;

	PQclear(rows->result);
	rows->result = NULL;
	rows->row = 0;
	if (rows->streaming) {
		rows->result = receive(rows->store);
		if (!rows->result)
			return lost(rows->store);
	} else if (rows->next_later < rows->n_later) {
		rows->result = rows->later[rows->next_later++];
	} else {
		return 0;
	}
	r = judge(rows->store, &plain, rows->result);
	return r < 0 ? r : PQntuples(rows->result) > 0;
}

static int next(struct sql_rows *base)
{
	struct postgres_rows *rows = (struct postgres_rows *)base;
	int r = 1;

	rows->row++;
	if (!rows->result)
		r = 0;
	else if (rows->row >= PQntuples(rows->result))
		r = PQresultStatus(rows->result) == PGRES_SINGLE_TUPLE ?
			next_result(rows) : 0;
	if (r != 1)
		end(base);
	return r;
}

static struct store_value number_of(const char *p, int len)
{
	uint64_t n8 = 0;
	uint32_t n4 = 0;
	uint16_t n2 = 0;

	switch (len) {
	case 8:
		memcpy(&n8, p, sizeof(n8));
		return sql_of_int((int64_t)be64toh(n8));
	case 4:
		memcpy(&n4, p, sizeof(n4));
		return sql_of_int((int32_t)be32toh(n4));
	case 2:
		memcpy(&n2, p, sizeof(n2));
		return sql_of_int((int16_t)be16toh(n2));
	case 1:
		return sql_of_int(*p != 0);
	default:
		return (struct store_value){ .type = STORE_NULL };
	}
}

static struct store_value value(const struct sql_rows *base, int column)
{
	const struct postgres_rows *rows = (const struct postgres_rows *)base;
	const char *p = NULL;
	int len = 0;

	if (PQgetisnull(rows->result, rows->row, column))
		return (struct store_value){ .type = STORE_NULL };
	p = PQgetvalue(rows->result, rows->row, column);
	len = PQgetlength(rows->result, rows->row, column);
	switch (PQftype(rows->result, column)) {
	case POSTGRES_INT8:
	case POSTGRES_INT4:
	case POSTGRES_INT2:
	case POSTGRES_BOOL:
		return number_of(p, len);
	case POSTGRES_BYTEA:
		return sql_of_bytes(p, (size_t)len);
	default:
		return (struct store_value){ .type = STORE_TEXT, .data = p,
					     .len = (size_t)len };
	}
}

/* The result of the statement that was sent last, which yields no rows. */
static int finish(struct postgres *s, int *ret_changed)
{
	PGresult *result = NULL;
	int r = collect(s, false, &result), last = 0;

	if (r == 0)
		*ret_changed = (int)strtol(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	if (PQstatus(s->conn) == CONNECTION_OK)
		last = end_of_sync(s);
	return r < 0 ? r : last;
}

static int run(struct store *base, enum sql_query q, const char *types,
	       const struct store_value *v, size_t n, int *ret_changed)
{
	struct postgres *s = (struct postgres *)base;
	int r = send_one(s, q, types, v, n), changed = 0;

	if (r < 0 || (s->in_transaction && !ret_changed))
		return r;
	r = finish(s, &changed);
	if (r == 0 && ret_changed)
		*ret_changed = changed;
	return r;
}

static int send_many(struct postgres *s, enum sql_query q, const char *types,
		     const struct postgres_parameters *p)
{
	const char *text = postgres_texts[q] ? postgres_texts[q] : sql_texts[q];
	int r = ready(s);

	if (!s->many_text[q])
		s->many_text[q] = postgres_many_text(text, types);
	if (!s->many_text[q])
		return -ENOMEM;
	if (r == 0 && (s->stream || s->n_sent + 4 > POSTGRES_PENDING))
		r = settle(s);
	return r < 0 ? r : send_prepared(s, q, true, s->many_text[q], p);
}

static int many(struct store *base, enum sql_query q, const char *types,
		size_t n, sql_fill_fn *fill, const void *arg,
		size_t *ret_changed)
{
	struct postgres *s = (struct postgres *)base;
	struct postgres_parameters p;
	size_t rows = 0;
	int changed = 0;
	int r = postgres_arrays(types, n, fill, arg, s->scratch, &p, &rows);

	if (r == 0 && rows > 0)
		r = send_many(s, q, types, &p);
	postgres_parameters_free(&p);
	if (r == 0 && rows > 0 && (ret_changed || !s->in_transaction))
		r = finish(s, &changed);
	if (r == 0 && ret_changed)
		*ret_changed = (size_t)changed;
	return r;
}

/* The limit ends with the implicit transaction of what is sent together. */
static int send_limit(struct postgres *s, int64_t ms)
{
	const struct store_value v = sql_of_int(ms);
	struct postgres_parameters p;
	int r = postgres_values(&v, 1, &p);

	if (r == 0 && PQsendQueryParams(s->conn,
			"SELECT set_config('statement_timeout', $1::text,"
			" true)", p.n, p.type, p.value, p.length, p.format,
			1) != 1)
		r = lost(s);
	else if (r == 0)
		s->sent[s->n_sent++] = (struct postgres_sent){ .q = Q_END };
	postgres_parameters_free(&p);
	return r;
}

static int send_select(struct postgres *s, const struct store_select *q)
{
	struct postgres_parameters p;
	int r = ready(s);

	if (r == 0 && (s->stream || s->n_sent + 4 > POSTGRES_PENDING))
		r = settle(s);
	if (r == 0 && q->limit_ms > 0 && !s->in_transaction)
		r = send_limit(s, q->limit_ms);
	if (r < 0)
		return r;
	r = postgres_values(q->params, q->n_params, &p);
	if (r == 0 && PQsendQueryParams(s->conn, q->sql, p.n, p.type, p.value,
					p.length, p.format, 1) != 1)
		r = lost(s);
	else if (r == 0)
		s->sent[s->n_sent++] = (struct postgres_sent){ .q = Q_END };
	postgres_parameters_free(&p);
	return r;
}

int postgres_select(struct store *base, const struct store_select *q,
		    store_row_fn *fn, void *arg)
{
	struct postgres *s = (struct postgres *)base;
	struct postgres_rows *rows = &s->rows[Q_END];
	struct store_value row[STORE_COLUMNS];
	int r = 0, n = 0;

	end(&rows->base);
	rows->store = s;
	rows->row = -1;
	r = send_select(s, q);
	if (r < 0)
		return r;
	r = receive_rows(rows, true);
	while (r == 0 && (r = next(&rows->base)) == 1) {
		n = PQnfields(rows->result);
		for (int i = 0; i < n && n <= STORE_COLUMNS; i++)
			row[i] = value(&rows->base, i);
		r = n > STORE_COLUMNS ? -E2BIG : fn(arg, row, (size_t)n);
		if (r != 0)
			end(&rows->base);
	}
	return r;
}

const struct sql_engine postgres_engine = {
	.ask = ask,
	.next = next,
	.end = end,
	.value = value,
	.run = run,
	.many = many,
	.arrays = true,
	.concurrent = true,
};
