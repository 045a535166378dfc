/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector keeps, as questions: one function each, behind a struct
 * of functions, so that SQLite and PostgreSQL can both answer.
 *
 * Every function returns 0 or -errno: -ENOENT where what is asked for is not
 * there, -ENOSPC where the disk is full, -EIO for any other failure of the
 * storage, -EBUSY where another process kept it locked too long or the
 * server cannot be reached, -EAGAIN where another transaction was in the way or
 * the connection was lost: run all of the transaction again, which must do no
 * harm, since one whose commit failed so may have been stored.  After
 * -ENOSPC, -EIO, -EBUSY or -EAGAIN nothing of the running transaction may be
 * relied on: roll back.  ${error} then tells more.  A driver may tell of what
 * failed with a later call, at the latest with commit().  Texts are valid UTF-8
 * without NUL, as store_text() makes them.  One thread uses a store at a time.
 */
#ifndef CW_COLLECTOR_STORE_H
#define CW_COLLECTOR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector-stub/store/alert.h"
#include "collector-stub/store/event.h"
#include "collector-stub/store/user.h"
#include "lib/buf.h"
#include "lib/hash.h"
#include "lib/signature.h"
#include "proto/certwalk.pb-c.h"

/* a UUID, or "pki-" and 32 hex digits, and a NUL */
#define STORE_AGENT_ID 40

enum store_type { STORE_NULL, STORE_NUMBER, STORE_TEXT, STORE_BYTES };

/* A value of a row or of a parameter: a number, or bytes; texts are UTF-8 and
 * need not end with NUL. */
struct store_value {
	enum store_type type;
	int64_t number;
	const void *data;
	size_t len;
};

struct store_token {
	uint8_t sha256[HASH_SIZE];	/* of the secret's text */
	int64_t created;
	int64_t expires;
	int64_t uses;
	int64_t uses_left;
};

/* How an agent's sync stands. */
struct store_agent {
	char id[STORE_AGENT_ID];
	bool revoked;
	int64_t last_seen;
	/* the state that was acknowledged last */
	int64_t epoch;
	int64_t generation;
	struct set_digest digest;
	/* A full state is on its way, so the locations are a mixture; it is
	 * of this epoch and generation (-1: it failed, begin another). */
	bool pending;
	int64_t full_epoch;
	int64_t full_generation;
	/* Full states that were begun; a location carries the number of the
	 * one that it was last seen in. */
	int64_t pass;
	/* Objects may be lacking whose DER has to be asked for. */
	bool lacking;
};

/* How far an agent's last scan came. */
struct store_coverage {
	int64_t finished;		/* 0: none yet */
	bool complete;
	int64_t gaps;			/* columns_gaps() */
};

/* What a list of agents shows; pointers are valid during the call. */
struct store_agent_view {
	const struct store_agent *agent;
	const char *hostname;		/* "" until it is known */
	int64_t created;
	int64_t certificate_until;	/* 0: not issued by us */
	int64_t locations;
	int64_t coverage_finished;	/* 0: none yet */
	bool coverage_complete;
	int64_t gaps;
};

struct store_location {
	uint8_t hash[HASH_SIZE];
	const uint8_t *bytes;	/* packed, as sent */
	size_t len;
	int32_t kind;
	const uint8_t *object;	/* HASH_SIZE bytes, or NULL */
	const char *format;
	const uint8_t *path;	/* of a file, else NULL */
	size_t path_len;
	bool has_facts;		/* carried in the location */
	int64_t not_after;	/* from these, or 0 */
	/* the object's row made from these, under a hash of their own */
	const struct store_object *claim;	/* or NULL */
	int64_t seen;		/* when it was reported */
	/* COLUMNS_LOCATION of them, see columns.h; or NULL */
	const struct store_value *columns;
};

struct store_object {
	uint8_t sha256[HASH_SIZE];
	int32_t kind;
	const uint8_t *der;
	size_t len;
	int64_t seen;
	const char *bad;	/* why it could not be read (no facts, no DER
				 * kept), or NULL */
	const Cw__Facts *facts;
	/* Only an agent's word, kept for what it names there; or NULL. */
	const uint8_t *claimed;	/* HASH_SIZE bytes of the object, or zeros */
};

/* One place of one certificate; pointers are valid during the call. */
struct store_place {
	const uint8_t *object;		/* HASH_SIZE bytes, or NULL */
	const uint8_t *location;	/* packed */
	size_t location_len;
	const uint8_t *facts;		/* packed; NULL: not here, or bad */
	size_t facts_len;
	const char *bad;		/* or NULL */
	const char *agent_id;
	const char *hostname;
	bool revoked;
};

struct store_key {
	char id[SIGNATURE_ID];
	uint8_t ed25519[SIGNATURE_KEY];
	const char *name;
	int64_t created;
	int64_t removed;		/* when, or 0 */
};

/* A command for one agent; pointers are valid during the call. */
struct store_command {
	const char *agent_id;
	const char *id;
	int64_t sequence;
	const char *action;
	int64_t not_before, expires;
	int64_t needed;			/* signatures */
	int64_t closed;			/* result or cancelled: when, or 0 */
	bool cancelled;
	int64_t delivered;		/* first time, or 0 */
	const uint8_t *payload;
	size_t payload_len;
	/* of a list only */
	const char *hostname;
	int64_t signatures;
	int outcome;			/* of its result, 0: none yet */
	const uint8_t *result;		/* CommandResult, packed, or NULL */
	size_t result_len;
};

/* A key of TLS tickets that all collectors on one database use. */
#define STORE_TICKET 80

struct store_ticket {
	int64_t number;
	int64_t made;
	uint8_t bytes[STORE_TICKET];
};

struct store_audit {
	int64_t number;
	int64_t time;
	const char *text;
	uint8_t hash[HASH_SIZE];
};

/* A question that is composed at run time (collector-stub/query/). */
struct store_select {
	const char *sql;	/* in the driver's dialect: parameters are ?1
				 * (SQLite) or $1 (PostgreSQL) and so on */
	const struct store_value *params;	/* borrowed during the call */
	size_t n_params;
	int64_t limit_ms;	/* it is given up after this long; 0: never */
};

/* most columns of its rows */
#define STORE_COLUMNS 128

struct store {
	const struct store_driver *driver;
	char error[256];	/* of the last failure; never a secret */
};

/* Called for each row; a value other than 0 ends the list and is returned. */
typedef int store_token_fn(void *arg, const struct store_token *t);
typedef int store_agent_fn(void *arg, const struct store_agent_view *v);
/* Of what was there: ${kind}, ${object} and ${columns} alone. */
typedef int store_location_fn(void *arg, const struct store_location *l);
/* HostFacts and Coverage, packed; NULL where there is none yet. */
typedef int store_detail_fn(void *arg, const uint8_t *host, size_t host_len,
			    const uint8_t *coverage, size_t coverage_len);
typedef int store_place_fn(void *arg, const struct store_place *p);
typedef int store_key_fn(void *arg, const struct store_key *k);
typedef int store_command_fn(void *arg, const struct store_command *c);
typedef int store_signature_fn(void *arg, const char *key_id,
			       const uint8_t *signature, size_t len);
typedef int store_audit_fn(void *arg, const struct store_audit *a);
typedef int store_ticket_fn(void *arg, const struct store_ticket *t);
typedef int store_text_fn(void *arg, const char *text);
typedef int store_bytes_fn(void *arg, const uint8_t *bytes, size_t len);
/* ${n} columns; what they point to is valid during the call. */
typedef int store_row_fn(void *arg, const struct store_value *row, size_t n);
typedef int store_hash_fn(void *arg, const uint8_t hash[static HASH_SIZE]);

struct store_driver {
	const char *scheme;
	const struct dialect *dialect;	/* collector-stub/store/dialect.h */
	/* Several transactions write at the same time; where they do not,
	 * a second connection that writes would only wait. */
	bool concurrent;
	/* ${fresh}: makes it, -EEXIST where it is there already; otherwise
	 * -ENOENT where it is not.  Migrations are run. */
	int (*open)(const char *where, bool fresh, struct store **ret);
	void (*close)(struct store *s);

	/* A transaction that may write; waits for another's to end. */
	int (*begin)(struct store *s);
	int (*commit)(struct store *s);
	void (*rollback)(struct store *s);
	/* After begin(): the transaction will read, and mostly write, these
	 * agents (${n}, in any order, some maybe twice or not there).  Only
	 * makes it quicker.  What object_add() then gets has to stay there
	 * until the transaction ends, and undo() may return -EAGAIN. */
	int (*expect)(struct store *s, const char *const *ids, size_t n);
	/* A part of it that can be undone alone; they do not nest. */
	int (*savepoint)(struct store *s);
	int (*release)(struct store *s);
	int (*undo)(struct store *s);

	int (*token_add)(struct store *s, const struct store_token *t);
	/* Takes one use: -ENOENT no such token, -ESTALE expired, -EDQUOT used
	 * up. */
	int (*token_take)(struct store *s,
			  const uint8_t sha256[static HASH_SIZE], int64_t now);
	int (*token_list)(struct store *s, store_token_fn *fn, void *arg);
	int (*token_remove)(struct store *s,
			    const uint8_t sha256[static HASH_SIZE]);

	/* ${until}: end of its certificate, or 0.  -EEXIST. */
	int (*agent_add)(struct store *s, const char *id, int64_t now,
			 int64_t until);
	int (*agent_get)(struct store *s, const char *id,
			 struct store_agent *ret);
	/* Writes all of it but ${revoked}. */
	int (*agent_put)(struct store *s, const struct store_agent *a);
	/* A heartbeat, where one statement is cheaper than the two above (else
	 * NULL): sets ${last_seen} of an agent that is not revoked, was last
	 * seen at ${since} or later, has the id, epoch, generation and digest
	 * of ${a}, and nothing pending or lacking.  *ret_done: it did. */
	int (*agent_beat)(struct store *s, const struct store_agent *a,
			  int64_t since, bool *ret_done);
	/* Its certificate ends at ${until}, where the last one ended at
	 * ${before} or earlier (*ret_later). */
	int (*agent_certificate)(struct store *s, const char *id,
				 int64_t until, int64_t before,
				 bool *ret_later);
	int (*agent_revoke)(struct store *s, const char *id, int64_t now);
	int (*agent_host)(struct store *s, const char *id,
			  const char *hostname, const Cw__HostFacts *h);
	int (*agent_coverage)(struct store *s, const char *id,
			      const Cw__Coverage *c);
	/* Of the last one.  -ENOENT. */
	int (*coverage_get)(struct store *s, const char *id,
			    struct store_coverage *ret);
	int (*agent_list)(struct store *s, store_agent_fn *fn, void *arg);
	/* What one reported of its host and of its last scan.  -ENOENT. */
	int (*agent_detail)(struct store *s, const char *id,
			    store_detail_fn *fn, void *arg);

	/* Adds those that are not there; *ret_added: how many.  Here and in
	 * location_see() they are in the order of their hashes. */
	int (*location_add)(struct store *s, const char *id, int64_t pass,
			    const struct store_location *l, size_t n,
			    size_t *ret_added);
	/* Adds each, or notes that this pass has seen it. */
	int (*location_see)(struct store *s, const char *id, int64_t pass,
			    const struct store_location *l, size_t n);
	/* By ${n} hashes of HASH_SIZE bytes; ${fn} gets each that was there,
	 * and may not use the store. */
	int (*location_remove)(struct store *s, const char *id,
			       const ProtobufCBinaryData *hashes, size_t n,
			       store_location_fn *fn, void *arg,
			       size_t *ret_removed);
	/* Removes what ${pass} has not seen. */
	int (*location_sweep)(struct store *s, const char *id, int64_t pass);
	int (*location_digest)(struct store *s, const char *id,
			       struct set_digest *ret);
	/* Does a location of this agent name that object?  Of each of ${n}. */
	int (*location_names)(struct store *s, const char *id,
			      const struct store_object *o, size_t n,
			      bool *ret);
	/* Objects of this agent's locations that are neither here nor known
	 * to be bad nor described by facts in the location: at most ${max}. */
	int (*object_lacking)(struct store *s, const char *id, int max,
			      store_hash_fn *fn, void *arg);
	/* Which of these ${n} hashes, HASH_SIZE bytes each, are not here. */
	int (*object_missing)(struct store *s, const uint8_t *hashes, size_t n,
			      store_hash_fn *fn, void *arg);
	/* Adds those that are not there. */
	int (*object_add)(struct store *s, const struct store_object *o,
			  size_t n);

	/* Its DER, or NULL where that is not here.  -ENOENT. */
	int (*object_der)(struct store *s,
			  const uint8_t sha256[static HASH_SIZE],
			  store_bytes_fn *fn, void *arg);

	/* Keeps the first result of a command that was made for this agent,
	 * and closes that; any other is passed over. */
	int (*result_add)(struct store *s, const char *id, int64_t now,
			  const Cw__CommandResult *r, bool *ret_added);

	/* -EEXIST.  A removed one comes back. */
	int (*key_add)(struct store *s, const struct store_key *k);
	int (*key_remove)(struct store *s, const char *id, int64_t now);
	int (*key_list)(struct store *s, store_key_fn *fn, void *arg);

	/* The highest sequence that this agent's commands have had, or 0. */
	int (*command_sequence)(struct store *s, const char *agent_id,
				int64_t *ret);
	int (*command_add)(struct store *s, const struct store_command *c);
	/* Keeps the first signature of a key. */
	int (*command_sign)(struct store *s, const char *agent_id,
			    const char *id, const char *key_id,
			    const uint8_t *signature, size_t len);
	int (*command_signatures)(struct store *s, const char *agent_id,
				  const char *id, store_signature_fn *fn,
				  void *arg);
	/* -ENOENT where none is open. */
	int (*command_cancel)(struct store *s, const char *id, int64_t now);
	int (*command_delivered)(struct store *s, const char *agent_id,
				 const char *id, int64_t now);
	/* Of one agent that are open and not expired, by sequence. */
	int (*command_open)(struct store *s, const char *agent_id, int64_t now,
			    store_command_fn *fn, void *arg);
	/* The agents that have such, each once. */
	int (*command_agents)(struct store *s, int64_t now, store_text_fn *fn,
			      void *arg);
	/* All, the newest first, or (${id}) those whose id begins so. */
	int (*command_list)(struct store *s, const char *id,
			    store_command_fn *fn, void *arg);

	/* Appends an entry to the audit log. */
	int (*audit_add)(struct store *s, int64_t now, const char *text);
	/* The same for ${n} of them.  Until the transaction ends nobody else
	 * can append: this comes last in one. */
	int (*audit_add_many)(struct store *s, int64_t now,
			      const char *const *texts, size_t n);
	/* All entries, oldest first. */
	int (*audit_list)(struct store *s, store_audit_fn *fn, void *arg);
	/* At most ${max} before entry ${number}, the latest first. */
	int (*audit_before)(struct store *s, int64_t number, int max,
			    store_audit_fn *fn, void *arg);

	const struct store_user_driver *users;	/* store/user.h */
	const struct store_alert_driver *alerts;	/* store/alert.h */
	const struct store_event_driver *events;	/* store/event.h */

	/* Work that only one collector may do: *ret_mine where ${owner} has
	 * the lease ${name} from now until ${ends}.  Another has to wait until
	 * the end of the last. */
	int (*lease_take)(struct store *s, const char *name, const char *owner,
			  int64_t now, int64_t ends, bool *ret_mine);
	/* -EEXIST where there is one of that number. */
	int (*ticket_add)(struct store *s, const struct store_ticket *t);
	/* The highest number first. */
	int (*ticket_list)(struct store *s, store_ticket_fn *fn, void *arg);
	/* All below that number. */
	int (*ticket_remove)(struct store *s, int64_t number);

	/* Places of certificates, all of one after the other, the soonest
	 * expiry first; ${only} is HASH_SIZE bytes or NULL: all. */
	int (*places)(struct store *s, const uint8_t *only,
		      store_place_fn *fn, void *arg);

	/* Runs a question that changes nothing.  Every value is a parameter:
	 * no text from outside is ever in the SQL.  -ETIMEDOUT; -E2BIG where
	 * it is longer or deeper than the database takes. */
	int (*select)(struct store *s, const struct store_select *q,
		      store_row_fn *fn, void *arg);

	/* Within a transaction, many rows into a table: ${columns} is "A, B",
	 * the ${n} values of each row are in that order.  Nothing else is asked
	 * between load_begin() and load_end(), which has to follow it where it
	 * was 0, and may be the first that tells of a row that failed. */
	int (*load_begin)(struct store *s, const char *table,
			  const char *columns, size_t n);
	int (*load_row)(struct store *s, const struct store_value *row,
			size_t n);
	int (*load_end)(struct store *s);
};

extern const struct store_driver store_sqlite;
extern const struct store_driver store_postgres;
extern const struct store_driver *const store_table[];	/* NULL-terminated */

/* ${url} is SCHEME:WHERE.  -ENOTSUP for an unknown scheme.  Where it fails
 * there is no store: ${error} (of ${cap} bytes) says why. */
int store_open(const char *url, bool fresh, struct store **ret, char *error,
	       size_t cap);
/* How messages name it: by ${url} where no password can stand in that,
 * otherwise ${other}. */
const char *store_name(const char *url, const char *other);
/* NULL is allowed. */
void store_close(struct store *s);

/* A copy in ${a} of ${text} (NULL is ""), each byte that is not UTF-8 as
 * U+FFFD; NULL where memory ends. */
const char *store_text(struct arena *a, const char *text);

#endif
