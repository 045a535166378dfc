/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/token.h"

static struct token example(const char *address)
{
	struct token t = { .secret = "00112233445566778899aabbccddeeff" };

	snprintf(t.address, sizeof(t.address), "%s", address);
	for (int i = 0; i < HASH_SIZE; i++)
		t.ca_sha256[i] = (uint8_t)(i * 7);
	return t;
}

static void what_was_encoded_is_decoded(void **state)
{
	struct token in = example("collector.example.org:8444"), out;
	char text[TOKEN_TEXT];

	(void)state;
	assert_int_equal(token_encode(&in, text), 0);
	assert_memory_equal(text, "cw1_", 4);
	assert_int_equal(token_decode(text, &out), 0);
	assert_string_equal(out.address, in.address);
	assert_string_equal(out.secret, in.secret);
	assert_memory_equal(out.ca_sha256, in.ca_sha256, HASH_SIZE);
}

static void the_longest_address_fits(void **state)
{
	char address[TOKEN_ADDRESS_TEXT + 1], text[TOKEN_TEXT];
	struct token in = example(""), out;

	(void)state;
	memset(address, 'a', sizeof(address));
	snprintf(address + TOKEN_ADDRESS_TEXT - 1 - 5, 6, ":8444");
	in = example(address);
	assert_int_equal(strlen(in.address), TOKEN_ADDRESS_TEXT - 1);
	assert_int_equal(token_encode(&in, text), 0);
	assert_int_equal(token_decode(text, &out), 0);
	assert_string_equal(out.address, in.address);
}

static void any_changed_or_missing_character_is_told(void **state)
{
	struct token in = example("[2001:db8::1]:8444"), out;
	char text[TOKEN_TEXT], bad[TOKEN_TEXT];
	size_t len;

	(void)state;
	assert_int_equal(token_encode(&in, text), 0);
	len = strlen(text);
	/* the last character may carry unused bits */
	for (size_t i = 4; i + 1 < len; i++) {
		memcpy(bad, text, len + 1);
		bad[i] = text[i] == 'A' ? 'B' : 'A';
		assert_int_equal(token_decode(bad, &out), -EBADMSG);
	}
	for (size_t i = 4; i < len; i++) {
		memcpy(bad, text, i);
		bad[i] = '\0';
		assert_int_equal(token_decode(bad, &out), -EBADMSG);
	}
	assert_int_equal(token_decode("cw1_!", &out), -EBADMSG);
	assert_int_equal(token_decode("", &out), -EINVAL);
	assert_int_equal(token_decode("cw2_AAAA", &out), -EINVAL);
}

static void a_token_wrapped_over_lines_is_read(void **state)
{
	struct token in = example("h:1"), out;
	char text[TOKEN_TEXT], wrapped[TOKEN_TEXT + 8];

	(void)state;
	assert_int_equal(token_encode(&in, text), 0);
	snprintf(wrapped, sizeof(wrapped), " %.20s\r\n%s\n", text, text + 20);
	assert_int_equal(token_decode(wrapped, &out), 0);
}

static void addresses_are_split(void **state)
{
	static const char *const bad[] = {
		"", "host", ":1", "host:", "h:65536", "h:-1", "a b:1", "h/x:1",
		"::1:8444", "[]:1", "h:1x", "h:000001",
	};
	char host[64];
	uint16_t port;

	(void)state;
	assert_int_equal(token_split_address("[::1]:8443", host, sizeof(host),
					     &port), 0);
	assert_string_equal(host, "::1");
	assert_int_equal(port, 8443);
	assert_int_equal(token_split_address("*:0", host, sizeof(host), &port),
			 0);
	assert_string_equal(host, "*");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(token_split_address(bad[i], host, sizeof(host),
						     &port), -EINVAL);
}

static void secrets_differ(void **state)
{
	char a[TOKEN_SECRET_TEXT], b[TOKEN_SECRET_TEXT];

	(void)state;
	assert_int_equal(token_secret(a), 0);
	assert_int_equal(token_secret(b), 0);
	assert_int_equal(strlen(a), TOKEN_SECRET_TEXT - 1);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_encoded_is_decoded),
		cmocka_unit_test(the_longest_address_fits),
		cmocka_unit_test(any_changed_or_missing_character_is_told),
		cmocka_unit_test(a_token_wrapped_over_lines_is_read),
		cmocka_unit_test(addresses_are_split),
		cmocka_unit_test(secrets_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
