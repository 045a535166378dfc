/* SPDX-License-Identifier: Apache-2.0 */
/* Users, sessions and tokens of any driver (store_test.h). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/collector-stub/store_case.h"

static const struct store_user_driver *u;

static int open_store(void **state)
{
	if (store_case_open(state) < 0)
		return -1;
	u = d->users;
	return 0;
}

static struct store_user user(const char *name)
{
	struct store_user r = { .role = "viewer", .password = "p",
		.created = 5 };

	snprintf(r.name, sizeof(r.name), "%s", name);
	return r;
}

static struct store_session session(int n, const char *name)
{
	struct store_session r = { .created = 10 * n, .used = 10 * n + 1 };

	memset(r.sha256, n, HASH_SIZE);
	snprintf(r.user, sizeof(r.user), "%s", name);
	return r;
}

static struct store_access token(int n, const char *owner)
{
	struct store_access r = { .name = "t", .role = "operator",
		.filter = "host = a", .created = n, .expires = 100 };

	memset(r.sha256, n, HASH_SIZE);
	snprintf(r.owner, sizeof(r.owner), "%s", owner);
	return r;
}

static void a_user_is_added_once_and_changed(void **state)
{
	struct store_user a = user("anna"), got;

	(void)state;
	assert_int_equal(u->lock(s), 0);
	assert_int_equal(u->get(s, "anna", &got), -ENOENT);
	assert_int_equal(u->put(s, &a), -ENOENT);
	assert_int_equal(u->add(s, &a), 0);
	assert_int_equal(u->add(s, &a), -EEXIST);
	a.disabled = true;
	assert_int_equal(u->lock(s), 0);
	assert_int_equal(u->login(s, "anna", "p", 77), 0);
	snprintf(a.role, sizeof(a.role), "admin");
	assert_int_equal(u->put(s, &a), 0);
	assert_int_equal(u->get(s, "anna", &got), 0);
	assert_string_equal(got.role, "admin");
	assert_string_equal(got.password, "p");
	assert_true(got.disabled);
	assert_int_equal(got.created, 5);
	assert_int_equal(got.last_login, 77);
}

static void a_login_of_what_was_changed_is_none(void **state)
{
	struct store_user a = user("anna"), got;

	(void)state;
	assert_int_equal(u->login(s, "anna", "p", 77), -ENOENT);
	assert_int_equal(u->add(s, &a), 0);
	assert_int_equal(u->login(s, "anna", "old", 77), -ENOENT);
	a.disabled = true;
	assert_int_equal(u->put(s, &a), 0);
	assert_int_equal(u->login(s, "anna", "p", 77), -ENOENT);
	assert_int_equal(u->get(s, "anna", &got), 0);
	assert_true(got.disabled);
	assert_int_equal(got.last_login, 0);
}

static int join(void *arg, const struct store_user *one)
{
	char *at = arg;

	memcpy(at + strlen(at), one->name, strlen(one->name) + 1);
	return 0;
}

static void users_come_by_name(void **state)
{
	struct store_user b = user("b"), a = user("a");
	char names[8] = "";

	(void)state;
	assert_int_equal(u->add(s, &b), 0);
	assert_int_equal(u->add(s, &a), 0);
	assert_int_equal(u->list(s, join, names), 0);
	assert_string_equal(names, "ab");
}

static void sessions_end_by_hand_by_user_and_by_age(void **state)
{
	struct store_session e, got;

	(void)state;
	for (int i = 1; i <= 4; i++) {
		e = session(i, i == 4 ? "other" : "anna");
		assert_int_equal(u->session_add(s, &e), 0);
	}
	e = session(1, "");
	assert_int_equal(u->session_used(s, e.sha256, 99), 0);
	assert_int_equal(u->session_get(s, e.sha256, &got), 0);
	assert_string_equal(got.user, "anna");
	assert_int_equal(got.created, 10);
	assert_int_equal(got.used, 99);
	assert_int_equal(u->session_end(s, "anna", e.sha256), 0);
	assert_int_equal(u->session_get(s, e.sha256, &got), 0);
	e = session(2, "");
	assert_int_equal(u->session_get(s, e.sha256, &got), -ENOENT);
	e = session(4, "");
	assert_int_equal(u->session_get(s, e.sha256, &got), 0);
	assert_int_equal(u->session_sweep(s, 0, 42), 0);
	assert_int_equal(u->session_get(s, e.sha256, &got), -ENOENT);
	e = session(1, "");
	assert_int_equal(u->session_remove(s, e.sha256), 0);
	assert_int_equal(u->session_get(s, e.sha256, &got), -ENOENT);
}

static int count(void *arg, const struct store_access *a)
{
	(void)a;
	++*(int *)arg;
	return 0;
}

static void tokens_belong_to_their_owner(void **state)
{
	struct store_access a = token(1, "anna"), b = token(2, "ben"), got;
	int n = 0;

	(void)state;
	assert_int_equal(u->access_add(s, &a), 0);
	assert_int_equal(u->access_add(s, &b), 0);
	assert_int_equal(u->access_list(s, "ben", count, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(u->access_list(s, NULL, count, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(u->access_used(s, a.sha256, 60), 0);
	assert_int_equal(u->access_get(s, a.sha256, &got), 0);
	assert_string_equal(got.name, "t");
	assert_string_equal(got.owner, "anna");
	assert_string_equal(got.role, "operator");
	assert_string_equal(got.filter, "host = a");
	assert_int_equal(got.expires, 100);
	assert_int_equal(got.used, 60);
	assert_int_equal(u->access_remove(s, a.sha256), 0);
	assert_int_equal(u->access_remove(s, a.sha256), -ENOENT);
}

static void with_a_user_go_sessions_and_tokens(void **state)
{
	struct store_user a = user("anna");
	struct store_session e = session(1, "anna"), got_e;
	struct store_access t = token(1, "anna"), got_t;

	(void)state;
	assert_int_equal(u->add(s, &a), 0);
	assert_int_equal(u->session_add(s, &e), 0);
	assert_int_equal(u->access_add(s, &t), 0);
	assert_int_equal(u->remove(s, "anna"), 0);
	assert_int_equal(u->remove(s, "anna"), -ENOENT);
	assert_int_equal(u->session_get(s, e.sha256, &got_e), -ENOENT);
	assert_int_equal(u->access_get(s, t.sha256, &got_t), -ENOENT);
}

static void a_link_is_taken_once_and_in_time(void **state)
{
	struct store_link a = { .created = 10, .expires = 100 };
	struct store_link b = a;

	(void)state;
	memset(a.sha256, 1, HASH_SIZE);
	memset(b.sha256, 2, HASH_SIZE);
	assert_int_equal(u->link_add(s, &a), 0);
	assert_int_equal(u->link_add(s, &b), 0);
	assert_int_equal(u->link_take(s, b.sha256, 100), -ENOENT);
	assert_int_equal(u->link_take(s, a.sha256, 99), 0);
	assert_int_equal(u->link_take(s, a.sha256, 99), -ENOENT);
	/* what came late was not used up by that */
	assert_int_equal(u->link_take(s, b.sha256, 99), 0);
}

static int note_title(void *arg, const struct store_saved *f)
{
	char *at = arg;

	snprintf(at + strlen(at), 8, "%s=%s ", f->title, f->filter);
	return 0;
}

static void saved_filters_are_replaced_by_title(void **state)
{
	struct store_saved f = { .owner = "anna", .list = "hosts",
		.title = "b", .filter = "x" };
	char got[64] = "";

	(void)state;
	assert_int_equal(u->saved_put(s, &f), 0);
	f.filter = "y";
	assert_int_equal(u->saved_put(s, &f), 0);
	f.title = "a";
	assert_int_equal(u->saved_put(s, &f), 0);
	assert_int_equal(u->saved_list(s, "anna", note_title, got), 0);
	assert_string_equal(got, "a=y b=y ");
	assert_int_equal(u->saved_remove(s, &f), 0);
	assert_int_equal(u->saved_remove(s, &f), -ENOENT);
	got[0] = '\0';
	assert_int_equal(u->saved_list(s, "ben", note_title, got), 0);
	assert_string_equal(got, "");
}

static int number(void *arg, const struct store_audit *a)
{
	int64_t *at = arg;

	*at = *at * 10 + a->number;
	return 0;
}

static void the_audit_log_is_read_backwards(void **state)
{
	int64_t got = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(s->driver->audit_add(s, i, "{}"), 0);
	assert_int_equal(s->driver->audit_before(s, 4, 2, number, &got), 0);
	assert_int_equal(got, 32);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, store_case_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_user_is_added_once_and_changed),
		CASE(a_login_of_what_was_changed_is_none),
		CASE(users_come_by_name),
		CASE(sessions_end_by_hand_by_user_and_by_age),
		CASE(tokens_belong_to_their_owner),
		CASE(with_a_user_go_sessions_and_tokens),
		CASE(a_link_is_taken_once_and_in_time),
		CASE(saved_filters_are_replaced_by_title),
		CASE(the_audit_log_is_read_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
