/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/unlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/appconf/appconf.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/file.h"
#include "lib/frame.h"
#include "tests/unit/folder.h"
#include "tests/unit/unit.h"

static char top[64];
static struct agent_config config;
static struct coverage coverage;
static struct unlock unlock;

static char *at(const char *name)
{
	static char path[2][256];
	static int which;

	which = !which;
	snprintf(path[which], sizeof(path[which]), "%s/1/2/3/%s", top, name);
	return path[which];
}

static void put(const char *name, const char *text)
{
	char folder[256];

	snprintf(folder, sizeof(folder), "%s", at(name));
	*strrchr(folder, '/') = '\0';
	assert_int_equal(file_make_directories(folder, 0700), 0);
	assert_int_equal(file_replace(at(name), 0600, text, strlen(text)), 0);
}

static ProtobufCBinaryData path_of(const char *name)
{
	char *path = at(name);

	return (ProtobufCBinaryData){ strlen(path), (uint8_t *)path };
}

static void find(const char *name, struct unlock_answer *ret)
{
	ProtobufCBinaryData path = path_of(name);

	assert_int_equal(unlock_find(&unlock, 7, &path, ret), 0);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/certwalk-unit-ul.XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(options_defaults(agent_options, &config), 0);
	coverage_start(&coverage, &config);
	unlock_start(&unlock, &config, &coverage);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlock_end(&unlock);
	coverage_free(&coverage);
	options_free(agent_options, &config);
	return folder_remove(top);
}

static void rule(const char *pattern, const char *file)
{
	char item[600];

	snprintf(item, sizeof(item), "%s %s", pattern, file);
	config.passwords.items = reallocarray(config.passwords.items,
					      config.passwords.count + 1,
					      sizeof(char *));
	config.passwords.items[config.passwords.count++] = strdup(item);
}

/* Applications of an answer, in their order. */
static const char *applications(const struct unlock_answer *a)
{
	static char text[1024];

	*text = '\0';
	for (size_t i = 0; i < a->count; i++) {
		strncat(text, appconf_table[a->kinds[i]].application, 20);
		strncat(text, " ", 2);
	}
	return text;
}

static void configurations_near_a_keystore_are_opened(void **state)
{
	struct unlock_answer a;

	(void)state;
	put("app/conf/server.xml", "x");
	put("app/conf/web.xml", "x");
	put("app/config/server.properties", "x");
	put("app/far/away/server.xml", "x");
	put("app/ssl/k.p12", "x");
	find("app/ssl/k.p12", &a);
	assert_string_equal(applications(&a), "tomcat kafka ");
	assert_int_equal(fcntl(a.fds[0], F_GETFL) & O_ACCMODE, O_RDONLY);
	unlock_forget(&a);
	assert_int_equal(a.count, 0);
}

static void links_devices_and_empty_files_are_left_alone(void **state)
{
	struct unlock_answer a;

	(void)state;
	put("app/real.xml", "x");
	put("app/host.xml", "");
	put("app/k.p12", "x");
	assert_int_equal(symlink("real.xml", at("app/server.xml")), 0);
	assert_int_equal(mkfifo(at("app/start.ini"), 0600), 0);
	assert_int_equal(mkdir(at("app/domain.xml"), 0700), 0);
	assert_int_equal(symlink("app", at("conf")), 0);
	find("app/k.p12", &a);
	assert_string_equal(applications(&a), "");
	unlock_forget(&a);
}

static void a_folder_that_became_a_link_is_not_followed(void **state)
{
	struct unlock_answer a;

	(void)state;
	put("real/in/server.xml", "x");
	assert_int_equal(symlink("real/in", at("link")), 0);
	find("link/k.p12", &a);
	assert_string_equal(applications(&a), "");
	unlock_forget(&a);
}

static void more_than_the_limit_is_told_once(void **state)
{
	struct unlock_answer a;
	char name[64];

	(void)state;
	for (int i = 0; i < LIMIT_APPCONF + 5; i++) {
		snprintf(name, sizeof(name), "app/%d.properties", i);
		put(name, "x");
	}
	for (int i = 0; i < 3; i++) {
		find("app/k.p12", &a);
		assert_int_equal(a.count, LIMIT_APPCONF);
		unlock_forget(&a);
	}
	assert_int_equal(coverage.message.n_gaps, 1);
}

static void a_keystore_at_the_top_has_a_place(void **state)
{
	static char name[] = "/k.p12";
	ProtobufCBinaryData path = { 6, (uint8_t *)name };
	struct unlock_answer a;

	(void)state;
	assert_int_equal(unlock_find(&unlock, 7, &path, &a), 0);
	unlock_forget(&a);
}

/* Passwords of the answer's end, a line each, after ${n} configurations. */
static void receive(int sock, size_t n, const char *expected)
{
	struct frame_receiver in = { 0 };
	struct frame f = { .fd = -1 };
	Ipc__Answer *m = NULL;
	char text[256] = "";

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(frame_recv(&in, sock, IPC_PARSE__END, &f), 1);
		assert_int_equal(f.op, IPC_PARSE_CONFIGURATION);
		assert_true(f.fd >= 0);
		close(f.fd);
	}
	assert_int_equal(frame_recv(&in, sock, IPC_PARSE__END, &f), 1);
	assert_int_equal(f.op, IPC_PARSE_ANSWER);
	m = ipc__answer__unpack(NULL, f.len, f.data);
	assert_non_null(m);
	assert_int_equal(m->id, 7);
	for (size_t i = 0; i < m->n_passwords; i++) {
		strncat(text, (char *)m->passwords[i].data,
			m->passwords[i].len);
		strncat(text, " ", 2);
	}
	assert_string_equal(text, expected);
	ipc__answer__free_unpacked(m, NULL);
	frame_receiver_free(&in);
}

static void the_rules_whose_pattern_fits_are_answered(void **state)
{
	struct unlock_answer a;
	ProtobufCBinaryData path;
	int pair[2];

	(void)state;
	put("one", "first\nsecond\n");
	put("two", "third");
	put("app/server.xml", "x");
	rule(at("app/*.p12"), at("one"));
	rule(at("other/*"), at("two"));
	rule("*.p12", at("two"));
	rule("*.p12", at("missing"));
	path = path_of("app/k.p12");
	assert_true(unlock_has_rule(&unlock, &path));
	path = path_of("app/k.jks");
	assert_false(unlock_has_rule(&unlock, &path));
	assert_int_equal(frame_pair(pair), 0);
	find("app/k.p12", &a);
	assert_int_equal(unlock_send(&unlock, &a, pair[0]), 0);
	assert_int_equal(a.id, 0);
	receive(pair[1], 1, "first second third ");
	/* the file that is not there is told at the keystore */
	assert_int_equal(coverage.message.n_gaps, 1);
	close(pair[0]);
	close(pair[1]);
}

static void a_full_socket_is_gone_on_with_later(void **state)
{
	struct unlock_answer a;
	char filler[KIB(16)] = { 0 };
	int pair[2], r = 0;
	ssize_t n = 0;

	(void)state;
	put("app/server.xml", "x");
	assert_int_equal(frame_pair(pair), 0);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	while (write(pair[0], filler, sizeof(filler)) > 0)
		;
	while (write(pair[0], filler, 1) > 0)
		;
	find("app/k.p12", &a);
	r = unlock_send(&unlock, &a, pair[0]);
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(a.id, 7);
	do {
		n = read(pair[1], filler, sizeof(filler));
	} while (n > 0);
	assert_int_equal(unlock_send(&unlock, &a, pair[0]), 0);
	receive(pair[1], 1, "");
	close(pair[0]);
	close(pair[1]);
}

static void a_bad_file_is_noted_when_the_scan_starts(void **state)
{
	(void)state;
	put("open", "x");
	assert_int_equal(chmod(at("open"), 0644), 0);
	rule("*", at("open"));
	unlock_end(&unlock);
	unlock_start(&unlock, &config, &coverage);
	assert_non_null(strstr(coverage.message.notes[
				       coverage.message.n_notes - 1],
			       "open: has to be root's"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(configurations_near_a_keystore_are_opened),
		TEST(links_devices_and_empty_files_are_left_alone),
		TEST(a_folder_that_became_a_link_is_not_followed),
		TEST(more_than_the_limit_is_told_once),
		TEST(a_keystore_at_the_top_has_a_place),
		TEST(the_rules_whose_pattern_fits_are_answered),
		TEST(a_full_socket_is_gone_on_with_later),
		TEST(a_bad_file_is_noted_when_the_scan_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
