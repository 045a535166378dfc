/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/inventory/binding.h"
#include "lib/limits.h"

static int add(struct bindings *b, const char *path, bool folder,
	       const char *service, unsigned int line)
{
	Cw__Binding m = CW__BINDING__INIT;

	m.service = (char *)(uintptr_t)service;
	m.config = (ProtobufCBinaryData){2, (uint8_t *)(uintptr_t)"/c"};
	m.line = line;
	return bindings_add(b, path, folder, &m, NULL);
}

static size_t of(struct bindings *b, Cw__Location *l, const char *path)
{
	static Cw__FilePlace place;

	cw__file_place__init(&place);
	cw__location__init(l);
	place.path = (ProtobufCBinaryData){strlen(path),
					   (uint8_t *)(uintptr_t)path};
	l->place_case = CW__LOCATION__PLACE_FILE;
	l->file = &place;
	bindings_set(b, &place.path, l);
	return l->n_bindings;
}

static void a_file_has_its_lines_in_their_order(void **state)
{
	struct bindings b;
	Cw__Location l;

	(void)state;
	bindings_init(&b);
	assert_int_equal(of(&b, &l, "/a"), 0);
	assert_int_equal(add(&b, "/a", false, "z", 1), 0);
	assert_int_equal(add(&b, "/a", false, "n", 9), 0);
	assert_int_equal(add(&b, "/a", false, "n", 3), 0);
	assert_int_equal(add(&b, "/a", false, "n", 3), 0);
	assert_int_equal(add(&b, "/b", false, "n", 1), 0);
	assert_int_equal(of(&b, &l, "/a"), 3);
	assert_string_equal(l.bindings[0]->service, "n");
	assert_int_equal(l.bindings[0]->line, 3);
	assert_int_equal(l.bindings[1]->line, 9);
	assert_string_equal(l.bindings[2]->service, "z");
	assert_int_equal(of(&b, &l, "/aa"), 0);
	bindings_free(&b);
}

static void a_folder_stands_for_the_files_in_it_alone(void **state)
{
	struct bindings b;
	Cw__Location l;

	(void)state;
	bindings_init(&b);
	assert_int_equal(add(&b, "/d", true, "n", 1), 0);
	assert_int_equal(add(&b, "/f", false, "n", 1), 0);
	assert_int_equal(of(&b, &l, "/d/x"), 1);
	assert_int_equal(of(&b, &l, "/d"), 0);
	assert_int_equal(of(&b, &l, "/d/x/y"), 0);
	assert_int_equal(of(&b, &l, "/f/x"), 0);
	bindings_free(&b);
}

static void there_is_a_limit(void **state)
{
	struct bindings b;
	int r = 0;

	(void)state;
	bindings_init(&b);
	for (unsigned int i = 1; r == 0; i++)
		r = add(&b, "/a", false, "n", i);
	assert_int_equal(r, -ENOBUFS);
	assert_int_equal(b.count, LIMIT_BINDINGS_OF_FILE);
	r = 0;
	for (unsigned int i = 1; r == 0; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/%u", i);
		r = add(&b, path, false, "n", i);
	}
	assert_int_equal(r, -ENOBUFS);
	assert_true(b.count <= LIMIT_BINDINGS);
	bindings_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_its_lines_in_their_order),
		cmocka_unit_test(a_folder_stands_for_the_files_in_it_alone),
		cmocka_unit_test(there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
