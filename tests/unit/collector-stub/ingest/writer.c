/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "collector-stub/ingest/writer.h"
#include "tests/unit/collector-stub/store_test.h"

static struct store *s;

static int open_store(void **state)
{
	(void)state;
	return store_test_open(&s);
}

static int close_store(void **state)
{
	(void)state;
	store_close(s);
	return 0;
}

static int add_agent(struct exchange *x, struct store *store)
{
	int r = store->driver->agent_add(store, x->work, 1, 1);

	if (r == 0)
		reply_problem(&x->reply, 299, "added", "");
	return r;
}

static int return_work(struct exchange *x, struct store *store)
{
	(void)store;
	return *(int *)x->work;
}

static bool is_stored(const char *id)
{
	struct store_agent a;

	return s->driver->agent_get(s, id, &a) == 0;
}

static void a_group_is_stored_together(void **state)
{
	struct exchange b = { .run = add_agent, .work = (char *)"b" };
	struct exchange a = { .run = add_agent, .work = (char *)"a",
		.next = &b };

	(void)state;
	reply_init(&a.reply);
	reply_init(&b.reply);
	assert_int_equal(writer_run(s, &a), 0);
	assert_int_equal(a.reply.status, 299);
	assert_int_equal(b.reply.status, 299);
	assert_true(is_stored("a") && is_stored("b"));
	reply_free(&a.reply);
	reply_free(&b.reply);
}

static void one_that_fails_does_not_harm_its_group(void **state)
{
	int error = -ENOSPC;
	struct exchange c = { .run = add_agent, .work = (char *)"f" };
	struct exchange b = { .run = return_work, .work = &error, .next = &c };
	struct exchange a = { .run = add_agent, .work = (char *)"d",
		.next = &b };

	(void)state;
	reply_init(&a.reply);
	reply_init(&b.reply);
	reply_init(&c.reply);
	assert_int_equal(writer_run(s, &a), -ENOSPC);
	assert_int_equal(a.reply.status, 299);
	assert_int_equal(b.reply.status, 503);
	assert_int_equal(b.reply.retry_after, REPLY_RETRY);
	assert_int_equal(c.reply.status, 299);
	assert_true(is_stored("d") && is_stored("f"));
	assert_ptr_equal(a.next, &b);
	assert_ptr_equal(b.next, &c);
	reply_free(&a.reply);
	reply_free(&b.reply);
	reply_free(&c.reply);
}

static void what_failed_alone_is_not_stored(void **state)
{
	int error = -EIO;
	struct exchange b = { .run = return_work, .work = &error };

	(void)state;
	reply_init(&b.reply);
	assert_int_equal(writer_run(s, &b), -EIO);
	assert_int_equal(b.reply.status, 503);
	/* no transaction is left open */
	assert_int_equal(s->driver->begin(s), 0);
	s->driver->rollback(s);
	reply_free(&b.reply);
}

/* Wants to be told of; the second time too, where a group runs again. */
static int note_agent(struct exchange *x, struct store *store)
{
	x->audit = "{\"event\":\"here\"}";
	return add_agent(x, store);
}

static int count_entry(void *arg, const struct store_audit *a)
{
	assert_string_equal(a->text, "{\"event\":\"here\"}");
	++*(int *)arg;
	return 0;
}

static void what_is_stored_is_in_the_audit_log_once(void **state)
{
	int error = -ENOSPC, n = 0;
	struct exchange c = { .run = note_agent, .work = (char *)"i" };
	struct exchange b = { .run = return_work, .work = &error, .next = &c };
	struct exchange a = { .run = note_agent, .work = (char *)"h",
		.next = &b };

	(void)state;
	reply_init(&a.reply);
	reply_init(&b.reply);
	reply_init(&c.reply);
	assert_int_equal(writer_run(s, &a), -ENOSPC);
	assert_true(is_stored("h") && is_stored("i"));
	assert_int_equal(s->driver->audit_list(s, count_entry, &n), 0);
	assert_int_equal(n, 2);
	reply_free(&a.reply);
	reply_free(&b.reply);
	reply_free(&c.reply);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_group_is_stored_together),
		CASE(one_that_fails_does_not_harm_its_group),
		CASE(what_failed_alone_is_not_stored),
		CASE(what_is_stored_is_in_the_audit_log_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
