/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "agent/probe/reply.h"
#include "agent/probe/suite.h"
#include "lib/limits.h"

#define RANDOM "0123456789abcdef0123456789abcdef"

static int say(struct reply *r, uint8_t type, const char *body, size_t len)
{
	const char *why = "";
	int e = reply_message(r, type, (const uint8_t *)body, len, &why);

	assert_true(e == 0 || *why);
	return e;
}

#define SAY(r, type, body) say(r, type, body, sizeof(body) - 1)

static void hello_12(struct reply *r)
{
	reply_init(r);
	/* ECDHE-RSA; session ticket, ALPN h2 */
	assert_int_equal(SAY(r, 2, "\3\3" RANDOM "\0" "\xc0\x2f" "\0" "\0\x0d"
			     "\0\x23\0\0" "\0\x10\0\5\0\3\2h2"), 0);
}

static void a_flight_of_tls_1_2_is_read(void **state)
{
	const uint8_t *der = NULL;
	size_t at = 0, len = 0;
	struct reply r;

	(void)state;
	hello_12(&r);
	assert_true(r.hello && r.ticket);
	assert_int_equal(r.version, TLS_1_2);
	assert_string_equal(r.alpn, "h2");
	assert_int_equal(SAY(&r, 11, "\0\0\x0a" "\0\0\3abc" "\0\0\1d"), 0);
	assert_int_equal(r.chain_count, 2);
	assert_true(reply_certificate(&r, &at, &der, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(der, "abc", 3);
	assert_true(reply_certificate(&r, &at, &der, &len));
	assert_memory_equal(der, "d", 1);
	assert_false(reply_certificate(&r, &at, &der, &len));
	assert_int_equal(SAY(&r, 22, "\1\0\0\2ok"), 0);
	assert_int_equal(r.staple.len, 2);
	assert_int_equal(SAY(&r, 12, "\3\0\x17\1x"), 0);
	assert_int_equal(r.group, 0x17);
	assert_int_equal(SAY(&r, 13, "\1\1" "\0\2\4\3" "\0\4\0\2\x30\0"), 0);
	assert_true(r.asks_client);
	at = 0;
	assert_true(reply_authority(&r, &at, &der, &len));
	assert_int_equal(len, 2);
	assert_false(r.done);
	assert_int_equal(SAY(&r, 14, ""), 0);
	assert_true(r.done);
	reply_free(&r);
}

static void a_retry_names_the_group(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	assert_int_equal(SAY(&r, 2, "\3\3"
			     "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02"
			     "\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e"
			     "\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
			     "\0" "\x13\1" "\0" "\0\x0c"
			     "\0\x2b\0\2\3\4" "\0\x33\0\2\x11\xec"), 0);
	assert_true(r.retry && r.done);
	assert_int_equal(r.version, TLS_1_3);
	assert_int_equal(r.group, 0x11ec);
	assert_int_equal(r.suite, 0x1301);
	reply_free(&r);
}

static void entries_of_tls_1_3_have_extensions(void **state)
{
	const uint8_t *der = NULL;
	size_t at = 0, len = 0;
	struct reply r;

	(void)state;
	reply_init(&r);
	assert_int_equal(SAY(&r, 2, "\3\3" RANDOM "\0" "\x13\1" "\0" "\0\6"
			     "\0\x2b\0\2\3\4"), 0);
	assert_int_equal(SAY(&r, 11, "\0" "\0\0\x14"
			     "\0\0\1a" "\0\x0b" "\0\5\0\7\1\0\0\3yes"
			     "\0\0\0"), -EBADMSG);
	reply_free(&r);
	reply_init(&r);
	assert_int_equal(SAY(&r, 2, "\3\3" RANDOM "\0" "\x13\1" "\0" "\0\6"
			     "\0\x2b\0\2\3\4"), 0);
	assert_int_equal(SAY(&r, 11, "\0" "\0\0\x17"
			     "\0\0\1a" "\0\x0b" "\0\5\0\7\1\0\0\3yes"
			     "\0\0\1b" "\0\0"), 0);
	assert_int_equal(r.chain_count, 2);
	assert_int_equal(r.staple.len, 3);
	assert_true(reply_certificate(&r, &at, &der, &len));
	assert_memory_equal(der, "a", 1);
	reply_free(&r);
}

static void lengths_that_lie_are_refused(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	assert_int_equal(SAY(&r, 11, "\0\0\0"), -EBADMSG);
	assert_int_equal(SAY(&r, 2, "\3\3short"), -EBADMSG);
	assert_int_equal(SAY(&r, 2, "\3\3" RANDOM "\xff" "\xc0\x2f\0"),
			 -EBADMSG);
	assert_int_equal(SAY(&r, 2, "\2\0" RANDOM "\0" "\xc0\x2f\0"), -EBADMSG);
	assert_int_equal(SAY(&r, 2, "\3\3" RANDOM "\0" "\xc0\x2f\0" "\0\4"
			     "\0\x23\xff\xff"), -EBADMSG);
	reply_free(&r);
	hello_12(&r);
	assert_int_equal(SAY(&r, 11, "\xff\xff\xff" "\0\0\1a"), -EBADMSG);
	assert_int_equal(SAY(&r, 11, "\0\0\4" "\0\0\2a"), -EBADMSG);
	assert_int_equal(SAY(&r, 13, "\1\1\0\2\4\3\0\5\0\x2"), -EBADMSG);
	assert_int_equal(SAY(&r, 11, "\0\0\0"), 0);
	assert_int_equal(r.chain_count, 0);
	/* once is enough */
	assert_int_equal(SAY(&r, 11, "\0\0\0"), -EBADMSG);
	reply_free(&r);
}

static void of_a_thousand_certificates_a_hundred_are_kept(void **state)
{
	static char message[3 + 4 * 1000];
	struct reply r;

	(void)state;
	message[1] = (char)(4 * 1000 >> 8);
	message[2] = (char)(4 * 1000 & 0xff);
	for (int i = 0; i < 1000; i++)
		message[3 + 4 * i + 2] = 1;
	hello_12(&r);
	assert_int_equal(say(&r, 11, message, sizeof(message)), 0);
	assert_int_equal(r.chain_count, 1000);
	assert_int_equal(r.chain_kept, LIMIT_TLS_CHAIN);
	reply_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flight_of_tls_1_2_is_read),
		cmocka_unit_test(a_retry_names_the_group),
		cmocka_unit_test(entries_of_tls_1_3_have_extensions),
		cmocka_unit_test(lengths_that_lie_are_refused),
		cmocka_unit_test(
			of_a_thousand_certificates_a_hundred_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
