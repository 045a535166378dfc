/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/lines.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

struct lines {
	struct syntax_tree *t;
	struct syntax_node *top;	/* of this file */
	struct syntax_node *at;		/* the open section */
	const struct syntax_lines *o;
	struct syntax_fault *fault;
	const char *text, *end;
	unsigned int line;		/* of ${text} */
	struct buf joined;		/* the logical line */
	struct buf word;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool has(const struct lines *l, unsigned int flag)
{
	return (l->o->flags & flag) != 0;
}

static bool is_comment(const struct lines *l, const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p < end && strchr(l->o->comments, *p);
}

/* A physical line, without its end: false after the last one. */
static bool next_line(struct lines *l, const char **ret, size_t *ret_len)
{
	const char *nl = NULL;

	if (l->text >= l->end)
		return false;
	nl = memchr(l->text, '\n', (size_t)(l->end - l->text));
	*ret = l->text;
	*ret_len = (size_t)((nl ? nl : l->end) - l->text);
	l->text = nl ? nl + 1 : l->end;
	l->line++;
	if (*ret_len > 0 && (*ret)[*ret_len - 1] == '\r')
		--*ret_len;
	return true;
}

/* Does the text at the next line go on with this one? */
static bool goes_on(const struct lines *l)
{
	return has(l, LINES_INDENT | LINES_FOLD) && l->text < l->end &&
	       (is_blank(*l->text) || is_comment(l, l->text, l->end));
}

/* Brackets of a value, over the lines of one statement. */
struct brackets {
	bool value;	/* the = was there */
	char quote;
	int depth;
};

/* Returns where a comment begins, or the end. */
static const char *count_brackets(struct brackets *k, const char *p,
				  const char *end)
{
	for (; p < end; p++) {
		if (k->quote) {
			k->quote = *p == k->quote ? 0 : k->quote;
			continue;
		}
		if (*p == '#')
			break;
		k->value |= *p == '=';
		if (*p == '"' || *p == '\'')
			k->quote = *p;
		if (k->value)
			k->depth += (*p == '[' || *p == '(') -
				    (*p == ']' || *p == ')');
	}
	/* no quote goes over a line's end */
	k->quote = 0;
	return p;
}

static int join_with(struct lines *l, const char *p, size_t len)
{
	bool fold = has(l, LINES_FOLD) && len > 0;
	int r = fold ? 0 : buf_addch(&l->joined, ' ');

	return r < 0 ? r : buf_add(&l->joined, p + fold, len - fold);
}

/* Joins the lines of one statement.  1; 0 at the end; negative. */
static int logical(struct lines *l, unsigned int *ret_first)
{
	const char *p = NULL;
	struct brackets open = {.depth = 0};
	size_t len = 0;
	int r = 0;

	buf_reset(&l->joined);
	if (!next_line(l, &p, &len))
		return 0;
	*ret_first = l->line;
	r = buf_add(&l->joined, p, len);
	if (is_comment(l, p, p + len))
		return r < 0 ? r : 1;
	while (r == 0) {
		size_t n = l->joined.len;
		bool join = goes_on(l);
		const char *said = count_brackets(&open, p, p + len);

		if (has(l, LINES_BACKSLASH) && n > 0 &&
		    l->joined.data[n - 1] == '\\') {
			l->joined.len--;
			join = true;
		}
		if (has(l, LINES_LISTS) && open.depth > 0) {
			l->joined.len -= (size_t)(p + len - said);
			join = true;
		}
		if (!join || !next_line(l, &p, &len))
			break;
		/* a comment within a statement ends with its own line */
		if (is_comment(l, p, p + len)) {
			len = 0;
			continue;
		}
		r = join_with(l, p, len);
	}
	return r < 0 ? r : 1;
}

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* What a backslash may stand before. */
static bool is_escape(const char *p, const char *end, char quote)
{
	return *p == '\\' && p + 1 < end && quote != '\'' && p[1] &&
	       strchr("\"\\ '", p[1]);
}

static bool is_quote(const struct lines *l, char c)
{
	return c == '"' || (c == '\'' && has(l, LINES_SINGLE));
}

/* One word at *p, quotes taken off.  ${stops} end it, beside white space.  1;
 * 0 where there is none; negative. */
static int take_word(struct lines *l, const char **at, const char *end,
		     const char *stops)
{
	const char *p = *at;
	char quote = 0;
	int r = 0;

	buf_reset(&l->word);
	p = skip_blank(p, end);
	*at = p;
	if (p == end || strchr(stops, *p))
		return 0;
	for (; p < end && r == 0; p++) {
		if (!quote && (is_blank(*p) || strchr(stops, *p)))
			break;
		if (is_escape(p, end, quote))
			r = buf_addch(&l->word, *++p);
		else if (quote && *p == quote)
			quote = 0;
		else if (!quote && is_quote(l, *p))
			quote = *p;
		else
			r = buf_addch(&l->word, *p);
	}
	*at = p;
	return r < 0 ? r : 1;
}

static int full(struct lines *l, unsigned int line)
{
	return syntax_fail(l->fault, -ENOBUFS, line,
			   "more than is read of one configuration");
}

static int add_words(struct lines *l, struct syntax_node *n, const char *p,
		     const char *end, const char *stops)
{
	int r = 1;

	while (r > 0 && p < end) {
		r = take_word(l, &p, end, stops);
		if (r > 0 && !syntax_word(l->t, n, (char *)l->word.data,
					  l->word.len))
			return full(l, n->line);
		if (r == 0 && p < end && strchr(stops, *p)) {
			p++;
			r = 1;
		}
	}
	return r < 0 ? r : 0;
}

/* The end of a value: before a comment that stands outside of quotes. */
static const char *value_end(const struct lines *l, const char *p,
			     const char *end)
{
	char quote = 0;

	for (const char *q = p; q < end && has(l, LINES_COMMENT); q++) {
		if (quote)
			quote = *q == quote ? 0 : quote;
		else if (is_quote(l, *q))
			quote = *q;
		else if (strchr(l->o->comments, *q) &&
			 (q == p || is_blank(q[-1])))
			end = q;
	}
	while (end > p && is_blank(end[-1]))
		end--;
	return end;
}

static int add_value(struct lines *l, struct syntax_node *n, const char *p,
		     const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	end = value_end(l, p, end);
	if (has(l, LINES_SPLIT))
		return add_words(l, n, p, end, "");
	if (p == end)
		return 0;
	if (has(l, LINES_LISTS) && (*p == '[' || *p == '('))
		return add_words(l, n, p, end, "[](),");
	if (end - p >= 2 && end[-1] == *p && is_quote(l, *p)) {
		p++;
		end--;
	}
	return syntax_word(l->t, n, p, (size_t)(end - p)) ? 0
							  : full(l, n->line);
}

static bool is_key_end(const struct lines *l, char c)
{
	return is_blank(c) || (has(l, LINES_ASSIGN) && c == '=') ||
	       (has(l, LINES_COLON) && c == ':');
}

/* key [=] value */
static int add_statement(struct lines *l, const char *p, const char *end,
			 unsigned int line, struct syntax_node **ret)
{
	const char *key = p, *key_end = NULL;

	if (*p == '"' && memchr(p + 1, '"', (size_t)(end - p - 1))) {
		key_end = memchr(++key, '"', (size_t)(end - p - 1));
		p = key_end + 1;
	} else {
		while (p < end && !is_key_end(l, *p))
			p++;
		key_end = p;
	}
	*ret = syntax_add(l->t, l->at, key, (size_t)(key_end - key), line);
	if (!*ret)
		return full(l, line);
	while (p < end && is_blank(*p))
		p++;
	if (p < end && !is_blank(*p) && is_key_end(l, *p))
		p++;
	/* += of lighttpd, := of lists */
	else if (end - p > 1 && p[1] == '=' && has(l, LINES_ASSIGN) &&
		 strchr("+:", *p))
		p += 2;
	return add_value(l, *ret, p, end);
}

/* [section] */
static int open_brackets(struct lines *l, const char *p, const char *end,
			 unsigned int line)
{
	const char *last = memrchr(p, ']', (size_t)(end - p));

	if (!last)
		return syntax_fail(l->fault, -EBADMSG, line,
				   "a section without its ]");
	while (p < last && (*p == '[' || is_blank(*p)))
		p++;
	while (last > p && (last[-1] == ']' || is_blank(last[-1])))
		last--;
	l->at = syntax_add(l->t, l->top, p, (size_t)(last - p), line);
	if (l->at)
		return 0;
	l->at = l->top;
	return full(l, line);
}

/* <Section words>, </Section> */
static int angles(struct lines *l, const char *p, const char *end,
		  unsigned int line)
{
	struct syntax_node *n = NULL;
	int r = 0;

	p++;
	while (end > p && end[-1] != '>')
		end--;
	if (end == p)
		return syntax_fail(l->fault, -EBADMSG, line,
				   "a section without its >");
	end--;
	if (p < end && *p == '/') {
		if (l->at == l->top)
			return syntax_fail(l->fault, -EBADMSG, line,
					   "the end of no section");
		l->at = l->at->parent;
		return 0;
	}
	r = add_statement(l, p, end, line, &n);
	if (r == 0)
		l->at = n;
	return r;
}

/* Closes a section for each } at the line's start. */
static int close_braces(struct lines *l, const char **at, const char *end,
			unsigned int line)
{
	const char *p = *at;

	for (; p < end && (*p == '}' || is_blank(*p)); p++) {
		if (*p != '}')
			continue;
		if (l->at == l->top)
			return syntax_fail(l->fault, -EBADMSG, line,
					   "a } without its {");
		l->at = l->at->parent;
	}
	*at = p;
	return 0;
}

static const char *trim(const char *p, const char *end)
{
	while (end > p && is_blank(end[-1]))
		end--;
	return end;
}

/* A statement, or the head of a section that a { at its end opens. */
static int braces(struct lines *l, const char *p, const char *end,
		  unsigned int line)
{
	struct syntax_node *n = NULL;
	bool opens = false;
	int r = close_braces(l, &p, end, line);

	end = value_end(l, p, end);
	if (r < 0 || p == end || *p == ',')
		return r;
	opens = end[-1] == '{' && (end - p < 2 || end[-2] != '$');
	if (opens)
		end = trim(p, end - 1);
	if (opens && end > p && end[-1] == '=')
		end = trim(p, end - 1);
	if (p < end) {
		r = add_statement(l, p, end, line, &n);
	} else {
		n = syntax_add(l->t, l->at, "", 0, line);
		r = n ? 0 : full(l, line);
	}
	if (r == 0 && opens)
		l->at = n;
	return r;
}

static int statement(struct lines *l, const char *p, const char *end,
		     unsigned int line)
{
	struct syntax_node *n = NULL;

	while (p < end && is_blank(*p))
		p++;
	if (p == end || strchr(l->o->comments, *p))
		return 0;
	while (end > p && is_blank(end[-1]))
		end--;
	if (has(l, LINES_BRACKETS) && *p == '[')
		return open_brackets(l, p, end, line);
	if (has(l, LINES_ANGLES) && *p == '<')
		return angles(l, p, end, line);
	if (has(l, LINES_BRACES))
		return braces(l, p, end, line);
	return add_statement(l, p, end, line, &n);
}

static char after_quote(char quote, char c)
{
	if (!quote)
		return c;
	return c == quote ? 0 : quote;
}

static bool opens_section(const char *from, const char *p, const char *end)
{
	return *p == '{' &&
	       (p == from || is_blank(p[-1]) || p[-1] == '=') &&
	       (p + 1 == end || is_blank(p[1]));
}

/* Where the next statement of a line begins: after a {, before and after a };
 * not in quotes, nor in placeholders such as {$NAME} and ${NAME}. */
static const char *brace_at(const struct lines *l, const char *from,
			    const char *end)
{
	char quote = 0;

	for (const char *p = from; p < end; p++) {
		bool apart = p == from || is_blank(p[-1]);

		if (quote || *p == '"' || *p == '\'')
			quote = after_quote(quote, *p);
		else if (apart && strchr(l->o->comments, *p))
			return end;
		else if (apart && *p == '}')
			return p > from ? p : p + 1;
		else if (opens_section(from, p, end))
			return p + 1;
	}
	return end;
}

/* "a { b = c }" is read as three lines. */
static int split_braces(struct lines *l, const char *p, const char *end,
			unsigned int line)
{
	int r = 0;

	while (r == 0 && p < end) {
		const char *next = brace_at(l, p, end);

		r = statement(l, p, next, line);
		p = next;
	}
	return r;
}

static int read_all(struct lines *l)
{
	unsigned int line = 0;
	int r = 0;

	for (;;) {
		const char *p = NULL;

		r = logical(l, &line);
		if (r <= 0)
			break;
		p = buf_str(&l->joined);
		if (has(l, LINES_BRACES) && !is_comment(l, p,
							p + l->joined.len))
			r = split_braces(l, p, p + l->joined.len, line);
		else
			r = statement(l, p, p + l->joined.len, line);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return syntax_fail(l->fault, -ENOBUFS, l->line,
				   "a line is too long");
	if (l->at != l->top && !has(l, LINES_BRACKETS))
		return syntax_fail(l->fault, -EBADMSG, l->at->line,
				   "a section without its end");
	return 0;
}

int syntax_lines(struct syntax_tree *t, struct syntax_node *parent,
		 const char *text, size_t len, const void *options,
		 struct syntax_fault *ret)
{
	struct lines l = {.t = t, .top = parent, .at = parent, .o = options,
			  .fault = ret, .text = text, .end = text + len};
	int r;

	if (memchr(text, '\0', len))
		return syntax_fail(ret, -EBADMSG, 0, "holds zero bytes");
	buf_init(&l.joined, LIMIT_SYNTAX_LINE);
	buf_init(&l.word, LIMIT_SYNTAX_LINE);
	r = read_all(&l);
	buf_free_secret(&l.joined);
	buf_free_secret(&l.word);
	return r;
}
