/* SPDX-License-Identifier: Apache-2.0 */
/* Users that come from elsewhere than the command line. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/account.h"
#include "collector-stub/auth/password.h"
#include "lib/clock.h"
#include "tests/unit/collector-stub/store_test.h"

#define PASSWORD "correct horse battery"

static struct store *s;
static const struct account_provider
	one = { .issuer = "https://id.test", .subject = "s-1" },
	two = { .issuer = "https://id.test", .subject = "s-2" };
static char mark[STORE_USER_PASSWORD], other[STORE_USER_PASSWORD];

static int open_store(void **state)
{
	(void)state;
	account_mark(one.issuer, one.subject, mark);
	account_mark(two.issuer, two.subject, other);
	return store_test_open(&s);
}

static int close_store(void **state)
{
	(void)state;
	store_close(s);
	return 0;
}

static struct store_user get(const char *name)
{
	struct store_user u = { .name = "" };

	assert_int_equal(s->driver->users->get(s, name, &u), 0);
	return u;
}

static void a_mark_is_of_issuer_and_subject_and_no_password(void **state)
{
	char text[STORE_USER_PASSWORD];

	(void)state;
	assert_string_not_equal(mark, other);
	account_mark("https://id.tests", "-1", text);
	assert_string_not_equal(mark, text);
	assert_false(password_is_valid("", mark));
	assert_false(password_is_valid(mark, mark));
}

static void a_provider_makes_its_user_once(void **state)
{
	struct store_user u;

	(void)state;
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_VIEWER,
					       &u), 0);
	assert_string_equal(u.role, "viewer");
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_ADMIN,
					       &u), 0);
	assert_string_equal(get("anna").role, "admin");
	/* down again, although no other admin is left */
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_VIEWER,
					       &u), 0);
	assert_string_equal(get("anna").role, "viewer");
}

static void a_name_that_is_anothers_is_refused(void **state)
{
	struct store_user u;

	(void)state;
	assert_int_equal(account_from_provider(s, &two, "anna", ROLE_ADMIN,
					       &u), -EEXIST);
	assert_int_equal(account_add(s, NULL, "ben", ROLE_VIEWER, PASSWORD),
			 0);
	assert_int_equal(account_from_provider(s, &two, "ben", ROLE_ADMIN,
					       &u), -EEXIST);
	assert_string_equal(get("ben").role, "viewer");
}

static void another_name_at_the_provider_is_the_same_user(void **state)
{
	const struct account_change c = {
		.disabled = -1, .password = PASSWORD,
	};
	struct store_user u;

	(void)state;
	assert_int_equal(account_from_provider(s, &one, "anna2", ROLE_VIEWER,
					       &u), 0);
	assert_string_equal(u.name, "anna");
	assert_int_equal(s->driver->users->get(s, "anna2", &u), -ENOENT);
	/* nor by way of a password, which would hide whose it is */
	assert_int_equal(account_change(s, NULL, "anna", &c), -ENOTSUP);
}

static void without_a_role_none_is_made_and_none_keeps_one(void **state)
{
	struct store_user u;

	(void)state;
	assert_int_equal(account_from_provider(s, &two, "eve", ROLE_NONE, &u),
			 -ENOENT);
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_NONE, &u),
			 0);
	assert_string_equal(get("anna").role, "none");
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_VIEWER,
					       &u), 0);
}

static void a_disabled_user_stays_out(void **state)
{
	const struct account_change c = { .disabled = 1 };
	struct store_user u;

	(void)state;
	assert_int_equal(account_change(s, NULL, "anna", &c), 0);
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_ADMIN,
					       &u), -EACCES);
	assert_int_equal(account_from_provider(s, &one, "anna2", ROLE_ADMIN,
					       &u), -EACCES);
	assert_string_equal(get("anna").role, "viewer");
}

static void users_are_served_while_their_provider_is_configured(
	void **state)
{
	struct store_user u = get("anna"), plain = get("ben");

	(void)state;
	assert_true(account_is_served(&u, "https://id.test"));
	assert_false(account_is_served(&u, "https://id.test/"));
	assert_false(account_is_served(&u, ""));
	assert_true(account_is_served(&plain, ""));
	assert_true(account_is_served(&plain, "https://id.test"));
}

static void an_older_users_provider_is_noted_at_the_next_login(
	void **state)
{
	struct store_user u = get("anna");

	(void)state;
	u.issuer[0] = '\0';
	u.disabled = false;
	assert_int_equal(s->driver->users->put(s, &u), 0);
	u = get("anna");
	assert_true(account_is_served(&u, "https://other.test"));
	assert_false(account_is_served(&u, ""));
	assert_int_equal(account_from_provider(s, &one, "anna", ROLE_VIEWER,
					       &u), 0);
	u = get("anna");
	assert_false(account_is_served(&u, "https://other.test"));
	assert_true(account_is_served(&u, "https://id.test"));
}

static void add_link(int n, int64_t expires)
{
	struct store_link l = { .created = 1, .expires = expires };

	memset(l.sha256, n, HASH_SIZE);
	assert_int_equal(s->driver->begin(s), 0);
	assert_int_equal(s->driver->users->link_add(s, &l), 0);
	assert_int_equal(s->driver->commit(s), 0);
}

static int set_up(int n, const char *name, const char *password)
{
	uint8_t hash[HASH_SIZE];

	memset(hash, n, HASH_SIZE);
	return account_set_up(s, hash, "192.0.2.1", name, password);
}

static void a_link_makes_one_admin_in_time(void **state)
{
	(void)state;
	add_link(1, clock_now() - 1);
	add_link(2, clock_now() + 3600);
	add_link(3, clock_now() + 3600);
	assert_int_equal(set_up(1, "carl", PASSWORD), -ENOENT);
	assert_int_equal(set_up(9, "carl", PASSWORD), -ENOENT);
	assert_int_equal(set_up(2, "carl", "short"), -EINVAL);
	assert_int_equal(set_up(2, "a b", PASSWORD), -EINVAL);
	assert_int_equal(set_up(2, "ben", PASSWORD), -EEXIST);
	/* none of that has used it up */
	assert_int_equal(set_up(2, "carl", PASSWORD), 0);
	assert_string_equal(get("carl").role, "admin");
	assert_int_equal(set_up(2, "dora", PASSWORD), -ENOENT);
	/* there is an admin */
	assert_int_equal(set_up(3, "dora", PASSWORD), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_mark_is_of_issuer_and_subject_and_no_password),
		cmocka_unit_test(a_provider_makes_its_user_once),
		cmocka_unit_test(a_name_that_is_anothers_is_refused),
		cmocka_unit_test(
			another_name_at_the_provider_is_the_same_user),
		cmocka_unit_test(
			without_a_role_none_is_made_and_none_keeps_one),
		cmocka_unit_test(a_disabled_user_stays_out),
		cmocka_unit_test(
			users_are_served_while_their_provider_is_configured),
		cmocka_unit_test(
			an_older_users_provider_is_noted_at_the_next_login),
		cmocka_unit_test(a_link_makes_one_admin_in_time),
	};

	return cmocka_run_group_tests(tests, open_store, close_store);
}
