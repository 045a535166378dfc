/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as numbered steps from the empty database on.  A step that has
 * been released is never changed; a new one is added.  The SQL is what SQLite
 * and PostgreSQL both speak, but for the type BLOB, which the PostgreSQL driver
 * reads as BYTEA; each statement ends with a semicolon, and has none in it. */
#ifndef CW_COLLECTOR_MIGRATE_H
#define CW_COLLECTOR_MIGRATE_H

#include <stdbool.h>
#include <stdint.h>

/* A program that knows the steps up to this one still works on a database that
 * has all of them: steps only add.  The number is kept with the tables, so that
 * collectors of two versions can work side by side, and the previous one can be
 * installed again. */
#define MIGRATE_OLDEST 4

/* Does this program work on a database that has the steps up to ${version}?
 * ${oldest} is what it keeps of MIGRATE_OLDEST; 0: nothing. */
bool migrate_admits(int64_t version, int64_t oldest);

/* Step n, one or more statements; NULL above the last.  The first is 1. */
const char *migrate_step(int64_t n);

/* The step after which a driver fills the columns of columns.h in rows that
 * were there before. */
#define MIGRATE_FILL 4

#endif
