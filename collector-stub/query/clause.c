/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/clause.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void clause_init(struct clause *s, const struct dialect *d, int64_t now)
{
	*s = (struct clause){ .dialect = d, .now = now };
	buf_init(&s->text, CLAUSE_MAX);
	/* parameters, the scope, and what clause_joined() moves */
	arena_init(&s->arena, 16 * FILTER_LENGTH + 4 * CLAUSE_MAX);
}

void clause_free(struct clause *s)
{
	buf_free(&s->text);
	arena_free(&s->arena);
}

static void note(struct clause *s, int r)
{
	s->overfull |= r == -ENOBUFS;
	s->failed |= r < 0 && r != -ENOBUFS;
}

void clause_add(struct clause *s, const char *sql)
{
	note(s, buf_adds(&s->text, sql));
}

/* Compiled once: all its places have the same parameters. */
static void compile_scope(struct clause *s)
{
	struct filter_fault fault = { .column = 0 };
	size_t begin = s->text.len;

	/* valid for each subject: locations have ${l} as places do */
	if (clause_filter(s, query_subject("locations"), s->scope,
			  &fault) == -EINVAL)
		s->overfull = true;
	s->scope_sql = arena_str(&s->arena, s->text.data + begin,
				 s->text.len - begin);
	s->failed |= !s->scope_sql;
}

static void add_scope(struct clause *s)
{
	if (!s->scope)
		return;
	clause_add(s, " AND EXISTS (SELECT 1 FROM agents a"
		   " WHERE a.agent_id = l.agent_id AND ");
	if (s->scope_sql)
		clause_add(s, s->scope_sql);
	else
		compile_scope(s);
	clause_add(s, ")");
}

static void add_page(struct clause *s)
{
	clause_add(s, s->of_page ? "l.object IN (SELECT object FROM page)" :
		   "l.object IS NOT NULL");
}

void clause_expression(struct clause *s, const char *expression)
{
	static const char now[] = "@now", scope[] = "@scope", page[] = "@page";
	const char *at = expression, *next = NULL;

	while ((next = strchr(at, '@'))) {
		note(s, buf_add(&s->text, at, (size_t)(next - at)));
		at = next;
		if (strncmp(at, now, sizeof(now) - 1) == 0) {
			clause_number(s, s->now);
			at += sizeof(now) - 1;
		} else if (strncmp(at, scope, sizeof(scope) - 1) == 0) {
			add_scope(s);
			at += sizeof(scope) - 1;
		} else if (strncmp(at, page, sizeof(page) - 1) == 0) {
			add_page(s);
			at += sizeof(page) - 1;
		} else {
			clause_add(s, "@");
			at++;
		}
	}
	clause_add(s, at);
}

const char *clause_field(const struct clause *s, const struct query_field *f)
{
	/* a page's rows are few, and asked twice: key and column */
	return f->each && s->dialect->each && !s->of_page ? f->each : f->sql;
}

void clause_form(struct clause *s, const char *form, const char *expression)
{
	const char *place = strstr(form, "%s");

	note(s, buf_add(&s->text, form, (size_t)(place - form)));
	clause_expression(s, expression);
	clause_add(s, place + 2);
}

static void add_param(struct clause *s, struct store_value v)
{
	const char *form = s->dialect->parameter;
	const char *place = strstr(form, "%zu");

	s->overfull |= s->n == CLAUSE_PARAMS;
	s->failed |= v.type != STORE_NUMBER && !v.data;
	if (s->overfull || s->failed)
		return;
	s->params[s->n++] = v;
	note(s, buf_add(&s->text, form, (size_t)(place - form)));
	note(s, buf_addf(&s->text, "%zu", s->n));
}

void clause_number(struct clause *s, int64_t number)
{
	add_param(s, (struct store_value){ .type = STORE_NUMBER,
					   .number = number });
}

void clause_bytes(struct clause *s, const void *data, size_t len)
{
	add_param(s, (struct store_value){ .type = STORE_BYTES, .len = len,
			  .data = arena_dup(&s->arena, data, len) });
}

static void add_text(struct clause *s, const char *text)
{
	add_param(s, (struct store_value){ .type = STORE_TEXT, .data = text,
			  .len = text ? strlen(text) : 0 });
}

void clause_text(struct clause *s, const char *text)
{
	add_text(s, store_text(&s->arena, text));
}

static void fold(char *text)
{
	for (; text && *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text + 'a' - 'A');
}

void clause_folded(struct clause *s, const char *text)
{
	const char *copy = store_text(&s->arena, text);
	char *folded = copy ? arena_str(&s->arena, copy, strlen(copy)) : NULL;

	fold(folded);
	add_text(s, folded);
}

/* Each character as LIKE wants it: a wildcard only where ${wild}. */
static void translate(char *to, const char *from, bool wild)
{
	for (; *from; from++) {
		if (wild && (*from == '*' || *from == '?')) {
			*to++ = *from == '*' ? '%' : '_';
			continue;
		}
		if (strchr("%_!", *from))
			*to++ = '!';
		*to++ = *from;
	}
	*to = '\0';
}

void clause_pattern(struct clause *s, const char *text)
{
	const char *from = store_text(&s->arena, text);
	size_t len = from ? strlen(from) : 0;
	char *to = from ? arena_alloc(&s->arena, 2 * len + 3) : NULL;
	bool wild = strpbrk(text, "*?") != NULL;

	if (to && wild) {
		translate(to, from, true);
	} else if (to) {
		*to = '%';
		translate(to + 1, from, false);
		memcpy(to + strlen(to), "%", 2);
	}
	fold(to);
	add_text(s, to);
}
