/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ingest/bound.h"
#include "collector-stub/ingest/decode.h"
#include "lib/limits.h"

/* ${len} times ${c}, as the caller's own. */
static char *repeat(char c, size_t len)
{
	char *text = malloc(len + 1);

	assert_non_null(text);
	memset(text, c, len);
	text[len] = '\0';
	return text;
}

/* A location in a file, and all that this takes. */
static Cw__FilePlace file;

static Cw__Location in_file(void)
{
	Cw__Location l = CW__LOCATION__INIT;

	cw__file_place__init(&file);
	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &file;
	return l;
}

static void what_is_short_stays_as_it_is(void **state)
{
	char *text = repeat('x', LIMIT_LOCATION_TEXT);
	char *path = repeat('/', LIMIT_LOCATION_PATH);
	Cw__Location l = in_file();

	(void)state;
	l.entry = text;
	file.path.data = (uint8_t *)path;
	file.path.len = LIMIT_LOCATION_PATH;
	assert_false(bound_location(&l));
	assert_int_equal(strlen(l.entry), LIMIT_LOCATION_TEXT);
	assert_int_equal(file.path.len, LIMIT_LOCATION_PATH);
	free(text);
	free(path);
}

static void a_long_text_ends_with_a_whole_character(void **state)
{
	char *text = repeat('x', LIMIT_LOCATION_TEXT + 100);
	char *path = repeat('/', LIMIT_LOCATION_PATH + 1);
	Cw__Location l = in_file();

	(void)state;
	memcpy(text + LIMIT_LOCATION_TEXT - 1, "\xc3\xa9", 2);
	l.entry = text;
	file.path.data = (uint8_t *)path;
	file.path.len = LIMIT_LOCATION_PATH + 1;
	assert_true(bound_location(&l));
	assert_int_equal(strlen(l.entry), LIMIT_LOCATION_TEXT - 1);
	assert_int_equal(file.path.len, LIMIT_LOCATION_PATH);
	free(text);
	free(path);
}

static void lists_and_what_is_in_them_end_too(void **state)
{
	char *text = repeat('n', LIMIT_LOCATION_TEXT + 1);
	char **names = calloc(LIMIT_LOCATION_LIST + 1, sizeof(*names));
	Cw__Binding binding = CW__BINDING__INIT, *list[1] = { &binding };
	Cw__Location l = in_file();

	(void)state;
	assert_non_null(names);
	for (size_t i = 0; i <= LIMIT_LOCATION_LIST; i++)
		names[i] = (char *)"n";
	names[0] = text;
	l.n_bindings = 1;
	l.bindings = list;
	binding.n_names = LIMIT_LOCATION_LIST + 1;
	binding.names = names;
	assert_true(bound_location(&l));
	assert_int_equal(binding.n_names, LIMIT_LOCATION_LIST);
	assert_int_equal(strlen(names[0]), LIMIT_LOCATION_TEXT);
	free(names);
	free(text);
}

static void what_is_too_much_in_all_is_made_to_fit(void **state)
{
	char *flags[LIMIT_LOCATION_LIST];
	ProtobufCMessageUnknownField unknown = { .tag = 99,
		.wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED };
	char *more = repeat('u', 2 * LIMIT_LOCATION);
	Cw__Location l = in_file();

	(void)state;
	for (size_t i = 0; i < LIMIT_LOCATION_LIST; i++)
		flags[i] = repeat('f', LIMIT_LOCATION_TEXT);
	l.n_flags = LIMIT_LOCATION_LIST;
	l.flags = flags;
	unknown.data = (uint8_t *)more;
	unknown.len = 2 * LIMIT_LOCATION;
	l.base.n_unknown_fields = 1;
	l.base.unknown_fields = &unknown;
	assert_true(bound_location(&l));
	assert_true(cw__location__get_packed_size(&l) <= LIMIT_LOCATION);
	assert_true(l.n_flags > 0);
	for (size_t i = 0; i < LIMIT_LOCATION_LIST; i++)
		free(flags[i]);
	free(more);
}

/* ${entry} bytes of an entry, as a full state with this one location. */
static void decode(size_t entry, struct arena *a, struct sync *ret)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	Cw__Location l = in_file();
	uint8_t digest[HASH_SIZE] = { 0 };
	ProtobufCBinaryData added = { .data = NULL };
	char *text = repeat('e', entry);
	const char *why = NULL;
	uint8_t *body = NULL;
	size_t len = 0;

	l.entry = text;
	added.len = cw__location__get_packed_size(&l);
	added.data = arena_alloc(a, added.len);
	assert_non_null(added.data);
	cw__location__pack(&l, added.data);
	m.n_added = 1;
	m.added = &added;
	m.digest.data = digest;
	m.digest.len = HASH_SIZE;
	len = cw__sync_request__get_packed_size(&m);
	body = arena_alloc(a, len);
	assert_non_null(body);
	cw__sync_request__pack(&m, body);
	assert_int_equal(decode_sync(body, len, a, ret, &why), 0);
	hash_sha256(added.data, added.len, digest);
	assert_memory_equal(ret->added[0].hash, digest, HASH_SIZE);
	free(text);
}

static void the_row_is_cut_and_known_by_what_was_sent(void **state)
{
	struct sync in = { .agent_id = "a", .now = 1 };
	Cw__Location *l = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, MIB(8));
	decode(1000, &a, &in);
	assert_int_equal(in.n_cut, 0);
	in.n_cut = 0;
	decode(400000, &a, &in);
	assert_int_equal(in.n_cut, 1);
	assert_true(in.added[0].len < LIMIT_LOCATION_TEXT + 100);
	l = cw__location__unpack(NULL, in.added[0].len, in.added[0].bytes);
	assert_non_null(l);
	assert_int_equal(strlen(l->entry), LIMIT_LOCATION_TEXT);
	cw__location__free_unpacked(l, NULL);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_short_stays_as_it_is),
		cmocka_unit_test(a_long_text_ends_with_a_whole_character),
		cmocka_unit_test(lists_and_what_is_in_them_end_too),
		cmocka_unit_test(what_is_too_much_in_all_is_made_to_fit),
		cmocka_unit_test(the_row_is_cut_and_known_by_what_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
