/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/format/format.h"
#include "lib/limits.h"

extern const struct format format_der;

static enum format_verdict sniff(const char *head, size_t len, uint64_t size,
				 const char *name)
{
	uint8_t block[64] = {0};

	memcpy(block, head, len);
	return format_der.sniff(block, sizeof(block), size, name);
}

static void objects_are_told_by_their_beginning(void **state)
{
	(void)state;
	/* certificate, PKCS#1 key, short public key */
	assert_int_equal(sniff("\x30\x82\x03\x00\x30\x82", 6, 772, "a"),
			 FORMAT_YES);
	assert_int_equal(sniff("\x30\x82\x03\x00\x02\x01", 6, 772, "a"),
			 FORMAT_YES);
	assert_int_equal(sniff("\x30\x2a\x30\x05", 4, 44, "a"), FORMAT_YES);
}

static void a_text_that_begins_with_01_is_none(void **state)
{
	(void)state;
	assert_int_equal(sniff("01-02T03:04:57Z", 15, 3000000, "a.log"),
			 FORMAT_NO);
	assert_int_equal(sniff("0.0.0.0 localhost", 17, 300, "hosts"),
			 FORMAT_NO);
	/* but a name that claims one is looked into, to say what it is */
	assert_int_equal(sniff("01-02T03:04:57Z", 15, 300, "a.crt"),
			 FORMAT_YES);
}

static void odd_lengths_are_refused(void **state)
{
	(void)state;
	assert_int_equal(sniff("\x30\x80\x30\x80", 4, 4096, "a"), FORMAT_NO);
	assert_int_equal(sniff("\x30\xff\x30\x80", 4, 4096, "a"), FORMAT_NO);
	assert_int_equal(sniff("\x30\x84\xff\xff\xff\xff\x30", 7, MIB(2), "a"),
			 FORMAT_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_told_by_their_beginning),
		cmocka_unit_test(a_text_that_begins_with_01_is_none),
		cmocka_unit_test(odd_lengths_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
