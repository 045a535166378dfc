/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config/config.h"

/* Loads a file with that text. */
static int load(struct agent_config *c, const char *text)
{
	char path[] = "/tmp/config.XXXXXX";
	int fd = mkstemp(path);
	int res = 0;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	res = agent_config_load(c, path);
	unlink(path);
	return res;
}

static void an_empty_file_gives_the_defaults(void **state)
{
	struct agent_config c;

	(void)state;
	assert_int_equal(load(&c, ""), 0);
	assert_string_equal(c.state_dir, "/var/lib/certwalk");
	assert_string_equal(c.user, "certwalk");
	assert_int_equal(c.interval, 6 * 3600);
	assert_int_equal(c.paths.count, 1);
	assert_string_equal(c.paths.items[0], "/");
	assert_int_equal(c.max_text_size, 64 << 20);
	assert_string_equal(c.url, "");
	agent_config_free(&c);
}

static void what_was_in_memory_before_is_of_no_account(void **state)
{
	struct agent_config c;

	(void)state;
	memset(&c, 0xff, sizeof(c));
	assert_int_equal(load(&c, ""), 0);
	assert_null(c.silence);
	agent_config_free(&c);
}

static void the_example_is_right(void **state)
{
	struct agent_config c;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	options_print_example(agent_options, f);
	fclose(f);
	assert_int_equal(load(&c, text), 0);
	agent_config_free(&c);
	free(text);
}

static void a_missing_file_is_an_error_if_named(void **state)
{
	struct agent_config c;

	(void)state;
	assert_int_equal(agent_config_load(&c, "/no/such.ini"), -ENOENT);
}

static void an_existing_pki_is_all_four_or_none(void **state)
{
	struct agent_config c;

	(void)state;
	assert_int_equal(load(&c, "[collector]\nurl = https://c:8443\n"
			      "certificate = /c\nkey = /k\nca = /a\n"), 0);
	assert_string_equal(c.key, "/k");
	agent_config_free(&c);
	assert_int_equal(load(&c, "[collector]\ncertificate = /c\n"), -EINVAL);
	assert_int_equal(load(&c, "[collector]\nurl = https://c:8443\n"
			      "certificate = /c\nkey = /k\n"), -EINVAL);
	assert_int_equal(load(&c, "[collector]\nurl = http://c:8443\n"
			      "certificate = /c\nkey = /k\nca = /a\n"),
			 -EINVAL);
}

static void paths_are_absolute(void **state)
{
	struct agent_config c;

	(void)state;
	assert_int_equal(load(&c, "[scan]\npath = etc\n"), -EINVAL);
	assert_int_equal(load(&c, "[scan]\npath =\n"), -EINVAL);
	assert_int_equal(load(&c, "[scan]\nexclude = tmp/*\n"), -EINVAL);
	assert_int_equal(load(&c, "[agent]\nstate_dir =\n"), -EINVAL);
	assert_int_equal(load(&c, "[scan]\npath = /a\npath = /b\n"
			      "exclude = */node_modules/*\n"), 0);
	assert_int_equal(c.paths.count, 2);
	agent_config_free(&c);
}

static void unknown_keys_and_bad_values_are_refused(void **state)
{
	struct agent_config c;

	(void)state;
	assert_int_equal(load(&c, "[agent]\nintervall = 6h\n"), -EINVAL);
	assert_int_equal(load(&c, "[agent]\ninterval = often\n"), -EINVAL);
	assert_int_equal(load(&c, "[agent]\nlog_level = loud\n"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_gives_the_defaults),
		cmocka_unit_test(what_was_in_memory_before_is_of_no_account),
		cmocka_unit_test(the_example_is_right),
		cmocka_unit_test(a_missing_file_is_an_error_if_named),
		cmocka_unit_test(an_existing_pki_is_all_four_or_none),
		cmocka_unit_test(paths_are_absolute),
		cmocka_unit_test(unknown_keys_and_bad_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
