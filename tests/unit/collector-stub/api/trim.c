/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/trim.h"
#include "collector-stub/query/row_json.h"
#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

#define LONG 100000

static char *text_of(size_t len, const char *with)
{
	char *s = malloc(len + 1);

	assert_non_null(s);
	for (size_t i = 0; i < len; i++)
		s[i] = with[i % strlen(with)];
	s[len] = '\0';
	return s;
}

/* A location of a file with an entry and bindings of these lengths, as it comes
 * from the store. */
static Cw__Location *location(size_t entry, size_t path, size_t bindings)
{
	Cw__Location l = CW__LOCATION__INIT, *ret = NULL;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	Cw__Binding b = CW__BINDING__INIT, **all = NULL;
	size_t len = 0;
	uint8_t *packed = NULL;

	all = calloc(bindings + 1, sizeof(*all));
	assert_non_null(all);
	b.service = (char *)"nginx";
	for (size_t i = 0; i < bindings; i++)
		all[i] = &b;
	l.entry = text_of(entry, "\xc3\xa4");
	f.path.data = (uint8_t *)text_of(path, "/");
	f.path.len = path;
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	l.bindings = all;
	l.n_bindings = bindings;
	len = cw__location__get_packed_size(&l);
	packed = malloc(len);
	assert_non_null(packed);
	cw__location__pack(&l, packed);
	ret = cw__location__unpack(NULL, len, packed);
	assert_non_null(ret);
	free(packed);
	free(l.entry);
	free(f.path.data);
	free(all);
	return ret;
}

static void what_is_short_is_kept(void **state)
{
	Cw__Location *l = location(ROW_JSON_SHORT, ROW_JSON_SHORT, 5);
	size_t left = 0;

	(void)state;
	assert_false(trim_message(&l->base, &left));
	assert_int_equal(strlen(l->entry), ROW_JSON_SHORT);
	assert_int_equal(l->file->path.len, ROW_JSON_SHORT);
	assert_int_equal(l->n_bindings, 5);
	cw__location__free_unpacked(l, NULL);
}

static void what_is_long_is_kept_while_there_is_room(void **state)
{
	Cw__Location *l = location(LONG, LONG, 1000);
	size_t left = ROW_JSON_LONG;

	(void)state;
	assert_false(trim_message(&l->base, &left));
	assert_int_equal(strlen(l->entry), LONG);
	assert_int_equal(l->n_bindings, 1000);
	assert_true(left < ROW_JSON_LONG - 2 * LONG);
	cw__location__free_unpacked(l, NULL);
}

static void a_text_is_cut_between_two_characters(void **state)
{
	Cw__Location *l = location(LONG, 10, 0);
	size_t left = 1001;

	(void)state;
	assert_true(trim_message(&l->base, &left));
	assert_int_equal(strlen(l->entry), 1000);
	assert_int_equal(l->file->path.len, 10);
	assert_int_equal(left, 0);
	cw__location__free_unpacked(l, NULL);
}

static void all_long_values_share_what_there_is(void **state)
{
	Cw__Location *l = location(MIB(3), MIB(3), 300000);
	size_t left = ROW_JSON_LONG;

	(void)state;
	assert_true(trim_message(&l->base, &left));
	assert_true(cw__location__get_packed_size(l) <
		    ROW_JSON_LONG + 8 * ROW_JSON_SHORT);
	assert_true(l->n_bindings < 100);
	cw__location__free_unpacked(l, NULL);
}

static void lists_end_before_they_are_too_long(void **state)
{
	uint8_t roots[3000];
	Cw__Coverage *c = NULL;
	size_t left = 500;

	(void)state;
	for (size_t i = 0; i < sizeof(roots); i += 3)
		memcpy(roots + i, "\x22\x01/", 3);	/* field 4, one byte */
	c = cw__coverage__unpack(NULL, sizeof(roots), roots);
	assert_non_null(c);
	assert_int_equal(c->n_roots, 1000);
	assert_true(trim_message(&c->base, &left));
	assert_int_equal(c->n_roots, 500 / 17);
	assert_int_equal(left, 0);
	cw__coverage__free_unpacked(c, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_short_is_kept),
		cmocka_unit_test(what_is_long_is_kept_while_there_is_room),
		cmocka_unit_test(a_text_is_cut_between_two_characters),
		cmocka_unit_test(all_long_values_share_what_there_is),
		cmocka_unit_test(lists_end_before_they_are_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
