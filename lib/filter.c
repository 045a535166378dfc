/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/filter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/quantity.h"

struct filter {
	struct filter_node *root;
	struct arena arena;
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN,
	TOKEN_BAD };

struct parser {
	const char *text;
	const char *at;			/* after the token */
	const char *start;		/* of the token */
	enum token_kind kind;
	char *token;			/* its text, in the arena */
	const struct filter_field *fields;
	int64_t now;
	int depth;
	struct arena *arena;
	struct filter_fault *fault;
	int error;
};

/* -------------------------------------------------------------- tokens */

__attribute__((format(printf, 2, 3)))
static void *fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->error == 0) {
		p->error = -EINVAL;
		p->fault->column = (size_t)(p->start - p->text) + 1;
		va_start(ap, fmt);
		vsnprintf(p->fault->text, sizeof(p->fault->text), fmt, ap);
		va_end(ap);
	}
	return NULL;
}

static void *no_memory(struct parser *p)
{
	p->error = -ENOMEM;
	return NULL;
}

static void read_string(struct parser *p)
{
	char *to = arena_alloc(p->arena, strlen(p->at) + 1);
	size_t n = 0;

	p->kind = TOKEN_STRING;
	p->token = to;
	if (!to) {
		no_memory(p);
		return;
	}
	for (p->at++; *p->at && *p->at != '"'; p->at++) {
		if (*p->at == '\\' && p->at[1])
			p->at++;
		to[n++] = *p->at;
	}
	if (*p->at == '"')
		p->at++;
	else
		fail(p, "the quotation mark is not closed");
}

#define BLANKS " \t\r\n"

bool filter_is_blank(const char *text)
{
	return !text[strspn(text, BLANKS)];
}

static void next(struct parser *p)
{
	static const char not_word[] = BLANKS "\"(),=!<>~";
	size_t len = 0;

	p->at += strspn(p->at, BLANKS);
	p->start = p->at;
	if (!*p->at) {
		p->kind = TOKEN_END;
		p->token = (char *)"";
		return;
	}
	if (*p->at == '"') {
		read_string(p);
		return;
	}
	len = strcspn(p->at, not_word);
	p->kind = len > 0 ? TOKEN_WORD : TOKEN_SIGN;
	if (len == 0)
		len = strchr("!<>", *p->at) && (p->at[1] == '=' ||
			(*p->at == '!' && p->at[1] == '~')) ? 2 : 1;
	p->token = arena_str(p->arena, p->at, len);
	p->at += len;
	if (!p->token)
		no_memory(p);
}

static bool is_sign(const struct parser *p, const char *sign)
{
	return p->error == 0 && p->kind == TOKEN_SIGN &&
	       strcmp(p->token, sign) == 0;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->error == 0 && p->kind == TOKEN_WORD &&
	       strcasecmp(p->token, word) == 0;
}

/* -------------------------------------------------------------- values */

static int parse_date(const char *s, int64_t *ret)
{
	int y = 0, mo = 0, d = 0, h = 0, mi = 0, se = 0, end = 0;

	if (sscanf(s, "%4d-%2d-%2d%n", &y, &mo, &d, &end) == 3 && end > 0 &&
	    !s[end])
		return clock_from_date(y, mo, d, 0, 0, 0, ret);
	end = 0;
	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &y, &mo, &d, &h, &mi, &se,
		   &end) == 6 && end > 0 && !s[end])
		return clock_from_date(y, mo, d, h, mi, se, ret);
	return -EINVAL;
}

static int parse_time(const struct parser *p, const char *s, int64_t *ret)
{
	bool before = *s == '-';
	int64_t seconds = 0;

	if (parse_date(s, ret) == 0)
		return 0;
	if (quantity_parse(s + before, quantity_durations, &seconds) < 0 ||
	    seconds > INT64_MAX / 4)
		return -EINVAL;
	*ret = p->now + (before ? -seconds : seconds);
	return 0;
}

static int parse_number(const char *s, int64_t *ret)
{
	char *end = NULL;

	errno = 0;
	*ret = strtoll(s, &end, 10);
	return end == s || *end || errno ? -EINVAL : 0;
}

static int parse_truth(const char *s, int64_t *ret)
{
	*ret = strcasecmp(s, "yes") == 0 || strcasecmp(s, "true") == 0;
	return *ret || strcasecmp(s, "no") == 0 ||
	       strcasecmp(s, "false") == 0 ? 0 : -EINVAL;
}

static void take_value(struct parser *p, struct filter_node *n)
{
	struct filter_value v = {.text = p->token};
	struct filter_value *more;
	int r = 0;

	if (p->kind != TOKEN_WORD && p->kind != TOKEN_STRING) {
		fail(p, "here a value is missing");
		return;
	}
	if (n->field->type == FILTER_NUMBER)
		r = parse_number(v.text, &v.number);
	else if (n->field->type == FILTER_TIME)
		r = parse_time(p, v.text, &v.number);
	else if (n->field->type == FILTER_BOOL)
		r = parse_truth(v.text, &v.number);
	if (r < 0) {
		fail(p, "%s is compared with %s, which \"%.40s\" is not",
		     n->field->name,
		     n->field->type == FILTER_NUMBER ? "a number" :
		     n->field->type == FILTER_BOOL ? "yes or no" :
		     "a date or a duration such as 30d", v.text);
		return;
	}
	more = n->values;
	/* room doubles whenever it is full, at each power of two */
	if ((n->n_values & (n->n_values - 1)) == 0)
		more = arena_alloc(p->arena,
				   (2 * n->n_values + 1) * sizeof(*more));
	if (!more) {
		no_memory(p);
		return;
	}
	if (n->n_values > 0 && more != n->values)
		memcpy(more, n->values, n->n_values * sizeof(*more));
	more[n->n_values++] = v;
	n->values = more;
	next(p);
}

/* --------------------------------------------------------------- grammar */

static struct filter_node *parse_or(struct parser *p);

static struct filter_node *new_node(struct parser *p, enum filter_kind kind,
				    struct filter_node *left,
				    struct filter_node *right)
{
	struct filter_node *n = arena_alloc(p->arena, sizeof(*n));

	if (!n)
		return no_memory(p);
	n->kind = kind;
	n->left = left;
	n->right = right;
	return n;
}

static const struct filter_field *find_field(const struct parser *p)
{
	for (const struct filter_field *f = p->fields; f->name; f++) {
		if (strcasecmp(f->name, p->token) == 0)
			return f;
	}
	return NULL;
}

static bool is_comparable(const struct filter_field *f, enum filter_op op)
{
	switch (op) {
	case FILTER_LT:
	case FILTER_LE:
	case FILTER_GT:
	case FILTER_GE:
		return f->type == FILTER_NUMBER || f->type == FILTER_TIME;
	case FILTER_MATCH:
	case FILTER_NO_MATCH:
		return f->type == FILTER_TEXT;
	default:
		return true;
	}
}

static void parse_list(struct parser *p, struct filter_node *n)
{
	n->op = FILTER_IN;
	next(p);
	if (!is_sign(p, "(")) {
		fail(p, "\"in\" needs a list in parentheses");
		return;
	}
	do {
		next(p);
		if (p->error == 0)
			take_value(p, n);
	} while (is_sign(p, ","));
	if (is_sign(p, ")"))
		next(p);
	else
		fail(p, "the list is not closed");
}

static void parse_compare(struct parser *p, struct filter_node *n)
{
	static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=",
					    "~", "!~"};

	n->op = FILTER_IS;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!is_sign(p, signs[i]))
			continue;
		n->op = (enum filter_op)i;
		if (!is_comparable(n->field, n->op)) {
			fail(p, "%s cannot be compared by %s", n->field->name,
			     signs[i]);
			return;
		}
		next(p);
		if (p->error == 0)
			take_value(p, n);
		return;
	}
}

static struct filter_node *parse_test(struct parser *p)
{
	const struct filter_field *field = NULL;
	struct filter_node *n;

	if (p->kind != TOKEN_WORD)
		return fail(p, "here the name of a field is missing");
	field = find_field(p);
	if (!field)
		return fail(p, "there is no field \"%.40s\"", p->token);
	n = new_node(p, FILTER_TEST, NULL, NULL);
	if (!n)
		return NULL;
	n->field = field;
	n->column = (size_t)(p->start - p->text) + 1;
	next(p);
	if (is_word(p, "in"))
		parse_list(p, n);
	else if (p->error == 0)
		parse_compare(p, n);
	return n;
}

static struct filter_node *parse_single(struct parser *p)
{
	struct filter_node *n = NULL;

	if (p->error)
		return NULL;
	if (++p->depth > FILTER_DEPTH)
		return fail(p, "nested too deeply");
	if (is_word(p, "not")) {
		next(p);
		n = new_node(p, FILTER_NOT, parse_single(p), NULL);
	} else if (is_sign(p, "(")) {
		next(p);
		n = parse_or(p);
		if (is_sign(p, ")"))
			next(p);
		else
			fail(p, "a parenthesis is not closed");
	} else {
		n = parse_test(p);
	}
	p->depth--;
	return n;
}

static struct filter_node *parse_and(struct parser *p)
{
	struct filter_node *n = parse_single(p);

	while (is_word(p, "and")) {
		next(p);
		n = new_node(p, FILTER_AND, n, parse_single(p));
	}
	return n;
}

static struct filter_node *parse_or(struct parser *p)
{
	struct filter_node *n = parse_and(p);

	while (is_word(p, "or")) {
		next(p);
		n = new_node(p, FILTER_OR, n, parse_and(p));
	}
	return n;
}

int filter_parse(const char *text, const struct filter_field *fields,
		 int64_t now, struct filter **ret,
		 struct filter_fault *ret_fault)
{
	struct filter *f = calloc(1, sizeof(*f));
	struct parser p = {.text = text, .at = text, .start = text,
			   .fields = fields, .now = now, .fault = ret_fault};

	if (!f)
		return -ENOMEM;
	/* a long text costs some 200 bytes a token */
	arena_init(&f->arena, (size_t)16 << 20);
	p.arena = &f->arena;
	if (strlen(text) > FILTER_LENGTH)
		fail(&p, "longer than %d bytes", FILTER_LENGTH);
	else
		next(&p);
	if (p.error == 0)
		f->root = parse_or(&p);
	if (p.error == 0 && p.kind != TOKEN_END)
		fail(&p, "\"%.40s\" is not expected here: \"and\" or \"or\" "
		     "is missing", p.token);
	if (p.error == 0) {
		*ret = f;
		return 0;
	}
	filter_free(f);
	return p.error;
}

void filter_free(struct filter *f)
{
	if (f)
		arena_free(&f->arena);
	free(f);
}

const struct filter_node *filter_root(const struct filter *f)
{
	return f->root;
}

/* ---------------------------------------------------------- evaluation */

struct filter_offer {
	const struct filter_node *test;
	bool hit;		/* of the test, not turned round */
	filter_take_fn *take;	/* instead of a test, or NULL */
	void *arg;
};

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static size_t character(const char *s, size_t left)
{
	size_t n = utf8_length((const uint8_t *)s, left);

	return n > 0 ? n : 1;
}

/* Goes back to the last "*" only, so that it takes no more than the product of
 * the lengths. */
static bool matches_whole(const char *text, const char *pattern)
{
	const char *end = text + strlen(text);
	const char *star = NULL, *again = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			again = text;
		} else if (*pattern == '?') {
			text += character(text, (size_t)(end - text));
			pattern++;
		} else if (fold(*pattern) == fold(*text)) {
			text++;
			pattern++;
		} else if (star) {
			again += character(again, (size_t)(end - again));
			text = again;
			pattern = star;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static bool matches(const char *text, const char *pattern)
{
	if (strpbrk(pattern, "*?"))
		return matches_whole(text, pattern);
	return strcasestr(text, pattern) != NULL;
}

void filter_offer_text(struct filter_offer *to, const char *text)
{
	const struct filter_node *t = to->test;

	if (!text || !*text || to->hit)
		return;
	if (to->take) {
		to->take(to->arg, text, 0);
		return;
	}
	if (t->op == FILTER_IS)
		to->hit = true;
	for (size_t i = 0; i < t->n_values && !to->hit; i++) {
		if (t->op == FILTER_MATCH || t->op == FILTER_NO_MATCH)
			to->hit = matches(text, t->values[i].text);
		else
			to->hit = strcasecmp(text, t->values[i].text) == 0;
	}
}

void filter_offer_number(struct filter_offer *to, int64_t number)
{
	const struct filter_node *t = to->test;

	if (to->take) {
		to->take(to->arg, NULL, number);
		return;
	}
	if (t->op == FILTER_IS && (t->field->type != FILTER_BOOL || number))
		to->hit = true;
	for (size_t i = 0; i < t->n_values && !to->hit; i++) {
		int64_t v = t->values[i].number;

		switch (t->op) {
		case FILTER_LT:
			to->hit = number < v;
			break;
		case FILTER_LE:
			to->hit = number <= v;
			break;
		case FILTER_GT:
			to->hit = number > v;
			break;
		case FILTER_GE:
			to->hit = number >= v;
			break;
		default:
			to->hit = number == v;
		}
	}
}

static bool passes(const struct filter_node *n, filter_get_fn *get,
		   void *record)
{
	struct filter_offer o = {.test = n};

	switch (n->kind) {
	case FILTER_AND:
		return passes(n->left, get, record) &&
		       passes(n->right, get, record);
	case FILTER_OR:
		return passes(n->left, get, record) ||
		       passes(n->right, get, record);
	case FILTER_NOT:
		return !passes(n->left, get, record);
	case FILTER_TEST:
		break;
	}
	get(record, n->field->id, &o);
	return (n->op == FILTER_NE || n->op == FILTER_NO_MATCH) != o.hit;
}

bool filter_passes(const struct filter *f, filter_get_fn *get, void *record)
{
	return passes(f->root, get, record);
}

void filter_take(filter_get_fn *get, void *record, int id, filter_take_fn *fn,
		 void *arg)
{
	struct filter_offer o = {.take = fn, .arg = arg};

	get(record, id, &o);
}
