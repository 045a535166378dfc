/* SPDX-License-Identifier: Apache-2.0 */
/* How much one question may ask, alone and together with what may be seen.
 * Of any driver (store_test.h). */
#include <errno.h>

#include "collector-stub/query/query.h"
#include "tests/unit/unit.h"
#include "tests/unit/collector-stub/store_case.h"

static int count_rows(void *arg, const struct query_row *row)
{
	(void)row;
	++*(int *)arg;
	return 0;
}

/* 0 or -EINVAL; what is refused is said. */
static int ask(const char *scope, const char *filter, size_t *ret_column)
{
	struct filter_fault fault = { .column = 99 };
	struct query q = { .subject = query_subject("certificates"),
		.scope = scope, .filter = filter, .now = 1 };
	int n = 0, r = query_rows(s, &q, count_rows, &n, &fault);

	if (r != 0 && r != -EINVAL)
		fail_msg("%.40s: %.40s: %d: %s", scope, filter, r, s->error);
	if (r == -EINVAL)
		assert_string_not_equal(fault.text, "");
	*ret_column = fault.column;
	return r;
}

static void a_filter_may_be_as_large_as_it_may(void **state)
{
	size_t column = 0;
	struct buf b;

	(void)state;
	buf_init(&b, FILTER_LENGTH);
	buf_adds(&b, "is_ca");
	for (int i = 1; i < QUERY_TESTS; i++)
		buf_adds(&b, i % 2 ? " and is_ca" : " or is_ca");
	assert_int_equal(ask(NULL, buf_str(&b), &column), 0);
	buf_adds(&b, " or is_ca");
	assert_int_equal(ask(NULL, buf_str(&b), &column), -EINVAL);
	assert_int_equal(column, b.len - 4);
	buf_reset(&b);
	buf_adds(&b, "port in (1");
	for (int i = 2; i < QUERY_TESTS; i++)
		buf_adds(&b, ",2");
	buf_adds(&b, ")");
	assert_int_equal(ask(NULL, buf_str(&b), &column), 0);
	buf_free(&b);
}

/* "TEST and (TEST or (...))"; ${left}: what is nested comes first. */
static void nest(struct buf *b, const char *test, int depth, bool left)
{
	for (int i = 1; i < depth; i++)
		buf_addf(b, left ? "(" : i % 2 ? "%s and (" : "%s or (", test);
	buf_addf(b, depth % 2 ? "%s and %s" : "%s or %s", test, test);
	for (int i = depth - 1; i > 0; i--)
		buf_addf(b, !left ? ")" : i % 2 ? ") and %s" : ") or %s",
			 test);
	assert_false(b->failed);
}

static int ask_nested(const char *test, int depth, bool left, int of_scope)
{
	size_t column = 0;
	struct buf b, scope;
	int r = 0;

	buf_init(&b, FILTER_LENGTH);
	buf_init(&scope, FILTER_LENGTH);
	nest(&b, test, depth, left);
	if (of_scope > 0)
		nest(&scope, "host = a", of_scope, left);
	r = ask(of_scope > 0 ? buf_str(&scope) : NULL, buf_str(&b), &column);
	buf_free(&b);
	buf_free(&scope);
	return r;
}

static void a_filter_may_be_as_deep_as_it_may(void **state)
{
	(void)state;
	for (int depth = 1; depth <= QUERY_DEPTH + 1; depth++) {
		int want = depth <= QUERY_DEPTH ? 0 : -EINVAL;

		assert_int_equal(ask_nested("flags ~ a", depth, false, 0),
				 want);
		assert_int_equal(ask_nested("flags ~ a", depth, true, 0),
				 want);
	}
}

/* A scope is in each test of places, and so on its depth. */
static void a_scope_and_a_filter_share_the_depth(void **state)
{
	static const char *const tests[] = { "host = a", "host != a",
		"path ~ a", "not dns_names = a" };

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		for (int depth = 1; depth < QUERY_DEPTH; depth++) {
			int of_scope = QUERY_DEPTH - depth;

			assert_int_equal(ask_nested(tests[i], depth, false,
						    of_scope), 0);
			assert_int_equal(ask_nested(tests[i], depth, true,
						    of_scope), 0);
		}
	/* what the database does not take is refused too */
	for (int depth = 1; depth <= QUERY_DEPTH; depth++)
		ask_nested("host = a", depth, false, QUERY_DEPTH);
}

static void as_many_hosts_may_be_asked_for_as_tests(void **state)
{
	size_t column = 0;
	struct buf b;

	(void)state;
	buf_init(&b, FILTER_LENGTH);
	for (int i = 0; i < QUERY_TESTS / 2; i++)
		buf_addf(&b, "%shost = h%d", i > 0 ? " or " : "", i);
	assert_int_equal(ask(NULL, buf_str(&b), &column), 0);
	/* a short scope goes with each of them, a long one is too much */
	assert_int_equal(ask("host = h1", buf_str(&b), &column), 0);
	assert_int_equal(ask(buf_str(&b), buf_str(&b), &column), -EINVAL);
	assert_int_equal(column, 0);
	assert_int_equal(ask(buf_str(&b), NULL, &column), 0);
	buf_reset(&b);
	for (int i = 0; i < QUERY_TESTS - 1; i++)
		buf_addf(&b, "%sh%d", i > 0 ? ", " : "host in (", i);
	buf_adds(&b, ")");
	assert_int_equal(ask(NULL, buf_str(&b), &column), 0);
	assert_int_equal(ask(buf_str(&b), "host = h1", &column), 0);
	buf_free(&b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, store_case_open, \
						store_case_close)
	const struct CMUnitTest tests[] = {
		TEST(a_filter_may_be_as_large_as_it_may),
		TEST(a_filter_may_be_as_deep_as_it_may),
		TEST(a_scope_and_a_filter_share_the_depth),
		TEST(as_many_hosts_may_be_asked_for_as_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
