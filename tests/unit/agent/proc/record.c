/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/record.h"
#include "lib/file.h"
#include "lib/limits.h"

static struct record_log open_log(void)
{
	int log = file_nameless("/tmp", 0), inodes = inode_file_create("/tmp");
	struct record_log g;

	assert_true(log >= 0 && inodes >= 0);
	record_log_init(&g, log, inodes, 5);
	return g;
}

static void close_log(struct record_log *g)
{
	close(g->log);
	close(g->inodes.fd);
}

/* A gap whose reason begins with a number. */
static void add(struct record_log *g, struct record *r, unsigned int n,
		size_t len)
{
	Cw__Gap gap = CW__GAP__INIT;
	char *reason = calloc(1, len + 20);

	snprintf(reason, len + 20, "%u %0*d", n, (int)len, 0);
	gap.reason = reason;
	record_add(g, r, RECORD_GAP, &gap.base);
	free(reason);
}

struct seen {
	unsigned int next, step, stop;
};

static int take(void *arg, enum record_kind kind, const uint8_t *data,
		size_t len)
{
	Cw__Gap *g = cw__gap__unpack(NULL, len, data);
	struct seen *s = arg;

	assert_int_equal(kind, RECORD_GAP);
	assert_non_null(g);
	assert_int_equal(strtoul(g->reason, NULL, 10), s->next);
	s->next += s->step;
	cw__gap__free_unpacked(g, NULL);
	return s->stop && s->next >= s->stop ? -EINTR : 0;
}

static void records_written_at_once_come_back_whole(void **state)
{
	const ProtobufCBinaryData path = {2, (uint8_t *)(uintptr_t) "/a"};
	struct inode_key key = {.inode = 1, .device = 1};
	struct record r[3] = {{.first = 0}};
	struct record_log g = open_log();
	uint64_t first[3];

	(void)state;
	for (unsigned int i = 0; i < 3000; i++)
		add(&g, &r[i % 3], i, i % 500);
	add(&g, &r[0], 3000, KIB(100));	/* longer than a chunk */
	for (int i = 0; i < 3; i++) {
		first[i] = r[i].first;
		record_end(&g, &r[i], &key, &path, 0);
		assert_int_equal(r[i].first, 0);
	}
	assert_int_equal(g.error, 0);
	for (unsigned int i = 0; i < 3; i++) {
		struct seen s = {.next = i, .step = 3};

		assert_int_equal(record_replay(g.log, first[i], take, &s), 0);
		assert_int_equal(s.next, i == 0 ? 3003 : 3000 + i);
	}
	close_log(&g);
}

static void who_takes_can_end_it(void **state)
{
	const ProtobufCBinaryData path = {2, (uint8_t *)(uintptr_t) "/a"};
	struct inode_key key = {.inode = 1, .device = 1};
	struct seen s = {.step = 1, .stop = 3};
	struct record_log g = open_log();
	struct record r = {.first = 0};

	(void)state;
	for (unsigned int i = 0; i < 9; i++)
		add(&g, &r, i, 1);
	record_end(&g, &r, &key, &path, 0);
	assert_int_equal(record_replay(g.log, 8, take, &s), -EINTR);
	assert_int_equal(s.next, 3);
	close_log(&g);
}

static void what_is_not_a_record_is_refused(void **state)
{
	static const uint64_t broken[][5] = {
		{0, (uint64_t)1 << 40},		/* too long */
		{0, 100},			/* cut off */
		{8, 8, 0},			/* leads back; no kind */
		{0, 8, 99},			/* no such kind */
		{0, 8, (uint64_t)50 << 32 | 1},	/* item longer than all */
		{0, 4},				/* less than an item */
	};
	struct seen s = {.step = 1};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		int fd = file_nameless("/tmp", 0);

		assert_int_equal(file_write_all(fd, "12345678", 8), 0);
		assert_int_equal(file_write_all(fd, broken[i], 40), 0);
		assert_int_equal(record_replay(fd, 8, take, &s), -EBADMSG);
		assert_int_equal(record_replay(fd, 4096, take, &s), -EBADMSG);
		close(fd);
	}
}

static void without_a_log_nothing_is_kept(void **state)
{
	struct record_log g;
	struct record r = {.first = 0};

	(void)state;
	record_log_init(&g, -1, -1, 0);
	add(&g, &r, 1, 1);
	assert_int_equal(g.error, 0);
	assert_int_equal(r.pending.len, 0);
	record_drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_written_at_once_come_back_whole),
		cmocka_unit_test(who_takes_can_end_it),
		cmocka_unit_test(what_is_not_a_record_is_refused),
		cmocka_unit_test(without_a_log_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
