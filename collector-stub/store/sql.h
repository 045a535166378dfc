/* SPDX-License-Identifier: Apache-2.0 */
/* What the two drivers share: the questions of store.h as SQL statements with
 * numbered parameters, asked through an engine that a driver brings.  sql_*.c
 * know no database. */
#ifndef CW_COLLECTOR_SQL_H
#define CW_COLLECTOR_SQL_H

#include <stdarg.h>

#include "collector-stub/store/store.h"

enum sql_query {
	Q_BEGIN, Q_COMMIT, Q_ROLLBACK, Q_SAVEPOINT, Q_RELEASE, Q_UNDO,
	Q_TOKEN_ADD, Q_TOKEN_TAKE, Q_TOKEN_GET, Q_TOKEN_LIST, Q_TOKEN_REMOVE,
	Q_AGENT_ADD, Q_AGENT_GET, Q_AGENTS_GET, Q_AGENT_PUT, Q_AGENTS_PUT,
	Q_AGENT_BEAT, Q_AGENT_CERTIFICATE,
	Q_AGENT_REVOKE, Q_AGENT_HOST, Q_AGENT_COVERAGE, Q_COVERAGE_GET,
	Q_AGENT_LIST,
	Q_LOCATION_ADD, Q_LOCATION_SEE, Q_LOCATION_REMOVE, Q_LOCATION_SWEEP,
	Q_LOCATION_HASHES, Q_LOCATION_NAMES, Q_LOCATION_NAMES_ANY,
	Q_LOCATION_READ, Q_LOCATION_FILL, Q_OBJECT_READ, Q_OBJECT_FILL,
	Q_AGENT_READ,
	Q_OBJECT_LACKING, Q_OBJECT_THERE, Q_OBJECT_MISSING, Q_OBJECT_ADD,
	Q_OBJECT_DER, Q_RESULT_ADD,
	Q_PLACES, Q_PLACES_ONE,
	Q_KEY_ADD, Q_KEY_BACK, Q_KEY_REMOVE, Q_KEY_LIST,
	Q_COMMAND_LOCK, Q_COMMAND_SEQUENCE, Q_COMMAND_ADD, Q_COMMAND_SIGN,
	Q_COMMAND_SIGNATURES, Q_COMMAND_CANCEL, Q_COMMAND_DELIVERED,
	Q_COMMAND_OPEN, Q_COMMAND_AGENTS, Q_COMMAND_LIST, Q_COMMAND_CLOSE,
	Q_AUDIT_LOCK, Q_AUDIT_LAST, Q_AUDIT_ADD, Q_AUDIT_LIST, Q_AUDIT_BEFORE,
	Q_USERS_LOCK,
	Q_USER_ADD, Q_USER_PUT, Q_USER_REMOVE, Q_USER_GET, Q_USER_LIST,
	Q_USER_LOGIN, Q_SAVED_PUT, Q_SAVED_REMOVE, Q_SAVED_END, Q_SAVED_LIST,
	Q_SESSION_ADD, Q_SESSION_GET, Q_SESSION_USED, Q_SESSION_REMOVE,
	Q_SESSION_END, Q_SESSION_SWEEP,
	Q_LINK_ADD, Q_LINK_TAKE,
	Q_ATTEMPT_ADD, Q_ATTEMPT_GET, Q_ATTEMPT_REMOVE, Q_ATTEMPT_FORGET,
	Q_ATTEMPT_SWEEP,
	Q_ACCESS_ADD, Q_ACCESS_GET, Q_ACCESS_USED, Q_ACCESS_REMOVE,
	Q_ACCESS_END, Q_ACCESS_LIST,
	Q_AGENT_DETAIL,
	Q_LEASE_TAKE, Q_TICKET_ADD, Q_TICKET_LIST, Q_TICKET_REMOVE,
	Q_REVOKED_LOCATIONS, Q_REVOKED_SIGNATURES, Q_REVOKED_RESULTS,
	Q_REVOKED_COMMANDS, Q_REVOKED_AGENTS,
	Q_OBJECT_SLICE, Q_OBJECT_UNNAMED, Q_PRUNE_OBJECTS,
	Q_LOCATIONS_WAIT, Q_LOCATIONS_LOCK,
	Q_PRUNE_SIGNATURES, Q_PRUNE_RESULTS, Q_PRUNE_TOKENS, Q_PRUNE_COMMANDS,
	Q_ALERT_RULE_GET, Q_ALERT_RULE_ADD, Q_ALERT_RULE_REMOVE, Q_ALERT_RULES,
	Q_ALERT_PUT, Q_ALERT_OPEN, Q_ALERT_LIST, Q_ALERT_CLOSE, Q_ALERT_TRIM,
	Q_MESSAGE_ADD, Q_MESSAGE_DUE, Q_MESSAGE_PUT, Q_MESSAGE_LIST,
	Q_MESSAGE_TRIM,
	Q_INCIDENT_ADD, Q_INCIDENT_REMOVE, Q_INCIDENT_LIST,
	Q_SILENCE_ADD, Q_SILENCE_REMOVE, Q_SILENCE_LIST, Q_SILENCE_TRIM,
	Q_EVENT_LAST, Q_EVENT_ADD, Q_EVENT_PLACES, Q_EVENT_PLACES_ANY,
	Q_EVENT_FOLLOWED, Q_EVENT_FOLLOWED_ANY, Q_EVENT_SETTLE,
	Q_EVENT_SETTLE_ANY, Q_EVENT_SILENT, Q_EVENT_PRUNE,
	Q_EVENT_COUNT,
	Q_END
};

/* most parameters of one statement */
#define SQL_PARAMETERS 64

/* By sql_query; a driver's own text goes before it. */
extern const char *const sql_texts[Q_END];

/* Rows under way; a driver's own struct begins with it. */
struct sql_rows {
	const struct sql_engine *engine;
};

/* One row of many: all parameters, or false to leave it out. */
typedef bool sql_fill_fn(const void *arg, size_t i, struct store_value *ret);

/* Parameters are described by letters: i number; n number, 0 is NULL; t text;
 * h HASH_SIZE bytes; b bytes; all but i may be NULL.  Values are borrowed until
 * the rows end. */
struct sql_engine {
	int (*ask)(struct store *s, enum sql_query q, const char *types,
		   const struct store_value *v, size_t n,
		   struct sql_rows **ret);
	int (*next)(struct sql_rows *rows);
	void (*end)(struct sql_rows *rows);
	struct store_value (*value)(const struct sql_rows *rows, int column);
	/* *ret_changed: rows that it changed.  ret_changed NULL: nobody wants
	 * to know, so an error may come with a later call instead. */
	int (*run)(struct store *s, enum sql_query q, const char *types,
		   const struct store_value *v, size_t n, int *ret_changed);
	/* As sql_many(). */
	int (*many)(struct store *s, enum sql_query q, const char *types,
		    size_t n, sql_fill_fn *fill, const void *arg,
		    size_t *ret_changed);
	/* One parameter may be an array: letter H, of all HASH_SIZE bytes, or
	 * T, of texts in STORE_AGENT_ID bytes each. */
	bool arrays;
	/* Others write at the same time: what is read so that it can be
	 * changed has to be locked first. */
	bool concurrent;
};

struct sql {
	struct store base;	/* first: a struct store is one of these */
	const struct sql_engine *engine;
};

/* Asks; ${types} as above, one argument for each letter, two for b: pointer
 * and size_t. */
int sql_ask(struct sql *s, enum sql_query q, struct sql_rows **ret,
	    const char *types, ...);

/* The same for a statement that yields no rows; *ret_changed (or NULL) is the
 * number of rows that it changed. */
int sql_run(struct sql *s, enum sql_query q, int *ret_changed,
	    const char *types, ...);

/* The same for ${n} rows at once, for statements with "VALUES ($1, ...)"; the
 * parameters before the | in ${types} are the same in all rows.  The sum of
 * changed rows. */
int sql_many(struct sql *s, enum sql_query q, const char *types, size_t n,
	     sql_fill_fn *fill, const void *arg, size_t *ret_changed);

/* The next row: 1, 0 after the last (the rows have then ended), -errno (the
 * same). */
int sql_next(struct sql_rows *rows);
/* Leaves the rest. */
void sql_end(struct sql_rows *rows);

/* A column of this row, valid until the next one. */
struct store_value sql_value(const struct sql_rows *rows, int column);
int64_t sql_int(const struct sql_rows *rows, int column);	/* NULL is 0 */
/* "" for NULL. */
const char *sql_text(const struct sql_rows *rows, int column);
const char *sql_text_or_null(const struct sql_rows *rows, int column);
/* NULL for NULL and for no bytes. */
const uint8_t *sql_bytes(const struct sql_rows *rows, int column,
			 size_t *ret_len);
/* HASH_SIZE bytes: false where it holds anything else. */
bool sql_hash(const struct sql_rows *rows, int column,
	      uint8_t ret[static HASH_SIZE]);

struct store_value sql_of_int(int64_t n);
struct store_value sql_of_int_or_null(int64_t n);	/* 0 is NULL */
struct store_value sql_of_text(const char *text);
struct store_value sql_of_hash(const uint8_t *hash);	/* or NULL */
struct store_value sql_of_bytes(const void *data, size_t len);

/* The columns of Q_AGENT_GET, from ${column} on. */
void sql_agent_read(const struct sql_rows *st, int column,
		    struct store_agent *ret);

/* What a migration cannot say in SQL: the columns that step MIGRATE_FILL added,
 * from the packed bytes of the rows. */
int sql_fill(struct sql *s);

/* The questions that a driver may answer in this way, by file; those that both
 * do are in SQL_QUESTIONS and SQL_EVENTS. */
int sql_token_add(struct store *, const struct store_token *);
int sql_token_take(struct store *, const uint8_t [static HASH_SIZE],
		   int64_t);
int sql_token_list(struct store *, store_token_fn *, void *);
int sql_token_remove(struct store *, const uint8_t [static HASH_SIZE]);
int sql_agent_add(struct store *, const char *, int64_t, int64_t);
int sql_agent_get(struct store *, const char *, struct store_agent *);
int sql_agent_put(struct store *, const struct store_agent *);
int sql_agent_beat(struct store *, const struct store_agent *, int64_t, bool *);
int sql_agent_certificate(struct store *, const char *, int64_t, int64_t,
			  bool *);
int sql_agent_revoke(struct store *, const char *, int64_t);
int sql_agent_host(struct store *, const char *, const char *,
		   const Cw__HostFacts *);
int sql_agent_coverage(struct store *, const char *, const Cw__Coverage *);
int sql_coverage_get(struct store *, const char *, struct store_coverage *);
int sql_agent_list(struct store *, store_agent_fn *, void *);
int sql_location_add(struct store *, const char *, int64_t,
		     const struct store_location *, size_t, size_t *);
int sql_location_see(struct store *, const char *, int64_t,
		     const struct store_location *, size_t);
int sql_location_remove(struct store *, const char *,
			const ProtobufCBinaryData *, size_t,
			store_location_fn *, void *, size_t *);
int sql_location_sweep(struct store *, const char *, int64_t);
int sql_location_digest(struct store *, const char *, struct set_digest *);
int sql_location_names(struct store *, const char *,
		       const struct store_object *, size_t, bool *);
int sql_object_lacking(struct store *, const char *, int, store_hash_fn *,
		       void *);
int sql_object_missing(struct store *, const uint8_t *, size_t,
		       store_hash_fn *, void *);
int sql_object_add(struct store *, const struct store_object *, size_t);
int sql_object_der(struct store *, const uint8_t [static HASH_SIZE],
		   store_bytes_fn *, void *);
int sql_result_add(struct store *, const char *, int64_t,
		   const Cw__CommandResult *, bool *);
int sql_key_add(struct store *, const struct store_key *);
int sql_key_remove(struct store *, const char *, int64_t);
int sql_key_list(struct store *, store_key_fn *, void *);
int sql_command_sequence(struct store *, const char *, int64_t *);
int sql_command_add(struct store *, const struct store_command *);
int sql_command_sign(struct store *, const char *, const char *,
		     const char *, const uint8_t *, size_t);
int sql_command_signatures(struct store *, const char *, const char *,
			   store_signature_fn *, void *);
int sql_command_cancel(struct store *, const char *, int64_t);
int sql_command_delivered(struct store *, const char *, const char *,
			  int64_t);
int sql_command_open(struct store *, const char *, int64_t,
		     store_command_fn *, void *);
int sql_command_agents(struct store *, int64_t, store_text_fn *, void *);
int sql_command_list(struct store *, const char *, store_command_fn *,
		     void *);
int sql_audit_add(struct store *, int64_t, const char *);
int sql_audit_add_many(struct store *, int64_t, const char *const *, size_t);
int sql_audit_list(struct store *, store_audit_fn *, void *);
int sql_audit_before(struct store *, int64_t, int, store_audit_fn *, void *);
int sql_agent_detail(struct store *, const char *, store_detail_fn *, void *);
extern const struct store_user_driver sql_users;
int sql_lease_take(struct store *, const char *, const char *, int64_t, int64_t,
		   bool *);
int sql_ticket_add(struct store *, const struct store_ticket *);
int sql_ticket_list(struct store *, store_ticket_fn *, void *);
int sql_ticket_remove(struct store *, int64_t);
extern const struct store_alert_driver sql_alerts;
int sql_event_last(struct store *, const char *, int64_t *);
int sql_event_count(struct store *, const char *, int64_t, int64_t *);
int sql_event_add(struct store *, const char *, const struct store_event *,
		  size_t);
int sql_event_places(struct store *, const char *, const uint8_t *, size_t,
		     int64_t *);
int sql_event_followed(struct store *, const char *, const uint8_t *, size_t,
		       int64_t *);
int sql_event_settle(struct store *, const char *, const uint8_t *, size_t);
int sql_event_silent(struct store *, int64_t, int64_t);
extern const struct store_event_driver sql_events;
int sql_places(struct store *, const uint8_t *, store_place_fn *, void *);
#define SQL_QUESTIONS \
	.token_add = sql_token_add, \
	.token_take = sql_token_take, \
	.token_list = sql_token_list, \
	.token_remove = sql_token_remove, \
	.agent_add = sql_agent_add, \
	.agent_certificate = sql_agent_certificate, \
	.agent_revoke = sql_agent_revoke, \
	.agent_host = sql_agent_host, \
	.agent_coverage = sql_agent_coverage, \
	.coverage_get = sql_coverage_get, \
	.agent_list = sql_agent_list, \
	.location_add = sql_location_add, \
	.location_see = sql_location_see, \
	.location_remove = sql_location_remove, \
	.location_sweep = sql_location_sweep, \
	.location_digest = sql_location_digest, \
	.location_names = sql_location_names, \
	.object_der = sql_object_der, \
	.result_add = sql_result_add, \
	.key_add = sql_key_add, \
	.key_remove = sql_key_remove, \
	.key_list = sql_key_list, \
	.command_sequence = sql_command_sequence, \
	.command_add = sql_command_add, \
	.command_sign = sql_command_sign, \
	.command_signatures = sql_command_signatures, \
	.command_cancel = sql_command_cancel, \
	.command_delivered = sql_command_delivered, \
	.command_open = sql_command_open, \
	.command_agents = sql_command_agents, \
	.command_list = sql_command_list, \
	.audit_add = sql_audit_add, \
	.audit_add_many = sql_audit_add_many, \
	.audit_list = sql_audit_list, \
	.audit_before = sql_audit_before, \
	.agent_detail = sql_agent_detail, \
	.users = &sql_users, \
	.lease_take = sql_lease_take, \
	.ticket_add = sql_ticket_add, \
	.ticket_list = sql_ticket_list, \
	.ticket_remove = sql_ticket_remove, \
	.alerts = &sql_alerts, \
	.places = sql_places

#define SQL_EVENTS \
	.last = sql_event_last, \
	.count = sql_event_count, \
	.add = sql_event_add, \
	.places = sql_event_places, \
	.silent = sql_event_silent

#endif
