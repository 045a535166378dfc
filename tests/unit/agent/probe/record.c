/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/probe/record.h"
#include "lib/limits.h"

static void feed(struct record_reader *r, const char *data, size_t len,
		 int want)
{
	assert_int_equal(record_feed(r, (const uint8_t *)data, len), want);
}

static void messages_are_joined_from_fragments(void **state)
{
	/* one message of 3 bytes in records of 1, 4 and 2 bytes */
	static const char all[] = "\x16\3\3\0\1" "\2"
				  "\x16\3\3\0\4" "\0\0\3" "a"
				  "\x16\3\3\0\2" "bc";
	struct record_message m = {0};
	struct record_reader r;

	(void)state;
	/* byte by byte */
	record_init(&r);
	for (size_t i = 0; i + 1 < sizeof(all) - 1; i++) {
		feed(&r, all + i, 1, 0);
		assert_int_equal(record_next(&r, &m), RECORD_MORE);
	}
	feed(&r, all + sizeof(all) - 2, 1, 0);
	assert_int_equal(record_next(&r, &m), RECORD_MESSAGE);
	assert_int_equal(m.type, 2);
	assert_int_equal(m.len, 3);
	assert_memory_equal(m.body, "abc", 3);
	assert_int_equal(record_next(&r, &m), RECORD_MORE);
	record_free(&r);
}

static void several_messages_come_in_one_record(void **state)
{
	struct record_message m = {0};
	struct record_reader r;

	(void)state;
	record_init(&r);
	feed(&r, "\x16\3\3\0\x9" "\2\0\0\1x" "\x0e\0\0\0", 14, 0);
	assert_int_equal(record_next(&r, &m), RECORD_MESSAGE);
	assert_int_equal(m.type, 2);
	assert_int_equal(record_next(&r, &m), RECORD_MESSAGE);
	assert_int_equal(m.type, 14);
	assert_int_equal(m.len, 0);
	record_free(&r);
}

static void a_warning_is_passed_over_and_a_fatal_alert_told(void **state)
{
	struct record_message m = {0};
	struct record_reader r;

	(void)state;
	record_init(&r);
	feed(&r, "\x15\3\3\0\2\1\x70", 7, 0);
	assert_int_equal(record_next(&r, &m), RECORD_MORE);
	feed(&r, "\x15\3\3\0\2\1\x70\x15\3\3\0\2\2\x28", 14, 0);
	assert_int_equal(record_next(&r, &m), RECORD_ALERT);
	assert_int_equal(m.type, 40);
	record_free(&r);
}

static void what_is_not_tls_is_told_from_its_first_bytes(void **state)
{
	struct record_reader r;

	(void)state;
	record_init(&r);
	feed(&r, "2", 1, -EBADMSG);
	record_free(&r);
	record_init(&r);
	feed(&r, "\x16", 1, 0);
	feed(&r, "\x02", 1, -EBADMSG);
	record_free(&r);
	record_init(&r);
	feed(&r, "HTTP/1.1 400 Bad Request\r\n", 26, -EBADMSG);
	record_free(&r);
	/* a record longer than any may be; one without anything */
	record_init(&r);
	feed(&r, "\x16\3\3\xff\xff", 5, -EBADMSG);
	record_free(&r);
	record_init(&r);
	feed(&r, "\x16\3\3\0\0", 5, -EBADMSG);
	record_free(&r);
}

static void there_is_an_end_to_what_is_kept(void **state)
{
	uint8_t *chunk = calloc(1, 5 + 16384);
	struct record_message m = {0};
	struct record_reader r;
	int e = 0;

	(void)state;
	assert_non_null(chunk);
	memcpy(chunk, "\x16\3\3\x40\0\x0b\xff\xff\xff", 9);
	record_init(&r);
	assert_int_equal(record_feed(&r, chunk, 5 + 16384), 0);
	assert_int_equal(record_next(&r, &m), -EMSGSIZE);
	record_free(&r);
	record_init(&r);
	/* the most that a message may have */
	memcpy(chunk, "\x16\3\3\x40\0\x0b\x10\xff\xf0", 9);
	for (size_t n = 0; e == 0 && n < 2000; n++) {
		e = record_feed(&r, chunk, 5 + 16384);
		if (e == 0 && record_next(&r, &m) < 0)
			break;
	}
	assert_true(e == -EMSGSIZE || record_next(&r, &m) == -EMSGSIZE);
	record_free(&r);
	free(chunk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_joined_from_fragments),
		cmocka_unit_test(several_messages_come_in_one_record),
		cmocka_unit_test(
			a_warning_is_passed_over_and_a_fatal_alert_told),
		cmocka_unit_test(what_is_not_tls_is_told_from_its_first_bytes),
		cmocka_unit_test(there_is_an_end_to_what_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
