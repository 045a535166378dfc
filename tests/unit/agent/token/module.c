/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/token/module.h"
#include "lib/file.h"

static struct module list[LIMIT_TOKEN_MODULES + 1];

static struct module parse(const char *text, int want)
{
	struct module m = {.enabled = true};

	assert_int_equal(module_parse(&m, text, strlen(text)), want);
	return m;
}

static void a_module_file_is_read(void **state)
{
	struct module m = parse("# comment\n\n"
				"  module :  /usr/lib/x.so \r\n"
				"trust-policy: yes\npriority: 1\n"
				"x-init-reserved:\n", 0);

	(void)state;
	assert_string_equal(m.library, "/usr/lib/x.so");
	assert_true(m.trust);
	assert_true(m.enabled);
	assert_false(m.remote);
	m = parse("remote: |ssh host p11-kit remote x.so", 0);
	assert_true(m.remote);
	assert_string_equal(m.library, "");
}

static void other_texts_are_refused(void **state)
{
	char *line = malloc(5000);

	(void)state;
	parse("[section]\nmodule: x.so\n", -EINVAL);
	parse("module x.so\n", -EINVAL);
	memset(line, 'a', 5000);
	memcpy(line, "module:", 7);
	line[4999] = '\0';
	parse(line, -EINVAL);
	free(line);
}

static void programs_are_left_out_or_let_in(void **state)
{
	(void)state;
	assert_false(parse("enable-in: ssh, seahorse\n", 0).enabled);
	assert_true(parse("enable-in: ssh, certwalk\n", 0).enabled);
	assert_false(parse("disable-in: a certwalk b\n", 0).enabled);
	assert_true(parse("disable-in: certwalker\n", 0).enabled);
	assert_true(parse("disable-in: certwalk\nenable-in: certwalk\n",
			  0).enabled);
}

static char folder[2][64];

static void put(int i, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder[i], name);
	assert_int_equal(file_replace(path, 0600, text, strlen(text)), 0);
}

static void the_first_folder_decides(void **state)
{
	const char *folders[] = {folder[0], folder[1], "/nowhere", NULL};
	char path[256];
	size_t n;

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(folder[i], sizeof(folder[i]), "/tmp/module.XXXXXX");
		assert_non_null(mkdtemp(folder[i]));
	}
	put(0, "b.module", "trust-policy: no\n");
	put(1, "b.module", "module: b.so\ntrust-policy: yes\n");
	put(1, "a.module", "module: a.so\n");
	put(1, "c.module", "nonsense\n");
	put(1, "README", "nonsense\n");
	put(1, "d.module~", "module: d.so\n");
	put(1, "-e.module", "module: e.so\n");
	n = modules_read_folders(folders, list);
	assert_int_equal(n, 3);
	assert_string_equal(list[0].name, "a");
	assert_string_equal(list[1].name, "b");
	assert_string_equal(list[1].library, "b.so");
	assert_false(list[1].trust);
	assert_null(list[1].fault);
	assert_string_equal(list[2].name, "c");
	assert_non_null(list[2].fault);
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "m%d.module", i);
		put(0, name, "module: m.so\n");
	}
	assert_int_equal(modules_read_folders(folders, list),
			 LIMIT_TOKEN_MODULES + 1);
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < 100; k++) {
			snprintf(path, sizeof(path), "%s/m%zu.module",
				 folder[i], k);
			unlink(path);
		}
	}
	for (int i = 0; i < 2; i++) {
		static const char *const names[] = {
			"a.module", "b.module", "c.module", "README",
			"d.module~", "-e.module"};

		for (size_t k = 0; k < 6; k++) {
			snprintf(path, sizeof(path), "%s/%s", folder[i],
				 names[k]);
			unlink(path);
		}
		assert_int_equal(rmdir(folder[i]), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_file_is_read),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(programs_are_left_out_or_let_in),
		cmocka_unit_test(the_first_folder_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
