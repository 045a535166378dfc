/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "agent/inventory/location.h"

static struct location location;

/* Flags of a finding with ${mode} and one flag of its own. */
static void compose(Cw__Kind kind, unsigned int mode, const char *flag)
{
	static const struct owners nobody;
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	Ipc__Finding f = IPC__FINDING__INIT;
	char *flags[] = {(char *)(uintptr_t)flag};

	place.mode = mode;
	place.uid = 4242;
	f.kind = kind;
	f.flags = flags;
	f.n_flags = flag ? 1 : 0;
	location_compose(&location, &place, &f, &nobody);
}

static bool has(const char *flag)
{
	for (size_t i = 0; i < location.message.n_flags; i++) {
		if (strcmp(location.message.flags[i], flag) == 0)
			return true;
	}
	return false;
}

static void a_private_key_that_others_may_read_is_flagged(void **state)
{
	(void)state;
	compose(CW__KIND__KIND_PRIVATE_KEY, 0600, "own");
	assert_int_equal(location.message.n_flags, 1);
	assert_true(has("own"));
	compose(CW__KIND__KIND_PRIVATE_KEY, 0640, NULL);
	assert_true(has("group-readable"));
	assert_false(has("world-readable"));
	compose(CW__KIND__KIND_PRIVATE_KEY, 0644, "own");
	assert_true(has("own") && has("group-readable"));
	assert_true(has("world-readable"));
}

static void only_the_private_half_of_an_ssh_key_is_flagged(void **state)
{
	(void)state;
	compose(CW__KIND__KIND_SSH_KEY, 0644, "private");
	assert_true(has("world-readable"));
	compose(CW__KIND__KIND_SSH_KEY, 0644, "security-key");
	assert_false(has("world-readable"));
	compose(CW__KIND__KIND_CERTIFICATE, 0644, "private");
	assert_false(has("world-readable"));
}

static void a_keystore_with_keys_that_others_may_read_is_flagged(void **state)
{
	static const struct owners nobody;
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	Ipc__Finding f = IPC__FINDING__INIT;

	(void)state;
	place.mode = 0644;
	f.kind = CW__KIND__KIND_KEYSTORE;
	f.holds_keys = true;
	location_compose(&location, &place, &f, &nobody);
	assert_true(has("group-readable") && has("world-readable"));
	place.mode = 0600;
	location_compose(&location, &place, &f, &nobody);
	assert_int_equal(location.message.n_flags, 0);
	/* a trust store */
	compose(CW__KIND__KIND_KEYSTORE, 0644, NULL);
	assert_int_equal(location.message.n_flags, 0);
}

static void an_owner_without_a_name_is_a_number(void **state)
{
	(void)state;
	compose(CW__KIND__KIND_CERTIFICATE, 0644, NULL);
	assert_string_equal(location.file.owner, "4242");
}

static void more_flags_than_there_is_room_for_are_left_out(void **state)
{
	static const struct owners nobody;
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	Ipc__Finding f = IPC__FINDING__INIT;
	char *flags[100];

	(void)state;
	for (size_t i = 0; i < 100; i++)
		flags[i] = (char *)(uintptr_t)"flag";
	place.mode = 0644;
	f.kind = CW__KIND__KIND_PRIVATE_KEY;
	f.flags = flags;
	f.n_flags = 100;
	location_compose(&location, &place, &f, &nobody);
	assert_int_equal(location.message.n_flags, LOCATION_FLAGS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_key_that_others_may_read_is_flagged),
		cmocka_unit_test(
			only_the_private_half_of_an_ssh_key_is_flagged),
		cmocka_unit_test(
			a_keystore_with_keys_that_others_may_read_is_flagged),
		cmocka_unit_test(an_owner_without_a_name_is_a_number),
		cmocka_unit_test(
			more_flags_than_there_is_room_for_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
