/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/clause.h"

#include <stdio.h>
#include <string.h>

void clause_init(struct clause *s, const struct dialect *d, int64_t now)
{
	*s = (struct clause){ .dialect = d, .now = now };
	buf_init(&s->text, CLAUSE_MAX);
	arena_init(&s->arena, 16 * FILTER_LENGTH + CLAUSE_MAX);
}

void clause_free(struct clause *s)
{
	buf_free(&s->text);
	arena_free(&s->arena);
}

void clause_add(struct clause *s, const char *sql)
{
	if (buf_adds(&s->text, sql) < 0)
		s->failed = true;
}

/* A scope is valid for each subject, and locations have ${l} as places do. */
static void add_scope(struct clause *s)
{
	struct filter_fault fault = { .column = 0 };

	if (!s->scope)
		return;
	clause_add(s, " AND EXISTS (SELECT 1 FROM agents a"
		   " WHERE a.agent_id = l.agent_id AND ");
	if (clause_filter(s, query_subject("locations"), s->scope, &fault) < 0)
		s->failed = true;
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
		if (buf_add(&s->text, at, (size_t)(next - at)) < 0)
			s->failed = true;
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

void clause_form(struct clause *s, const char *form, const char *expression)
{
	const char *place = strstr(form, "%s");

	if (buf_add(&s->text, form, (size_t)(place - form)) < 0)
		s->failed = true;
	clause_expression(s, expression);
	clause_add(s, place + 2);
}

static void add_param(struct clause *s, struct store_value v)
{
	const char *form = s->dialect->parameter;
	const char *place = strstr(form, "%zu");

	if (s->n == CLAUSE_PARAMS ||
	    (v.type != STORE_NUMBER && !v.data)) {
		s->failed = true;
		return;
	}
	s->params[s->n++] = v;
	if (buf_add(&s->text, form, (size_t)(place - form)) < 0 ||
	    buf_addf(&s->text, "%zu", s->n) < 0)
		s->failed = true;
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
