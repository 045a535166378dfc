/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/proc/trim.h"
#include "lib/hash.h"

static long resident_file_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "RssFile: %ld", &kib);
	fclose(f);
	return kib;
}

static void what_is_not_needed_goes_and_the_rest_works(void **state)
{
	uint8_t before[HASH_SIZE], after[HASH_SIZE];
	char *heap = strdup("stays");
	long full;

	(void)state;
	hash_sha256("abc", 3, before);
	full = resident_file_kib();
	trim_memory();
#ifndef CW_SANITIZED
	assert_in_range(resident_file_kib(), 1, full - 100);
#endif
	hash_sha256("abc", 3, after);
	assert_memory_equal(before, after, HASH_SIZE);
	assert_string_equal(heap, "stays");
	free(heap);
	assert_true(full > 0 && time(NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_needed_goes_and_the_rest_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
