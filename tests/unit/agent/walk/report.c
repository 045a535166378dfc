/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/walk/report.h"
#include "lib/frame.h"

static void gap(struct report *r, const char *path)
{
	report_gap(r, CW__GAP_KIND__GAP_UNREADABLE, path, strlen(path),
		   "why");
}

static void gaps_are_told_with_the_last_word(void **state)
{
	struct frame_receiver in = {0};
	struct frame f = {.fd = -1};
	Ipc__WalkProgress *m;
	struct report r;
	int sock[2];

	(void)state;
	assert_int_equal(frame_pair(sock), 0);
	report_init(&r, sock[0]);
	gap(&r, "/a");
	assert_int_equal(report_done(&r), 0);
	assert_int_equal(frame_recv(&in, sock[1], IPC_WALK__END, &f), 1);
	assert_int_equal(f.op, IPC_WALK_DONE);
	m = ipc__walk_progress__unpack(NULL, f.len, f.data);
	assert_non_null(m);
	assert_int_equal(m->n_gaps, 1);
	assert_int_equal(m->n_counts, 1);
	ipc__walk_progress__free_unpacked(m, NULL);
	frame_receiver_free(&in);
	close(sock[0]);
	close(sock[1]);
}

/* 256 gaps with long paths do not fit into a message, so they take a memfd. */
static void gaps_that_could_not_be_told_fail_the_walk(void **state)
{
	struct rlimit none = {0, 0}, old;
	static char path[KIB(8)];
	struct report r;
	int sock[2];

	(void)state;
	assert_int_equal(frame_pair(sock), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	report_init(&r, sock[0]);
	memset(path, 'p', sizeof(path) - 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 0; i < REPORT_PENDING; i++)
		gap(&r, path);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(r.n_pending, 0);
	assert_int_equal(report_done(&r), -EMFILE);
	close(sock[0]);
	close(sock[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_told_with_the_last_word),
		cmocka_unit_test(gaps_that_could_not_be_told_fail_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
