/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/sql.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct store_value sql_of_int(int64_t n)
{
	return (struct store_value){ .type = STORE_NUMBER, .number = n };
}

struct store_value sql_of_int_or_null(int64_t n)
{
	return n ? sql_of_int(n) : (struct store_value){ .type = STORE_NULL };
}

struct store_value sql_of_text(const char *text)
{
	if (!text)
		return (struct store_value){ .type = STORE_NULL };
	return (struct store_value){ .type = STORE_TEXT, .data = text,
				     .len = strlen(text) };
}

struct store_value sql_of_bytes(const void *data, size_t len)
{
	if (!data)
		return (struct store_value){ .type = STORE_NULL };
	return (struct store_value){ .type = STORE_BYTES, .data = data,
				     .len = len };
}

struct store_value sql_of_hash(const uint8_t *hash)
{
	return sql_of_bytes(hash, HASH_SIZE);
}

/* The arguments by their letters; how many there are. */
static size_t gather(const char *types, va_list ap, struct store_value *v)
{
	size_t n = 0;

	for (; types[n]; n++) {
		const void *p = NULL;

		assert(n < SQL_PARAMETERS);
		switch (types[n]) {
		case 'i':
			v[n] = sql_of_int(va_arg(ap, int64_t));
			break;
		case 'n':
			v[n] = sql_of_int_or_null(va_arg(ap, int64_t));
			break;
		case 't':
			v[n] = sql_of_text(va_arg(ap, const char *));
			break;
		case 'h':
			v[n] = sql_of_bytes(va_arg(ap, const void *),
					    HASH_SIZE);
			break;
		default:
			p = va_arg(ap, const void *);
			v[n] = sql_of_bytes(p, va_arg(ap, size_t));
		}
	}
	return n;
}

int sql_ask(struct sql *s, enum sql_query q, struct sql_rows **ret,
	    const char *types, ...)
{
	struct store_value v[SQL_PARAMETERS];
	size_t n = 0;
	va_list ap;

	va_start(ap, types);
	n = gather(types, ap, v);
	va_end(ap);
	return s->engine->ask(&s->base, q, types, v, n, ret);
}

int sql_run(struct sql *s, enum sql_query q, int *ret_changed,
	    const char *types, ...)
{
	struct store_value v[SQL_PARAMETERS];
	size_t n = 0;
	va_list ap;

	va_start(ap, types);
	n = gather(types, ap, v);
	va_end(ap);
	return s->engine->run(&s->base, q, types, v, n, ret_changed);
}

int sql_many(struct sql *s, enum sql_query q, const char *types, size_t n,
	     sql_fill_fn *fill, const void *arg, size_t *ret_changed)
{
	return s->engine->many(&s->base, q, types, n, fill, arg, ret_changed);
}

int sql_next(struct sql_rows *rows)
{
	return rows->engine->next(rows);
}

void sql_end(struct sql_rows *rows)
{
	rows->engine->end(rows);
}

struct store_value sql_value(const struct sql_rows *rows, int column)
{
	return rows->engine->value(rows, column);
}

int64_t sql_int(const struct sql_rows *rows, int column)
{
	struct store_value v = sql_value(rows, column);

	return v.type == STORE_NUMBER ? v.number : 0;
}

const char *sql_text_or_null(const struct sql_rows *rows, int column)
{
	struct store_value v = sql_value(rows, column);

	return v.type == STORE_TEXT ? v.data : NULL;
}

const char *sql_text(const struct sql_rows *rows, int column)
{
	const char *text = sql_text_or_null(rows, column);

	return text ? text : "";
}

const uint8_t *sql_bytes(const struct sql_rows *rows, int column,
			 size_t *ret_len)
{
	struct store_value v = sql_value(rows, column);
	bool some = v.type == STORE_BYTES && v.len > 0;

	*ret_len = some ? v.len : 0;
	return some ? v.data : NULL;
}

bool sql_hash(const struct sql_rows *rows, int column,
	      uint8_t ret[static HASH_SIZE])
{
	size_t len = 0;
	const uint8_t *p = sql_bytes(rows, column, &len);

	if (len != HASH_SIZE)
		return false;
	memcpy(ret, p, HASH_SIZE);
	return true;
}
