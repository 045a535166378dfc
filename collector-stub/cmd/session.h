/* SPDX-License-Identifier: Apache-2.0 */
/* What nearly every subcommand begins with: configuration and database. */
#ifndef CW_COLLECTOR_SESSION_H
#define CW_COLLECTOR_SESSION_H

#include "collector-stub/config/config.h"
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

/* Logs the store's last error with what was tried; EXIT_FAILED. */
int session_failed(const struct session *s, const char *what);

#endif
