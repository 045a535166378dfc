/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector keeps of those who use it: users, their sessions, their
 * API tokens.  Errors as in store.h. */
#ifndef CW_COLLECTOR_STORE_USER_H
#define CW_COLLECTOR_STORE_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/hash.h"

struct store;

#define STORE_USER_NAME 65	/* bytes of a name and its NUL */
#define STORE_USER_ROLE 12
#define STORE_USER_PASSWORD 160
#define STORE_USER_ISSUER HASH_HEX
#define STORE_ACCESS_FILTER 1025

/* Logins that failed. */
struct store_attempts {
	int64_t failures;	/* 0: none */
	int64_t latest;		/* seconds since 1970 */
};

struct store_user {
	char name[STORE_USER_NAME];
	char role[STORE_USER_ROLE];
	char password[STORE_USER_PASSWORD];	/* auth/password.h */
	char issuer[STORE_USER_ISSUER];	/* hash of the provider's, or "" */
	bool disabled;
	int64_t created;
	int64_t last_login;			/* 0: never */
	struct store_attempts failed;	/* from anywhere; only read */
};

struct store_session {
	uint8_t sha256[HASH_SIZE];		/* of the secret's text */
	char user[STORE_USER_NAME];
	int64_t created;
	int64_t used;				/* to the minute */
};

/* A token for the API, which stands for its owner. */
struct store_access {
	uint8_t sha256[HASH_SIZE];		/* of the secret's text */
	char name[STORE_USER_NAME];
	char owner[STORE_USER_NAME];
	char role[STORE_USER_ROLE];
	char filter[STORE_ACCESS_FILTER];	/* of hosts; "": all */
	int64_t created;
	int64_t expires;
	int64_t used;				/* to the minute; 0: never */
};

/* A link by which the first admin is made. */
struct store_link {
	uint8_t sha256[HASH_SIZE];		/* of the secret's text */
	int64_t created;
	int64_t expires;
};

/* A filter that a user keeps under a name; pointers are valid during the call.
 */
struct store_saved {
	const char *owner;
	const char *list;	/* certificates, hosts ... */
	const char *title, *filter;
};

typedef int store_saved_fn(void *arg, const struct store_saved *f);
typedef int store_user_fn(void *arg, const struct store_user *u);
typedef int store_access_fn(void *arg, const struct store_access *a);

struct store_user_driver {
	/* Until the transaction ends, no other that has called this is past
	 * it: for what is read, judged and then written. */
	int (*lock)(struct store *s);
	/* -EEXIST. */
	int (*add)(struct store *s, const struct store_user *u);
	/* Writes role, password, issuer and ${disabled}.  -ENOENT. */
	int (*put)(struct store *s, const struct store_user *u);
	/* Notes a login.  -ENOENT where the user is gone, disabled, or has
	 * another ${password} (its hash) by now. */
	int (*login)(struct store *s, const char *name, const char *password,
		     int64_t now);
	/* With all sessions, tokens and filters.  -ENOENT. */
	int (*remove)(struct store *s, const char *name);
	int (*get)(struct store *s, const char *name, struct store_user *ret);
	/* By name. */
	int (*list)(struct store *s, store_user_fn *fn, void *arg);

	int (*session_add)(struct store *s, const struct store_session *e);
	int (*session_get)(struct store *s,
			   const uint8_t sha256[static HASH_SIZE],
			   struct store_session *ret);
	int (*session_used)(struct store *s,
			    const uint8_t sha256[static HASH_SIZE],
			    int64_t now);
	int (*session_remove)(struct store *s,
			      const uint8_t sha256[static HASH_SIZE]);
	/* All of a user's but ${except} (HASH_SIZE bytes, or NULL). */
	int (*session_end)(struct store *s, const char *user,
			   const uint8_t *except);
	/* All that were made before ${created} or not used since ${used}. */
	int (*session_sweep)(struct store *s, int64_t created, int64_t used);

	int (*link_add)(struct store *s, const struct store_link *l);
	/* Once: -ENOENT where it is gone, or ends before ${now}. */
	int (*link_take)(struct store *s,
			 const uint8_t sha256[static HASH_SIZE], int64_t now);

	/* One more at ${now}, of a name or "" and a place or ""; what is from
	 * before ${since} counts no more. */
	int (*attempt_add)(struct store *s, const char *name,
			   const char *place, int64_t now, int64_t since);
	int (*attempt_get)(struct store *s, const char *name,
			   const char *place, struct store_attempts *ret);
	/* ${place} NULL: of the name everywhere. */
	int (*attempt_remove)(struct store *s, const char *name,
			      const char *place);
	int (*attempt_sweep)(struct store *s, int64_t since);

	/* Adds it, or replaces that of the same title. */
	int (*saved_put)(struct store *s, const struct store_saved *f);
	/* Of the same owner, list and title.  -ENOENT. */
	int (*saved_remove)(struct store *s, const struct store_saved *f);
	/* By list and title. */
	int (*saved_list)(struct store *s, const char *owner,
			  store_saved_fn *fn, void *arg);

	int (*access_add)(struct store *s, const struct store_access *a);
	int (*access_get)(struct store *s,
			  const uint8_t sha256[static HASH_SIZE],
			  struct store_access *ret);
	int (*access_used)(struct store *s,
			   const uint8_t sha256[static HASH_SIZE], int64_t now);
	/* -ENOENT. */
	int (*access_remove)(struct store *s,
			     const uint8_t sha256[static HASH_SIZE]);
	/* By creation; ${owner} NULL: everybody's. */
	int (*access_list)(struct store *s, const char *owner,
			   store_access_fn *fn, void *arg);
};

#endif
