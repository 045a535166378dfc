/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/trim.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/query/row_json.h"
#include "lib/encode.h"

/* of one more element of a list in JSON: quotes, names, commas */
#define ELEMENT 16

/* A member, or an element of one. */
union value {
	char *text;
	ProtobufCBinaryData bytes;
	ProtobufCMessage *message;
};

/* Bytes of memory, and of what it says; 0: a number. */
static size_t width(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(ProtobufCMessage *);
	default:
		return 0;
	}
}

static size_t length(const ProtobufCFieldDescriptor *f, const union value *v)
{
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return strlen(v->text);
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return v->bytes.len;
	return protobuf_c_message_get_packed_size(v->message);
}

static void drop(const ProtobufCFieldDescriptor *f, const union value *v)
{
	if (f->type == PROTOBUF_C_TYPE_STRING)
		free(v->text);
	else if (f->type == PROTOBUF_C_TYPE_BYTES)
		free(v->bytes.data);
	else
		protobuf_c_message_free_unpacked(v->message, NULL);
}

static bool trim_list(const ProtobufCFieldDescriptor *f, char *array,
		      size_t *n, size_t *left)
{
	size_t step = width(f), total = 0, kept = 0;
	union value v;

	if (step == 0)
		return false;
	for (size_t i = 0; i < *n; i++) {
		memcpy(&v, array + i * step, step);
		total += length(f, &v) + ELEMENT;
		if (total > ROW_JSON_SHORT && total > *left)
			break;
		kept++;
	}
	if (kept == *n) {
		*left -= total > ROW_JSON_SHORT ? total : 0;
		return false;
	}
	for (size_t i = kept; i < *n; i++) {
		memcpy(&v, array + i * step, step);
		drop(f, &v);
	}
	*n = kept;
	*left = 0;
	return true;
}

/* How much of ${len} bytes may stay. */
static size_t share(const void *s, size_t len, size_t *left)
{
	size_t max = *left > ROW_JSON_SHORT ? *left : ROW_JSON_SHORT;

	if (len <= ROW_JSON_SHORT)
		return len;
	*left -= len < *left ? len : *left;
	return utf8_cut(s, len, max);
}

static bool trim_value(const ProtobufCFieldDescriptor *f, void *member,
		       size_t *left)
{
	union value v;
	size_t len = 0, kept = 0;

	memcpy(&v, member, width(f));
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return v.message && trim_message(v.message, left);
	len = length(f, &v);
	if (f->type == PROTOBUF_C_TYPE_STRING) {
		kept = share(v.text, len, left);
		/* the empty one is protobuf-c's own */
		if (kept < len)
			v.text[kept] = '\0';
	} else {
		kept = share(v.bytes.data, len, left);
		((ProtobufCBinaryData *)member)->len = kept;
	}
	return kept < len;
}

/* Of a union, the member that it has not. */
static bool is_other(const ProtobufCFieldDescriptor *f, const char *quantifier)
{
	return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
		*(const uint32_t *)(const void *)quantifier != f->id;
}

bool trim_message(ProtobufCMessage *m, size_t *left)
{
	bool cut = false;

	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		char *member = (char *)m + f->offset;
		char *quantifier = (char *)m + f->quantifier_offset;

		if (width(f) == 0 || is_other(f, quantifier))
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			cut |= trim_list(f, *(char **)(void *)member,
					 (size_t *)(void *)quantifier, left);
		else
			cut |= trim_value(f, member, left);
	}
	return cut;
}
