/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/proc/coverage.h"
#include "lib/limits.h"

static void name(struct coverage *c, Cw__GapKind kind, const char *path)
{
	ProtobufCBinaryData p = {strlen(path), (uint8_t *)(uintptr_t)path};

	coverage_gap(c, kind, &p, "why");
}

static size_t named(const struct coverage *c, Cw__GapKind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->message.n_gaps; i++)
		n += c->message.gaps[i]->kind == kind;
	return n;
}

static void much_of_one_kind_leaves_room_for_the_others(void **state)
{
	static char path[KIB(4)];
	struct coverage c = {.message = CW__COVERAGE__INIT};
	size_t most = coverage_most(CW__GAP_KIND__GAP_UNREADABLE);

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	for (size_t i = 0; i < most; i++)
		name(&c, CW__GAP_KIND__GAP_UNREADABLE, path);
	assert_true(named(&c, CW__GAP_KIND__GAP_UNREADABLE) < most);
	assert_true(named(&c, CW__GAP_KIND__GAP_UNREADABLE) * sizeof(path) >
		    LIMIT_GAP_BYTES / 2);
	name(&c, CW__GAP_KIND__GAP_MALFORMED, "/short");
	name(&c, CW__GAP_KIND__GAP_TIMEOUT, path);
	assert_int_equal(named(&c, CW__GAP_KIND__GAP_MALFORMED), 1);
	assert_int_equal(named(&c, CW__GAP_KIND__GAP_TIMEOUT), 1);
	assert_int_equal(c.message.n_counts, 3);
	coverage_free(&c);
}

static void a_long_path_is_named_by_the_nearest_folder(void **state)
{
	static char path[2 * LIMIT_GAP_PATH];
	struct coverage c = {.message = CW__COVERAGE__INIT};
	const Cw__Gap *g = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 100 == 0 ? '/' : 'd';
	name(&c, CW__GAP_KIND__GAP_UNREADABLE, path);
	assert_int_equal(c.message.n_gaps, 1);
	g = c.message.gaps[0];
	assert_int_equal(g->path.len, LIMIT_GAP_PATH / 100 * 100);
	assert_memory_equal(g->path.data, path, g->path.len);
	coverage_free(&c);
}

static void what_lost_a_gap_is_not_complete(void **state)
{
	struct coverage c = {.message = CW__COVERAGE__INIT};

	(void)state;
	c.message.complete = true;
	coverage_finish(&c);
	assert_true(c.message.complete);
	c.lost = true;
	coverage_finish(&c);
	assert_false(c.message.complete);
	coverage_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(much_of_one_kind_leaves_room_for_the_others),
		cmocka_unit_test(a_long_path_is_named_by_the_nearest_folder),
		cmocka_unit_test(what_lost_a_gap_is_not_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
