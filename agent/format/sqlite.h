/* SPDX-License-Identifier: Apache-2.0 */
/* Reads tables of an SQLite 3 database that is in memory, by the file format
 * (https://www.sqlite.org/fileformat2.html) alone: the parse role may open no
 * files, and a library that writes is more than it needs.  No page is visited
 * twice in one walk, thus time and memory are bounded by the file's size. */
#ifndef CW_AGENT_FORMAT_SQLITE_H
#define CW_AGENT_FORMAT_SQLITE_H

#include "lib/buf.h"

/* columns of a row; NSS has some 140 */
#define SQLITE_COLUMNS 256

struct sqlite {
	const uint8_t *data;	/* borrowed */
	size_t len;
	size_t page_size;
	size_t usable;		/* page without its reserved end */
	size_t pages;
	bool has_wal;		/* the latest changes may be in another file */
};

enum sqlite_type {
	SQLITE_VALUE_NULL,
	SQLITE_VALUE_NUMBER,
	SQLITE_VALUE_REAL,
	SQLITE_VALUE_BLOB,
	SQLITE_VALUE_TEXT,
};

struct sqlite_value {
	enum sqlite_type type;
	int64_t number;
	const uint8_t *p;	/* of blob and text; not NUL-terminated */
	size_t len;
};

struct sqlite_row {
	size_t count;
	struct sqlite_value columns[SQLITE_COLUMNS];
};

/* A table: its first page and the statement that created it. */
struct sqlite_table {
	uint32_t root;
	struct buf sql;		/* text; buf_free() it */
};

/* True where the bytes begin like a database. */
bool sqlite_is_database(const uint8_t *head, size_t len);

/* 0, or -EBADMSG where the header is broken. */
int sqlite_open(struct sqlite *db, const uint8_t *data, size_t len);

/* Calls ${row} for each row below the page ${root}; the row is valid during the
 * call.  0; -EBADMSG where the tree is broken (rows before were handed out);
 * what ${row} returned where that is not 0. */
int sqlite_walk(const struct sqlite *db, uint32_t root,
		int (*row)(void *arg, const struct sqlite_row *row), void *arg);

/* Finds a table by name: 0, -ENOENT, -EBADMSG. */
int sqlite_find(const struct sqlite *db, const char *name,
		struct sqlite_table *ret);

/* Place of a column in the table's rows, or -ENOENT. */
int sqlite_column(struct sqlite_table *table, const char *name);

#endif
