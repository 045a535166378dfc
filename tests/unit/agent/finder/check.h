/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a finder over files that the test writes below a folder of its own,
 * which stands for the root, and compares what it yields. */
#ifndef CW_TESTS_FINDER_CHECK_H
#define CW_TESTS_FINDER_CHECK_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/finder/finder.h"
#include "agent/proc/config_open.h"
#include "lib/file.h"
#include "proto/certwalk.pb-c.h"

static char check_root[64];
static struct buf check_found, check_gaps;

static int check_setup(void **state)
{
	(void)state;
	snprintf(check_root, sizeof(check_root), "/tmp/certwalk-finder.XXXXXX");
	buf_init(&check_found, MIB(16));
	buf_init(&check_gaps, MIB(16));
	return mkdtemp(check_root) ? 0 : -1;
}

static int check_teardown(void **state)
{
	char command[128];

	(void)state;
	buf_free(&check_found);
	buf_free(&check_gaps);
	snprintf(command, sizeof(command), "rm -r %s", check_root);
	return (system)(command);
}

static inline void file_bytes(const char *path, const void *text, size_t len)
{
	char full[4096], folder[4096];

	snprintf(full, sizeof(full), "%s%s", check_root, path);
	snprintf(folder, sizeof(folder), "%s", full);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(file_make_directories(folder, 0700), 0);
	assert_int_equal(file_replace(full, 0600, text, len), 0);
}

static inline void file(const char *path, const char *text)
{
	file_bytes(path, text, strlen(text));
}

static inline void link_to(const char *path, const char *target)
{
	char full[4096];

	snprintf(full, sizeof(full), "%s%s", check_root, path);
	assert_int_equal(symlink(target, full), 0);
}

static void check_list(const char *sign, const struct finder_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		buf_addf(&check_found, "%s%s", i ? "," : sign, list->items[i]);
}

/* ROLE PATH CONFIG:LINE name,name @address,address */
static int check_binding(void *arg, const char *service,
			 const struct finder_binding *b)
{
	(void)arg;
	(void)service;
	buf_addf(&check_found, "%s %s %s:%u", finder_role_name(b->role),
		 b->path, b->config, b->line);
	check_list(" ", &b->scope.names);
	check_list(" @", &b->scope.listen);
	return buf_addch(&check_found, '\n');
}

static int check_gap(void *arg, int kind, const char *path, const char *reason)
{
	(void)arg;
	(void)kind;
	return buf_addf(&check_gaps, "%s %s\n", path, reason);
}

/* Runs it with these command lines of one process (NULL: none). */
static inline void find_started(const char *service, const char *exe,
				const char *const *argv)
{
	struct config_opener o;
	const struct finder_opener opener = {config_open, &o};
	const struct finder_sink sink = {check_binding, check_gap, NULL};
	struct finder_process p = {.exe = exe, .cwd = "/srv", .argv = argv};
	const struct finder *f = finder_find(service);

	while (argv && argv[p.argc])
		p.argc++;
	assert_non_null(f);
	buf_reset(&check_found);
	buf_reset(&check_gaps);
	config_opener_init(&o, check_root);
	assert_int_equal(finder_service(f, &opener, &sink, &p, argv ? 1 : 0,
					NULL), 0);
	config_opener_free(&o);
}

static inline void find(const char *service)
{
	find_started(service, "", NULL);
}

#define assert_found(text) \
	assert_string_equal(buf_str(&check_found), text)
#define assert_gaps(text) \
	assert_string_equal(buf_str(&check_gaps), text)

#define finder_test(name) \
	cmocka_unit_test_setup_teardown(name, check_setup, check_teardown)

#endif
