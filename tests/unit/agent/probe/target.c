/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "agent/probe/target.h"
#include "lib/limits.h"

/* The next target is this address and port. */
static void next_is(struct target_list *l, const char *address, uint16_t port)
{
	struct target_one one;
	char text[INET6_ADDRSTRLEN] = "";

	assert_true(target_next(l, &one));
	inet_ntop(one.address_len == 4 ? AF_INET : AF_INET6, one.address, text,
		  sizeof(text));
	assert_string_equal(text, address);
	assert_int_equal(one.port, port);
}

static void add(struct target_list *l, const char *text, uint64_t count)
{
	const char *why = "";

	target_init(l);
	assert_int_equal(target_add(l, text, &why), 0);
	assert_int_equal(l->count, count);
}

static void refuse(const char *text, int error)
{
	struct target_list l;
	const char *why = NULL;

	target_init(&l);
	assert_int_equal(target_add(&l, text, &why), error);
	assert_non_null(why);
	assert_int_equal(l.count, 0);
	target_free(&l);
}

static void ports_are_lists_and_ranges(void **state)
{
	struct target_list l;
	struct target_one one;

	(void)state;
	add(&l, "127.0.0.1:443,9000-9002", 4);
	next_is(&l, "127.0.0.1", 443);
	next_is(&l, "127.0.0.1", 9000);
	next_is(&l, "127.0.0.1", 9001);
	next_is(&l, "127.0.0.1", 9002);
	assert_false(target_next(&l, &one));
	target_free(&l);
	add(&l, "192.0.2.1", 1);
	next_is(&l, "192.0.2.1", 443);
	target_free(&l);
}

static void networks_are_all_their_addresses(void **state)
{
	struct target_list l;

	(void)state;
	add(&l, "192.0.2.254/31:1-2", 4);
	next_is(&l, "192.0.2.254", 1);
	next_is(&l, "192.0.2.254", 2);
	next_is(&l, "192.0.2.255", 1);
	target_free(&l);
	add(&l, "10.1.255.7/20:443", 4096);
	next_is(&l, "10.1.240.0", 443);
	for (int i = 1; i < 256; i++) {
		struct target_one one;

		assert_true(target_next(&l, &one));
	}
	next_is(&l, "10.1.241.0", 443);
	target_free(&l);
	add(&l, "[2001:db8::ff/127]:443", 2);
	next_is(&l, "2001:db8::fe", 443);
	next_is(&l, "2001:db8::ff", 443);
	target_free(&l);
}

static void addresses_of_ipv6_stand_with_and_without_brackets(void **state)
{
	struct target_list l;

	(void)state;
	add(&l, "[::1]:8443", 1);
	next_is(&l, "::1", 8443);
	target_free(&l);
	add(&l, "::1", 1);
	next_is(&l, "::1", 443);
	target_free(&l);
	add(&l, "[fe80::1%lo]:1", 1);
	assert_true(l.count == 1);
	target_free(&l);
}

static void what_is_no_target_is_refused(void **state)
{
	(void)state;
	refuse("", -EINVAL);
	refuse(":443", -EINVAL);
	refuse("127.0.0.1:", -EINVAL);
	refuse("127.0.0.1:0", -EINVAL);
	refuse("127.0.0.1:65536", -EINVAL);
	refuse("127.0.0.1:99999999999999999999", -EINVAL);
	refuse("127.0.0.1:2-1", -EINVAL);
	refuse("127.0.0.1:1,", -EINVAL);
	refuse("127.0.0.1:1x", -EINVAL);
	refuse("[::1", -EINVAL);
	refuse("[::1]443", -EINVAL);
	refuse("127.0.0.1/33:1", -E2BIG);
	refuse("127.0.0.1/x:1", -EINVAL);
	refuse("example.org/24:1", -EINVAL);
	refuse("10.0.0.0/8:443", -E2BIG);
	refuse("10.0.0.0/16:1-65535", -E2BIG);
	refuse("[::/0]:443", -E2BIG);
	refuse("[fe80::1%nothing]:1", -EINVAL);
}

static void only_host_names_are_asked_for(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	assert_true(target_is_name("a.example.org"));
	assert_false(target_is_name(""));
	assert_false(target_is_name("192.0.2.1"));
	assert_false(target_is_name("a b"));
	assert_false(target_is_name("<x>"));
	assert_false(target_is_name(longest));
	longest[255] = '\0';
	assert_true(target_is_name(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_lists_and_ranges),
		cmocka_unit_test(networks_are_all_their_addresses),
		cmocka_unit_test(
			addresses_of_ipv6_stand_with_and_without_brackets),
		cmocka_unit_test(what_is_no_target_is_refused),
		cmocka_unit_test(only_host_names_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
