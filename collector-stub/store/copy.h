/* SPDX-License-Identifier: Apache-2.0 */
/* All rows of one database into another, of whichever driver. */
#ifndef CW_COLLECTOR_COPY_H
#define CW_COLLECTOR_COPY_H

#include "collector-stub/store/store.h"

#define COPY_ERROR 600

/* The tables, NULL-terminated. */
extern const char *const copy_tables[];

/* Told once for each table. */
typedef void copy_told_fn(const char *table, int64_t rows);

/* Adds what is said of the copy itself, in its transaction: 0 or an error. */
typedef int copy_end_fn(struct store *to);

/* Copies what ${from} has to ${to}, which must have no rows, in one
 * transaction; then reads both, and compares them, before ${end} (NULL: none)
 * adds to it and it is committed.
 * Nobody else may write to either meanwhile.  0; -EEXIST where ${to} has rows;
 * -EBADMSG where they differ; or a store's error; ${error} says more. */
int copy_store(struct store *from, struct store *to, copy_told_fn *told,
	       copy_end_fn *end, char error[static COPY_ERROR]);

#endif
