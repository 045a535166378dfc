/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/message.h"

/* The supervisor: ${n} processes with ${len} bytes of arguments each, and
 * nothing else. */
struct supervisor {
	int sock;
	int n;
	size_t len;
	int gaps;
	char gap[200];
	bool done;
};

static void answer(struct supervisor *s)
{
	static uint8_t arguments[KIB(64)];
	Ipc__FindAnswer a = IPC__FIND_ANSWER__INIT;
	Ipc__FindProcess p = IPC__FIND_PROCESS__INIT;
	struct buf b;

	buf_init(&b, LIMIT_FRAME);
	p.exe = (ProtobufCBinaryData){9, (uint8_t *)(uintptr_t)"/bin/true"};
	p.arguments = (ProtobufCBinaryData){s->len, arguments};
	if (s->n-- > 0)
		a.process = &p;
	else
		a.error = 2;
	message_send(&b, s->sock, IPC_FIND_ANSWER, &a.base, -1);
	buf_free(&b);
}

static void take_gap(struct supervisor *s, const struct frame *in)
{
	Cw__Gap *g = cw__gap__unpack(NULL, in->len, in->data);

	s->gaps++;
	if (g)
		snprintf(s->gap, sizeof(s->gap), "%d %.*s: %s", (int)g->kind,
			 (int)g->path.len, (char *)g->path.data, g->reason);
	cw__gap__free_unpacked(g, NULL);
}

static void *supervise(void *arg)
{
	struct supervisor *s = arg;
	struct frame_receiver in = {0};
	struct frame f = {.fd = -1};

	while (!s->done &&
	       frame_recv(&in, s->sock, IPC_FIND__END, &f) == 1) {
		if (f.op == IPC_FIND_ASK)
			answer(s);
		else if (f.op == IPC_FIND_GAP)
			take_gap(s, &f);
		s->done = f.op == IPC_FIND_DONE;
	}
	frame_receiver_free(&in);
	return NULL;
}

static void run(struct supervisor *s, int n, size_t len)
{
	struct agent_config config = {0};
	pthread_t thread;
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	*s = (struct supervisor){.sock = pair[0], .n = n, .len = len};
	assert_int_equal(pthread_create(&thread, NULL, supervise, s), 0);
	assert_int_equal(role_find.run(pair[1], &config), 0);
	pthread_join(thread, NULL);
	assert_true(s->done);
	close(pair[0]);
	close(pair[1]);
}

static void processes_that_are_not_kept_are_told_once(void **state)
{
	struct supervisor s;

	(void)state;
	run(&s, 20, 100);
	assert_int_equal(s.gaps, 0);
	run(&s, 20, LIMIT_ARGUMENTS);
	assert_int_equal(s.gaps, 0);
	run(&s, 400, KIB(60));
	assert_int_equal(s.gaps, 1);
	assert_string_equal(s.gap, "4 /proc: more command lines than are kept");
	run(&s, 1, LIMIT_ARGUMENTS + 1);
	assert_int_equal(s.gaps, 1);
}

static void as_many_processes_as_there_may_be_are_told(void **state)
{
	struct supervisor s;

	(void)state;
	run(&s, LIMIT_PROCESSES, 1);
	assert_int_equal(s.gaps, 1);
	run(&s, LIMIT_PROCESSES - 1, 1);
	assert_int_equal(s.gaps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_that_are_not_kept_are_told_once),
		cmocka_unit_test(as_many_processes_as_there_may_be_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
