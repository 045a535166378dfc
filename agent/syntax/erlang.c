/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/erlang.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

struct erlang {
	struct syntax_tree *t;
	struct syntax_node *at;	/* the innermost tuple that has its name */
	bool opened;		/* { was read, its name was not */
	/* what is open: '{' of a node, '[', or '(' for a { without a name */
	char open[LIMIT_SYNTAX_DEPTH];
	size_t depth;
	unsigned int line;
	struct syntax_fault *fault;
	struct buf word;
};

static int bad(struct erlang *e, const char *why)
{
	return syntax_fail(e->fault, -EBADMSG, e->line, why);
}

static int full(struct erlang *e)
{
	return syntax_fail(e->fault, -ENOBUFS, e->line,
			   "more than is read of one configuration");
}

static int push(struct erlang *e, char c)
{
	if (e->depth == LIMIT_SYNTAX_DEPTH)
		return full(e);
	e->open[e->depth++] = c;
	return 0;
}

/* The { before has no name: {{1,2,3}, 4} */
static int settle(struct erlang *e)
{
	if (!e->opened)
		return 0;
	e->opened = false;
	return push(e, '(');
}

static int opens(struct erlang *e, char c)
{
	int r = settle(e);

	if (r < 0)
		return r;
	if (c == '[')
		return push(e, '[');
	e->opened = true;
	return 0;
}

static int closes(struct erlang *e, char c)
{
	char last = 0;
	int r = settle(e);

	if (r < 0)
		return r;
	last = e->depth > 0 ? e->open[--e->depth] : 0;
	if ((c == ']') != (last == '[') || last == 0)
		return bad(e, "brackets do not fit");
	if (last == '{')
		e->at = e->at->parent;
	return 0;
}

/* An atom, a text or a number: a tuple's name, or a word of it. */
static int text(struct erlang *e, const char *s, size_t len)
{
	struct syntax_node *n = NULL;

	if (!e->opened)
		return syntax_word(e->t, e->at, s, len) ? 0 : full(e);
	e->opened = false;
	n = syntax_add(e->t, e->at, s, len, e->line);
	if (!n)
		return full(e);
	e->at = n;
	return push(e, '{');
}

static int quoted(struct erlang *e, const char **at, const char *end)
{
	const char *p = *at;
	char quote = *p++;
	unsigned int first = e->line;
	int r = 0;

	buf_reset(&e->word);
	for (; p < end && *p != quote && r == 0; p++) {
		e->line += *p == '\n';
		if (*p == '\\' && p + 1 < end)
			p++;
		r = buf_addch(&e->word, *p);
	}
	if (r < 0)
		return full(e);
	if (p == end) {
		e->line = first;
		return bad(e, "a text without its end");
	}
	*at = p + 1;
	return text(e, (char *)e->word.data, e->word.len);
}

static int bare(struct erlang *e, const char **at, const char *end)
{
	const char *p = *at;

	while (p < end && !strchr(" \t\r\n{}[],\"'%<>", *p))
		p++;
	if (p == *at)
		return bad(e, "is no Erlang term");
	/* the dot that ends a term is no word */
	if (p - *at > 1 || **at != '.') {
		int r = text(e, *at, (size_t)(p - *at));

		if (r < 0)
			return r;
	}
	*at = p;
	return 0;
}

static int step(struct erlang *e, const char **p, const char *end)
{
	char c = **p;

	if (c == '"' || c == '\'')
		return quoted(e, p, end);
	/* <<"text">> is text */
	if (!strchr(" \t\r\n,%{}[]<>", c))
		return bare(e, p, end);
	e->line += c == '\n';
	if (c == '%')
		while (*p + 1 < end && (*p)[1] != '\n')
			++*p;
	++*p;
	if (c == '{' || c == '[')
		return opens(e, c);
	return c == '}' || c == ']' ? closes(e, c) : 0;
}

int syntax_erlang(struct syntax_tree *t, struct syntax_node *parent,
		  const char *term, size_t len, const void *options,
		  struct syntax_fault *ret)
{
	struct erlang e = {.t = t, .at = parent, .line = 1, .fault = ret};
	const char *p = term, *end = term + len;
	int r = 0;

	(void)options;
	if (memchr(term, '\0', len))
		return syntax_fail(ret, -EBADMSG, 0, "holds zero bytes");
	buf_init(&e.word, LIMIT_SYNTAX_LINE);
	while (r == 0 && p < end)
		r = step(&e, &p, end);
	if (r == 0 && (e.depth > 0 || e.opened))
		r = bad(&e, "ends within a term");
	buf_free_secret(&e.word);
	return r;
}
