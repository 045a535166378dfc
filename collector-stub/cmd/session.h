/* SPDX-License-Identifier: Apache-2.0 */
/* What nearly every subcommand begins with: configuration and database. */
#ifndef CW_COLLECTOR_SESSION_H
#define CW_COLLECTOR_SESSION_H

#include "collector-stub/config/config.h"
#include "collector-stub/query/query.h"
#include "collector-stub/store/store.h"

/* the longest URL of a database and its NUL */
#define SESSION_URL 4200

struct session {
	struct collector_config config;
	struct store *store;
};

/* Reads the configuration (${path} NULL: where it usually is), sets the level
 * of messages and opens the database.  Logs what fails.  EXIT_DONE, EXIT_USAGE
 * or EXIT_FAILED. */
int session_open(const char *path, struct session *ret);
void session_close(struct session *s);

/* The configuration only; the caller frees it. */
int session_config(const char *path, struct collector_config *ret);

/* The database's URL by the configuration: 0 or -ENAMETOOLONG. */
int session_url(const struct collector_config *c, char ret[static SESSION_URL]);

/* All rows of a question, or as many as ${fn} takes: EXIT_DONE; EXIT_USAGE
 * where the filter, sort or field is wrong, EXIT_FAILED for the rest, which
 * were logged (${what} failed). */
int session_query(struct session *s, const struct query *q, query_row_fn *fn,
		  void *arg, const char *what);

/* The same for one page. */
int session_page(struct session *s, const struct query *q, query_row_fn *fn,
		 void *arg, const char *what);

/* Another connection to the same database, for another thread: 0, or -errno
 * (logged). */
int session_second(const struct session *s, struct store **ret);

/* Logs the store's last error with what was tried; EXIT_FAILED. */
int session_failed(const struct session *s, const char *what);

#endif
