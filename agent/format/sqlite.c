/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/sqlite.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

#define HEADER_SIZE 100
#define ROW_LEAST 16	/* bytes of a row of any use here */
#define DEPTH_MAX 20	/* the library's own limit for a tree */

enum {
	PAGE_INTERIOR = 5,
	PAGE_LEAF = 13,
};

struct walk {
	const struct sqlite *db;
	int (*row)(void *arg, const struct sqlite_row *row);
	void *arg;
	size_t budget;		/* pages that may still be visited */
	size_t rows;		/* that may still come; cells can overlap */
	unsigned int depth;
	struct buf payload;	/* of a cell that spills into other pages */
	struct sqlite_row current;
};

static uint32_t read_u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t read_u32(const uint8_t *p)
{
	return read_u16(p) << 16 | read_u16(p + 2);
}

bool sqlite_is_database(const uint8_t *head, size_t len)
{
	static const char magic[16] = "SQLite format 3";

	return len >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

int sqlite_open(struct sqlite *db, const uint8_t *data, size_t len)
{
	struct sqlite s = { .data = data, .len = len };

	if (len < HEADER_SIZE || !sqlite_is_database(data, len))
		return -EBADMSG;
	s.page_size = read_u16(data + 16);
	if (s.page_size == 1)
		s.page_size = 65536;
	if (s.page_size < 512 || (s.page_size & (s.page_size - 1)) != 0 ||
	    s.page_size - data[20] < 480)
		return -EBADMSG;
	s.usable = s.page_size - data[20];
	s.pages = len / s.page_size;
	s.has_wal = data[19] == 2;
	*db = s;
	return 0;
}

/* A varint: 1 to 9 bytes.  Number of bytes, 0 where it is cut off. */
static size_t read_varint(const uint8_t *p, size_t left, uint64_t *ret)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 9 && i < left; i++) {
		if (i == 8) {
			*ret = n << 8 | p[i];
			return 9;
		}
		n = n << 7 | (p[i] & 0x7f);
		if (p[i] < 0x80) {
			*ret = n;
			return i + 1;
		}
	}
	return 0;
}

static const uint8_t *take_page(struct walk *w, uint32_t number)
{
	if (number == 0 || number > w->db->pages || w->budget == 0)
		return NULL;
	w->budget--;
	return w->db->data + (number - 1) * w->db->page_size;
}

/* ---------------------------------------------------------------- rows */

/* Bytes of a serial type's value; sets what is known without them. */
static size_t value_size(uint64_t serial, struct sqlite_value *v)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

	*v = (struct sqlite_value){ 0 };
	if (serial >= 12) {
		v->type = serial % 2 ? SQLITE_VALUE_TEXT : SQLITE_VALUE_BLOB;
		serial = (serial - 12) / 2;
		return serial > SIZE_MAX ? SIZE_MAX : (size_t)serial;
	}
	if (serial == 0 || serial > 9)
		return 0;
	v->type = serial == 7 ? SQLITE_VALUE_REAL : SQLITE_VALUE_NUMBER;
	v->number = serial == 9;
	return sizes[serial];
}

static void set_value(struct sqlite_value *v, const uint8_t *p, size_t len)
{
	uint64_t n = len > 0 && p[0] & 0x80 ? UINT64_MAX : 0;

	v->p = p;
	v->len = len;
	if (v->type != SQLITE_VALUE_NUMBER || len == 0)
		return;
	for (size_t i = 0; i < len; i++)
		n = n << 8 | p[i];
	v->number = (int64_t)n;
}

static int read_record(struct walk *w, const uint8_t *p, size_t len)
{
	uint64_t header = 0, serial = 0;
	size_t at = read_varint(p, len, &header);
	size_t body = 0;

	if (at == 0 || header > len || header < at)
		return -EBADMSG;
	body = (size_t)header;
	w->current.count = 0;
	while (at < header && w->current.count < SQLITE_COLUMNS) {
		struct sqlite_value *v = &w->current.columns[w->current.count];
		size_t n = read_varint(p + at, (size_t)header - at, &serial);
		size_t size = 0;

		if (n == 0)
			return -EBADMSG;
		at += n;
		size = value_size(serial, v);
		if (size > len - body)
			return -EBADMSG;
		set_value(v, p + body, size);
		body += size;
		w->current.count++;
	}
	return w->row(w->arg, &w->current);
}

/* Joins a payload of ${len} bytes: ${local} of them at ${p}, then the number of
 * the first overflow page. */
static int read_spilled(struct walk *w, const uint8_t *p, size_t local,
			size_t len)
{
	uint32_t next = read_u32(p + local);
	int r = 0;

	buf_reset(&w->payload);
	r = buf_add(&w->payload, p, local);
	while (r == 0 && w->payload.len < len) {
		const uint8_t *page = take_page(w, next);
		size_t n = w->db->usable - 4;

		if (!page)
			return -EBADMSG;
		if (n > len - w->payload.len)
			n = len - w->payload.len;
		r = buf_add(&w->payload, page + 4, n);
		next = read_u32(page);
	}
	return r < 0 ? r : read_record(w, w->payload.data, w->payload.len);
}

/* Section 1.6: how much of a table leaf's payload is in the page itself */
static size_t local_size(const struct sqlite *db, size_t len)
{
	size_t most = db->usable - 35;
	size_t least = (db->usable - 12) * 32 / 255 - 23;
	size_t n = 0;

	if (len <= most)
		return len;
	n = least + (len - least) % (db->usable - 4);
	return n <= most ? n : least;
}

static int read_leaf_cell(struct walk *w, const uint8_t *page, size_t at)
{
	size_t left = w->db->usable - at;
	const uint8_t *p = page + at;
	uint64_t len = 0, rowid = 0;
	size_t a = read_varint(p, left, &len);
	size_t b = a ? read_varint(p + a, left - a, &rowid) : 0;
	size_t local = 0;

	if (b == 0 || len > w->db->len || w->rows == 0)
		return -EBADMSG;
	w->rows--;
	left -= a + b;
	local = local_size(w->db, (size_t)len);
	if (local == len)
		return local > left ? -EBADMSG :
		       read_record(w, p + a + b, local);
	if (left < 4 || local > left - 4)
		return -EBADMSG;
	return read_spilled(w, p + a + b, local, (size_t)len);
}

/* ---------------------------------------------------------------- tree */

static int walk_page(struct walk *w, uint32_t number);

static int walk_cells(struct walk *w, const uint8_t *page, size_t header)
{
	bool interior = page[header] == PAGE_INTERIOR;
	size_t first = header + (interior ? 12 : 8);
	size_t count = read_u16(page + header + 3);
	int r = 0;

	if (count > (w->db->usable - first) / 2)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < count; i++) {
		size_t at = read_u16(page + first + 2 * i);

		if (at < first || at + 4 > w->db->usable)
			return -EBADMSG;
		r = interior ? walk_page(w, read_u32(page + at)) :
		    read_leaf_cell(w, page, at);
	}
	if (r == 0 && interior)
		r = walk_page(w, read_u32(page + header + 8));
	return r;
}

static int walk_page(struct walk *w, uint32_t number)
{
	const uint8_t *page = take_page(w, number);
	size_t header = number == 1 ? HEADER_SIZE : 0;
	int r = -EBADMSG;

	if (!page || w->depth >= DEPTH_MAX ||
	    (page[header] != PAGE_LEAF && page[header] != PAGE_INTERIOR))
		return -EBADMSG;
	w->depth++;
	r = walk_cells(w, page, header);
	w->depth--;
	return r;
}

int sqlite_walk(const struct sqlite *db, uint32_t root,
		int (*row)(void *arg, const struct sqlite_row *row), void *arg)
{
	struct walk w = {
		.db = db,
		.row = row,
		.arg = arg,
		.budget = db->pages,
		.rows = db->len / ROW_LEAST,
	};
	int r = 0;

	buf_init(&w.payload, LIMIT_SLURP);
	r = walk_page(&w, root);
	buf_free_secret(&w.payload);
	return r;
}

/* -------------------------------------------------------------- schema */

struct search {
	const char *name;
	struct sqlite_table *ret;
};

static bool value_is(const struct sqlite_value *v, const char *text)
{
	return v->type == SQLITE_VALUE_TEXT && v->len == strlen(text) &&
	       memcmp(v->p, text, v->len) == 0;
}

/* sqlite_schema: type, name, tbl_name, rootpage, sql */
static int match_table(void *arg, const struct sqlite_row *row)
{
	struct search *s = arg;
	const struct sqlite_value *v = row->columns;
	int r = 0;

	if (row->count < 5 || !value_is(&v[0], "table") ||
	    !value_is(&v[1], s->name) || v[3].number <= 0 ||
	    v[3].number > UINT32_MAX || v[4].type != SQLITE_VALUE_TEXT)
		return 0;
	s->ret->root = (uint32_t)v[3].number;
	r = buf_add(&s->ret->sql, v[4].p, v[4].len);
	return r < 0 ? r : 1;
}

int sqlite_find(const struct sqlite *db, const char *name,
		struct sqlite_table *ret)
{
	struct sqlite_table found = { 0 };
	struct search s = { .name = name, .ret = &found };
	int r = 0;

	buf_init(&found.sql, KIB(64));
	r = sqlite_walk(db, 1, match_table, &s);
	if (r == 1) {
		*ret = found;
		return 0;
	}
	buf_free(&found.sql);
	return r < 0 ? r : -ENOENT;
}

int sqlite_column(struct sqlite_table *table, const char *name)
{
	const char *p = strchr(buf_str(&table->sql), '(');
	size_t len = strlen(name);

	for (int i = 0; p && i < SQLITE_COLUMNS; i++) {
		p++;
		p += strspn(p, " \t\r\n\"");
		if (strncmp(p, name, len) == 0 &&
		    strchr(" \t\r\n\",)", p[len]) != NULL)
			return i;
		p = strchr(p, ',');
	}
	return -ENOENT;
}
