/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/listen/diag.h"

static uint8_t data[1024];
static size_t len;
static unsigned int taken;
static struct diag_socket last;

static int take(void *arg, const struct diag_socket *s)
{
	taken++;
	last = *s;
	return arg ? -ECANCELED : 0;
}

static void add(uint16_t type, const void *body, size_t n)
{
	struct nlmsghdr h = {.nlmsg_type = type,
			     .nlmsg_len = (uint32_t)(sizeof(h) + n)};

	memcpy(data + len, &h, sizeof(h));
	if (n > 0)
		memcpy(data + len + sizeof(h), body, n);
	len += NLMSG_ALIGN(sizeof(h) + n);
}

static void add_socket(uint8_t family, uint16_t port)
{
	struct inet_diag_msg m = {.idiag_family = family, .idiag_inode = 77};

	m.id.idiag_sport = (uint16_t)(port << 8 | port >> 8);
	m.id.idiag_src[0] = 0x0100007f;
	add(SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
}

static int parse(void *arg)
{
	taken = 0;
	return diag_parse(data, len, false, take, arg);
}

static int begin(void **state)
{
	(void)state;
	memset(data, 0, sizeof(data));
	len = 0;
	return 0;
}

static void sockets_are_read_to_the_end(void **state)
{
	(void)state;
	add_socket(AF_INET, 443);
	add_socket(AF_INET6, 8443);
	add_socket(AF_UNIX, 1);
	add_socket(AF_INET, 0);
	assert_int_equal(parse(NULL), 0);
	assert_int_equal(taken, 2);
	assert_int_equal(last.port, 8443);
	assert_int_equal(last.address_len, 16);
	assert_int_equal(last.inode, 77);
	add(NLMSG_DONE, NULL, 0);
	assert_int_equal(parse(NULL), 1);
	assert_int_equal(parse(data), -ECANCELED);
}

static void errors_of_the_kernel_are_told(void **state)
{
	int32_t error = -EPERM;

	(void)state;
	add(NLMSG_ERROR, &error, sizeof(error));
	assert_int_equal(parse(NULL), -EPERM);
	len = 0;
	error = 5;
	add(NLMSG_ERROR, &error, sizeof(error));
	assert_int_equal(parse(NULL), -EPROTO);
	len = 0;
	add(NLMSG_ERROR, NULL, 0);
	assert_int_equal(parse(NULL), -EPROTO);
}

static void wrong_lengths_are_refused(void **state)
{
	struct nlmsghdr h;

	(void)state;
	add_socket(AF_INET, 443);
	for (uint32_t n = 0; n < 200; n++) {
		memcpy(&h, data, sizeof(h));
		h.nlmsg_len = n;
		memcpy(data, &h, sizeof(h));
		if (n < sizeof(h) || n > len ||
		    n < sizeof(h) + sizeof(struct inet_diag_msg))
			assert_int_equal(parse(NULL), -EPROTO);
	}
	assert_int_equal(diag_parse(data, 3, false, take, NULL), 0);
}

static void attributes_may_be_broken(void **state)
{
	static const uint8_t tails[][8] = {
		{5, 0, INET_DIAG_SKV6ONLY, 0, 1}, {0, 0, 1}, {255, 255, 1, 0},
		{4, 0, INET_DIAG_SKV6ONLY, 0}, {4, 0, 1, 0, 3, 0, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		uint8_t body[sizeof(struct inet_diag_msg) + 8] = {AF_INET6};

		body[4] = 1;
		memcpy(body + sizeof(struct inet_diag_msg), tails[i], 8);
		len = 0;
		add(SOCK_DIAG_BY_FAMILY, body, sizeof(body));
		assert_int_equal(parse(NULL), 0);
		assert_int_equal(taken, 1);
		assert_int_equal(last.v6_only, i == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sockets_are_read_to_the_end, begin),
		cmocka_unit_test_setup(errors_of_the_kernel_are_told, begin),
		cmocka_unit_test_setup(wrong_lengths_are_refused, begin),
		cmocka_unit_test_setup(attributes_may_be_broken, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
