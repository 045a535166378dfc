/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "lib/find.h"

static void it_finds_what_memmem_finds(void **state)
{
	static const char *const words[] = {
		"a", "MII", "aab", "-----BEGIN ", "AAAA", "\"kty",
	};
	/* few letters, so that there are many halves of words */
	static const char letters[] = "aabMI-BEGN A\"kty\0";
	uint32_t seed = 1;
	uint8_t text[200];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		const char *w = words[round % 6];
		size_t n = strlen(w), len = 0;

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (uint8_t)letters[(seed >> 16) %
						   sizeof(letters)];
		}
		len = seed % sizeof(text);
		if (round % 2 && len > n)
			memcpy(text + (seed >> 8) % (len - n), w, n);
		assert_ptr_equal(find_text(text, len, w, n),
				 memmem(text, len, w, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_finds_what_memmem_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
