/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/config/config.h"

/* Loads a file with that text; what is loaded is freed again. */
static int load(const char *text)
{
	struct collector_config c;
	char path[] = "/tmp/config.XXXXXX";
	int fd = mkstemp(path);
	int res = 0;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	res = collector_config_load(&c, path);
	unlink(path);
	if (res == 0)
		collector_config_free(&c);
	return res;
}

static void defaults_and_example_are_right(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	options_print_example(collector_options, f);
	fclose(f);
	assert_int_equal(load(text), 0);
	assert_int_equal(load(""), 0);
	free(text);
}

static void listening_addresses_are_checked(void **state)
{
	(void)state;
	assert_int_equal(load("[listen]\nagents = 127.0.0.1:0\n"), 0);
	assert_int_equal(load("[listen]\nagents = [::1]:8443\n"), 0);
	assert_int_equal(load("[listen]\nagents = host.example:8443\n"), 0);
	assert_int_equal(load("[listen]\nagents = 8443\n"), -EINVAL);
	assert_int_equal(load("[listen]\nagents = :8443\n"), -EINVAL);
	assert_int_equal(load("[listen]\nagents = ::1:8443\n"), -EINVAL);
	assert_int_equal(load("[listen]\nenroll = *:65536\n"), -EINVAL);
	assert_int_equal(load("[listen]\nenroll = *:\n"), -EINVAL);
	assert_int_equal(load("[listen]\nenroll =\n"), -EINVAL);
}

static void names_and_databases_are_checked(void **state)
{
	(void)state;
	assert_int_equal(load("[listen]\nname = a.example\nname = ::1\n"), 0);
	assert_int_equal(load("[listen]\nname = a b\n"), -EINVAL);
	assert_int_equal(load("[collector]\ndatabase = sqlite:/x\n"), 0);
	assert_int_equal(load("[collector]\ndatabase = sqlite:x\n"), -EINVAL);
	assert_int_equal(load("[collector]\ndatabase = x\n"), -EINVAL);
}

static void ranges_are_checked(void **state)
{
	(void)state;
	assert_int_equal(load("[agents]\ncertificate_lifetime = 10s\n"), 0);
	assert_int_equal(load("[agents]\ncertificate_lifetime = 9s\n"),
			 -EINVAL);
	assert_int_equal(load("[listen]\nmax_connections = 0\n"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_example_are_right),
		cmocka_unit_test(listening_addresses_are_checked),
		cmocka_unit_test(names_and_databases_are_checked),
		cmocka_unit_test(ranges_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
