/* SPDX-License-Identifier: Apache-2.0 */
/* The FROM of a SELECT.  A join that nothing asks for costs a look-up for each
 * row: SQLite leaves it out only where nothing is counted. */
#include <ctype.h>
#include <string.h>

#include "collector-stub/query/clause.h"

#define JOINS (sizeof(((struct query_subject *)0)->joins) / \
	       sizeof(struct query_join))

void clause_select(struct clause *s, struct clause_at *ret)
{
	ret->begin = s->text.len;
	clause_add(s, "SELECT ");
}

void clause_from(struct clause *s, struct clause_at *at,
		 const struct query_subject *subject)
{
	clause_add(s, " FROM ");
	clause_add(s, subject->from);
	at->from = s->text.len;
}

/* "o." but not that of "so.": no value is in the text. */
static bool has(const char *text, const char *alias)
{
	for (const char *at = text; (at = strstr(at, alias)); at++)
		if (at == text || (!isalnum((unsigned char)at[-1]) &&
				   at[-1] != '_'))
			return true;
	return false;
}

/* The last first, since they may ask for those before them. */
static void choose(const struct query_subject *subject, const char *text,
		   bool ret[static JOINS])
{
	for (size_t i = JOINS; i-- > 0;) {
		const char *alias = subject->joins[i].alias;

		ret[i] = alias && has(text, alias);
		for (size_t k = i + 1; alias && k < JOINS; k++)
			ret[i] |= ret[k] && has(subject->joins[k].sql, alias);
	}
}

void clause_joined(struct clause *s, const struct clause_at *at,
		   const struct query_subject *subject)
{
	bool chosen[JOINS] = { false };
	size_t len = s->text.len - at->from;
	const char *text = buf_str(&s->text);
	char *rest = NULL;

	/* what is full has no room for its NUL */
	s->overfull |= s->text.failed;
	if (s->failed || s->overfull || at->from == 0)
		return;
	choose(subject, text + at->begin, chosen);
	rest = arena_str(&s->arena, s->text.data + at->from, len);
	if (!rest) {
		s->failed = true;
		return;
	}
	s->text.len = at->from;
	for (size_t i = 0; i < JOINS; i++)
		if (chosen[i])
			clause_expression(s, subject->joins[i].sql);
	clause_add(s, rest);
}
