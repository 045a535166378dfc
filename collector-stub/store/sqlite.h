/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite driver share. */
#ifndef CW_COLLECTOR_SQLITE_H
#define CW_COLLECTOR_SQLITE_H

#include <sqlite3.h>

#include "collector-stub/store/store.h"

enum sqlite_query {
	Q_BEGIN, Q_COMMIT, Q_ROLLBACK, Q_SAVEPOINT, Q_RELEASE, Q_UNDO,
	Q_TOKEN_ADD, Q_TOKEN_TAKE, Q_TOKEN_GET, Q_TOKEN_LIST, Q_TOKEN_REMOVE,
	Q_AGENT_ADD, Q_AGENT_GET, Q_AGENT_PUT, Q_AGENT_CERTIFICATE,
	Q_AGENT_REVOKE, Q_AGENT_HOST, Q_AGENT_COVERAGE, Q_AGENT_LIST,
	Q_LOCATION_ADD, Q_LOCATION_SEE, Q_LOCATION_REMOVE, Q_LOCATION_SWEEP,
	Q_LOCATION_HASHES, Q_LOCATION_NAMES,
	Q_OBJECT_LACKING, Q_OBJECT_ADD, Q_RESULT_ADD,
	Q_PLACES, Q_PLACES_ONE,
	Q_KEY_ADD, Q_KEY_BACK, Q_KEY_REMOVE, Q_KEY_LIST,
	Q_COMMAND_SEQUENCE, Q_COMMAND_ADD, Q_COMMAND_SIGN,
	Q_COMMAND_SIGNATURES, Q_COMMAND_CANCEL, Q_COMMAND_DELIVERED,
	Q_COMMAND_OPEN, Q_COMMAND_AGENTS, Q_COMMAND_LIST, Q_COMMAND_CLOSE,
	Q_AUDIT_LAST, Q_AUDIT_ADD, Q_AUDIT_LIST, Q_AUDIT_BEFORE,
	Q_USER_ADD, Q_USER_PUT, Q_USER_REMOVE, Q_USER_GET, Q_USER_LIST,
	Q_SESSION_ADD, Q_SESSION_GET, Q_SESSION_USED, Q_SESSION_REMOVE,
	Q_SESSION_END, Q_SESSION_SWEEP,
	Q_ACCESS_ADD, Q_ACCESS_GET, Q_ACCESS_USED, Q_ACCESS_REMOVE,
	Q_ACCESS_END, Q_ACCESS_LIST,
	Q_AGENT_DETAIL,
	Q_END
};

extern const char *const sqlite_sql[Q_END];

struct sqlite {
	struct store base;	/* first: a struct store is one of these */
	sqlite3 *db;
	sqlite3_stmt *stmt[Q_END];
};

/* Keeps the text of the last error and returns its -errno. */
int sqlite_fail(struct sqlite *s, int rc);

/* Prepares once, resets, binds by ${types}, one letter for each argument:
 * i int64_t; n int64_t, 0 is NULL; t text, or NULL; h HASH_SIZE bytes, or
 * NULL; b pointer and size_t, NULL allowed.  What is bound is
 * borrowed until the statement ends. */
int sqlite_bind(struct sqlite *s, enum sqlite_query q, sqlite3_stmt **ret,
		const char *types, ...);

/* The same, and runs a statement that yields no rows; *ret_changed (or NULL) is
 * the number of rows it changed. */
int sqlite_run(struct sqlite *s, enum sqlite_query q, int *ret_changed,
	       const char *types, ...);

/* The next row: 1, 0 after the last (the statement is then reset), -errno. */
int sqlite_next(struct sqlite *s, sqlite3_stmt *st);

/* HASH_SIZE bytes of a column: false where it holds anything else. */
bool sqlite_hash(sqlite3_stmt *st, int column, uint8_t ret[static HASH_SIZE]);
/* The text of a column, "" for NULL. */
const char *sqlite_text(sqlite3_stmt *st, int column);

/* Members of store_sqlite, by file. */
int sqlite_token_add(struct store *, const struct store_token *);
int sqlite_token_take(struct store *, const uint8_t [static HASH_SIZE],
		      int64_t);
int sqlite_token_list(struct store *, store_token_fn *, void *);
int sqlite_token_remove(struct store *, const uint8_t [static HASH_SIZE]);
int sqlite_agent_add(struct store *, const char *, int64_t, int64_t);
int sqlite_agent_get(struct store *, const char *, struct store_agent *);
int sqlite_agent_put(struct store *, const struct store_agent *);
int sqlite_agent_certificate(struct store *, const char *, int64_t);
int sqlite_agent_revoke(struct store *, const char *, int64_t);
int sqlite_agent_host(struct store *, const char *, const char *,
		      const Cw__HostFacts *);
int sqlite_agent_coverage(struct store *, const char *, const Cw__Coverage *);
int sqlite_agent_list(struct store *, store_agent_fn *, void *);
int sqlite_location_add(struct store *, const char *, int64_t,
			const struct store_location *, bool *);
int sqlite_location_see(struct store *, const char *, int64_t,
			const struct store_location *);
int sqlite_location_remove(struct store *, const char *,
			   const uint8_t [static HASH_SIZE], bool *);
int sqlite_location_sweep(struct store *, const char *, int64_t);
int sqlite_location_digest(struct store *, const char *, struct set_digest *);
int sqlite_location_names(struct store *, const char *,
			  const uint8_t [static HASH_SIZE], bool *);
int sqlite_object_lacking(struct store *, const char *, int, store_hash_fn *,
			  void *);
int sqlite_object_add(struct store *, const struct store_object *);
int sqlite_result_add(struct store *, const char *, int64_t,
		      const Cw__CommandResult *, bool *);
int sqlite_key_add(struct store *, const struct store_key *);
int sqlite_key_remove(struct store *, const char *, int64_t);
int sqlite_key_list(struct store *, store_key_fn *, void *);
int sqlite_command_sequence(struct store *, const char *, int64_t *);
int sqlite_command_add(struct store *, const struct store_command *);
int sqlite_command_sign(struct store *, const char *, const char *,
			const char *, const uint8_t *, size_t);
int sqlite_command_signatures(struct store *, const char *, const char *,
			      store_signature_fn *, void *);
int sqlite_command_cancel(struct store *, const char *, int64_t);
int sqlite_command_delivered(struct store *, const char *, const char *,
			     int64_t);
int sqlite_command_open(struct store *, const char *, int64_t,
			store_command_fn *, void *);
int sqlite_command_agents(struct store *, int64_t, store_text_fn *, void *);
int sqlite_command_list(struct store *, const char *, store_command_fn *,
			void *);
int sqlite_audit_add(struct store *, int64_t, const char *);
int sqlite_audit_list(struct store *, store_audit_fn *, void *);
int sqlite_audit_before(struct store *, int64_t, int, store_audit_fn *,
			void *);
int sqlite_agent_detail(struct store *, const char *, store_detail_fn *,
			void *);
extern const struct store_user_driver sqlite_users;
int sqlite_places(struct store *, const uint8_t *, store_place_fn *, void *);

#endif
