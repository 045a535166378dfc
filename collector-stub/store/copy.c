/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/dialect.h"
#include "lib/limits.h"

/* columns of one table, at most; of their names, bytes with the NUL */
#define COLUMNS 64
#define NAME 64

const char *const copy_tables[] = {
	"tokens", "agents", "locations", "objects", "results",
	"command_keys", "commands", "command_signatures", "audit",
	"users", "sessions", "setup_links", "api_tokens", "ticket_keys",
	"leases", "alert_rules", "alerts", "alert_messages", "alert_silences",
	"alert_incidents", "events", "saved_filters", "attempts",
	NULL
};

/* One table of both databases. */
struct table {
	const char *name;
	char columns[COLUMNS][NAME];
	size_t n;
	struct store *to;
	int64_t rows;
	struct set_digest digest;	/* over its rows */
};

static int add_column(void *arg, const struct store_value *row, size_t n)
{
	struct table *t = arg;

	if (n != 1 || row[0].type != STORE_TEXT || t->n == COLUMNS ||
	    row[0].len >= NAME)
		return -E2BIG;
	memcpy(t->columns[t->n], row[0].data, row[0].len);
	t->columns[t->n++][row[0].len] = '\0';
	return 0;
}

static int find_columns(struct store *s, const char *name, struct table *ret)
{
	const struct store_value v = { .type = STORE_TEXT, .data = name,
				       .len = strlen(name) };
	const struct store_select q = { .sql = s->driver->dialect->columns,
					.params = &v, .n_params = 1 };

	*ret = (struct table){ .name = name };
	return s->driver->select(s, &q, add_column, ret);
}

static void list_columns(const struct table *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", t->columns[i]);
}

static int each_row(struct store *s, const struct table *t, store_row_fn *fn,
		    void *arg)
{
	struct store_select q = { .sql = NULL };
	struct buf b;
	int r = -ENOMEM;

	buf_init(&b, KIB(64));
	buf_adds(&b, "SELECT ");
	list_columns(t, &b);
	buf_addf(&b, " FROM %s", t->name);
	q.sql = buf_str(&b);
	if (!b.failed)
		r = s->driver->select(s, &q, fn, arg);
	buf_free(&b);
	return r;
}

static int no_row(void *arg, const struct store_value *row, size_t n)
{
	(void)arg, (void)row, (void)n;
	return 0;
}

static int copy_row(void *arg, const struct store_value *row, size_t n)
{
	struct table *t = arg;

	return t->to->driver->load_row(t->to, row, n);
}

/* A row's hash is that of its values, each with type and length. */
static int add_row(void *arg, const struct store_value *row, size_t n)
{
	struct table *t = arg;
	uint8_t hash[HASH_SIZE];
	struct buf b;
	bool failed = false;

	buf_init(&b, MIB(1024));
	for (size_t i = 0; i < n; i++) {
		bool number = row[i].type == STORE_NUMBER;

		buf_addf(&b, "%d %zu ", (int)row[i].type,
			 number ? 0 : row[i].len);
		if (number)
			buf_addf(&b, "%lld ", (long long)row[i].number);
		else if (row[i].type != STORE_NULL && row[i].len > 0)
			buf_add(&b, row[i].data, row[i].len);
	}
	failed = b.failed;
	if (!failed) {
		hash_sha256(b.data, b.len, hash);
		set_digest_add(&t->digest, hash);
		t->rows++;
	}
	buf_free(&b);
	return failed ? -ENOMEM : 0;
}

static int digest(struct store *s, struct table *t)
{
	t->rows = 0;
	t->digest = (struct set_digest){ .sum = { 0 } };
	return each_row(s, t, add_row, t);
}

static int copy_table(struct store *from, struct store *to, struct table *t)
{
	struct buf columns;
	int r = -ENOMEM, end = 0;

	buf_init(&columns, KIB(64));
	list_columns(t, &columns);
	if (!columns.failed)
		r = to->driver->load_begin(to, t->name, buf_str(&columns),
					   t->n);
	buf_free(&columns);
	if (r < 0)
		return r;
	t->to = to;
	r = each_row(from, t, copy_row, t);
	end = to->driver->load_end(to);
	return r < 0 ? r : end;
}

static int compare(struct store *from, struct store *to, struct table *t,
		   char error[static COPY_ERROR])
{
	struct table there = *t;
	int r = digest(from, t);

	if (r == 0)
		r = digest(to, &there);
	if (r < 0 || (t->rows == there.rows &&
		      memcmp(&t->digest, &there.digest, HASH_SIZE) == 0))
		return r;
	snprintf(error, COPY_ERROR, "table %s differs: %lld rows here, %lld "
		 "there; does a collector still run?", t->name,
		 (long long)t->rows, (long long)there.rows);
	return -EBADMSG;
}

static int one_table(struct store *from, struct store *to, const char *name,
		     copy_told_fn *told, char error[static COPY_ERROR])
{
	struct table t;
	int r = find_columns(from, name, &t);

	if (r == 0)
		r = digest(to, &t);
	if (r == 0 && t.rows > 0) {
		snprintf(error, COPY_ERROR, "table %s has rows already", name);
		return -EEXIST;
	}
	if (r == 0)
		r = copy_table(from, to, &t);
	if (r == 0)
		r = compare(from, to, &t, error);
	if (r == 0)
		told(name, t.rows);
	return r;
}

/* One side waits while the other reads a table, which may take long. */
static int begin(struct store *s)
{
	const struct store_select q = { .sql = s->driver->dialect->unhurried };
	int r = s->driver->begin(s);

	return r < 0 || !q.sql ? r : s->driver->select(s, &q, no_row, NULL);
}

int copy_store(struct store *from, struct store *to, copy_told_fn *told,
	       copy_end_fn *end, char error[static COPY_ERROR])
{
	int r = begin(from);

	error[0] = '\0';
	if (r == 0)
		r = begin(to);
	for (size_t i = 0; r == 0 && copy_tables[i]; i++)
		r = one_table(from, to, copy_tables[i], told, error);
	if (r == 0 && end)
		r = end(to);
	if (r == 0)
		r = to->driver->commit(to);
	if (r < 0 && !error[0])
		snprintf(error, COPY_ERROR, "%s%s%s", from->error,
			 *from->error && *to->error ? "; " : "", to->error);
	if (r < 0)
		to->driver->rollback(to);
	from->driver->rollback(from);
	return r;
}
