/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/braces.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

struct braces {
	struct syntax_tree *t;
	struct syntax_node *at;		/* the open block */
	struct syntax_node *statement;	/* under way, or NULL */
	struct syntax_fault *fault;
	const char *p, *end;
	unsigned int line;
	struct buf word;
};

static int bad(struct braces *b, const char *why)
{
	return syntax_fail(b->fault, -EBADMSG, b->line, why);
}

static int full(struct braces *b)
{
	return syntax_fail(b->fault, -ENOBUFS, b->line,
			   "more than is read of one configuration");
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct braces *b)
{
	for (; b->p < b->end; b->p++) {
		if (*b->p == '\n')
			b->line++;
		if (is_space(*b->p))
			continue;
		if (*b->p != '#')
			return;
		while (b->p + 1 < b->end && b->p[1] != '\n')
			b->p++;
	}
}

/* A backslash and what it stands for. */
static int escaped(struct braces *b)
{
	static const char from[] = "tnr\"'\\", to[] = "\t\n\r\"'\\";
	const char *which = NULL;
	int r = 0;

	b->p++;
	if (b->p == b->end)
		return bad(b, "ends within a word");
	which = *b->p ? strchr(from, *b->p) : NULL;
	if (!which)
		r = buf_addch(&b->word, '\\');
	if (*b->p == '\n')
		b->line++;
	if (r == 0)
		r = buf_addch(&b->word, which ? to[which - from] : *b->p);
	return r;
}

static int quoted(struct braces *b)
{
	char quote = *b->p++;
	int r = 0;

	for (; b->p < b->end && r == 0 && *b->p != quote; b->p++) {
		if (*b->p == '\n')
			b->line++;
		r = *b->p == '\\' ? escaped(b) : buf_addch(&b->word, *b->p);
	}
	if (r == 0 && b->p == b->end)
		return bad(b, "a quote without its end");
	if (r == 0)
		b->p++;
	return r;
}

static int bare(struct braces *b)
{
	int r = 0;

	for (; b->p < b->end && r == 0; b->p++) {
		if (is_space(*b->p) || *b->p == ';')
			break;
		/* ${name} is no block */
		if (*b->p == '{' && (b->word.len == 0 ||
				     b->word.data[b->word.len - 1] != '$'))
			break;
		r = *b->p == '\\' ? escaped(b) : buf_addch(&b->word, *b->p);
		if (b->p == b->end)
			break;
	}
	return r;
}

static int take_word(struct braces *b)
{
	unsigned int line = b->line;
	int r;

	buf_reset(&b->word);
	r = *b->p == '"' || *b->p == '\'' ? quoted(b) : bare(b);
	if (r < 0)
		return r == -EBADMSG ? r : full(b);
	if (!b->statement) {
		b->statement = syntax_add(b->t, b->at, (char *)b->word.data,
					  b->word.len, line);
		return b->statement ? 0 : full(b);
	}
	return syntax_word(b->t, b->statement, (char *)b->word.data,
			   b->word.len) ? 0 : full(b);
}

static int read_all(struct braces *b, struct syntax_node *top)
{
	int r = 0;

	for (skip(b); r == 0 && b->p < b->end; skip(b)) {
		char c = *b->p;

		if (c == '}') {
			if (b->statement || b->at == top)
				return bad(b, b->statement
						? "a statement without its ;"
						: "a } without its {");
			b->at = b->at->parent;
			b->p++;
		} else if (c == ';') {
			if (!b->statement)
				return bad(b, "an empty statement");
			b->statement = NULL;
			b->p++;
		} else if (c == '{') {
			if (!b->statement)
				return bad(b, "a block without a name");
			b->at = b->statement;
			b->statement = NULL;
			b->p++;
		} else {
			r = take_word(b);
		}
	}
	if (r == 0 && (b->statement || b->at != top))
		return bad(b, "ends within a block or statement");
	return r;
}

int syntax_braces(struct syntax_tree *t, struct syntax_node *parent,
		  const char *text, size_t len, const void *options,
		  struct syntax_fault *ret)
{
	struct braces b = {.t = t, .at = parent, .fault = ret, .p = text,
			   .end = text + len, .line = 1};
	int r;

	(void)options;
	if (memchr(text, '\0', len))
		return syntax_fail(ret, -EBADMSG, 0, "holds zero bytes");
	buf_init(&b.word, LIMIT_SYNTAX_LINE);
	r = read_all(&b, parent);
	buf_free_secret(&b.word);
	return r;
}
