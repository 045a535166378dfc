/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Adds an agent, and takes that back. */
static int add_and_undo(struct exchange *x, struct store *store)
{
	int r = store->driver->savepoint(store);

	if (r == 0)
		r = add_agent(x, store);
	return r < 0 ? r : store->driver->undo(store);
}

static void a_part_that_is_undone_leaves_its_group(void **state)
{
	struct exchange c = { .run = add_agent, .work = (char *)"l",
		.identity = { .agent_id = "l" } };
	struct exchange b = { .run = add_and_undo, .work = (char *)"k",
		.identity = { .agent_id = "k" }, .next = &c };
	struct exchange a = { .run = add_agent, .work = (char *)"j",
		.identity = { .agent_id = "j" }, .next = &b };

	(void)state;
	reply_init(&a.reply);
	reply_init(&b.reply);
	reply_init(&c.reply);
	assert_int_equal(writer_run(s, &a), 0);
	assert_true(is_stored("j") && is_stored("l"));
	assert_false(is_stored("k"));
	assert_int_equal(c.reply.status, 299);
	reply_free(&a.reply);
	reply_free(&b.reply);
	reply_free(&c.reply);
}

/* Objects that two writers bring, each in another order. */
#define OBJECTS 2

struct bring {
	struct store *store;
	pthread_barrier_t *both;
	struct exchange x[OBJECTS];
	int number[OBJECTS];	/* in their order */
	int runs, result;
	pthread_t thread;
};

static struct store_object object(int n)
{
	struct store_object o = { .kind = 1, .bad = "none" };

	memset(o.sha256, 0xa0 + n, HASH_SIZE);
	return o;
}

static int add_object(struct exchange *x, struct store *store)
{
	struct bring *b = x->work;
	struct store_object o = object(b->number[x != &b->x[0]]);
	struct store_agent a;
	int r = store->driver->object_add(store, &o, 1);

	/* an answer: what was sent before it has been done */
	if (r == 0)
		r = store->driver->agent_get(store, "none", &a);
	/* both have begun before either goes on */
	if (++b->runs == 1)
		pthread_barrier_wait(b->both);
	return r == -ENOENT ? 0 : r;
}

static void *bring_main(void *arg)
{
	struct bring *b = arg;

	b->result = writer_run(b->store, &b->x[0]);
	return NULL;
}

static void begin_bring(struct bring *b, int n, pthread_barrier_t *both)
{
	*b = (struct bring){ .both = both, .number = { n, 1 - n } };
	assert_int_equal(store_test_open(&b->store), 0);
	for (int i = 0; i < OBJECTS; i++) {
		b->x[i].run = add_object;
		b->x[i].work = b;
		b->x[i].next = i + 1 < OBJECTS ? &b->x[i + 1] : NULL;
		snprintf(b->x[i].identity.agent_id, STORE_AGENT_ID, "w%d.%d", n,
			 i);
		reply_init(&b->x[i].reply);
	}
	assert_int_equal(pthread_create(&b->thread, NULL, bring_main, b), 0);
}

static void end_bring(struct bring *b)
{
	pthread_join(b->thread, NULL);
	assert_int_equal(b->result, 0);
	/* neither had to begin again */
	assert_int_equal(b->runs, OBJECTS);
	for (int i = 0; i < OBJECTS; i++)
		reply_free(&b->x[i].reply);
	store_close(b->store);
}

static int no_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	(void)arg, (void)bytes;
	assert_int_equal(len, 0);
	return 0;
}

static void two_that_bring_the_same_objects_never_wait_in_a_circle(void **state)
{
	pthread_barrier_t both;
	struct bring b[2];

	(void)state;
	if (!s->driver->concurrent)
		skip();
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		begin_bring(&b[i], i, &both);
	for (int i = 0; i < 2; i++)
		end_bring(&b[i]);
	pthread_barrier_destroy(&both);
	for (int i = 0; i < OBJECTS; i++)
		assert_int_equal(s->driver->object_der(s, object(i).sha256,
						       no_bytes, NULL), 0);
}

/* ----------------------------------------------------------------- overload */

/* A database that another program keeps locked until ${open}. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	int begun, finished;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, 0 };

static int wait_at_gate(struct store *store)
{
	(void)store;
	pthread_mutex_lock(&gate.lock);
	gate.begun++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return 0;
}

static int pass_gate(struct store *store)
{
	(void)store;
	return 0;
}

static void leave_gate(struct store *store)
{
	(void)store;
}

static const struct store_driver gated = {
	.begin = wait_at_gate,
	.commit = pass_gate,
	.rollback = leave_gate,
};

/* In place of the loop's. */
void exchange_finish(struct exchange *x)
{
	(void)x;
	gate.finished++;
}

static int count_run(struct exchange *x, struct store *store)
{
	(void)store;
	++*(int *)x->work;
	return 0;
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

/* Until the writer's thread stands before the gate. */
static void wait_for_writer(void)
{
	pthread_mutex_lock(&gate.lock);
	while (gate.begun == 0)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void beyond_its_queue_it_refuses_and_runs_the_rest_once(void **state)
{
	struct store blocked = { .driver = &gated }, *list[] = { &blocked };
	struct exchange *x = calloc(WRITER_QUEUE + 2, sizeof(*x));
	int *runs = calloc(WRITER_QUEUE + 2, sizeof(*runs));
	struct writer *w = NULL;

	(void)state;
	assert_true(x && runs);
	for (int i = 0; i < WRITER_QUEUE + 2; i++) {
		x[i].run = count_run;
		x[i].work = &runs[i];
	}
	assert_int_equal(writer_start(list, 1, &w), 0);
	assert_int_equal(writer_submit(w, &x[0]), 0);
	writer_kick(w);
	wait_for_writer();
	for (int i = 1; i <= WRITER_QUEUE; i++)
		assert_int_equal(writer_submit(w, &x[i]), 0);
	assert_int_equal(writer_submit(w, &x[WRITER_QUEUE + 1]), -EAGAIN);
	open_gate();
	writer_stop(w);
	for (int i = 0; i <= WRITER_QUEUE; i++)
		assert_int_equal(runs[i], 1);
	assert_int_equal(runs[WRITER_QUEUE + 1], 0);
	assert_int_equal(gate.finished, WRITER_QUEUE + 1);
	free(runs);
	free(x);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_group_is_stored_together),
		CASE(one_that_fails_does_not_harm_its_group),
		CASE(what_failed_alone_is_not_stored),
		CASE(what_is_stored_is_in_the_audit_log_once),
		CASE(a_part_that_is_undone_leaves_its_group),
		CASE(two_that_bring_the_same_objects_never_wait_in_a_circle),
		cmocka_unit_test(
			beyond_its_queue_it_refuses_and_runs_the_rest_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
