/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "lib/der.h"

#define DER(s) ((struct der){(const uint8_t *)(s), sizeof(s) - 1})

static void an_element_moves_the_cursor_behind_it(void **state)
{
	struct der d = DER("\x02\x01\x05\x04\x02" "ab");
	struct der_element e;

	(void)state;
	assert_int_equal(der_next(&d, &e), 0);
	assert_int_equal(e.tag, DER_INTEGER);
	assert_int_equal(e.body.len, 1);
	assert_int_equal(e.all.len, 3);
	assert_int_equal(der_next(&d, &e), 0);
	assert_memory_equal(e.body.data, "ab", 2);
	assert_int_equal(d.len, 0);
	assert_int_equal(der_next(&d, &e), -EBADMSG);
}

static void a_refused_element_leaves_the_cursor(void **state)
{
	struct der d = DER("\x04\x05" "abc"), body;
	struct der_element e;

	(void)state;
	assert_int_equal(der_next(&d, &e), -EBADMSG);
	assert_int_equal(d.len, 5);
	d = DER("\x04\x01" "a");
	assert_int_equal(der_take(&d, DER_SEQUENCE, &body), -EBADMSG);
	assert_int_equal(d.len, 3);
	assert_int_equal(der_take_optional(&d, DER_SEQUENCE, &body), 0);
	assert_int_equal(der_take_optional(&d, DER_OCTET_STRING, &body), 1);
	assert_int_equal(d.len, 0);
}

static void lengths_are_definite_and_below_2_to_the_31(void **state)
{
	(void)state;
	assert_int_equal(der_length((const uint8_t *)"\x30\x80", 2), 0);
	assert_int_equal(der_length((const uint8_t *)"\x30\xff", 2), 0);
	assert_int_equal(der_length((const uint8_t *)"\x30", 1), 0);
	assert_int_equal(der_length(NULL, 0), 0);
	assert_int_equal(der_length((const uint8_t *)"\x30\x82\x01", 3), 0);
	assert_int_equal(
		der_length((const uint8_t *)"\x30\x82\x01\x00", 4), 260);
	assert_int_equal(
		der_length((const uint8_t *)"\x30\x84\x7f\xff\xff\xff", 6),
		0x80000005u);
	assert_int_equal(
		der_length((const uint8_t *)"\x30\x84\x80\x00\x00\x00", 6), 0);
	assert_int_equal(
		der_length((const uint8_t *)"\x30\x85\x01\x00\x00\x00\x00", 7),
		0);
	assert_int_equal(der_length((const uint8_t *)
		"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10), 0);
}

static void a_length_need_not_be_minimal(void **state)
{
	struct der d = DER("\x30\x85\x00\x00\x00\x00\x01x"), body;

	(void)state;
	assert_int_equal(der_take(&d, DER_SEQUENCE, &body), 0);
	assert_int_equal(body.len, 1);
}

static void high_tag_numbers_are_read(void **state)
{
	struct der d = DER("\x7f\x21\x01x" "\x5f\x81\x01\x00"
			   "\x1f\xff\xff\xff\xff");
	struct der_element e;

	(void)state;
	assert_int_equal(der_next(&d, &e), 0);
	assert_int_equal(e.tag, 0x21 << 8 | 0x7f);
	assert_int_equal(der_next(&d, &e), 0);
	assert_int_equal(e.tag, 0x81 << 8 | 0x5f);
	assert_int_equal(der_next(&d, &e), -EBADMSG);
}

static void an_integer_has_no_padding_but_for_the_sign(void **state)
{
	struct der i;
	struct der good[] = {DER("\x02\x01\x00"), DER("\x02\x02\x00\x80"),
			     DER("\x02\x02\xff\x7f"), DER("\x02\x01\xff")};
	struct der bad[] = {DER("\x02\x00"), DER("\x02\x02\x00\x7f"),
			    DER("\x02\x02\xff\x80"), DER("\x04\x01\x00")};

	(void)state;
	for (size_t n = 0; n < sizeof(good) / sizeof(good[0]); n++)
		assert_int_equal(der_take_integer(&good[n], &i), 0);
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
		assert_int_equal(der_take_integer(&bad[n], &i), -EBADMSG);
}

static void magnitudes_have_bits_and_values(void **state)
{
	uint32_t v = 7;

	(void)state;
	assert_int_equal(der_bits(der_magnitude(DER("\x00"))), 0);
	assert_int_equal(der_bits(der_magnitude(DER("\x01"))), 1);
	assert_int_equal(der_bits(der_magnitude(DER("\x00\x80"))), 8);
	assert_int_equal(der_bits(der_magnitude(DER("\x01\x00\x01"))), 17);
	assert_int_equal(der_uint32(DER("\x01\x00\x01"), &v), 0);
	assert_int_equal(v, 65537);
	assert_int_equal(der_uint32(DER("\x00\xff\xff\xff\xff"), &v), 0);
	assert_int_equal(v, UINT32_MAX);
	assert_int_equal(der_uint32(DER("\x01\x00\x00\x00\x00"), &v), -ERANGE);
	assert_int_equal(der_uint32(DER("\xff"), &v), -ERANGE);
	assert_int_equal(der_uint32(DER(""), &v), -ERANGE);
	assert_int_equal(v, UINT32_MAX);
}

static void a_bit_string_counts_its_unused_bits(void **state)
{
	struct der d = DER("\x03\x02\x07\x80"), bits;
	struct der bad[] = {DER("\x03\x00"), DER("\x03\x01\x01"),
			    DER("\x03\x02\x08\x00"), DER("\x23\x02\x00\x00")};
	unsigned int unused = 0;

	(void)state;
	assert_int_equal(der_take_bit_string(&d, &bits, &unused), 0);
	assert_int_equal(unused, 7);
	assert_int_equal(bits.len, 1);
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
		assert_int_equal(der_take_bit_string(&bad[n], &bits, &unused),
				 -EBADMSG);
}

static void oids_have_dotted_text(void **state)
{
	static const struct { struct der oid; const char *text; } cases[] = {
		{DER("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
		 "1.2.840.113549.1.1.11"},
		{DER("\x00"), "0.0"}, {DER("\x27"), "0.39"},
		{DER("\x28"), "1.0"}, {DER("\x4f"), "1.39"},
		{DER("\x50"), "2.0"}, {DER("\x88\x37"), "2.999"},
		{DER("\x55\x1d\x00"), "2.5.29.0"},
		{DER("\x69\x83\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		     "\xff\xff\xff\xff\xff\x7f"),
		 "2.25.340282366920938463463374607431768211455"},
	};
	char text[DER_OID_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int n = der_oid_text(cases[i].oid, text);

		assert_int_equal(n, strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

static void what_is_not_an_oid_is_refused(void **state)
{
	char text[DER_OID_TEXT];
	uint8_t longest[256];

	(void)state;
	assert_int_equal(der_oid_text(DER(""), text), -EBADMSG);
	assert_int_equal(der_oid_text(DER("\x2a\x86"), text), -EBADMSG);
	assert_int_equal(der_oid_text(DER("\x2a\x80\x01"), text), -EBADMSG);
	assert_int_equal(der_oid_text(DER("\x69\x84\x80\x80\x80\x80\x80\x80"
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), text),
		-EBADMSG);
	memset(longest, 0x7f, sizeof(longest));
	assert_int_equal(der_oid_text((struct der){longest, 256}, text),
			 -EBADMSG);
	assert_true(der_oid_text((struct der){longest, 255}, text) > 1000);
}

static void times_are_read_as_openssl_reads_them(void **state)
{
	static const struct { uint32_t tag; struct der text; int64_t t; }
	cases[] = {
		{DER_UTC_TIME, DER("700101000000Z"), 0},
		{DER_UTC_TIME, DER("500101000000Z"), -631152000},
		{DER_UTC_TIME, DER("491231235959Z"), 2524607999},
		{DER_UTC_TIME, DER("7001010000Z"), 0},
		{DER_UTC_TIME, DER("700101010000+0100"), 0},
		{DER_UTC_TIME, DER("691231233000-0030"), 0},
		{DER_GENERALIZED_TIME, DER("19700101000000Z"), 0},
		{DER_GENERALIZED_TIME, DER("19700101000000.25Z"), 0},
		{DER_GENERALIZED_TIME, DER("99991231235959Z"), 253402300799},
		{DER_GENERALIZED_TIME, DER("00000101000000Z"), -62167219200},
	};
	int64_t t = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(der_time(cases[i].tag, cases[i].text, &t), 0);
		assert_true(t == cases[i].t);
	}
}

static void what_is_not_a_date_is_refused(void **state)
{
	static const struct { uint32_t tag; struct der text; } cases[] = {
		{DER_UTC_TIME, DER("")}, {DER_UTC_TIME, DER("700101000000")},
		{DER_UTC_TIME, DER("700229000000Z")},
		{DER_UTC_TIME, DER("701301000000Z")},
		{DER_UTC_TIME, DER("700101240000Z")},
		{DER_UTC_TIME, DER("700101000060Z")},
		{DER_UTC_TIME, DER("700101000000.5Z")},
		{DER_UTC_TIME, DER("700101000000+1300")},
		{DER_UTC_TIME, DER("700101000000Z ")},
		{DER_UTC_TIME, DER("7 0101000000Z")},
		{DER_GENERALIZED_TIME, DER("19700101000000.Z")},
		{DER_GENERALIZED_TIME, DER("700101000000Z")},
		{DER_IA5_STRING, DER("700101000000Z")},
	};
	int64_t t = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(der_time(cases[i].tag, cases[i].text, &t),
				 -EBADMSG);
	assert_true(t == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_moves_the_cursor_behind_it),
		cmocka_unit_test(a_refused_element_leaves_the_cursor),
		cmocka_unit_test(lengths_are_definite_and_below_2_to_the_31),
		cmocka_unit_test(a_length_need_not_be_minimal),
		cmocka_unit_test(high_tag_numbers_are_read),
		cmocka_unit_test(an_integer_has_no_padding_but_for_the_sign),
		cmocka_unit_test(magnitudes_have_bits_and_values),
		cmocka_unit_test(a_bit_string_counts_its_unused_bits),
		cmocka_unit_test(oids_have_dotted_text),
		cmocka_unit_test(what_is_not_an_oid_is_refused),
		cmocka_unit_test(times_are_read_as_openssl_reads_them),
		cmocka_unit_test(what_is_not_a_date_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
