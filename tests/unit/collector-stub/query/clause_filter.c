/* SPDX-License-Identifier: Apache-2.0 */
/* No text from outside is ever SQL: values, names, orders, cursors, of each
 * subject and field.  Of any driver (store_test.h). */
#include "tests/unit/collector-stub/query/fleet.h"

#include <errno.h>

#include "tests/unit/collector-stub/store_case.h"


static void quote(struct buf *b, const char *text)
{
	buf_addch(b, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addch(b, '\\');
		buf_addch(b, *text);
	}
	buf_addch(b, '"');
}

static int count_rows(void *arg, const struct query_row *row)
{
	(void)row;
	++*(int *)arg;
	return 0;
}

static int add_count(void *arg, const struct store_value *v, int64_t n)
{
	(void)v;
	*(int64_t *)arg += n;
	return 0;
}

/* How many rows pass; -EINVAL where the filter is refused, at a column. */
static int count_passing(const struct query_subject *q, const char *filter)
{
	struct filter_fault fault = { .column = 0 };
	struct query asked = { .subject = q, .filter = filter,
		.now = FLEET_NOW };
	int n = 0, r = query_rows(s, &asked, count_rows, &n, &fault);

	if (r == -EINVAL && fault.column == 0)
		fail_msg("%s: %s: the fault is nowhere", q->name, filter);
	if (r != -EINVAL && r != 0)
		fail_msg("%s: %s: %d: %s", q->name, filter, r, s->error);
	return r < 0 ? r : n;
}

/* "FIELD SIGN one or FIELD SIGN other ...", of all nasty texts. */
static void add_nasty(struct buf *b, const struct query_field *f,
		      const char *sign)
{
	for (size_t i = 0; i < FLEET_TEXTS; i++) {
		buf_addf(b, "%s%s %s ", i > 0 ? " or " : "", f->name, sign);
		quote(b, fleet_texts[i]);
	}
}

/* What passes, and what passes the same with "not", are all rows. */
static void try_nasty(const struct query_subject *q,
		      const struct query_field *f, const char *sign, int all)
{
	struct buf b, inverse;

	buf_init(&b, FILTER_LENGTH);
	buf_init(&inverse, FILTER_LENGTH);
	add_nasty(&b, f, sign);
	buf_addf(&inverse, "not (%s)", buf_str(&b));
	assert_false(b.failed || inverse.failed);
	assert_int_equal(count_passing(q, buf_str(&b)) +
			 count_passing(q, buf_str(&inverse)), all);
	buf_free(&b);
	buf_free(&inverse);
}

/* A number, a time or a truth value is one of these or refused. */
static void refuse_nasty(const struct query_subject *q,
			 const struct query_field *f)
{
	static const char *const bad[] = { "'", "1;", "1--", "1 OR 1=1",
		"\"1'\"", "\"1; DROP TABLE agents\"", "$1", "?1", "@now",
		"\"x' OR '1'='1\"", "0x1)", "\"\"" };
	char filter[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(filter, sizeof(filter), "%s = %s", f->name, bad[i]);
		if (count_passing(q, filter) != -EINVAL)
			fail_msg("%s: %s is taken", q->name, filter);
	}
}

static void no_value_of_any_subject_is_ever_sql(void **state)
{
	(void)state;
	fleet_make();
	fleet_store(s);
	for (size_t i = 0; query_subjects[i]; i++) {
		const struct query_subject *q = query_subjects[i];
		int all = count_passing(q, "");

		for (const struct query_field *f = q->fields; f->name; f++) {
			if (f->type == FILTER_TEXT) {
				try_nasty(q, f, "=", all);
				try_nasty(q, f, "~", all);
			} else {
				refuse_nasty(q, f);
			}
		}
		assert_int_equal(count_passing(q, ""), all);
	}
}

/* Names of fields, orders and cursors are those of the table, or refused. */
static void no_name_from_outside_is_ever_sql(void **state)
{
	(void)state;
	fleet_make();
	fleet_store(s);
	for (size_t i = 0; query_subjects[i]; i++) {
		for (size_t k = 1; k < FLEET_TEXTS; k++) {
			struct filter_fault fault = { .column = 0 };
			struct query q = { .subject = query_subjects[i],
				.sort = fleet_texts[k], .now = FLEET_NOW };
			int64_t n = 0;
			int rows = 0;

			if (query_field(q.subject, fleet_texts[k]))
				continue;
			assert_int_equal(query_rows(s, &q, count_rows, &rows,
						    &fault), -EINVAL);
			q.sort = NULL;
			q.after = fleet_texts[k];
			assert_int_equal(query_rows(s, &q, count_rows, &rows,
						    &fault), -EINVAL);
			q.after = NULL;
			assert_int_equal(query_count(s, &q, fleet_texts[k], 0,
						     add_count, &n, &fault),
					 -EINVAL);
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_case_open, \
						store_case_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_value_of_any_subject_is_ever_sql),
		TEST(no_name_from_outside_is_ever_sql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
