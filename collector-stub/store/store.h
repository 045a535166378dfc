/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector keeps, as questions: one function each, behind a struct
 * of functions, so that SQLite and PostgreSQL can both answer.
 *
 * Every function returns 0 or -errno: -ENOENT where what is asked for is not
 * there, -ENOSPC where the disk is full, -EIO for any other failure of the
 * storage, -EBUSY where another process kept it locked too long.  After
 * -ENOSPC, -EIO or -EBUSY nothing of the running transaction may be relied on:
 * roll back.  ${error} then tells more.  Texts are valid UTF-8 without NUL, as
 * store_text() makes them.  One thread uses a store at a time. */
#ifndef CW_COLLECTOR_STORE_H
#define CW_COLLECTOR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/hash.h"
#include "proto/certwalk.pb-c.h"

/* a UUID, or "pki-" and 32 hex digits, and a NUL */
#define STORE_AGENT_ID 40

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

struct store {
	const struct store_driver *driver;
	char error[256];	/* of the last failure; never a secret */
};

/* Called for each row; a value other than 0 ends the list and is returned. */
typedef int store_token_fn(void *arg, const struct store_token *t);
typedef int store_agent_fn(void *arg, const struct store_agent_view *v);
typedef int store_place_fn(void *arg, const struct store_place *p);
typedef int store_hash_fn(void *arg, const uint8_t hash[static HASH_SIZE]);

struct store_driver {
	const char *scheme;
	/* ${fresh}: makes it, -EEXIST where it is there already; otherwise
	 * -ENOENT where it is not.  Migrations are run. */
	int (*open)(const char *where, bool fresh, struct store **ret);
	void (*close)(struct store *s);

	/* A transaction that may write; waits for another's to end. */
	int (*begin)(struct store *s);
	int (*commit)(struct store *s);
	void (*rollback)(struct store *s);
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
	int (*agent_certificate)(struct store *s, const char *id,
				 int64_t until);
	int (*agent_revoke)(struct store *s, const char *id, int64_t now);
	int (*agent_host)(struct store *s, const char *id,
			  const char *hostname, const Cw__HostFacts *h);
	int (*agent_coverage)(struct store *s, const char *id,
			      const Cw__Coverage *c);
	int (*agent_list)(struct store *s, store_agent_fn *fn, void *arg);

	/* Adds one that must be new: *ret_added is false where it is not. */
	int (*location_add)(struct store *s, const char *id, int64_t pass,
			    const struct store_location *l, bool *ret_added);
	/* Adds it, or notes that this pass has seen it. */
	int (*location_see)(struct store *s, const char *id, int64_t pass,
			    const struct store_location *l);
	int (*location_remove)(struct store *s, const char *id,
			       const uint8_t hash[static HASH_SIZE],
			       bool *ret_removed);
	/* Removes what ${pass} has not seen. */
	int (*location_sweep)(struct store *s, const char *id, int64_t pass);
	int (*location_digest)(struct store *s, const char *id,
			       struct set_digest *ret);
	/* Does a location of this agent name that object? */
	int (*location_names)(struct store *s, const char *id,
			      const uint8_t object[static HASH_SIZE],
			      bool *ret);
	/* Objects of this agent's locations that are neither here nor known
	 * to be bad nor described by facts in the location: at most ${max}. */
	int (*object_lacking)(struct store *s, const char *id, int max,
			      store_hash_fn *fn, void *arg);
	/* Adds it unless it is there. */
	int (*object_add)(struct store *s, const struct store_object *o);

	int (*result_add)(struct store *s, const char *id, int64_t now,
			  const Cw__CommandResult *r);

	/* Places of certificates, all of one after the other, the soonest
	 * expiry first; ${only} is HASH_SIZE bytes or NULL: all. */
	int (*places)(struct store *s, const uint8_t *only,
		      store_place_fn *fn, void *arg);
};

extern const struct store_driver store_sqlite;
extern const struct store_driver *const store_table[];	/* NULL-terminated */

/* ${url} is SCHEME:WHERE.  -ENOTSUP for an unknown scheme.  Where it fails
 * there is no store: ${error} (of ${cap} bytes) says why. */
int store_open(const char *url, bool fresh, struct store **ret, char *error,
	       size_t cap);
/* NULL is allowed. */
void store_close(struct store *s);

/* A copy in ${a} of ${text} (NULL is ""), each byte that is not UTF-8 as
 * U+FFFD; NULL where memory ends. */
const char *store_text(struct arena *a, const char *text);

#endif
