/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the PostgreSQL driver share.
 *
 * The connection is in pipeline mode all the time: within a transaction, what
 * yields nothing that the caller waits for is only sent, and its result is
 * read with that of the next statement that does, or of the commit. */
#ifndef CW_COLLECTOR_POSTGRES_H
#define CW_COLLECTOR_POSTGRES_H

#include <libpq-fe.h>

#include "collector-stub/store/sql.h"
#include "lib/limits.h"

/* statements that are under way at most */
#define POSTGRES_PENDING 64

/* bytes of one array of parameters */
#define POSTGRES_ARRAY MIB(512)

/* of pg_type.dat; they never change */
enum postgres_type {
	POSTGRES_BOOL = 16, POSTGRES_BYTEA = 17, POSTGRES_INT8 = 20,
	POSTGRES_INT2 = 21, POSTGRES_INT4 = 23, POSTGRES_TEXT = 25,
	POSTGRES_BYTEA_ARRAY = 1001, POSTGRES_TEXT_ARRAY = 1009,
	POSTGRES_INT8_ARRAY = 1016,
};

struct postgres;

struct postgres_rows {
	struct sql_rows base;	/* first: a struct sql_rows is one of these */
	struct postgres *store;
	PGresult *result;
	int row;		/* of ${result} */
	/* Rows are still to come from the server, one result each ... */
	bool streaming;
	/* ... or came while another statement was sent. */
	PGresult **later;
	size_t n_later, next_later;
};

/* Statements are prepared once on each connection. */
enum postgres_state { PREPARE_NONE, PREPARE_SENT, PREPARE_DONE };

struct postgres_sent {
	enum sql_query q;
	bool many;
	bool prepare;
};

/* One that is expected in this transaction (postgres_expect()). */
struct postgres_agent {
	struct store_agent agent;
	bool known;		/* it is there, and this is how it is */
	bool dirty;		/* to be written before the commit */
	bool shadowed;		/* by what was written since a savepoint */
};

struct postgres_object;
struct postgres_settled;

struct postgres {
	struct sql sql;		/* first: a struct store is one of these */
	PGconn *conn;
	bool in_transaction;
	bool stale;		/* another server is the primary now */
	int failed;		/* the transaction has: why, -errno, or 0 */
	/* by sql_query; [1]: for many rows */
	enum postgres_state state[2][Q_END];
	char *many_text[Q_END];
	struct postgres_sent sent[POSTGRES_PENDING];
	size_t n_sent;
	struct postgres_rows rows[Q_END + 1];	/* the last: of a select */
	struct postgres_rows *stream;	/* the rows that are streaming */
	bool in_savepoint;
	struct postgres_agent *agents;	/* by id */
	size_t n_agents;
	/* Of a group (postgres_expect()): what waits for its end. */
	bool is_group;
	struct postgres_object **objects, *by_sha256;
	struct postgres_settled *settled;	/* events, by object */
	size_t n_objects, n_settled, objects_bytes;
	size_t n_objects_before, n_settled_before;	/* the savepoint */
	struct buf scratch[SQL_PARAMETERS];	/* arrays, by parameter */
};

extern const char *const postgres_texts[Q_END];
extern const struct sql_engine postgres_engine;

/* Of one statement; a filter has up to some thousand values. */
#define POSTGRES_PARAMETERS 2048

/* The parameters of one statement as libpq takes them; values point into what
 * they were made of, or into ${numbers} or ${mended}. */
struct postgres_parameters {
	int n;
	Oid type[POSTGRES_PARAMETERS];
	const char *value[POSTGRES_PARAMETERS];
	int length[POSTGRES_PARAMETERS];
	int format[POSTGRES_PARAMETERS];
	uint8_t numbers[POSTGRES_PARAMETERS][8];
	struct arena mended;	/* texts that were not UTF-8 */
};

void postgres_parameters_free(struct postgres_parameters *p);
/* From values by their letters (sql.h): 0 or -errno. */
int postgres_parameters(const char *types, const struct store_value *v,
			size_t n, struct buf *scratch,
			struct postgres_parameters *ret);
/* The same where each value says itself what it is. */
int postgres_values(const struct store_value *v, size_t n,
		    struct postgres_parameters *ret);
/* The same for sql_many(); *ret_rows: how many were not left out. */
int postgres_arrays(const char *types, size_t n, sql_fill_fn *fill,
		    const void *arg, struct buf *scratch,
		    struct postgres_parameters *ret, size_t *ret_rows);
/* "INSERT ... VALUES ($1, ...)" for arrays; any other text as it is.  The
 * caller frees; NULL without memory. */
char *postgres_many_text(const char *text, const char *types);

/* A new connection in place of one that was lost, if it was: 0; -EBUSY where
 * the server cannot be reached. */
int postgres_revive(struct postgres *s);
/* Reads all that is under way; what fails is told by the next call. */
void postgres_settle(struct postgres *s);
/* One statement or several, without parameters, at once: 0 or -errno. */
int postgres_exec(struct postgres *s, const char *text);
/* The first column of its only row as a number; 0 where it has none. */
int postgres_number(struct postgres *s, const char *text, int64_t *ret);
/* Keeps the text of a failed result (NULL: the connection's) and returns its
 * -errno. */
int postgres_fail(struct postgres *s, const PGresult *result);
/* "PostgreSQL, HOST, database NAME: WHAT" into the store's error. */
void postgres_say(struct postgres *s, const char *what);

int postgres_select(struct store *base, const struct store_select *q,
		    store_row_fn *fn, void *arg);

/* store.h's load_...(), by COPY. */
int postgres_load_begin(struct store *base, const char *table,
			const char *columns, size_t n);
int postgres_load_row(struct store *base, const struct store_value *row,
		      size_t n);
int postgres_load_end(struct store *base);

/* store.h's expect(), and its agent_get() and agent_put() with it. */
int postgres_expect(struct store *base, const char *const *ids, size_t n);
int postgres_agent_get(struct store *base, const char *id,
		       struct store_agent *ret);
int postgres_agent_put(struct store *base, const struct store_agent *a);
/* Before the commit; and at the end of a transaction. */
int postgres_agents_write(struct postgres *s);
/* A savepoint has ended. */
void postgres_agents_after(struct postgres *s, bool undone);
void postgres_agents_forget(struct postgres *s);

/* store.h's object_add(), object_lacking(), object_missing(); events with their
 * settle(). */
int postgres_object_add(struct store *base, const struct store_object *o,
			size_t n);
int postgres_object_lacking(struct store *base, const char *id, int max,
			    store_hash_fn *fn, void *arg);
int postgres_object_missing(struct store *base, const uint8_t *hashes,
			    size_t n, store_hash_fn *fn, void *arg);
extern const struct store_event_driver postgres_events;
/* Before the commit; at the end of a transaction; a savepoint begins, is
 * undone. */
int postgres_objects_write(struct postgres *s);
void postgres_objects_forget(struct postgres *s);
void postgres_objects_mark(struct postgres *s);
void postgres_objects_undo(struct postgres *s);

/* Makes the tables, or brings them up to date (${fresh} as of open()). */
int postgres_migrate(struct postgres *s, bool fresh);

#endif
