/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/walk/inode_file.h"

#define MANY 200000	/* more than one window */

static struct inode_record record(uint64_t n)
{
	return (struct inode_record){.key = {n / 3 + 1, n % 3},
				     .value = {n, n * n, ~n}};
}

static int sealed(size_t n)
{
	int fd = inode_file_create("/tmp");
	struct inode_writer w[2];

	assert_true(fd >= 0);
	inode_writer_init(&w[0], fd);
	inode_writer_init(&w[1], fd);
	for (size_t i = 0; i < n; i++) {
		struct inode_record r = record(i);

		inode_writer_add(&w[i % 2], &r);
	}
	assert_int_equal(inode_writer_flush(&w[0]), 0);
	assert_int_equal(inode_writer_flush(&w[1]), 0);
	assert_int_equal(inode_file_seal(fd), 0);
	return fd;
}

static void every_record_is_found_and_no_other(void **state)
{
	static const size_t sizes[] = {0, 1, 31, 33, 1000, MANY};

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct inode_map m = {0};
		int fd = sealed(sizes[k]);

		assert_int_equal(inode_map_open(&m, fd), 0);
		close(fd);
		assert_int_equal(m.count, sizes[k]);
		for (size_t i = 0; i < sizes[k] + 50; i++) {
			struct inode_record want = record(i);
			const struct inode_record *got;
			size_t at = 0;

			got = inode_map_next(&m, &want.key, &at);
			if (i >= sizes[k]) {
				assert_null(got);
				continue;
			}
			assert_non_null(got);
			assert_memory_equal(got, &want, sizeof(want));
			assert_null(inode_map_next(&m, &want.key, &at));
		}
		inode_map_close(&m);
	}
}

static void records_of_one_key_are_all_found(void **state)
{
	struct inode_record r = record(7);
	struct inode_map m = {0};
	struct inode_writer w;
	unsigned int seen = 0;
	size_t at = 0;
	int fd = inode_file_create("/tmp");

	(void)state;
	inode_writer_init(&w, fd);
	for (unsigned int i = 0; i < 20; i++) {
		r.value[0] = i;
		inode_writer_add(&w, &r);
	}
	assert_int_equal(inode_writer_flush(&w), 0);
	assert_int_equal(inode_file_seal(fd), 0);
	assert_int_equal(inode_map_open(&m, fd), 0);
	for (const struct inode_record *i;
	     (i = inode_map_next(&m, &r.key, &at));)
		seen |= 1u << i->value[0];
	assert_int_equal(seen, (1u << 20) - 1);
	inode_map_close(&m);
	close(fd);
}

static void a_file_that_was_not_sealed_is_refused(void **state)
{
	int fd = inode_file_create("/tmp");
	struct inode_map m = {0};
	char rest[100] = {0};

	(void)state;
	assert_int_equal(inode_map_open(&m, fd), -EBADMSG);
	assert_int_equal(write(fd, rest, sizeof(rest)), sizeof(rest));
	assert_int_equal(inode_map_open(&m, fd), -EBADMSG);
	assert_int_equal(inode_file_seal(fd), -EBADMSG);
	close(fd);
}

static void an_empty_map_knows_nothing(void **state)
{
	struct inode_map m = {0};
	size_t at = 0;

	(void)state;
	assert_null(inode_map_next(&m, &(struct inode_key){1, 1}, &at));
	inode_map_close(&m);
}

static void a_full_disk_is_told_at_the_end(void **state)
{
	struct inode_record r = record(1);
	struct inode_writer w;
	int full[2];

	(void)state;
	assert_int_equal(pipe(full), 0);
	close(full[1]);
	inode_writer_init(&w, full[0]);	/* not for writing */
	for (int i = 0; i < 100; i++)
		inode_writer_add(&w, &r);
	assert_int_equal(inode_writer_flush(&w), -EBADF);
	close(full[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_found_and_no_other),
		cmocka_unit_test(records_of_one_key_are_all_found),
		cmocka_unit_test(a_file_that_was_not_sealed_is_refused),
		cmocka_unit_test(an_empty_map_knows_nothing),
		cmocka_unit_test(a_full_disk_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
