/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/listen/answers.h"

static struct index x;
static struct join join;
static uint8_t address[4] = {127, 0, 0, 1};
static Ipc__ListenerProcess process;
static Ipc__ListenerProcess *processes[] = {&process};
static Ipc__Listener listener;

static int begin(void **state)
{
	(void)state;
	index_init(&x, "/tmp");
	join_init(&join, true);
	ipc__listener_process__init(&process);
	process.pid = 7;
	ipc__listener__init(&listener);
	listener.address = (ProtobufCBinaryData){4, address};
	listener.port = 443;
	listener.processes = processes;
	listener.n_processes = 1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	join_free(&join);
	index_free(&x);
	return 0;
}

static char one[] = "one.test", two[] = "two.test";
static char *names[] = {one, two};

static uint64_t key(size_t n)
{
	struct remember m = {.next.seed = x.seed};

	/* found for each listener anew */
	join.serving.listener = NULL;
	return answers_key(&m, &join, &listener, names, n);
}

/* A scan in which the listener answered. */
static void scan(uint64_t of)
{
	Ipc__ProbeResult answer = IPC__PROBE_RESULT__INIT;
	Ipc__Finding f = IPC__FINDING__INIT, *list[] = {&f};
	Cw__Coverage coverage = CW__COVERAGE__INIT;
	uint8_t der[] = {0x30, 0};
	struct remember m;

	f.der = (ProtobufCBinaryData){2, der};
	answer.certificates = list;
	answer.n_certificates = 1;
	remember_start(&m, &x);
	answers_keep(&m, of, &answer);
	assert_int_equal(f.der.len, 2);
	remember_coverage(&m, &coverage);
	assert_int_equal(remember_finish(&m, true), 0);
	remember_free(&m);
	assert_true(x.stands);
}

static void what_decides_the_answer_decides_the_key(void **state)
{
	uint64_t first = key(1);

	(void)state;
	assert_int_not_equal(first, 0);
	assert_int_equal(key(1), first);
	assert_int_not_equal(key(2), first);
	process.pid = 8;
	assert_int_not_equal(key(1), first);
	process.pid = 7;
	listener.port = 444;
	assert_int_not_equal(key(1), first);
}

static void an_update_has_the_answer_of_the_scan_before(void **state)
{
	static const char changed[] = "f/changed";
	uint64_t mine = key(1);
	Ipc__ProbeResult *answer = NULL;
	struct remember m;

	(void)state;
	scan(mine);
	assert_int_equal(remember_start_update(&m, &x, changed,
					       sizeof(changed)), 0);
	assert_null(answers_last(&m, &join, &listener, mine + 1));
	answer = answers_last(&m, &join, &listener, mine);
	assert_non_null(answer);
	assert_int_equal(answer->n_certificates, 1);
	assert_int_equal(answer->certificates[0]->der.len, 0);
	assert_true(answer->certificates[0]->der_known);
	ipc__probe_result__free_unpacked(answer, NULL);
	remember_free(&m);
}

static void a_scan_asks_again(void **state)
{
	uint64_t mine = key(1);
	struct remember m;

	(void)state;
	scan(mine);
	remember_start(&m, &x);
	assert_null(answers_last(&m, &join, &listener, mine));
	remember_finish(&m, false);
	remember_free(&m);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_decides_the_answer_decides_the_key),
		T(an_update_has_the_answer_of_the_scan_before),
		T(a_scan_asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
