/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/encode.h"

void json_init(struct json *j, struct buf *out)
{
	*j = (struct json){.out = out};
}

static void escaped(struct buf *out, const uint8_t *s, size_t len)
{
	buf_addch(out, '"');
	while (len > 0) {
		size_t n = utf8_length(s, len);

		if (n == 0) {
			buf_adds(out, "\xef\xbf\xbd");
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			buf_addch(out, '\\');
			buf_add(out, s, 1);
		} else if (*s == '\n') {
			buf_adds(out, "\\n");
		} else if (*s < 0x20 || *s == 0x7f) {
			buf_addf(out, "\\u%04x", *s);
		} else {
			buf_add(out, s, n);
		}
		s += n;
		len -= n;
	}
	buf_addch(out, '"');
}

static void member(struct json *j, const char *name)
{
	if (j->comma)
		buf_addch(j->out, ',');
	j->comma = true;
	if (name) {
		escaped(j->out, (const uint8_t *)name, strlen(name));
		buf_addch(j->out, ':');
	}
}

static void begin(struct json *j, const char *name, char c)
{
	member(j, name);
	buf_addch(j->out, c);
	j->comma = false;
}

static void end(struct json *j, char c)
{
	buf_addch(j->out, c);
	j->comma = true;
}

void json_begin_object(struct json *j, const char *name)
{
	begin(j, name, '{');
}

void json_end_object(struct json *j)
{
	end(j, '}');
}

void json_begin_array(struct json *j, const char *name)
{
	begin(j, name, '[');
}

void json_end_array(struct json *j)
{
	end(j, ']');
}

void json_quoted(struct json *j, const char *name, const char *value)
{
	json_bytes(j, name, value, strlen(value));
}

void json_bytes(struct json *j, const char *name, const void *value, size_t len)
{
	member(j, name);
	escaped(j->out, value, len);
}

void json_base64(struct json *j, const char *name, const void *value,
		 size_t len)
{
	member(j, name);
	buf_addch(j->out, '"');
	encode_base64(j->out, value, len);
	buf_addch(j->out, '"');
}

void json_hex(struct json *j, const char *name, const void *value, size_t len)
{
	const uint8_t *p = value;
	char pair[3];

	member(j, name);
	buf_addch(j->out, '"');
	for (size_t i = 0; i < len; i++) {
		encode_hex(p + i, 1, pair);
		buf_add(j->out, pair, 2);
	}
	buf_addch(j->out, '"');
}

void json_number(struct json *j, const char *name, int64_t value)
{
	member(j, name);
	buf_addf(j->out, "%" PRId64, value);
}

void json_raw(struct json *j, const char *name, const void *json, size_t len)
{
	member(j, name);
	buf_add(j->out, json, len);
}

void json_bool(struct json *j, const char *name, bool value)
{
	member(j, name);
	buf_adds(j->out, value ? "true" : "false");
}

void json_time(struct json *j, const char *name, int64_t value)
{
	char text[CLOCK_TEXT];

	clock_rfc3339(value, text);
	json_quoted(j, name, text);
}

void json_text(struct json *j, const char *name, const char *value)
{
	if (*value)
		json_quoted(j, name, value);
}

void json_list(struct json *j, const char *name, char *const *list, size_t n)
{
	if (n == 0)
		return;
	json_begin_array(j, name);
	for (size_t i = 0; i < n; i++)
		json_quoted(j, NULL, list[i]);
	json_end_array(j);
}

void json_path(struct json *j, const char *name, const void *path, size_t len)
{
	char bytes[32];

	json_bytes(j, name, path, len);
	if (is_utf8(path, len))
		return;
	snprintf(bytes, sizeof(bytes), "%s_bytes", name);
	json_base64(j, bytes, path, len);
}
