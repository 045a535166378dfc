/* SPDX-License-Identifier: Apache-2.0 */
/* Many rows at once, by COPY in its text form (PostgreSQL manual, COPY, "Text
 * Format"), which needs no types.  It does not go with the pipeline mode, which
 * is left until its end. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "collector-stub/store/postgres.h"
#include "lib/encode.h"

/* Reads what is left of a command: 0, or the -errno of what failed. */
static int drain(struct postgres *s)
{
	PGresult *result = NULL;
	int r = 0;

	while ((result = PQgetResult(s->conn))) {
		ExecStatusType status = PQresultStatus(result);

		if (r == 0 && status != PGRES_COMMAND_OK)
			r = postgres_fail(s, result);
		PQclear(result);
		/* without a connection it would come for ever */
		if (PQstatus(s->conn) != CONNECTION_OK)
			break;
	}
	return r;
}

static int leave(struct postgres *s)
{
	int r = drain(s);

	if (PQstatus(s->conn) == CONNECTION_OK)
		PQenterPipelineMode(s->conn);
	return r;
}

int postgres_load_begin(struct store *base, const char *table,
			const char *columns, size_t n)
{
	struct postgres *s = (struct postgres *)base;
	struct buf *b = &s->scratch[0];
	PGresult *result = NULL;
	int r = 0;

	(void)n;
	postgres_settle(s);
	if (s->failed)
		return s->failed;
	buf_reset(b);
	buf_addf(b, "COPY %s (%s) FROM STDIN", table, columns);
	if (b->failed)
		return -ENOMEM;
	PQexitPipelineMode(s->conn);
	result = PQexec(s->conn, buf_str(b));
	if (PQresultStatus(result) != PGRES_COPY_IN)
		r = postgres_fail(s, result);
	PQclear(result);
	if (r < 0)
		leave(s);
	return r;
}

static void add_text(struct buf *b, const char *text, size_t len)
{
	static const char special[] = "\\\n\r\t";
	static const char letter[] = "\\nrt";
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = memchr(special, text[i],
					sizeof(special) - 1);

		if (!at)
			continue;
		buf_add(b, text + from, i - from);
		buf_addch(b, '\\');
		buf_addch(b, letter[at - special]);
		from = i + 1;
	}
	buf_add(b, text + from, len - from);
}

static void add_bytes(struct buf *b, const void *data, size_t len)
{
	buf_adds(b, "\\\\x");
	/* and a NUL, which is not counted */
	if (buf_reserve(b, 2 * len + 1) < 0)
		return;
	encode_hex(data, len, (char *)b->data + b->len);
	b->len += 2 * len;
}

static void add_value(struct buf *b, const struct store_value *v)
{
	switch (v->type) {
	case STORE_NUMBER:
		buf_addf(b, "%" PRId64, v->number);
		break;
	case STORE_TEXT:
		add_text(b, v->data, v->len);
		break;
	case STORE_BYTES:
		add_bytes(b, v->data, v->len);
		break;
	default:
		buf_adds(b, "\\N");
	}
}

int postgres_load_row(struct store *base, const struct store_value *row,
		      size_t n)
{
	struct postgres *s = (struct postgres *)base;
	struct buf *b = &s->scratch[0];

	buf_reset(b);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addch(b, '\t');
		add_value(b, &row[i]);
	}
	buf_addch(b, '\n');
	if (b->failed)
		return -ENOMEM;
	if (b->len > INT32_MAX)
		return -EFBIG;
	return PQputCopyData(s->conn, (const char *)b->data, (int)b->len) == 1 ?
		0 : postgres_fail(s, NULL);
}

int postgres_load_end(struct store *base)
{
	struct postgres *s = (struct postgres *)base;

	/* where it fails, drain() tells why */
	PQputCopyEnd(s->conn, NULL);
	return leave(s);
}
