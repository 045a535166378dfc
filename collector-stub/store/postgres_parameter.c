/* SPDX-License-Identifier: Apache-2.0 */
/* Values in PostgreSQL's binary form: numbers are 8 bytes, big-endian; an array
 * is the numbers 1 (dimension), 1 (has NULLs), type, count, 1 (first index), 4
 * bytes each, and then each member's length (-1: NULL) and bytes. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "collector-stub/store/postgres.h"
#include "lib/encode.h"
#include "lib/limits.h"

static Oid type_of(char letter)
{
	switch (letter) {
	case 'i':
	case 'n':
		return POSTGRES_INT8;
	case 't':
		return POSTGRES_TEXT;
	case 'H':
		return POSTGRES_BYTEA_ARRAY;
	case 'T':
		return POSTGRES_TEXT_ARRAY;
	default:
		return POSTGRES_BYTEA;
	}
}

static Oid array_of(Oid type)
{
	switch (type) {
	case POSTGRES_INT8:
		return POSTGRES_INT8_ARRAY;
	case POSTGRES_TEXT:
		return POSTGRES_TEXT_ARRAY;
	default:
		return POSTGRES_BYTEA_ARRAY;
	}
}

/* A text that the server would refuse, which would block its sender for ever,
 * is mended; so is a NUL in it. */
static int mend(struct arena *a, struct store_value *v)
{
	char *copy = NULL;

	if (v->type != STORE_TEXT || (is_utf8(v->data, v->len) &&
				      !memchr(v->data, '\0', v->len)))
		return 0;
	copy = arena_str(a, v->data, v->len);
	for (size_t i = 0; copy && i < v->len; i++)
		if (!copy[i])
			copy[i] = '\xff';
	v->data = copy ? store_text(a, copy) : NULL;
	if (!v->data)
		return -ENOMEM;
	v->len = strlen(v->data);
	return 0;
}

static int add_u32(struct buf *b, uint32_t n)
{
	uint32_t be = htobe32(n);

	return buf_add(b, &be, sizeof(be));
}

static void array_begin(struct buf *b, Oid type)
{
	buf_reset(b);
	add_u32(b, 1);
	add_u32(b, 1);
	add_u32(b, type);
	add_u32(b, 0);
	add_u32(b, 1);
}

static void array_add(struct buf *b, const struct store_value *v)
{
	uint64_t be = htobe64((uint64_t)v->number);

	if (v->type == STORE_NULL) {
		add_u32(b, UINT32_MAX);
	} else if (v->type == STORE_NUMBER) {
		add_u32(b, sizeof(be));
		buf_add(b, &be, sizeof(be));
	} else {
		add_u32(b, (uint32_t)v->len);
		buf_add(b, v->data, v->len);
	}
}

static int array_end(struct buf *b, size_t count)
{
	uint32_t be = htobe32((uint32_t)count);

	if (b->failed)
		return -ENOMEM;
	memcpy(b->data + 12, &be, sizeof(be));
	return 0;
}

static void set_bytes(struct postgres_parameters *p, int i, const void *data,
		      size_t len)
{
	p->value[i] = len > 0 ? data : "";
	p->length[i] = (int)len;
}

static int set(struct postgres_parameters *p, int i, struct store_value v)
{
	uint64_t be = htobe64((uint64_t)v.number);

	if (mend(&p->mended, &v) < 0)
		return -ENOMEM;
	if (v.len > INT32_MAX)
		return -EFBIG;
	p->format[i] = 1;
	p->value[i] = NULL;
	p->length[i] = 0;
	if (v.type == STORE_NUMBER) {
		memcpy(p->numbers[i], &be, sizeof(be));
		set_bytes(p, i, p->numbers[i], sizeof(be));
	} else if (v.type != STORE_NULL) {
		set_bytes(p, i, v.data, v.len);
	}
	return 0;
}

static int set_array(struct postgres_parameters *p, int i, bool texts,
		     const struct store_value *v, struct buf *b)
{
	size_t step = texts ? STORE_AGENT_ID : HASH_SIZE;

	array_begin(b, texts ? POSTGRES_TEXT : POSTGRES_BYTEA);
	for (size_t at = 0; at + step <= v->len; at += step) {
		const char *data = (const char *)v->data + at;
		struct store_value one = texts ? sql_of_text(data) :
			sql_of_bytes(data, HASH_SIZE);

		array_add(b, &one);
	}
	if (array_end(b, v->len / step) < 0)
		return -ENOMEM;
	p->format[i] = 1;
	set_bytes(p, i, b->data, b->len);
	return 0;
}

static void begin(struct postgres_parameters *p)
{
	p->n = 0;
	arena_init(&p->mended, MIB(64));
}

void postgres_parameters_free(struct postgres_parameters *p)
{
	arena_free(&p->mended);
}

int postgres_parameters(const char *types, const struct store_value *v,
			size_t n, struct buf *scratch,
			struct postgres_parameters *ret)
{
	int r = 0;

	begin(ret);
	for (size_t i = 0; r == 0 && i < n; i++) {
		ret->type[i] = type_of(types[i]);
		if (types[i] == 'H' || types[i] == 'T')
			r = set_array(ret, (int)i, types[i] == 'T', &v[i],
				      &scratch[i]);
		else
			r = set(ret, (int)i, v[i]);
		ret->n++;
	}
	return r;
}

int postgres_values(const struct store_value *v, size_t n,
		    struct postgres_parameters *ret)
{
	static const Oid types[] = {
		[STORE_NUMBER] = POSTGRES_INT8, [STORE_TEXT] = POSTGRES_TEXT,
		[STORE_BYTES] = POSTGRES_BYTEA, [STORE_NULL] = 0,
	};
	int r = 0;

	begin(ret);
	if (n > POSTGRES_PARAMETERS)
		return -E2BIG;
	for (size_t i = 0; r == 0 && i < n; i++) {
		ret->type[i] = types[v[i].type];
		r = set(ret, (int)i, v[i]);
		ret->n++;
	}
	return r;
}

/* One row's members go to the ends of the arrays. */
static int add_row(struct postgres_parameters *p, struct buf *scratch,
		   size_t fixed, size_t all, struct store_value *v)
{
	for (size_t i = fixed; i < all; i++) {
		if (mend(&p->mended, &v[i]) < 0)
			return -ENOMEM;
		array_add(&scratch[i], &v[i]);
		if (scratch[i].failed)
			return -ENOMEM;
	}
	return 0;
}

int postgres_arrays(const char *types, size_t n, sql_fill_fn *fill,
		    const void *arg, struct buf *scratch,
		    struct postgres_parameters *ret, size_t *ret_rows)
{
	struct store_value v[SQL_PARAMETERS];
	size_t fixed = strcspn(types, "|"), all = strlen(types) - 1, rows = 0;
	int r = 0;

	begin(ret);
	for (size_t i = fixed; i < all; i++)
		array_begin(&scratch[i], type_of(types[i + 1]));
	for (size_t at = 0; r == 0 && at < n; at++) {
		if (!fill(arg, at, v))
			continue;
		for (size_t i = 0; r == 0 && rows == 0 && i < fixed; i++) {
			ret->type[i] = type_of(types[i]);
			r = set(ret, (int)i, v[i]);
		}
		if (r == 0)
			r = add_row(ret, scratch, fixed, all, v);
		rows++;
	}
	for (size_t i = fixed; r == 0 && i < all; i++) {
		r = array_end(&scratch[i], rows);
		ret->type[i] = array_of(type_of(types[i + 1]));
		ret->format[i] = 1;
		set_bytes(ret, (int)i, scratch[i].data, scratch[i].len);
	}
	ret->n = (int)all;
	*ret_rows = rows;
	return r;
}

char *postgres_many_text(const char *text, const char *types)
{
	size_t fixed = strcspn(types, "|"), all = strlen(types) - 1;
	const char *values = strstr(text, " VALUES");
	const char *end = values ? strchr(values, ')') : NULL;
	struct buf b;
	char *ret = NULL;

	if (!end)
		return strdup(text);
	buf_init(&b, KIB(64));
	buf_add(&b, text, (size_t)(values - text));
	buf_adds(&b, " SELECT ");
	for (size_t i = 0; i < fixed; i++)
		buf_addf(&b, "$%zu, ", i + 1);
	buf_adds(&b, "u.* FROM unnest(");
	for (size_t i = fixed; i < all; i++)
		buf_addf(&b, "%s$%zu", i > fixed ? ", " : "", i + 1);
	/* "WHERE true": or ON CONFLICT might be read as a join's */
	buf_addf(&b, ") AS u WHERE true%s", end + 1);
	ret = b.failed ? NULL : strdup(buf_str(&b));
	buf_free(&b);
	return ret;
}
