/* SPDX-License-Identifier: Apache-2.0 */
/* From SQLite in memory to a store of any driver (store_test.h). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/store/copy.h"
#include "collector-stub/store/dialect.h"
#include "tests/unit/collector-stub/store_test.h"

static struct store *from, *to;
static int64_t copied;
static bool hurried;

static int note_setting(void *arg, const struct store_value *row, size_t n)
{
	(void)arg;
	hurried = hurried || n != 1 || row[0].len != 1 ||
		memcmp(row[0].data, "0", 1) != 0;
	return 0;
}

/* Told of each table, within the transaction. */
static void told(const char *table, int64_t rows)
{
	const struct store_select q = {
		.sql = "SHOW idle_in_transaction_session_timeout",
	};

	if (strcmp(table, "tokens") == 0)
		copied = rows;
	if (to->driver->dialect->unhurried &&
	    to->driver->select(to, &q, note_setting, NULL) < 0)
		hurried = true;
}

static void all_is_copied_without_haste_and_only_once(void **state)
{
	struct store_token t = { .created = 1, .expires = 2, .uses = 3,
		.uses_left = 3 };
	char error[COPY_ERROR] = "";

	(void)state;
	assert_int_equal(store_open("sqlite::memory:", true, &from, error,
				    sizeof(error)), 0);
	assert_int_equal(store_test_open(&to), 0);
	assert_int_equal(from->driver->token_add(from, &t), 0);
	assert_int_equal(copy_store(from, to, told, NULL, error), 0);
	assert_int_equal(copied, 1);
	assert_false(hurried);
	assert_int_equal(copy_store(from, to, told, NULL, error), -EEXIST);
	assert_string_equal(error, "table tokens has rows already");
	store_close(to);
	store_close(from);
}

/* Adds what no form of copying may change. */
static void put_nasty(struct store *s)
{
	static const char *const texts[] = {
		"", "\\N", "\\.", "a\tb\nc\rd\\e", "\\", "\\x41", "'\"",
		"\xc3\xbc\xf0\x9f\x94\x91", "NULL", "\x01\x7f",
	};
	struct store_ticket k = { .number = 7, .made = INT64_MIN };

	for (size_t i = 0; i < sizeof(k.bytes); i++)
		k.bytes[i] = (uint8_t)(i * 37);
	assert_int_equal(s->driver->ticket_add(s, &k), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(s->driver->audit_add(s, (int64_t)i,
						      texts[i]), 0);
	/* most of its columns are NULL */
	assert_int_equal(s->driver->agent_add(s, "a", 1, 1), 0);
}

struct log {
	char text[16][16];
	size_t n;
};

static int take_entry(void *arg, const struct store_audit *a)
{
	struct log *l = arg;

	assert_true(l->n < 16);
	snprintf(l->text[l->n++], sizeof(l->text[0]), "%s", a->text);
	return 0;
}

static void ignore(const char *table, int64_t rows)
{
	(void)table, (void)rows;
}

static void values_of_any_form_arrive_as_they_are(void **state)
{
	struct log before = { .n = 0 }, after = { .n = 0 };
	struct store *back = NULL;
	char error[COPY_ERROR] = "";

	(void)state;
	assert_int_equal(store_open("sqlite::memory:", true, &from, error,
				    sizeof(error)), 0);
	assert_int_equal(store_open("sqlite::memory:", true, &back, error,
				    sizeof(error)), 0);
	assert_int_equal(store_test_open_empty(&to), 0);
	put_nasty(from);
	/* it compares both sides itself */
	assert_int_equal(copy_store(from, to, ignore, NULL, error), 0);
	assert_int_equal(copy_store(to, back, ignore, NULL, error), 0);
	assert_int_equal(from->driver->audit_list(from, take_entry, &before),
			 0);
	assert_int_equal(back->driver->audit_list(back, take_entry, &after),
			 0);
	assert_int_equal(before.n, 10);
	assert_memory_equal(&before, &after, sizeof(before));
	store_close(back);
	store_close(to);
	store_close(from);
}

static void what_the_other_does_not_take_is_told(void **state)
{
	static const struct store_value bad[] = {
		{ .type = STORE_BYTES, .data = "x", .len = 1 },
		{ .type = STORE_NULL },
	};
	int r = 0;

	(void)state;
	assert_int_equal(store_test_open_empty(&to), 0);
	assert_int_equal(to->driver->begin(to), 0);
	assert_int_equal(to->driver->load_begin(to, "leases", "name, ends",
						2), 0);
	r = to->driver->load_row(to, bad, 2);
	if (r == 0)
		r = to->driver->load_end(to);
	else
		to->driver->load_end(to);
	assert_true(r < 0);
	assert_string_not_equal(to->error, "");
	to->driver->rollback(to);
	/* and all else goes on */
	assert_int_equal(to->driver->begin(to), 0);
	assert_int_equal(to->driver->agent_add(to, "b", 1, 1), 0);
	assert_int_equal(to->driver->commit(to), 0);
	store_close(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_copied_without_haste_and_only_once),
		cmocka_unit_test(values_of_any_form_arrive_as_they_are),
		cmocka_unit_test(what_the_other_does_not_take_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
