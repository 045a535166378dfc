/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/watch_event.h"

#include <errno.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>

#include "tests/unit/unit.h"

/* One event of directory handle "H1234567" on file system "FSFSFSFS". */
static size_t fan_event(uint8_t *to, uint64_t mask, const char *name)
{
	struct fanotify_event_metadata m = {
		.vers = FANOTIFY_METADATA_VERSION, .metadata_len = sizeof(m),
		.mask = mask, .fd = FAN_NOFD,
	};
	struct fanotify_event_info_header h = {
		.info_type = FAN_EVENT_INFO_TYPE_DFID_NAME};
	uint32_t handle[2] = {8, 1};
	size_t len = sizeof(h) + 8 + sizeof(handle) + 8 + strlen(name) + 1;
	uint8_t *at = to + sizeof(m);

	len = (len + 3) / 4 * 4;
	h.len = (uint16_t)len;
	m.event_len = (uint32_t)(sizeof(m) + len);
	memset(to, 0, m.event_len);
	memcpy(to, &m, sizeof(m));
	memcpy(at, &h, sizeof(h));
	memcpy(at + sizeof(h), "FSFSFSFS", 8);
	memcpy(at + sizeof(h) + 8, handle, sizeof(handle));
	memcpy(at + sizeof(h) + 16, "H1234567", 8);
	memcpy(at + sizeof(h) + 24, name, strlen(name) + 1);
	return m.event_len;
}

static int next(const uint8_t *block, size_t len, struct watch_event *e)
{
	const uint8_t *at = block;

	return watch_event_fanotify(&at, block + len, e);
}

static void events_of_fanotify_are_read_one_by_one(void **state)
{
	uint8_t block[512];
	size_t n = fan_event(block, FAN_CLOSE_WRITE, "a.pem");
	const uint8_t *at = block;
	struct watch_event e = {0};

	(void)state;
	n += fan_event(block + n, FAN_MOVED_TO | FAN_ONDIR, "new\nline\xff");
	assert_int_equal(watch_event_fanotify(&at, block + n, &e), 1);
	assert_int_equal(e.flags, WATCH_WRITTEN);
	assert_string_equal(e.name, "a.pem");
	assert_int_equal(e.directory_len, 8 + 8 + 8);
	assert_memory_equal(e.directory, "FSFSFSFS", 8);
	assert_int_equal(watch_event_fanotify(&at, block + n, &e), 1);
	assert_int_equal(e.flags, WATCH_CAME | WATCH_MOVED | WATCH_DIRECTORY);
	assert_string_equal(e.name, "new\nline\xff");
	assert_int_equal(watch_event_fanotify(&at, block + n, &e), 0);
}

static void every_cut_of_a_fanotify_event_is_refused(void **state)
{
	uint8_t block[256];
	size_t n = fan_event(block, FAN_CREATE, "name");
	struct watch_event e = {0};

	(void)state;
	for (size_t i = 1; i < n; i++)
		assert_int_equal(next(block, i, &e), -EPROTO);
	assert_int_equal(next(block, n, &e), 1);
}

static void lengths_inside_a_fanotify_event_are_checked(void **state)
{
	const size_t info = sizeof(struct fanotify_event_metadata);
	uint8_t block[256];
	struct watch_event e = {0};
	size_t n = fan_event(block, FAN_CREATE, "name");
	uint32_t huge = 0xffffffff;
	uint16_t none = 0, all = 0xffff;

	(void)state;
	memcpy(block, &huge, sizeof(huge));		/* of the event */
	assert_int_equal(next(block, n, &e), -EPROTO);
	n = fan_event(block, FAN_CREATE, "name");
	memcpy(block + info + 2, &none, sizeof(none));	/* of the record */
	assert_int_equal(next(block, n, &e), -EPROTO);
	memcpy(block + info + 2, &all, sizeof(all));
	assert_int_equal(next(block, n, &e), -EPROTO);
	n = fan_event(block, FAN_CREATE, "name");
	memcpy(block + info + 12, &huge, sizeof(huge));	/* of the handle */
	assert_int_equal(next(block, n, &e), -EPROTO);
	n = fan_event(block, FAN_CREATE, "name");
	block[4]++;					/* another version */
	assert_int_equal(next(block, n, &e), -EPROTO);
}

static void a_name_is_one_component(void **state)
{
	const char *bad[] = {"", "..", "a/b", "/"};
	uint8_t block[256];
	struct watch_event e = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t n = fan_event(block, FAN_CREATE, bad[i]);

		assert_int_equal(next(block, n, &e), -EPROTO);
	}
}

static void a_name_without_its_end_is_refused(void **state)
{
	uint8_t block[256];
	struct watch_event e = {0};
	/* 4 + 24 + 8 bytes: no padding follows the NUL */
	size_t n = fan_event(block, FAN_CREATE, "sevenby");

	(void)state;
	block[n - 1] = 'X';
	assert_int_equal(next(block, n, &e), -EPROTO);
}

static void an_overflow_has_no_directory(void **state)
{
	struct fanotify_event_metadata m = {
		.vers = FANOTIFY_METADATA_VERSION, .metadata_len = sizeof(m),
		.event_len = sizeof(m), .mask = FAN_Q_OVERFLOW, .fd = FAN_NOFD,
	};
	struct watch_event e = {0};

	(void)state;
	assert_int_equal(next((uint8_t *)&m, sizeof(m), &e), 1);
	assert_int_equal(e.flags, WATCH_OVERFLOW);
	m.mask = FAN_CREATE;
	assert_int_equal(next((uint8_t *)&m, sizeof(m), &e), -EPROTO);
}

static void events_of_inotify_are_read_and_checked(void **state)
{
	uint8_t block[sizeof(struct inotify_event) + 16] = {0};
	struct inotify_event m = {.wd = 7, .mask = IN_DELETE | IN_ISDIR,
				  .len = 16};
	const uint8_t *at = block;
	struct watch_event e = {0};

	(void)state;
	memcpy(block, &m, sizeof(m));
	memcpy(block + sizeof(m), "dir", 3);
	assert_int_equal(
		watch_event_inotify(&at, block + sizeof(block), &e), 1);
	assert_int_equal(e.wd, 7);
	assert_int_equal(e.flags, WATCH_GONE | WATCH_DIRECTORY);
	assert_string_equal(e.name, "dir");
	for (size_t i = 1; i < sizeof(block); i++) {
		at = block;
		assert_int_equal(watch_event_inotify(&at, block + i, &e),
				 -EPROTO);
	}
	memset(block + sizeof(m), 'x', 16);
	at = block;
	assert_int_equal(
		watch_event_inotify(&at, block + sizeof(block), &e), -EPROTO);
}

static void an_event_of_the_directory_itself_is_named_dot(void **state)
{
	struct inotify_event m = {.wd = 1, .mask = IN_ATTRIB | IN_ISDIR};
	const uint8_t *at = (uint8_t *)&m;
	struct watch_event e = {0};

	(void)state;
	assert_int_equal(watch_event_inotify(&at, at + sizeof(m), &e), 1);
	assert_string_equal(e.name, ".");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_fanotify_are_read_one_by_one),
		cmocka_unit_test(every_cut_of_a_fanotify_event_is_refused),
		cmocka_unit_test(lengths_inside_a_fanotify_event_are_checked),
		cmocka_unit_test(a_name_is_one_component),
		cmocka_unit_test(a_name_without_its_end_is_refused),
		cmocka_unit_test(an_overflow_has_no_directory),
		cmocka_unit_test(events_of_inotify_are_read_and_checked),
		cmocka_unit_test(an_event_of_the_directory_itself_is_named_dot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
