/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/bound.h"

#include <string.h>

#include "lib/encode.h"
#include "lib/limits.h"

struct bounds {
	size_t text, path, list;
};

static bool message(ProtobufCMessage *m, const struct bounds *b);

static bool text(char *s, size_t max)
{
	/* an empty one may be protobuf-c's, which is constant */
	if (strnlen(s, max + 1) <= max)
		return false;
	s[utf8_cut((const uint8_t *)s, strlen(s), max)] = '\0';
	return true;
}

static bool path(ProtobufCBinaryData *d, size_t max)
{
	if (d->len <= max)
		return false;
	d->len = max;
	return true;
}

static bool value(ProtobufCType type, void *at, const struct bounds *b)
{
	ProtobufCMessage *const *sub = at;
	char *const *s = at;

	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return text(*s, b->text);
	case PROTOBUF_C_TYPE_BYTES:
		return path(at, b->path);
	case PROTOBUF_C_TYPE_MESSAGE:
		return *sub && (*sub)->descriptor != &cw__facts__descriptor &&
			message(*sub, b);
	default:
		return false;
	}
}

static size_t size_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(ProtobufCMessage *);
	default:
		return 0;	/* numbers: there is nothing to cut in one */
	}
}

static bool list(ProtobufCType type, void *at, size_t *n,
		 const struct bounds *b)
{
	char *elements = *(void **)at;
	bool cut = *n > b->list;

	if (cut)
		*n = b->list;
	for (size_t i = 0; i < *n; i++)
		cut |= value(type, elements + i * size_of(type), b);
	return cut;
}

static bool message(ProtobufCMessage *m, const struct bounds *b)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	/* of an agent that is newer than this; it may send some */
	bool cut = m->n_unknown_fields > b->list;

	for (unsigned i = 0; !cut && i < m->n_unknown_fields; i++)
		cut = m->unknown_fields[i].len > b->text;
	if (cut)
		m->n_unknown_fields = 0;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		void *at = (char *)m + f->offset;
		void *count = (char *)m + f->quantifier_offset;

		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			cut |= list(f->type, at, count, b);
		else if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
			 *(uint32_t *)count == f->id)
			cut |= value(f->type, at, b);
	}
	return cut;
}

static size_t size_without_facts(const Cw__Location *l)
{
	Cw__Location bare = *l;

	bare.facts = NULL;
	return cw__location__get_packed_size(&bare);
}

bool bound_location(Cw__Location *l)
{
	struct bounds b = { LIMIT_LOCATION_TEXT, LIMIT_LOCATION_PATH,
		LIMIT_LOCATION_LIST };
	bool cut = message(&l->base, &b);

	while (size_without_facts(l) > LIMIT_LOCATION) {
		b.text /= 2;
		b.path /= 2;
		b.list /= 2;
		cut |= message(&l->base, &b);
	}
	return cut;
}
