/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords in YAML: the name of a value is the names on its way, with dots
 * between them, so that "a.b: x" and "a: {b: x}" are the same.  Aliases are not
 * followed: what they stand for was seen where it stands.
 *
 * libyaml is loaded at run time: supervisor and sync never need it. */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <yaml.h>

#include "agent/appconf/appconf.h"
#include "lib/library.h"
#include "lib/limits.h"

static struct {
	__typeof__(yaml_parser_initialize) *init;
	__typeof__(yaml_parser_delete) *end;
	__typeof__(yaml_parser_set_input_string) *set_input;
	__typeof__(yaml_parser_parse) *parse;
	__typeof__(yaml_event_delete) *event_delete;
} yaml;

static const struct library_symbol symbols[] = {
#define MEMBER(name) offsetof(__typeof__(yaml), name)
	{ "yaml_parser_initialize", MEMBER(init) },
	{ "yaml_parser_delete", MEMBER(end) },
	{ "yaml_parser_set_input_string", MEMBER(set_input) },
	{ "yaml_parser_parse", MEMBER(parse) },
	{ "yaml_event_delete", MEMBER(event_delete) },
#undef MEMBER
};

static enum { NEW, LOADED, ABSENT } library;

/* A mapping or a list that is open. */
struct level {
	size_t base;	/* bytes of the name that lead to it */
	bool is_mapping;
	bool is_name;	/* of a value, which is allowed but hardly met */
	bool has_name;	/* the name of the next value was read */
};

struct walk {
	const struct appconf *conf;
	const struct appconf_sink *sink;
	struct level levels[LIMIT_APPCONF_DEPTH];
	size_t depth;
	char name[512];
	size_t name_len;
};

void appconf_yaml_prepare(void)
{
	if (library == NEW)
		library = library_load("libyaml-0.so.2", symbols,
				       sizeof(symbols) / sizeof(symbols[0]),
				       &yaml) ? LOADED : ABSENT;
}

/* Is what comes next a value, or the name of one? */
static bool is_name_next(const struct walk *w)
{
	const struct level *l = NULL;

	if (w->depth == 0)
		return false;
	l = &w->levels[w->depth - 1];
	return l->is_mapping && !l->has_name;
}

/* A value has come to its end, whatever it was. */
static void value_ended(struct walk *w)
{
	struct level *l = NULL;

	if (w->depth == 0)
		return;
	l = &w->levels[w->depth - 1];
	w->name_len = l->base;
	l->has_name = false;
}

/* A name that is too long ends in a byte that no pattern has. */
static void take_name(struct walk *w, const char *text, size_t len)
{
	struct level *l = &w->levels[w->depth - 1];
	size_t dot = w->name_len > 0;

	l->has_name = true;
	if (len + dot > sizeof(w->name) - w->name_len) {
		w->name[w->name_len ? w->name_len - 1 : 0] = '\1';
		return;
	}
	if (dot)
		w->name[w->name_len++] = '.';
	memcpy(w->name + w->name_len, text, len);
	w->name_len += len;
}

static int open_level(struct walk *w, bool is_mapping)
{
	bool is_name = is_name_next(w);

	if (is_name)
		take_name(w, "\1", 1);
	if (w->depth == LIMIT_APPCONF_DEPTH)
		return -E2BIG;
	w->levels[w->depth++] = (struct level){ .base = w->name_len,
						.is_mapping = is_mapping,
						.is_name = is_name };
	return 0;
}

static void close_level(struct walk *w)
{
	if (w->depth == 0)
		return;
	w->depth--;
	if (!w->levels[w->depth].is_name)
		value_ended(w);
}

static void take_scalar(struct walk *w, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;

	if (is_name_next(w)) {
		take_name(w, text, len);
		return;
	}
	if (appconf_is_key(w->conf, w->name, w->name_len))
		appconf_value(w->sink, text, len);
	value_ended(w);
}

/* 1: the end of the text, 0: go on */
static int take_event(struct walk *w, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		return 1;
	case YAML_DOCUMENT_START_EVENT:
		w->depth = 0;
		w->name_len = 0;
		return 0;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return open_level(w, e->type == YAML_MAPPING_START_EVENT);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		close_level(w);
		return 0;
	case YAML_ALIAS_EVENT:
		if (is_name_next(w))
			take_name(w, "\1", 1);
		else
			value_ended(w);
		return 0;
	case YAML_SCALAR_EVENT:
		take_scalar(w, e);
		OPENSSL_cleanse(e->data.scalar.value, e->data.scalar.length);
		return 0;
	default:
		return 0;
	}
}

/* What libyaml has read is in two buffers of its own. */
static void wipe(yaml_parser_t *p)
{
	OPENSSL_cleanse(p->raw_buffer.start,
			(size_t)(p->raw_buffer.end - p->raw_buffer.start));
	OPENSSL_cleanse(p->buffer.start,
			(size_t)(p->buffer.end - p->buffer.start));
}

int appconf_yaml(const struct appconf *c, const uint8_t *data, size_t len,
		 const struct appconf_sink *sink)
{
	struct walk w = { .conf = c, .sink = sink };
	yaml_parser_t parser;
	yaml_event_t event;
	int r = 0;

	appconf_yaml_prepare();
	if (library != LOADED)
		return -ENOTSUP;
	if (!yaml.init(&parser))
		return -ENOMEM;
	yaml.set_input(&parser, data, len);
	while (r == 0) {
		if (!yaml.parse(&parser, &event)) {
			r = parser.error == YAML_MEMORY_ERROR ? -ENOMEM
							      : -EBADMSG;
			break;
		}
		r = take_event(&w, &event);
		yaml.event_delete(&event);
	}
	wipe(&parser);
	yaml.end(&parser);
	OPENSSL_cleanse(&w, sizeof(w));
	return r < 0 ? r : 0;
}
