/* SPDX-License-Identifier: Apache-2.0 */
/* The sample holds one trusted certificate, password "changeit": made by
 * keytool with Bouncy Castle, then encrypted anew with fewer rounds. */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_bcfks;

#define SAMPLE "tests/fuzz/corpus/format_bcfks/certificate-changeit"
#define ITERATIONS "\x02\x03\x00\x00\xc8"	/* 200 */

static void read_sample(struct buf *b)
{
	buf_init(b, KIB(64));
	assert_int_equal(file_read(SAMPLE, b), 0);
}

static void a_default_password_opens_it(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	read_sample(&b);
	collect(&c, &format_bcfks, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate seed trusted\n"
		      "store bcfks | certificates: 1, private keys: 0; "
		      "aliases: seed | PBES2 id-aes256-CCM PBKDF2 | opened by "
		      "default, well known\n");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	buf_free(&b);
}

static void a_locked_one_says_so(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	read_sample(&b);
	b.data[b.len / 3] ^= 1;
	collect(&c, &format_bcfks, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "gap 6 bcfks: 1 locked");
	collect_free(&c);
	buf_free(&b);
}

static void absurd_iteration_counts_are_not_tried(void **state)
{
	struct collected c;
	struct buf b;
	uint8_t *at = NULL;

	(void)state;
	read_sample(&b);
	at = memmem(b.data, b.len, ITERATIONS, 5);
	assert_non_null(at);
	grow_integer(&b, (size_t)(at - b.data));
	collect(&c, &format_bcfks, b.data, b.len, "");
	assert_yields(&c, "gap 6 bcfks: 1 locked (PBES2 id-aes256-CCM PBKDF2, "
		      "2147483648 iterations)");
	assert_true(c.holds_keys);
	collect_free(&c);
	buf_free(&b);
}

static void a_cut_one_is_a_gap(void **state)
{
	struct buf b;

	(void)state;
	read_sample(&b);
	for (size_t n = 40; n < b.len; n += 17) {
		struct collected c;

		collect(&c, &format_bcfks, b.data, n, "");
		assert_int_equal(c.result, 0);
		assert_yields(&c, "gap 5 ");
		collect_free(&c);
	}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_default_password_opens_it),
		cmocka_unit_test(a_locked_one_says_so),
		cmocka_unit_test(absurd_iteration_counts_are_not_tried),
		cmocka_unit_test(a_cut_one_is_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
