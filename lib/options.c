/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/options_value.h"

/* One reading of one text.  inih asks line_next() for each line and gives each
 * key to line_key(); ${line} is what it works on in between. */
struct reading {
	const struct option *table;
	void *target;
	const char *name;
	void (*fault)(void *arg, const char *text);
	void *arg;

	const char *next;	/* borrowed */
	size_t left;
	const char *line;	/* borrowed; NULL: nothing to be handled */
	size_t line_len;
	int number;
	bool handled;

	bool *seen;		/* per option of the table */
	int faults;
	int err;
};

__attribute__((format(printf, 2, 3)))
static void fault(struct reading *r, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	if (++r->faults > LIMIT_CONFIG_FAULTS + 1)
		return;
	buf_init(&b, LIMIT_CONFIG_LINE * 2);
	if (r->number)
		buf_addf(&b, "%s:%d: ", r->name, r->number);
	else
		buf_addf(&b, "%s: ", r->name);
	va_start(ap, fmt);
	if (r->faults > LIMIT_CONFIG_FAULTS)
		buf_adds(&b, "more faults are not shown");
	else
		buf_addv(&b, fmt, ap);
	va_end(ap);
	r->fault(r->arg, buf_str(&b));
	buf_free(&b);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_comment(char c)
{
	return c == '#' || c == ';';
}

static bool section_known(const struct option *table, const char *name,
			  size_t len)
{
	for (; table->name; table++)
		if (strlen(table->section) == len &&
		    memcmp(table->section, name, len) == 0)
			return true;
	return false;
}

/* inih passes over sections without keys, and over text behind a section. */
static void check_section(struct reading *r, const char *at, const char *end)
{
	const char *close = memchr(at, ']', end - at);
	const char *rest = close;

	if (!close) {
		fault(r, "section without ']'");
		return;
	}
	do
		rest++;
	while (rest < end && is_space(*rest));
	if (rest < end && !is_comment(*rest))
		fault(r, "text behind the section's ']'");
	if (!section_known(r->table, at + 1, close - at - 1))
		fault(r, "unknown section [%.*s]", (int)(close - at - 1),
		      at + 1);
}

/* inih is done with a line: was it understood? */
static void line_done(struct reading *r)
{
	const char *at = r->line;
	const char *end = at ? at + r->line_len : NULL;

	r->line = NULL;
	if (!at || r->handled)
		return;
	while (at < end && is_space(*at))
		at++;
	if (at == end || is_comment(*at))
		return;
	if (*at == '[')
		check_section(r, at, end);
	else
		fault(r, "neither \"name = value\" nor \"[section]\"");
}

/* As fgets(): gives inih the next line, and an empty one for what it could not
 * take whole. */
static char *line_next(char *out, int size, void *stream)
{
	struct reading *r = stream;
	const char *end = NULL;
	size_t len = 0;

	line_done(r);
	if (r->left == 0 || size < 2)
		return NULL;
	end = memchr(r->next, '\n', r->left);
	len = end ? (size_t)(end - r->next) : r->left;
	r->number++;
	out[0] = '\0';
	if (len + 2 > (size_t)size || len > LIMIT_CONFIG_LINE) {
		fault(r, "line of %zu bytes, at most %zu are allowed", len,
		      LIMIT_CONFIG_LINE);
	} else if (memchr(r->next, '\0', len)) {
		fault(r, "NUL byte");
	} else {
		r->line = r->next;
		r->line_len = len;
		r->handled = false;
		memcpy(out, r->next, len);
		out[len] = '\0';
	}
	len += end ? 1 : 0;
	r->next += len;
	r->left -= len;
	return out;
}

static int line_key(void *arg, const char *section, const char *name,
		    const char *value)
{
	struct reading *r = arg;
	const struct option *o = r->table;
	struct buf why;
	int err = 0;

	r->handled = true;
	if (!section[0]) {
		fault(r, "%s: before any [section]", name);
		return 1;
	}
	/* told at its heading */
	if (!section_known(r->table, section, strlen(section)))
		return 1;
	while (o->name && (strcmp(o->section, section) != 0 ||
			   strcmp(o->name, name) != 0))
		o++;
	if (!o->name) {
		fault(r, "[%s] has no option %s", section, name);
		return 1;
	}
	if (r->seen[o - r->table] && o->type != OPTION_LIST) {
		fault(r, "%s: given twice", name);
		return 1;
	}
	if (!r->seen[o - r->table] && o->type == OPTION_LIST)
		option_clear(o, r->target);
	r->seen[o - r->table] = true;
	buf_init(&why, LIMIT_CONFIG_LINE * 2);
	err = option_set(o, r->target, value, &why);
	if (err == -EINVAL)
		fault(r, "%s: %s", name, buf_str(&why));
	else if (err)
		r->err = err;
	buf_free(&why);
	return 1;
}

static void configure_inih(void)
{
	ini_allow_bom = true;
	ini_allow_multiline = true;
	/* a ';' is a byte of a path like any other */
	ini_allow_inline_comments = false;
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_initial_alloc = LIMIT_CONFIG_LINE + 3;
	ini_max_line = LIMIT_CONFIG_LINE + 3;
}

int options_parse(const struct option *table, void *target, const char *name,
		  const char *text, size_t len,
		  void (*tell)(void *arg, const char *text), void *arg)
{
	struct reading r = {
		.table = table, .target = target, .name = name,
		.fault = tell, .arg = arg, .next = text, .left = len,
	};
	size_t count = 0;
	int res = 0;

	while (table[count].name)
		count++;
	r.seen = calloc(count + 1, sizeof(*r.seen));
	if (!r.seen)
		return -ENOMEM;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		r.next += 3;
		r.left -= 3;
	}
	configure_inih();
	res = ini_parse_stream(line_next, &r, line_key, &r);
	line_done(&r);
	if (res < 0)
		r.err = -ENOMEM;
	free(r.seen);
	if (r.err)
		return r.err;
	/* inih's own faults are all told by line_done() */
	return r.faults || res ? -EINVAL : 0;
}

int options_read(const struct option *table, void *target, const char *path,
		 void (*tell)(void *arg, const char *text), void *arg)
{
	struct reading r = { .name = path, .fault = tell, .arg = arg };
	struct buf b;
	int res = 0;

	buf_init(&b, LIMIT_CONFIG);
	res = file_read(path, &b);
	if (res == 0)
		res = options_parse(table, target, path, buf_str(&b), b.len,
				    tell, arg);
	else if (res == -EFBIG)
		fault(&r, "larger than %zu bytes", LIMIT_CONFIG);
	else if (res == -EINVAL)
		fault(&r, "not a regular file");
	buf_free(&b);
	return r.faults ? -EINVAL : res;
}

int options_defaults(const struct option *table, void *target)
{
	const struct option *o = NULL;
	struct buf why;
	int res = 0;

	for (o = table; o->name; o++)
		option_empty(o, target);
	buf_init(&why, LIMIT_CONFIG_LINE);
	for (o = table; o->name && res == 0; o++)
		res = option_set(o, target, o->fallback, &why);
	buf_free(&why);
	if (res)
		options_free(table, target);
	return res;
}

void options_free(const struct option *table, void *target)
{
	for (; table->name; table++)
		option_clear(table, target);
}
