/* SPDX-License-Identifier: Apache-2.0 */
/* What all ways of logging in share. */
#ifndef CW_COLLECTOR_API_SESSION_H
#define CW_COLLECTOR_API_SESSION_H

#include "collector-stub/api/api.h"

/* Begins a session of ${u}, sets its cookie, and q->who.  ${way} is for the
 * audit log; NULL: by password.  0; -ENOENT where the user is gone, disabled or
 * changed meanwhile; the store's error. */
int session_begin(struct api *q, const struct store_user *u, const char *way);

/* An entry of the audit log about a login of ${name}.  Within a
 * transaction. */
int session_note(struct api *q, const char *event, const char *name,
		 const char *way, const char *why);

/* Seconds that a login has to wait, for its name (or NULL) or its address: 0,
 * or the store's error. */
int session_wait(struct api *q, const char *name, int64_t *ret);
/* Counts a failure, and tells of it in the audit log as session_note() does;
 * ${name} NULL: none was given.  With a ${way} only the address counts.  0, or
 * the store's error. */
int session_failure(struct api *q, const char *name, const char *way,
		    const char *why);
/* 429; returns 0. */
int session_too_many(struct api *q, int64_t wait);

/* Runs ${fn} while not too many others compute scrypt; else 429. */
int session_compute(struct api *q, const char *a, const char *b,
		    int (*fn)(struct api *q, const char *a, const char *b));

#endif
