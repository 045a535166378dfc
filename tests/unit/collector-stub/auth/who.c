/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and API tokens: until when, and for whom. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/who.h"
#include "tests/unit/collector-stub/store_test.h"

#define NOW INT64_C(1800000000)

static struct store *s;
static const struct who_limits limits = {
	.idle = 3600, .life = 43200, .issuer = "",
};

static int open_store(void **state)
{
	struct store_user u = { .name = "anna", .role = "operator" };

	(void)state;
	if (store_test_open(&s) < 0 || s->driver->begin(s) < 0)
		return -1;
	return s->driver->users->add(s, &u);
}

static int close_store(void **state)
{
	(void)state;
	s->driver->rollback(s);
	store_close(s);
	return 0;
}

static void log_in(char secret[static WHO_SECRET])
{
	assert_int_equal(who_log_in(s, "anna", NOW, &limits, secret), 0);
}

static int ask(const char *secret, int64_t after, struct who *ret)
{
	return who_by_session(s, secret, NOW + after, &limits, ret);
}

static void put(const char *role, bool disabled)
{
	struct store_user u = { .disabled = disabled };

	assert_int_equal(s->driver->users->get(s, "anna", &u), 0);
	snprintf(u.name, sizeof(u.name), "anna");
	snprintf(u.role, sizeof(u.role), "%s", role);
	u.disabled = disabled;
	assert_int_equal(s->driver->users->put(s, &u), 0);
}

static void a_session_ends_when_it_is_not_used(void **state)
{
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	log_in(secret);
	assert_int_equal(ask(secret, limits.idle - 1, &w), 0);
	assert_string_equal(w.user, "anna");
	assert_int_equal(w.role, ROLE_OPERATOR);
	assert_int_equal(w.until, NOW + limits.life);
	/* that was a use */
	assert_int_equal(ask(secret, 2 * limits.idle - 2, &w), 0);
	assert_int_equal(ask(secret, 3 * limits.idle - 2, &w), -EACCES);
}

static void a_timer_that_asks_does_not_use_a_session(void **state)
{
	struct who_limits poll = limits;
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	poll.is_poll = true;
	log_in(secret);
	for (int64_t t = 5; t < limits.idle; t += 5) {
		assert_int_equal(who_by_session(s, secret, NOW + t, &poll, &w),
				 0);
		assert_int_equal(w.idle_until, NOW + limits.idle);
	}
	assert_int_equal(who_by_session(s, secret, NOW + limits.idle, &poll,
					&w), -EACCES);
	assert_int_equal(ask(secret, limits.idle, &w), -EACCES);
}

static void a_session_that_is_used_ends_all_the_same(void **state)
{
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	log_in(secret);
	for (int64_t t = 0; t < limits.life; t += limits.idle / 2)
		assert_int_equal(ask(secret, t, &w), 0);
	assert_int_equal(ask(secret, limits.life - 1, &w), 0);
	assert_int_equal(ask(secret, limits.life, &w), -EACCES);
}

static void a_session_is_its_users_only_while_that_may(void **state)
{
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	log_in(secret);
	put("viewer", false);
	assert_int_equal(ask(secret, 1, &w), 0);
	assert_int_equal(w.role, ROLE_VIEWER);
	put("viewer", true);
	assert_int_equal(ask(secret, 2, &w), -EACCES);
	put("none", false);
	assert_int_equal(ask(secret, 3, &w), -EACCES);
	put("viewer", false);
	assert_int_equal(ask(secret, 4, &w), 0);
	assert_int_equal(s->driver->users->remove(s, "anna"), 0);
	assert_int_equal(ask(secret, 5, &w), -EACCES);
}

static void what_is_no_secret_is_refused(void **state)
{
	static const char *const bad[] = { "", "x", WHO_TOKEN_PREFIX,
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"' OR '1'='1" };
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	log_in(secret);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(ask(bad[i], 1, &w), -EACCES);
		assert_int_equal(who_by_token(s, bad[i], NOW, &limits, &w),
				 -EACCES);
	}
	/* a session's is no token's */
	assert_int_equal(who_by_token(s, secret, NOW, &limits, &w), -EACCES);
	secret[0] ^= 1;
	assert_int_equal(ask(secret, 1, &w), -EACCES);
}

static void make_token(const char *role, char secret[static WHO_SECRET])
{
	struct store_access a = { .name = "t", .owner = "anna",
		.filter = "host = a", .created = NOW, .expires = NOW + 100 };

	assert_int_equal(who_secret(WHO_TOKEN_PREFIX, secret), 0);
	hash_sha256(secret, strlen(secret), a.sha256);
	snprintf(a.role, sizeof(a.role), "%s", role);
	assert_int_equal(s->driver->users->access_add(s, &a), 0);
}

static void a_token_ends_at_its_time(void **state)
{
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	make_token("viewer", secret);
	assert_int_equal(who_by_token(s, secret, NOW + 99, &limits, &w), 0);
	assert_true(w.is_token);
	assert_string_equal(w.name, "t");
	assert_string_equal(w.user, "anna");
	assert_string_equal(w.filter, "host = a");
	assert_int_equal(who_by_token(s, secret, NOW + 100, &limits, &w),
			 -EACCES);
	/* it opens no session */
	assert_int_equal(ask(secret, 1, &w), -EACCES);
}

static void a_token_can_do_no_more_than_its_owner(void **state)
{
	char secret[WHO_SECRET];
	struct who w;

	(void)state;
	make_token("admin", secret);
	assert_int_equal(who_by_token(s, secret, NOW, &limits, &w), 0);
	assert_int_equal(w.role, ROLE_OPERATOR);
	put("viewer", false);
	assert_int_equal(who_by_token(s, secret, NOW, &limits, &w), 0);
	assert_int_equal(w.role, ROLE_VIEWER);
	put("admin", true);
	assert_int_equal(who_by_token(s, secret, NOW, &limits, &w), -EACCES);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_session_ends_when_it_is_not_used),
		CASE(a_timer_that_asks_does_not_use_a_session),
		CASE(a_session_that_is_used_ends_all_the_same),
		CASE(a_session_is_its_users_only_while_that_may),
		CASE(what_is_no_secret_is_refused),
		CASE(a_token_ends_at_its_time),
		CASE(a_token_can_do_no_more_than_its_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
