/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/java.h"

#include <errno.h>

struct java_bytes java_take(struct java *j, size_t len)
{
	struct java_bytes b = { .p = (const uint8_t *)"", .len = 0 };

	if (j->failed || len > j->left) {
		j->failed = 1;
		return b;
	}
	if (len > 0)
		b = (struct java_bytes){ .p = j->p, .len = len };
	j->p += len;
	j->left -= len;
	return b;
}

static uint64_t big_endian(struct java *j, size_t len)
{
	struct java_bytes b = java_take(j, len);
	uint64_t n = 0;

	for (size_t i = 0; i < b.len; i++)
		n = n << 8 | b.p[i];
	return n;
}

uint8_t java_u8(struct java *j)
{
	return (uint8_t)big_endian(j, 1);
}

uint16_t java_u16(struct java *j)
{
	return (uint16_t)big_endian(j, 2);
}

uint32_t java_u32(struct java *j)
{
	return (uint32_t)big_endian(j, 4);
}

uint64_t java_u64(struct java *j)
{
	return big_endian(j, 8);
}

struct java_bytes java_utf(struct java *j)
{
	return java_take(j, java_u16(j));
}

struct java_bytes java_block(struct java *j)
{
	return java_take(j, java_u32(j));
}

/* -------------------------------------------------- serialised objects */

enum {
	TC_NULL = 0x70,
	TC_REFERENCE,
	TC_CLASSDESC,
	TC_OBJECT,
	TC_STRING,
	TC_ARRAY,
	TC_BLOCKDATA = 0x77,
	TC_ENDBLOCKDATA,
	TC_BLOCKDATALONG = 0x7a,
	TC_LONGSTRING = 0x7c,
};

#define SC_WRITE_METHOD 0x01
#define SC_SERIALIZABLE 0x02
#define FIRST_HANDLE 0x7e0000u
#define NO_CLASS JAVA_CLASSES
#define MAX_FIELDS 32

struct class {
	uint32_t handle;
	unsigned int super;	/* index, or NO_CLASS */
	uint8_t flags;
	uint8_t element;	/* of an array: its type code, else 0 */
	uint8_t count;
	uint8_t fields[MAX_FIELDS];	/* type codes */
};

struct stream {
	struct java j;
	uint32_t next_handle;
	unsigned int depth;
	unsigned int count;
	struct class classes[JAVA_CLASSES];
};

static void skip_content(struct stream *s);

static void fail(struct stream *s)
{
	s->j.failed = 1;
}

static void skip_annotation(struct stream *s)
{
	while (!s->j.failed && s->j.left > 0 && *s->j.p != TC_ENDBLOCKDATA)
		skip_content(s);
	java_u8(&s->j);
}

static unsigned int find_class(struct stream *s, uint32_t handle)
{
	for (unsigned int i = 0; i < s->count; i++)
		if (s->classes[i].handle == handle)
			return i;
	fail(s);
	return NO_CLASS;
}

static void read_fields(struct stream *s, struct class *c)
{
	unsigned int n = java_u16(&s->j);

	if (n > MAX_FIELDS)
		fail(s);
	for (unsigned int i = 0; i < n && !s->j.failed; i++) {
		c->fields[i] = java_u8(&s->j);
		java_utf(&s->j);
		/* of objects and arrays, the class name is a string */
		if (c->fields[i] == 'L' || c->fields[i] == '[')
			skip_content(s);
	}
	c->count = (uint8_t)n;
}

static unsigned int read_class(struct stream *s);

static unsigned int read_new_class(struct stream *s)
{
	unsigned int index = s->count;
	struct java_bytes name = java_utf(&s->j);
	struct class *c = NULL;

	if (index >= JAVA_CLASSES) {
		fail(s);
		return NO_CLASS;
	}
	c = &s->classes[index];
	s->count++;
	*c = (struct class){ .handle = s->next_handle++, .super = NO_CLASS };
	if (name.len > 1 && name.p[0] == '[')
		c->element = name.p[1];
	java_u64(&s->j);
	c->flags = java_u8(&s->j);
	read_fields(s, c);
	skip_annotation(s);
	c->super = read_class(s);
	return index;
}

/* classDesc: its index, NO_CLASS for null and on failure */
static unsigned int read_class(struct stream *s)
{
	unsigned int index = NO_CLASS;

	if (++s->depth > JAVA_DEPTH) {
		fail(s);
		return NO_CLASS;
	}
	switch (java_u8(&s->j)) {
	case TC_NULL:
		break;
	case TC_REFERENCE:
		index = find_class(s, java_u32(&s->j));
		break;
	case TC_CLASSDESC:
		index = read_new_class(s);
		break;
	default:
		fail(s);
	}
	s->depth--;
	return index;
}

static void skip_value(struct stream *s, uint8_t type)
{
	switch (type) {
	case 'B':
	case 'Z':
		java_take(&s->j, 1);
		break;
	case 'C':
	case 'S':
		java_take(&s->j, 2);
		break;
	case 'I':
	case 'F':
		java_take(&s->j, 4);
		break;
	case 'J':
	case 'D':
		java_take(&s->j, 8);
		break;
	case 'L':
	case '[':
		skip_content(s);
		break;
	default:
		fail(s);
	}
}

/* The values of the superclass come first. */
static void skip_values(struct stream *s, unsigned int index,
			unsigned int depth)
{
	const struct class *c = NULL;

	if (index == NO_CLASS)
		return;
	c = &s->classes[index];
	if (depth > JAVA_DEPTH || !(c->flags & SC_SERIALIZABLE)) {
		fail(s);
		return;
	}
	skip_values(s, c->super, depth + 1);
	for (unsigned int i = 0; i < c->count && !s->j.failed; i++)
		skip_value(s, c->fields[i]);
	if (c->flags & SC_WRITE_METHOD)
		skip_annotation(s);
}

static void skip_array(struct stream *s)
{
	unsigned int index = read_class(s);
	uint32_t n = java_u32(&s->j);
	uint8_t type = index == NO_CLASS ? 0 : s->classes[index].element;

	s->next_handle++;
	if (type == 0)
		fail(s);
	if (type == 'B') {
		java_take(&s->j, n);
		return;
	}
	for (uint32_t i = 0; i < n && !s->j.failed; i++)
		skip_value(s, type);
}

static void skip_object(struct stream *s)
{
	unsigned int index = read_class(s);

	s->next_handle++;
	skip_values(s, index, 0);
}

static void skip_string(struct stream *s, uint64_t len)
{
	s->next_handle++;
	java_take(&s->j, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
}

static void skip_content(struct stream *s)
{
	if (++s->depth > JAVA_DEPTH) {
		fail(s);
		return;
	}
	switch (java_u8(&s->j)) {
	case TC_NULL:
		break;
	case TC_REFERENCE:
		java_u32(&s->j);
		break;
	case TC_OBJECT:
		skip_object(s);
		break;
	case TC_STRING:
		skip_string(s, java_u16(&s->j));
		break;
	case TC_LONGSTRING:
		skip_string(s, java_u64(&s->j));
		break;
	case TC_ARRAY:
		skip_array(s);
		break;
	case TC_BLOCKDATA:
		java_take(&s->j, java_u8(&s->j));
		break;
	case TC_BLOCKDATALONG:
		java_take(&s->j, java_u32(&s->j));
		break;
	default:
		fail(s);
	}
	s->depth--;
}

int java_skip_object(struct java *j)
{
	struct stream s = { .j = *j, .next_handle = FIRST_HANDLE };

	if (java_u16(&s.j) != 0xaced || java_u16(&s.j) != 5)
		return -EBADMSG;
	skip_content(&s);
	if (s.j.failed)
		return -EBADMSG;
	*j = s.j;
	return 0;
}
