/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector keeps of alerts: which are open, what was told and what
 * has still to be told, and what is silenced.  Errors as in store.h. */
#ifndef CW_COLLECTOR_STORE_ALERT_H
#define CW_COLLECTOR_STORE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/uuid.h"

struct store;

/* It was so before its rule was, which tells only what comes after. */
#define STORE_UNTOLD (-1)

/* Pointers are valid during the call. */
struct store_alert {
	const char *rule;
	uint8_t key[HASH_SIZE];		/* which of the rule's */
	const char *title, *host;	/* "" where there is none */
	int64_t since;
	int64_t told;			/* last time, or 0; STORE_UNTOLD */
	int64_t escalated;		/* when, or 0 */
	int64_t ended;			/* when, or 0: it is open */
};

/* A message for one channel. */
struct store_message {
	const char *id;			/* UUID */
	const char *channel, *rule;
	int64_t created;
	int64_t next;			/* when it is tried (again) */
	int64_t attempts;
	int64_t done;			/* when, or 0 */
	bool failed;			/* given up */
	const char *error;		/* of the last attempt, or "" */
	const uint8_t *bytes;		/* alert.Message, packed */
	size_t len;
};

struct store_silence {
	const char *id;			/* UUID */
	const char *rule;		/* "": all */
	const char *pattern;		/* of title or host, "*" and "?" in it;
					 * "": all */
	int64_t created, until;
	const char *actor, *reason;
};

typedef int store_alert_fn(void *arg, const struct store_alert *a);
typedef int store_rule_fn(void *arg, const char *rule);
typedef int store_message_fn(void *arg, const struct store_message *m);
typedef int store_incident_fn(void *arg, const char *rule,
			      const char *channel);
typedef int store_silence_fn(void *arg, const struct store_silence *s);

struct store_alert_driver {
	/* Since when a rule of that name and text is known: -ENOENT. */
	int (*rule_get)(struct store *s, const char *rule, int64_t *ret_since);
	int (*rule_add)(struct store *s, const char *rule, int64_t now);
	/* All that are known, sorted. */
	int (*rule_list)(struct store *s, store_rule_fn *fn, void *arg);

	/* Adds or replaces. */
	int (*put)(struct store *s, const struct store_alert *a);
	/* The open ones of a rule. */
	int (*open)(struct store *s, const char *rule, store_alert_fn *fn,
		    void *arg);
	/* At most ${max}, open ones first, then the latest. */
	int (*list)(struct store *s, int max, store_alert_fn *fn, void *arg);
	/* Closes the alerts of rules that are not in ${rules} (NULL ends). */
	int (*close)(struct store *s, const char *const *rules, int64_t now);

	int (*message_add)(struct store *s, const struct store_message *m);
	/* At most ${max} that wait and whose time has come, in that order. */
	int (*message_due)(struct store *s, int64_t now, int max,
			   store_message_fn *fn, void *arg);
	/* Writes next, attempts, done, failed, error. */
	int (*message_put)(struct store *s, const struct store_message *m);
	/* At most ${max}, the latest first. */
	int (*message_list)(struct store *s, int max, store_message_fn *fn,
			    void *arg);

	/* Channels that were told of a rule and not yet that it is over. */
	int (*incident_add)(struct store *s, const char *rule,
			    const char *channel);
	int (*incident_remove)(struct store *s, const char *rule,
			       const char *channel);
	/* Of one rule, or (NULL) of all. */
	int (*incident_list)(struct store *s, const char *rule,
			     store_incident_fn *fn, void *arg);

	int (*silence_add)(struct store *s, const struct store_silence *q);
	/* -ENOENT. */
	int (*silence_remove)(struct store *s, const char *id);
	/* Those that last beyond ${now}. */
	int (*silence_list)(struct store *s, int64_t now, store_silence_fn *fn,
			    void *arg);

	/* Forgets what ended, was told or ran out before ${time}. */
	int (*trim)(struct store *s, int64_t time);
};

#endif
