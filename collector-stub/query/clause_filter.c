/* SPDX-License-Identifier: Apache-2.0 */
/* A filter's tree as a condition.  "not" is pushed down to the tests, so that
 * SQL's third truth value never has to be turned round: a test that is NULL
 * does not pass, and the turned one says itself what it does of NULL. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/query/clause.h"
#include "lib/encode.h"
#include "lib/hash.h"

struct compile {
	struct clause *sql;
	const struct query_subject *subject;
	struct filter_fault *fault;
	size_t tests;		/* and values */
	int depth;
	bool refused;
};

static const char *sign_of(enum filter_op op)
{
	switch (op) {
	case FILTER_LT:
		return " < ";
	case FILTER_LE:
		return " <= ";
	case FILTER_GT:
		return " > ";
	case FILTER_GE:
		return " >= ";
	default:
		return " = ";
	}
}

typedef void add_fn(struct clause *s, const struct filter_value *v);

static void add_values(struct clause *s, const struct filter_node *n,
		       add_fn *add)
{
	clause_add(s, " IN (");
	for (size_t i = 0; i < n->n_values; i++) {
		if (i > 0)
			clause_add(s, ", ");
		add(s, &n->values[i]);
	}
	clause_add(s, ")");
}

static void add_number(struct clause *s, const struct filter_value *v)
{
	clause_number(s, v->number);
}

static void add_folded(struct clause *s, const struct filter_value *v)
{
	clause_folded(s, v->text);
}

/* What is no hash equals none: bytes of another length. */
static void add_hash(struct clause *s, const struct filter_value *v)
{
	uint8_t hash[HASH_SIZE];
	bool good = decode_hex(v->text, hash, HASH_SIZE) == 0;

	clause_bytes(s, good ? (const void *)hash : "", good ? HASH_SIZE : 0);
}

static bool is_match(const struct filter_node *n)
{
	return n->op == FILTER_MATCH || n->op == FILTER_NO_MATCH;
}

static void add_match(struct clause *s, const struct filter_node *n)
{
	clause_add(s, " LIKE ");
	clause_pattern(s, n->values[0].text);
	clause_add(s, " ESCAPE '!'");
}

static void hash_condition(struct clause *s, const struct filter_node *n,
			   const char *e)
{
	if (is_match(n)) {
		clause_form(s, s->dialect->hex, e);
		add_match(s, n);
	} else {
		clause_expression(s, e);
		add_values(s, n, add_hash);
	}
}

/* The test without its turning, of a value that is there. */
static void condition(struct clause *s, const struct filter_node *n,
		      enum query_form form, const char *e)
{
	if (n->op == FILTER_IS) {
		clause_expression(s, e);
		clause_add(s, n->field->type == FILTER_BOOL ? " <> 0" :
			" IS NOT NULL");
	} else if (form == QUERY_HASH) {
		hash_condition(s, n, e);
	} else if (n->field->type != FILTER_TEXT && n->op == FILTER_IN) {
		clause_expression(s, e);
		add_values(s, n, add_number);
	} else if (n->field->type != FILTER_TEXT) {
		clause_expression(s, e);
		clause_add(s, sign_of(n->op));
		clause_number(s, n->values[0].number);
	} else {
		clause_form(s, s->dialect->folded, e);
		if (is_match(n))
			add_match(s, n);
		else
			add_values(s, n, add_folded);
	}
}

static void of_elements(struct clause *s, const struct filter_node *n,
			const char *list)
{
	/* an index may have these rows alone, and to look into an empty list
	 * costs more than to see that it is */
	clause_expression(s, list);
	clause_add(s, " IS NOT NULL AND EXISTS (SELECT 1 FROM ");
	clause_form(s, s->dialect->elements, list);
	clause_add(s, " WHERE ");
	condition(s, n, QUERY_SCALAR, "v.value");
	clause_add(s, ")");
}

/* Only few hosts pass: it is better to begin with these.  (With many the
 * order of an index and the end of the page are better.) */
static bool is_of_few(const struct filter_node *n, const struct query_field *f,
		      bool turned)
{
	return f->host && !turned &&
		(n->op == FILTER_EQ || n->op == FILTER_IN);
}

/* The host is one of those that pass. */
static void of_host(struct compile *c, const struct filter_node *n,
		    const struct query_field *f)
{
	clause_add(c->sql, c->subject->agent);
	clause_add(c->sql, " IN (SELECT a.agent_id FROM agents a WHERE ");
	condition(c->sql, n, f->form, f->host);
	clause_add(c->sql, ")");
}

/* What hosts name are a few hundred objects, and a fleet has a million.  All
 * that pass are among these rows, but others too: of_several() follows.
 * Without the join PostgreSQL 15 reads all places there are. */
static void narrow(struct compile *c, const struct filter_node *n,
		   const struct query_field *f)
{
	static const char places[] = " FROM locations l"
		" JOIN agents a ON a.agent_id = l.agent_id";
	struct clause *s = c->sql;

	s->narrowed = true;
	clause_add(s, c->subject->ids[0].sql);
	clause_add(s, " IN (SELECT l.object");
	clause_add(s, places);
	clause_add(s, " WHERE ");
	of_host(c, n, f);
	/* rows that are only agents' word of an object */
	clause_add(s, " UNION SELECT l.claim");
	clause_add(s, places);
	clause_add(s, " WHERE l.claim IS NOT NULL AND ");
	of_host(c, n, f);
	clause_add(s, ") AND ");
}

/* Of a field that has several values: one of them passes. */
static void of_several(struct compile *c, const struct filter_node *n,
		       const struct query_field *f, const char *e, bool places)
{
	if (places) {
		clause_expression(c->sql, c->subject->places);
		clause_add(c->sql, " AND ");
	}
	if (f->form == QUERY_LIST)
		of_elements(c->sql, n, e);
	else if (is_of_few(n, f, false))
		of_host(c, n, f);
	else
		condition(c->sql, n, f->form, e);
	if (places)
		clause_add(c->sql, ")");
}

static void of_one(struct clause *s, const struct filter_node *n,
		   const struct query_field *f, bool turned)
{
	const char *e = clause_field(s, f);

	if (turned) {
		clause_add(s, "(");
		clause_expression(s, e);
		clause_add(s, " IS NULL OR NOT ");
	}
	clause_add(s, "(");
	condition(s, n, f->form, e);
	clause_add(s, turned ? "))" : ")");
}

static void refuse(struct compile *c, const struct filter_node *n,
		   const char *what, int most)
{
	if (c->refused)
		return;
	c->refused = true;
	c->fault->column = n->column;
	snprintf(c->fault->text, sizeof(c->fault->text), "%s: at most %d",
		 what, most);
}

static void add_test(struct compile *c, const struct filter_node *n,
		     bool turned)
{
	const struct query_field *f = c->subject->fields + n->field->id;

	c->tests += 1 + n->n_values;
	if (c->tests > QUERY_TESTS)
		refuse(c, n, "too many tests and values", QUERY_TESTS);
	if (c->depth > QUERY_DEPTH)
		refuse(c, n, "\"and\" and \"or\" are too deep within each "
		       "other", QUERY_DEPTH);
	if (c->refused)
		return;
	turned ^= n->op == FILTER_NE || n->op == FILTER_NO_MATCH;
	if (!f->several && is_of_few(n, f, turned)) {
		of_host(c, n, f);
		return;
	}
	if (f->form != QUERY_LIST && !f->several) {
		of_one(c->sql, n, f, turned);
		return;
	}
	clause_add(c->sql, turned ? "NOT (" : "(");
	if (is_of_few(n, f, turned))
		narrow(c, n, f);
	of_several(c, n, f, f->sql, f->several);
	if (f->also) {
		clause_add(c->sql, " OR ");
		of_several(c, n, f, f->also, c->subject->places != NULL);
	}
	clause_add(c->sql, ")");
}

/* ${within}: how the enclosing node joins; a chain needs no parentheses, whose
 * number SQLite limits. */
static void add_node(struct compile *c, const struct filter_node *n,
		     bool turned, enum filter_kind within)
{
	enum filter_kind join = n->kind;

	switch (n->kind) {
	case FILTER_AND:
	case FILTER_OR:
		if (turned)
			join = join == FILTER_AND ? FILTER_OR : FILTER_AND;
		if (join != within) {
			c->depth++;
			clause_add(c->sql, "(");
		}
		add_node(c, n->left, turned, join);
		clause_add(c->sql, join == FILTER_AND ? " AND " : " OR ");
		add_node(c, n->right, turned, join);
		if (join != within) {
			c->depth--;
			clause_add(c->sql, ")");
		}
		break;
	case FILTER_NOT:
		add_node(c, n->left, !turned, within);
		break;
	case FILTER_TEST:
		add_test(c, n, turned);
	}
}

int clause_filter(struct clause *s, const struct query_subject *subject,
	       const struct filter_node *n, struct filter_fault *ret_fault)
{
	struct compile c = { .sql = s, .subject = subject,
		.fault = ret_fault };

	add_node(&c, n, false, FILTER_TEST);
	if (c.refused)
		return -EINVAL;
	return s->failed ? -ENOMEM : 0;
}
